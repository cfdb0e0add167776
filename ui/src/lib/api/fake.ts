// Owns the fake backend: deterministic, in memory, kept across a reload, behaving like the core as far as a
// screen can see. For tests and design; never shipped in a real build.
import { act, fail, jobOf, visitOf } from "./fake/acts";
import { findParts } from "./fake/catalogue";
import { dataState, issueOf, jobsView, syncScreen, todayView, type Sending } from "./fake/lists";
import { missingRows } from "./fake/missing";
import { seed } from "./fake/seed";
import { load, save, type Scene, type State } from "./fake/state";
import { canEdit, jobPage, lineRow, machineView, photoView, signOffView, visitRow } from "./fake/views";
import { faultsView, proposeView } from "./fake/views_more";
import { currentVisit } from "./fake/fold";
import type { Backend, ViewOf } from "./backend";
import type { Done, Request } from "./asked";
import type { PartHit, Query, Views } from "./bindings";

const UNDO_MS = 10_000;
export type FakeOptions = { scene?: Scene; now?: () => number; tickMs?: number; keep?: boolean };

export function sceneAsked(): Scene {
  const asked = typeof location === "undefined" ? null : new URLSearchParams(location.search).get("scene");
  return (asked as Scene | null) ?? "day";
}

class Fake implements Backend {
  #state: State;
  #sending: Sending = null;
  readonly #listeners = new Set<(tags: string[]) => void>();
  readonly #undos = new Map<string, { before: string; until: number; tags: string[] }>();
  readonly #now: () => number;
  readonly #tickMs: number;
  readonly #keep: boolean;

