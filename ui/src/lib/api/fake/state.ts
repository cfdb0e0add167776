// Owns the memory of the fake: its records, its outbox, its clock, and keeping all of it across a reload.
// Never a view and never a rule.
import type { CardKind, CardLine, ChargeCode, Contact, DataState, Day, Disposition, FaultField, HistoryRow, Id, IssueCode, IssueAction, IssueValue, JobStatus, JobType, Language, LastPlace, MachineLine, MeterKind, MeterReplacementReason, NoticeCode, NoMeterReason, OneSidedReason, OpenCampaign, Payer, PartSource, PhotoPhase, Place, Priority, ProposalState, ReassignReason, Report, ServiceMode, SignHow, SignOffState, ListedSigner, Span, Stamp, StepKind, Theme, Time, WaitReason } from "../bindings";

export const ZONE = "Asia/Shanghai";
const KEY = "fieldcard-fake";

export type Step = { id: Id; kind: StepKind; at: number; late: boolean };
export type Sealed = { card: Id; how: SignHow; signer: string | null; at: number; digest: string; seq: number; lines: CardLine[]; stamp: Stamp | null };
export type Visit = {
  id: Id;
  number: number;
  window: Span | null;
  people: string[];
  steps: Step[];
  reassign: ReassignReason | null;
  sign: { state: SignOffState; kind: CardKind; language: Language; lines: CardLine[]; sealed: Sealed | null; amending: boolean; how: SignHow | null };
};
export type Line = {
  id: Id; number: string; name: string; unit: string; in_catalogue: boolean; quantity: string; serialised: boolean;
  main_fault: boolean; payer: Payer; source: PartSource; fitted: boolean; serial: string; van: string | null; price: number;
  old: { id: Id; tag: string; replaces?: string; due_on?: Day; serial: string; note: string; disposition: Disposition } | null; one_sided: OneSidedReason | null;
};
export type Charge = { id: Id; code: ChargeCode; label: string | null; quantity: string | null; minor: number; payer: Payer; agreed_by: string | null };
export type OtherFault = { id: Id } & Record<"phenomenon" | "place" | "cause" | "action" | "codes", string>;
export type Proposal = { field: string; value: string; at: number; state: ProposalState };
export type Replaced = { id: Id; old: string | null; value: string; reason: MeterReplacementReason };
export type Note = { id: Id; text: string; at: number; by: string };
export type Photo = { id: Id; job: Id; phase: PhotoPhase; of: Id | null; at: number; by: string; url: string };
export type Machine = {
  line: MachineLine; engine: string | null; frame: string | null; customer: string; place: Place; delivered: Day | null;
  meters: { meter: MeterKind; value: string; at: Time }[]; history: HistoryRow[]; campaigns: OpenCampaign[];
};
export type Job = {
  id: Id; number: string; customer: string; place: Place; contacts: Contact[]; machine: Id | null; type: JobType; mode: ServiceMode;
  priority: Priority; status: JobStatus; waiting: WaitReason | null; waiting_note: string | null; due: number | null;
  now_with: string | null; report: Report; meters: MeterKind[]; readings: Partial<Record<MeterKind, { value: string; reason: NoMeterReason | null }>>;
  fault: Record<FaultField, string>; others: OtherFault[]; charges: Charge[]; proposals: Proposal[]; replaced: Partial<Record<MeterKind, Replaced>>; lines: Line[]; notes: Note[]; visits: Visit[]; wanted: Partial<Record<PhotoPhase, number>>;
  campaign: string | null; receipt: { code: string; at: Time } | null;
};
export type Entry = { rec: Id; job: Id | null; kind: "entry" | "card" | "photo"; bytes: number; data: DataState };
export type IssueRec = { id: Id; code: IssueCode; facts: Record<string, string>; job: Id; field: FaultField | null; values: IssueValue[]; at: number; actions: IssueAction[] };
export type Scene = "day" | "partial" | "calm" | "offline" | "synced" | "empty" | "never" | "enrol" | "waiting" | "late" | "refused" | "app_old" | "key_lost" | "full" | "shut_out" | NoticeCode;

export type State = {
  scene: Scene;
  enrolment: "none" | "waiting_for_office" | "active";
  address: string | null;
  language: Language;
  theme: Theme;
  wifi_only: boolean;
  last_place: LastPlace | null;
  handed_over: Id | null;
  last_exchange: number | null;
  jobs: Job[];
  machines: Machine[];
  photos: Photo[];
  issues: IssueRec[];
  outbox: Entry[];
  drafts: Record<Id, Record<string, string>>;
  next: number;
  cards: number;
};

export const at = (ms: number): Time => ({ ms, zone: ZONE });
export const dayOf = (ms: number): Day => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(ms);
export const midnight = (now: number): number => Date.parse(`${dayOf(now)}T00:00:00+08:00`);

/** Worst first: what a record's entries in the outbox make of it; nothing there = held. */
export function dataOf(state: State, match: (entry: Entry) => boolean): DataState {
  const order: DataState[] = ["needs_you", "sending", "waiting", "saved"];
  const found = state.outbox.filter(match).map((entry) => entry.data);
  return order.find((data) => found.includes(data)) ?? "held";
}
export const dataOfRec = (state: State, rec: Id): DataState => dataOf(state, (entry) => entry.rec === rec);
export const dataOfJob = (state: State, job: Id): DataState => dataOf(state, (entry) => entry.job === job);

export function queue(state: State, rec: Id, job: Id | null, kind: Entry["kind"] = "entry", bytes = 700): void {
  const old = state.outbox.find((entry) => entry.rec === rec && entry.data === "waiting");
  if (old) old.bytes += bytes;
  else state.outbox.push({ rec, job, kind, bytes, data: "waiting" });
}

export const newId = (state: State, prefix: string): Id => `${prefix}-${++state.next}`;

export function load(scene: Scene): State | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as State | null;
    return kept?.scene === scene ? kept : null;
  } catch {
    return null;
  }
}
export function save(state: State): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // The browser's store is full of photos: the fake forgets, the app must not mind.
  }
}

export const signerOf = (contact: Contact, n: number): ListedSigner => ({ name: contact.name, role: contact.role, authority: n === 0 ? "self" : "listed" });
