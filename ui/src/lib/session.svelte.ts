// Owns what a screen needs to talk to the core: the backend, the toast with its undo, errors as sentences.
// Never holds truth: what a screen shows comes from views.
import { getContext, setContext } from "svelte";
import { asApiError, type Backend } from "./api/backend";
import type { Done, Request } from "./api/asked";
import type { Id } from "./api/bindings";
import { t, words } from "./i18n/i18n.svelte";

export type Toast = { text: string; undo: string | null; bad: boolean };
const UNDO_MS = 10_000;
const KEY = Symbol("session");

export class Session {
  readonly backend: Backend;
  toast = $state<Toast | null>(null);
  /** What was typed and the core does not have yet, by record and field: it outlives the screen it was typed on. */
  readonly unkept = new Map<Id, Map<string, string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** Runs one user action. `said` goes into the toast; an error is told there, and null comes back. */
  async act(request: Request, said?: string): Promise<Done | null> {
    try {
      const done = await this.backend.execute(request);
      if (said !== undefined || done.undo) this.say(said ?? t("toast.done"), done.undo ?? null);
      return done;
    } catch (thrown) {
      const { code, facts } = asApiError(thrown);
      this.say(words("error", code, facts), null, true);
      return null;
    }
  }

  /** Null: the core has it, or nobody wants it any more. */
  keepTyped(rec: Id, field: string, value: string | null): void {
    const fields = this.unkept.get(rec) ?? new Map<string, string>();
    if (value === null) fields.delete(field);
    else this.unkept.set(rec, fields.set(field, value));
    if (fields.size === 0) this.unkept.delete(rec);
  }

  async undo(): Promise<void> {
    const token = this.toast?.undo;
    this.hush();
    if (token) await this.act({ type: "undo", token }, t("toast.undone"));
  }

  say(text: string, undo: string | null, bad = false): void {
    clearTimeout(this.#timer);
    this.toast = { text, undo, bad };
    this.#timer = setTimeout(() => this.hush(), UNDO_MS);
  }

  hush(): void {
    clearTimeout(this.#timer);
    this.toast = null;
  }
}

export const provideSession = (session: Session): Session => setContext(KEY, session);
export const useSession = (): Session => getContext<Session>(KEY);
