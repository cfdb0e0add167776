// Owns the life of a view on the screen: fetched when the query changes, refetched when its tags do.
// Never shows an answer that a newer question has overtaken.
import { asApiError, concerns, type ViewOf } from "./api/backend";
import type { ApiError, Query } from "./api/bindings";
import { useSession } from "./session.svelte";

export type Live<Q extends Query> = { readonly now: ViewOf<Q> | null; readonly error: ApiError | null; again: () => void };

/** `keep`: the old answer stays while a new question is asked (search as you type). */
export function live<Q extends Query>(ask: () => Q, keep = false): Live<Q> {
  const { backend } = useSession();
  const key = $derived(JSON.stringify(ask()));
  let now = $state.raw<ViewOf<Q> | null>(null);
  let error = $state.raw<ApiError | null>(null);
  let again: () => void = () => {};

  $effect(() => {
    const query = JSON.parse(key) as Q;
    let turn = 0;
    if (!keep) now = null;
    const fetch = async () => {
      const mine = ++turn;
      try {
        const answer = await backend.view(query);
        if (mine === turn) [now, error] = [answer, null];
      } catch (thrown) {
        if (mine === turn) error = asApiError(thrown);
      }
    };
    again = () => void fetch();
    void fetch();
    const stop = backend.subscribe((tags) => concerns(query, tags) && void fetch());
    return () => {
      turn = -1;
      stop();
    };
  });

  return {
    get now() { return now; },
    get error() { return error; },
    again: () => again(),
  };
}
