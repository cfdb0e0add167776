// Owns a text while it is being typed: a draft at most 500 ms after typing stops (and every second of
// typing), the real request on blur and when the page hides. Never loses what was typed to a refetch.
import type { Request } from "./api/asked";
import type { Id, TextField } from "./api/bindings";
import { useSession, type Session } from "./session.svelte";

const PAUSE_MS = 400;
const LONGEST_MS = 900;

/** Saves drafts of one field, late but never later than LONGEST_MS after the first key. */
export class DraftWriter {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #pending: string | null = null;
  readonly #session: Session;
  readonly #rec: Id;
  readonly #field: string;

  constructor(session: Session, rec: Id, field: string) {
    this.#session = session;
    this.#rec = rec;
    this.#field = field;
  }

  write(value: string): void {
    const now = performance.now();
    if (this.#pending === null) this.#since = now;
    this.#pending = value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), Math.max(0, Math.min(PAUSE_MS, this.#since + LONGEST_MS - now)));
  }

  flush(): void {
    clearTimeout(this.#timer);
    if (this.#pending === null) return;
    const value = this.#pending;
    this.#pending = null;
    void this.#session.act({ type: "draft.save", rec: this.#rec, field: this.#field, value });
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#pending = null;
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
  commit(): void;
};

/** A recorded text field being edited: `make` turns the text into the request of its blur. */
export function draftOf(rec: Id, field: string, source: () => TextField, make: (value: string) => Request): Draft {
  const session = useSession();
  const writer = new DraftWriter(session, rec, field);
  let typed = $state<string | null>(null);
  let focused = false;
  let sent: string | null = null;

  const commit = () => {
    focused = false;
    writer.forget();
    const value = typed ?? source().draft;
    if (value === null || value === sent) return;
    sent = value;
    void session.act(make(value));
  };
  $effect(() => onHide(() => typed !== null && commit()));
  $effect(() => () => typed !== null && commit());
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
    const { fields } = await this.#session.backend.view({ type: "drafts", rec: this.rec });
    const unpacked = [...new Set(Object.values(this.#packed))].map((draft) => unpack(fields[draft]));
    this.fields = Object.assign({}, fields, ...unpacked, this.fields);
    this.ready = true;
  }

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
    for (const writer of this.#writers.values()) writer.flush();
  }

  /** The core has dropped the drafts itself. */
  forget(): void {
    for (const writer of this.#writers.values()) writer.forget();
    this.fields = {};
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
