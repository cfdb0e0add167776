// Owns going to a field or a section by its id, also before it is on the screen.
// Never opens a screen: the router does.
const PATIENCE_MS = 3000;

/** Scrolls to and focuses the element with this id as soon as it exists; a touch in between ends the wait. */
export function focusWhenThere(id: string): void {
  const stop = () => {
    watch.disconnect();
    clearTimeout(timer);
    removeEventListener("pointerdown", stop);
  };
  const look = () => {
    const found = document.getElementById(id);
    if (!found) return;
    stop();
    found.scrollIntoView({ block: found.matches("section") ? "start" : "center" });
    if (!found.matches("input, textarea, select, button, a")) found.tabIndex = -1;
    found.focus({ preventScroll: true });
  };
  const watch = new MutationObserver(look);
  const timer = setTimeout(() => stop(), PATIENCE_MS);
  watch.observe(document.body, { childList: true, subtree: true });
  addEventListener("pointerdown", stop);
  look();
}
