// Owns the height of a text area: as tall as its text. Never its content.
import type { Action } from "svelte/action";

export const grow: Action<HTMLTextAreaElement, string> = (area) => {
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  };
  requestAnimationFrame(fit);
  area.addEventListener("input", fit);
  return { update: () => requestAnimationFrame(fit), destroy: () => area.removeEventListener("input", fit) };
};
