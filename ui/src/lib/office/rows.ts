// Owns the keyboard of a list: up, down, home, end walk its rows, a click anywhere opens the row's link.
// Never opens by itself: each row has one link of class "open", and while one is open (`follow`) the walk
// opens as it goes.
import type { Action } from "svelte/action";

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(last, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

const links = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("a.open")];

export function focusFirstRow(): void {
  document.querySelector<HTMLElement>("a.open")?.focus();
}

export const rows: Action<HTMLElement, { follow: boolean } | undefined> = (list, start) => {
  let options = start;
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const all = links(list);
    const at = all.indexOf(event.target as HTMLElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = all[step(at, all.length - 1)];
    next?.focus();
    if (options?.follow) next?.click();
  };
  const open = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, input, select, label") || String(getSelection()) !== "") return;
    target.closest("tr, li")?.querySelector<HTMLElement>("a.open")?.click();
  };
  list.addEventListener("keydown", walk);
  list.addEventListener("click", open);
  return {
    update: (next) => (options = next),
    destroy: () => {
      list.removeEventListener("keydown", walk);
      list.removeEventListener("click", open);
    },
  };
};
