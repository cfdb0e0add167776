// Owns going to a field or a section by its id, also before it is on the screen.
// Never opens a screen: the router does.
let giveUp = (): void => {};

/** Scrolls to and focuses the element with this id as soon as it exists, however long that takes; a touch, a key or
    another address in between ends the wait. */
export function focusWhenThere(id: string): void {
  const wait = new AbortController();
  const stop = () => {
    watch.disconnect();
    wait.abort();
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
  giveUp();
  giveUp = stop;
  watch.observe(document.body, { childList: true, subtree: true });
  for (const event of ["pointerdown", "keydown", "hashchange"]) addEventListener(event, stop, { signal: wait.signal });
  look();
}
