// Owns the life of an answer on the screen: asked when the question changes, after every action, when the
// window is looked at again, and once a minute. Never shows an answer that a newer question has overtaken.
import { untrack } from "svelte";
import type { Refusal } from "$lib/api/desk";
import { useOffice, type OfficeSession } from "./session.svelte";

export type Fetched<T> = { readonly now: T | null; readonly error: Refusal | null; readonly waiting: boolean };

const MINUTE_MS = 60_000;

/** `get` is run again when what it reads changes; the old answer stays until the new one is there. */
export function fetched<T>(get: () => Promise<T>): Fetched<T> {
  const session = useOffice();
  let now = $state.raw<T | null>(null);
  let error = $state.raw<Refusal | null>(null);
  let waiting = $state(true);
  let asked = 0;

  $effect(() => {
    void session.turn;
    // Behind the sign-in nothing is asked: the answer could only be the same refusal.
    if (session.lost) return;
    const mine = ++asked;
    const answer = get();
    untrack(() => (waiting = true));
    answer.then(
      (value) => { if (mine === asked) [now, error, waiting] = [value, null, false]; },
      (thrown: unknown) => {
        const refusal = session.heard(thrown);
        if (mine === asked) [error, waiting] = [refusal, false];
      },
    );
    return () => { asked++; };
  });

  return {
    get now() { return now; },
    get error() { return error; },
    get waiting() { return waiting; },
  };
}

/** Lets every screen ask again when somebody looks at it. */
export function keepFresh(session: OfficeSession): () => void {
  const look = () => { if (document.visibilityState === "visible") session.turn++; };
  document.addEventListener("visibilitychange", look);
  const timer = setInterval(look, MINUTE_MS);
  return () => {
    document.removeEventListener("visibilitychange", look);
    clearInterval(timer);
  };
}