  constructor({ scene = sceneAsked(), now = Date.now, tickMs = 250, keep = true }: FakeOptions) {
    [this.#now, this.#tickMs, this.#keep] = [now, tickMs, keep];
    this.#state = (keep && load(scene)) || seed(scene, now());
  }

  async view<Q extends Query>(query: Q): Promise<ViewOf<Q>> {
    return this.#read(query) as ViewOf<Q>;
  }

  async execute(request: Request): Promise<Done> {
    if (request.type === "undo") return this.#undo(request.token);
    if (request.type === "sync.now") return this.#sync();
    const before = JSON.stringify(this.#state);
    const { tags, rec, undoable, saved_as } = act({ state: this.#state, now: this.#now() }, request);
    this.#changed(tags);
    if (request.type === "enrol.begin") setTimeout(() => this.#confirmEnrolment(), this.#tickMs * 12);
    const done: Done = { ...(rec === undefined ? {} : { rec }), ...(saved_as === undefined ? {} : { saved_as }) };
    if (!undoable) return done;
    const undo = `u-${this.#undos.size + 1}`;
    this.#undos.set(undo, { before, until: this.#now() + UNDO_MS, tags });
    return { ...done, undo };
  }

  subscribe(listener: (tags: string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(tags: string[]): void {
    if (this.#keep) save(this.#state);
    if (tags.length) for (const listener of [...this.#listeners]) listener(tags);
  }

  #undo(token: string): Done {
    const undo = this.#undos.get(token);
    this.#undos.delete(token);
    if (!undo || undo.until < this.#now()) fail("undo_expired");
    // Records go back; drafts, place and settings are not the action's.
    const { jobs, photos, outbox } = JSON.parse(undo.before) as State;
    Object.assign(this.#state, { jobs, photos, outbox });
    this.#changed([...undo.tags, "*"]);
    return {};
  }

  #sync(): Done {
    if (this.#state.scene === "offline") fail("unreachable");
    if (this.#sending === null) {
      this.#sending = { sent: 0, total: this.#state.outbox.filter((entry) => entry.data === "waiting").length };
      this.#changed(["outbox"]);
      setTimeout(() => this.#sendOne(), this.#tickMs);
    }
    return {};
  }

  #sendOne(): void {
    const at = this.#state.outbox.findIndex((entry) => entry.data === "waiting");
    this.#state.last_exchange = this.#now();
    if (at < 0 || !this.#sending) {
      this.#sending = null;
      return this.#changed(["*"]);
    }
    this.#state.outbox.splice(at, 1);
    this.#sending.sent++;
    setTimeout(() => this.#sendOne(), this.#tickMs);
    this.#changed(["outbox"]);
  }

  #confirmEnrolment(): void {
    if (this.#state.enrolment !== "waiting_for_office") return;
    this.#state.enrolment = "active";
    this.#changed(["enrolment"]);
  }

  #read(query: Query): Views[keyof Views] {
    const [state, now] = [this.#state, this.#now()];
    switch (query.type) {
      case "start": return { enrolled: state.enrolment === "active", person: { name: "程岳", initials: "CY" }, language: state.language, theme: state.theme, last_place: state.last_place, key_in_file: true, shut_out: state.scene === "shut_out", handed_over: state.handed_over };
      case "enrolment": return { state: state.enrolment, address: state.address, office: state.enrolment === "none" ? null : "衡川重工 · 云岭办事处", person: state.enrolment === "active" ? "程岳" : null, fingerprint: state.enrolment === "none" ? null : "407318", refused: null, removed: false };
      case "shut_out": return { drafts: [{ number: "YL-261118-03", texts: ["泵出口压力 21 MPa，标准 34.3。"], signature: false }, { number: null, texts: ["石场东口的路断了，从北坡进。"], signature: false }] };
      case "data_state": return dataState(state, this.#sending);
      case "drafts": return { fields: { ...state.drafts[query.rec] } };
      case "today": return todayView(state, now);
      case "jobs": return jobsView(state, query.search, query.limit);
      case "job_page": return jobPage(state, jobOf(state, query.job));
      case "missing": {
        const job = jobOf(state, query.job);
        return { job: job.id, number: job.number, visit: job.visits.find((row) => row.sign.amending)?.id ?? currentVisit(job)?.id ?? null, rows: missingRows(state, job) };
      }
      case "visit_times": {
        const job = jobOf(state, query.job);
        return { job: job.id, number: job.number, customer: job.customer, visits: job.visits.map((visit) => visitRow(state, job, visit)), can_edit: canEdit(job) };
      }
      case "propose": return proposeView(state, jobOf(state, query.job), canEdit(jobOf(state, query.job)));
      case "faults": return faultsView(query.search, query.limit);
      case "part_line": return this.#line(query.line);
      case "parts": return this.#parts(query.job, query.search, query.limit);
      case "machine": return machineView(state, query.machine) ?? fail("not_found");
      case "photo": return photoView(state, query.photo) ?? fail("not_found");
      case "sign_off": {
        const { job, visit } = visitOf(state, query.visit);
        return signOffView(state, job, visit);
      }
      case "sync_screen": return syncScreen(state, this.#sending, now);
      case "issue": return { issue: issueOf(state, state.issues.find((row) => row.id === query.issue) ?? fail("not_found")) };
    }
  }

  #line(id: string): Views["part_line"] {
    for (const job of this.#state.jobs) {
      const line = job.lines.find((row) => row.id === id);
      if (line) return { job: job.id, number: job.number, line: lineRow(this.#state, job, line), can_edit: canEdit(job) };
    }
    return fail("not_found");
  }

  #parts(id: string, search: string, limit: number): Views["parts"] {
    const machine = this.#state.machines.find((row) => row.line.machine === jobOf(this.#state, id).machine);
    const found = findParts(search, machine?.line.model ?? null);
    const bare = (rows: typeof found): PartHit[] => rows.map(({ part, number, name, unit, fits, serialised, auxiliary, van_stock, superseded_by }) => ({ part, number, name, unit, fits, serialised, auxiliary, van_stock, superseded_by }));
    return { recent: bare(findParts("滤", machine?.line.model ?? null).slice(0, 2)), hits: bare(found.slice(0, limit)), total: found.length };
  }
}

export const fake = (options: FakeOptions = {}): Backend => new Fake(options);
