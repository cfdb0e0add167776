// Owns who sits at the console: signed in, lost and back again, what was said last; errors as sentences.
// Never holds truth: screens show what the server answers. A session that ends leaves the screen standing,
// hidden, so that nothing typed is lost.
import { getContext, setContext } from "svelte";
import { asRefusal, type Office, type Refusal } from "$lib/api/desk";
import type { Me } from "$lib/api/office";
import { refused } from "./words";

export type Said = { text: string; bad: boolean };
const KEY = Symbol("office");
const SAID_MS = 8_000;

export class OfficeSession {
  readonly office: Office;
  me = $state.raw<Me | null>(null);
  /** The server knows this session no longer; the screen waits behind the sign-in. */
  lost = $state(false);
  started = $state(false);
  said = $state.raw<Said | null>(null);
  /** Counts what may have changed the server's answers: every screen asks again. */
  turn = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(office: Office) {
    this.office = office;
  }

  async start(): Promise<void> {
    try {
      this.me = await this.office.me();
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code !== "unauthorised") this.say(refused(refusal), true);
    }
    this.started = true;
  }

  /** Null when it worked. */
  async signIn(login: string, password: string): Promise<Refusal | null> {
    try {
      this.me = await this.office.login(login, password);
      this.lost = false;
      this.turn++;
      return null;
    } catch (thrown) {
      return asRefusal(thrown);
    }
  }

  /** Null when it worked. */
  async changePassword(old: string, next: string): Promise<Refusal | null> {
    try {
      await this.office.changePassword(old, next);
      this.me = await this.office.me();
      return null;
    } catch (thrown) {
      return this.heard(thrown);
    }
  }

  async signOut(): Promise<void> {
    await this.act(() => this.office.logout());
    this.me = null;
    this.lost = false;
  }

  /** Runs one action and tells the outcome; null when it was refused. */
  async act<T>(run: () => Promise<T>, said?: string): Promise<T | null> {
    try {
      const answer = await run();
      if (said !== undefined) this.say(said);
      this.turn++;
      return answer;
    } catch (thrown) {
      this.say(refused(this.heard(thrown)), true);
      return null;
    }
  }

  /** Whatever was thrown, as a refusal; the end of the session is noticed here. */
  heard(thrown: unknown): Refusal {
    const refusal = asRefusal(thrown);
    if (refusal.code === "unauthorised" && this.me) this.lost = true;
    return refusal;
  }

  say(text: string, bad = false): void {
    clearTimeout(this.#timer);
    this.said = { text, bad };
    this.#timer = setTimeout(() => this.hush(), SAID_MS);
  }

  hush(): void {
    clearTimeout(this.#timer);
    this.said = null;
  }
}

export const provideOffice = (session: OfficeSession): OfficeSession => setContext(KEY, session);
export const useOffice = (): OfficeSession => getContext<OfficeSession>(KEY);
