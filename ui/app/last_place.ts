// Owns the memory of where the technician was: route and focused field, so that a killed app reopens there.
// Never saves what was typed: drafts do.
import type { LastPlace } from "$lib/api/bindings";
import { focusWhenThere } from "$lib/focus";
import { go, here } from "$lib/router.svelte";
import { paths } from "$lib/paths";
import type { Session } from "$lib/session.svelte";

/** At start: an address given from outside wins, else the last place, else Today. */
export function restorePlace(last: LastPlace | null): void {
  const asked = here().path;
  if (asked === "/") go(last?.route ?? paths.today, true);
  if (last?.field && (asked === "/" || asked === last.route)) focusWhenThere(last.field);
}

/** Saves the place at every change of route or focus; returns the way to stop. */
export function watchPlace(session: Session): () => void {
  let said = "";
  const save = () => {
    const focused = document.activeElement;
    const field = focused instanceof HTMLElement && focused.id !== "" && focused.matches("input, textarea, select") ? focused.id : null;
    const route = here().path;
    const now = `${route} ${field ?? ""}`;
    if (now === said) return;
    said = now;
    void session.act({ type: "place.save", route, ...(field === null ? {} : { field }) });
  };
  const soon = () => setTimeout(save);
  save();
  addEventListener("hashchange", soon);
  addEventListener("focusin", save);
  return () => {
    removeEventListener("hashchange", soon);
    removeEventListener("focusin", save);
  };
}
