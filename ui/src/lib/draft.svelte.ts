// Owns a text while it is being typed: a draft at most 500 ms after typing stops (and every second of
// typing), the real request on blur and when the page hides. Never loses what was typed to a refetch.
import type { Request } from "./api/asked";
import { asApiError } from "./api/backend";
import type { ApiError, Id, TextField } from "./api/bindings";
import { useSession, type Session } from "./session.svelte";

const PAUSE_MS = 400;
const LONGEST_MS = 900;
/** A draft that could not be kept (a full disk) is tried again. */
const AGAIN_MS = 10_000;

/** Saves drafts of one field, late but never later than LONGEST_MS after the first key. What it was given stays
    with the session until the core has it, whatever becomes of the screen. */
export class DraftWriter {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #sending: string | null = null;
  readonly #session: Session;
  readonly #rec: Id;
  readonly #field: string;

  constructor(session: Session, rec: Id, field: string) {
    this.#session = session;
    this.#rec = rec;
    this.#field = field;
  }

  /** What was typed here, also on an earlier screen, and the core does not have. */
  get unkept(): string | null {
    return this.#session.unkept.get(this.#rec)?.get(this.#field) ?? null;
  }

  write(value: string): void {
    const now = performance.now();
    if (this.unkept === null) this.#since = now;
    this.#session.keepTyped(this.#rec, this.#field, value);
    this.#flushIn(Math.max(0, Math.min(PAUSE_MS, this.#since + LONGEST_MS - now)));
  }

  async flush(): Promise<void> {
    this.pause();
    const value = this.unkept;
    if (value === null || value === this.#sending) return;
    this.#sending = value;
    const done = await this.#session.act({ type: "draft.save", rec: this.#rec, field: this.#field, value });
    if (this.#sending === value) this.#sending = null;
    if (done) this.forget(value);
    else if (this.unkept !== null) this.#flushIn(AGAIN_MS);
  }

  /** The core has this text now; one that was typed since still waits. Without a text: nothing waits. */
  forget(kept?: string): void {
    if (kept !== undefined && this.unkept !== kept) return;
    this.pause();
    this.#session.keepTyped(this.#rec, this.#field, null);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  #flushIn(ms: number): void {
    this.pause();
    this.#timer = setTimeout(() => void this.flush(), ms);
  }
}

/** Calls `leave` when the page hides; returns the way to stop. */
export function onHide(leave: () => void): () => void {
  const hidden = () => document.visibilityState === "hidden" && leave();
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hidden);
  return () => {
    removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", hidden);
  };
}

export type Draft = {
  text: string;
  type(value: string): void;
  focus(): void;
  commit(): Promise<void>;
};

/** A recorded text field being edited: `make` turns the text into the request of its blur. */
export function draftOf(rec: Id, field: string, source: () => TextField, make: (value: string) => Request): Draft {
  const session = useSession();
  const writer = new DraftWriter(session, rec, field);
  let typed = $state<string | null>(writer.unkept);
  let focused = false;
  let sent: string | null = null;

  const commit = async () => {
    focused = false;
    const value = typed ?? source().draft;
    if (value === null || value === sent) return;
    writer.pause();
    sent = value;
    if (await session.act(make(value))) return writer.forget(value);
    // Not recorded: the next blur tries again, and the text is at least a draft.
    if (sent !== value) return;
    sent = null;
    if (writer.unkept === null) writer.write(value);
    await writer.flush();
  };
  const leave = () => { if (typed !== null) void commit(); };
  $effect(() => onHide(leave));
  $effect(() => leave);
  // Once the record holds what was typed, the record is shown again.
  $effect(() => {
    if (!focused && typed !== null && source().draft === null && source().value === typed) typed = null;
  });

  return {
    get text() { return typed ?? source().draft ?? source().value; },
    set text(value: string) { this.type(value); },
    type(value) {
      sent = null;
      typed = value;
      writer.write(value);
    },
    focus() { focused = true; },
    commit,
  };
}

/** Fields that are kept together: the one draft that holds them as JSON, by field. */
export type Packed = Readonly<Record<string, string>>;

/** The drafts of a form that has no record yet; `fields` fills once, then follows the keys. */
export class FormDraft {
  fields = $state<Record<string, string>>({});
  ready = $state(false);
  /** Why the drafts did not come; nothing can be typed until they do. */
  error = $state.raw<ApiError | null>(null);
  readonly rec: Id;
  readonly #packed: Packed;
  readonly #session: Session;
  readonly #writers = new Map<string, DraftWriter>();

  constructor(session: Session, rec: Id, packed: Packed = {}) {
    this.#session = session;
    this.rec = rec;
    this.#packed = packed;
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const { fields } = await this.#session.backend.view({ type: "drafts", rec: this.rec });
      const kept: Record<string, string> = { ...fields, ...Object.fromEntries(this.#session.unkept.get(this.rec) ?? []) };
      const unpacked = [...new Set(Object.values(this.#packed))].map((draft) => unpack(kept[draft]));
      this.fields = Object.assign({}, kept, ...unpacked, this.fields);
      [this.ready, this.error] = [true, null];
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  /** Asks once more for drafts that did not come. */
  again = (): void => void this.#load();

  get(field: string, otherwise = ""): string {
    return this.fields[field] ?? otherwise;
  }

  set(field: string, value: string): void {
    this.fields[field] = value;
    const draft = this.#packed[field] ?? field;
    const writer = this.#writers.get(draft) ?? new DraftWriter(this.#session, this.rec, draft);
    this.#writers.set(draft, writer);
    writer.write(draft === field ? value : this.#pack(draft));
  }

  #pack(draft: string): string {
    const own = Object.entries(this.fields).filter(([field]) => this.#packed[field] === draft);
    return JSON.stringify(Object.fromEntries(own));
  }

  flush(): void {
    for (const writer of this.#writers.values()) void writer.flush();
  }

  /** The core has dropped the drafts itself. */
  forget(): void {
    for (const writer of this.#writers.values()) writer.pause();
    this.#session.unkept.delete(this.rec);
    this.fields = {};
  }

  /** A field's text is recorded: what was typed into it since stays. */
  recorded(field: string, text: string): void {
    const now = this.get(field);
    this.set(field, now.trimStart().startsWith(text) ? now.trimStart().slice(text.length).trimStart() : now);
  }

  async clear(): Promise<void> {
    this.forget();
    await this.#session.act({ type: "draft.clear", rec: this.rec });
  }
}

/** What was typed must not be lost to a draft that cannot be read: it counts as nothing typed. */
function unpack(text: string | undefined): Record<string, string> {
  try {
    const fields: unknown = JSON.parse(text ?? "{}");
    return typeof fields === "object" && fields !== null ? fields as Record<string, string> : {};
  } catch {
    return {};
  }
}

/** The form's drafts for as long as the component lives. */
export function formDraft(rec: Id, packed: Packed = {}): FormDraft {
  const form = new FormDraft(useSession(), rec, packed);
  $effect(() => onHide(() => form.flush()));
  $effect(() => () => form.flush());
  return form;
}
