// Owns the shapes that cross between core and screens: every view, every request, every code.
// Never holds behaviour or prose: views carry codes and facts, labels come from i18n.
// A draft written by hand; later generated from the Rust structs. `| null` = Option in a view,
// `?` = Option in a request. Decimals are strings, digests hex, ids opaque strings.

// ---------------------------------------------------------------- values
export type Id = string;
export type Decimal = string;
/** A calendar day, `2026-11-28`. */
export type Day = string;
/** UTC milliseconds and the IANA zone in which it happened. */
export type Time = { ms: number; zone: string };
export type Span = { from: Time; to: Time };
export type Money = { minor: number; currency: string };
export type Facts = { [key: string]: string | number };
/** A text of the technician: what is recorded, and what he typed since (null = nothing pending). */
export type TextField = { value: string; draft: string | null };
export type Place = { name: string; lat: Decimal | null; lon: Decimal | null };

// ---------------------------------------------------------------- codes
export type Language = "zh" | "en";
export type Theme = "light" | "dark" | "sunlight";
export type JobStatus = "created" | "triaged" | "solved_by_phone" | "dispatched" | "in_progress" | "waiting"
  | "work_done" | "submitted" | "in_review" | "returned" | "approved" | "closed" | "cancelled"
  | "not_repaired" | "merged";
export type WaitReason = "parts" | "approval" | "customer" | "workshop" | "outside";
export type VisitStatus = "planned" | "accepted" | "departed" | "arrived" | "working" | "paused" | "left" | "back";
export type StepKind = "accept" | "depart" | "arrive" | "work" | "pause" | "leave" | "back";
export type JobType = "repair" | "first_service" | "periodic" | "inspection" | "commissioning" | "handover"
  | "pre_delivery" | "campaign" | "accident" | "rework" | "estimate";
export type ServiceMode = "active" | "passive";
export type Priority = "normal" | "urgent" | "machine_down";
export type Payer = "maker" | "supplier" | "customer" | "campaign" | "goodwill" | "rework" | "pre_delivery";
export type MeterKind = "hours" | "travel_hours" | "upper_hours" | "hammer_hours" | "km" | "hectares";
export type NoMeterReason = "meter_broken" | "no_power" | "no_meter" | "not_reachable";
export type PhotoPhase = "nameplate" | "meter" | "before_teardown" | "fault" | "new_part" | "old_part"
  | "test_run" | "site" | "paper";
export type PhotoSize = "thumb" | "full";
export type PartSource = "van" | "station" | "purchase" | "customer_supplied";
export type Disposition = "return_urgent" | "return_routine" | "return_on_notice" | "photos_only"
  | "destroy_on_site" | "inspect_on_site" | "supplier_collects" | "customer_keeps" | "customer_leaves" | "trade_in";
export type ContactRole = "operator" | "owner" | "site_manager" | "equipment_department" | "other";
export type CardKind = "interim" | "final";
export type SignHow = "signed" | "proxy" | "refused" | "absent";
export type Authority = "self" | "listed" | "presumed";
export type Satisfaction = "very_good" | "good" | "fair" | "poor";
export type ReassignReason = "no_time" | "too_far" | "needs_other_skill" | "needs_tools" | "unwell" | "other";
export type NotRepairedReason = "customer_declines" | "needs_workshop" | "no_part_exists" | "unsafe"
  | "fault_not_seen" | "other";
export type RefuseReason = "disputes_work" | "disputes_cost" | "not_authorised" | "wants_office" | "other";
export type AbsentReason = "left_site" | "unattended_site" | "owner_elsewhere" | "unreachable" | "other";
/** What an item on the device is to the office. A mark is drawn until `held`. */
export type DataState = "saved" | "waiting" | "sending" | "held" | "needs_you";
export type PillState = "up_to_date" | "waiting" | "sending" | "needs_you" | "offline";
export type MissingDegree = "blocks_sign_off" | "blocks_claim" | "likely_refused" | "look_again";
export type MissingCode = "times_missing" | "action_missing" | "meter_missing" | "phenomenon_missing" | "place_missing"
  | "cause_missing" | "photo_missing" | "serial_missing" | "old_serial_missing" | "main_part_missing"
  | "meter_below_last" | "not_in_catalogue" | "step_forgotten" | "nothing_replaced";
export type IssueCode = "clash" | "late" | "proposal" | "not_yours" | "invalid" | "impossible" | "too_new"
  | "id_taken" | "photo_too_large";
export type FaultField = "phenomenon" | "place" | "cause" | "action" | "codes";
export type ErrorCode = "not_found" | "not_assigned" | "impossible_step" | "time_in_future" | "time_out_of_order"
  | "undo_expired" | "invalid_value" | "code_unknown" | "code_expired" | "no_network" | "photo_too_large"
  | "photo_unreadable" | "disk_full" | "store_damaged" | "missing_before_sign_off" | "already_sealed"
  | "not_prepared" | "handed_over" | "ink_missing" | "wrong_initials" | "unsent_work" | "internal";
export type ApiError = { code: ErrorCode; facts: Facts };

// ---------------------------------------------------------------- start, enrolment, data state
export type LastPlace = { route: string; field: string | null };
export type StartView = {
  enrolled: boolean;
  person: Person | null;
  language: Language;
  theme: Theme;
  last_place: LastPlace | null;
  /** The visit whose card is in the customer's hands: nothing else may be shown. */
  handed_over: Id | null;
};
export type Person = { name: string; initials: string };
export type EnrolmentState = "none" | "waiting_for_office" | "active";
export type EnrolmentView = {
  state: EnrolmentState;
  address: string | null;
  office: string | null;
  person: string | null;
  /** Six digits that the office reads back. */
  fingerprint: string | null;
};
export type DataStateView = {
  state: PillState;
  waiting: number;
  sent: number;
  sending: number;
  needs_you: number;
  /** The oldest waiting item is older than 24 h. */
  late: boolean;
  last_exchange: Time | null;
};
/** What was typed into a form that has no record yet, or a card not yet sealed. */
export type DraftsView = { fields: { [field: string]: string } };

// ---------------------------------------------------------------- lists of jobs
export type MachineLine = { machine: Id; model: string; serial: string; nickname: string | null };
export type JobCard = {
  job: Id;
  visit: Id | null;
  number: string;
  customer: string;
  place: Place;
  machine: MachineLine | null;
  job_type: JobType;
  priority: Priority;
  status: JobStatus;
  waiting_for: WaitReason | null;
  visit_status: VisitStatus | null;
  /** The step that the card's button takes. */
  next: StepKind | null;
  window: Span | null;
  due: Time | null;
  /** When something last happened on it. */
  last: Time;
  phone: string | null;
  data: DataState;
};
export type TodayView = {
  day: Day;
  last_exchange: Time | null;
  overdue: JobCard[];
  in_progress: JobCard[];
  today: JobCard[];
  tomorrow: JobCard[];
  done: JobCard[];
};
export type JobsView = { rows: JobCard[]; total: number; last_exchange: Time | null };

// ---------------------------------------------------------------- job page
export type Contact = { contact: Id; name: string; role: ContactRole; phone: string };
export type Report = { at: Time; text: string; by: string; meter: MeterValue | null };
export type MeterValue = { meter: MeterKind; value: Decimal };
export type Campaign = { campaign: Id; code: string; title: string; until: Day | null };
export type JobAction = "ask_reassign" | "wait" | "resume" | "not_repaired" | "another_visit"
  | "sign_off" | "edit";
export type StepRow = { step: Id; kind: StepKind; at: Time; late: boolean; by: string; data: DataState };
export type VisitRow = {
  visit: Id;
  number: number;
  status: VisitStatus;
  window: Span | null;
  people: string[];
  steps: StepRow[];
  /** Steps that can be taken now; the first is the primary one. */
  next: StepKind[];
  /** Steps that were jumped over and can be entered late. */
  forgotten: StepKind[];
  reassign_asked: ReassignReason | null;
  card: CardRow | null;
};
export type CardRow = { card: Id; visit: Id; kind: CardKind; how: SignHow; signer: string | null; at: Time; data: DataState };
export type ReadingRow = {
  meter: MeterKind;
  /** This job needs it. */
  required: boolean;
  field: TextField;
  missing_reason: NoMeterReason | null;
  last: { value: Decimal; at: Time } | null;
  /** Lower than the last known value. */
  below_last: boolean;
  data: DataState;
};
export type Fault = { [field in FaultField]: TextField };
export type PhotoRow = { photo: Id; at: Time; data: DataState };
export type PhotoSet = { phase: PhotoPhase; required: number; photos: PhotoRow[] };
export type OldPart = {
  old_part: Id;
  tag: string;
  serial: TextField;
  note: TextField;
  disposition: Disposition;
  due: Day | null;
  /** Empty where policy decides; the choices where the customer paid. */
  choices: Disposition[];
};
export type PartLine = {
  line: Id;
  number: string;
  name: string;
  unit: string;
  in_catalogue: boolean;
  quantity: Decimal;
  serialised: boolean;
  main_fault: boolean;
  payer: Payer;
  fitted: { source: PartSource; serial: TextField; van_left: Decimal | null } | null;
  old: OldPart | null;
  photos: PhotoSet[];
  data: DataState;
};
export type NoteRow = { note: Id; text: string; at: Time; by: string; mine: boolean; data: DataState };
export type HistoryRow = { at: Time; number: string; technician: string; meter: MeterValue | null; fault: string; parts: string[] };
export type Receipt = { code: string; at: Time };
export type JobPageView = {
  job: Id;
  number: string;
  customer: string;
  place: Place;
  contacts: Contact[];
  machine: MachineLine | null;
  job_type: JobType;
  service_mode: ServiceMode;
  priority: Priority;
  status: JobStatus;
  waiting_for: WaitReason | null;
  waiting_note: string | null;
  due: Time | null;
  /** Re-assigned: read-only, work in hand is kept. */
  now_with: string | null;
  report: Report;
  campaigns: Campaign[];
  history: HistoryRow[];
  history_total: number;
  visits: VisitRow[];
  current_visit: Id | null;
  can: JobAction[];
  readings: ReadingRow[];
  fault: Fault;
  parts: PartLine[];
  photos: PhotoSet[];
  photos_to_go: number;
  notes: NoteRow[];
  missing_required: number;
  missing_optional: number;
  receipt: Receipt | null;
  data: DataState;
};
/** Where a missing thing is mended; screens turn it into a route and a focused field. */
export type MissingTarget = { on: "job" | "times" | "part_line"; rec: Id; field: string };
export type MissingRow = { code: MissingCode; degree: MissingDegree; facts: Facts; target: MissingTarget };
export type MissingView = { job: Id; number: string; visit: Id | null; rows: MissingRow[] };
export type VisitTimesView = { job: Id; number: string; customer: string; visits: VisitRow[]; can_edit: boolean };
export type PartLineView = { job: Id; number: string; line: PartLine; can_edit: boolean };
export type PartHit = {
  part: Id;
  number: string;
  name: string;
  unit: string;
  fits: boolean;
  serialised: boolean;
  van_stock: Decimal | null;
  superseded_by: string | null;
};
export type PartsView = { recent: PartHit[]; hits: PartHit[]; total: number };
export type MachineView = {
  machine: MachineLine;
  engine: string | null;
  frame: string | null;
  customer: string;
  place: Place;
  delivered: Day | null;
  meters: { meter: MeterKind; value: Decimal; at: Time }[];
  campaigns: Campaign[];
  history: HistoryRow[];
};
export type PhotoView = { photo: Id; job: Id; phase: PhotoPhase; at: Time; by: string; url: string; can_remove: boolean; data: DataState };

// ---------------------------------------------------------------- sign-off
/** One line of the frozen card. The part of `field` before the first dot names its group:
 *  head, machine, report, done, parts, old_parts, cost, times, people. */
export type CardLine = { field: string; label: string; value: string };
export type SignOffState = "open" | "prepared" | "handed_over" | "sealed";
export type Signer = { name: string; role: ContactRole; authority: Authority };
export type SealedCard = { card: Id; how: SignHow; signer: string | null; strokes: string; at: Time; digest: string; device: string; data: DataState };
export type SignOffView = {
  visit: Id;
  job: Id;
  number: string;
  state: SignOffState;
  kind: CardKind;
  language: Language;
  /** Empty while `open`. */
  lines: CardLine[];
  consent: string;
  /** People whom the office listed; the first is proposed. */
  signers: Signer[];
  missing_required: number;
  sealed: SealedCard | null;
};

// ---------------------------------------------------------------- sync
export type QueueRow = { job: Id | null; number: string | null; customer: string | null; entries: number; cards: number; photos: number; bytes: number; state: DataState };
export type IssueAction = "open" | "retry" | "shrink_and_retry" | "skip_photo" | "keep_mine" | "keep_theirs" | "send_to_office";
export type IssueValue = { value: string; by: string; at: Time; mine: boolean };
export type Issue = {
  issue: Id;
  code: IssueCode;
  facts: Facts;
  job: Id | null;
  number: string | null;
  customer: string | null;
  /** The field of a clash or a proposal. */
  field: FaultField | null;
  /** The photo that cannot be sent. */
  photo: Id | null;
  values: IssueValue[];
  at: Time;
  actions: IssueAction[];
};
export type SyncScreenView = {
  pill: DataStateView;
  next_try: Time | null;
  queue: QueueRow[];
  issues: Issue[];
  photos_on_wifi_only: boolean;
  storage: { used_bytes: number; photo_bytes: number; free_bytes: number };
  office: string;
  address: string;
  server_key: string;
  clock_ahead_ms: number | null;
  app_version: string;
  protocol: string;
  person: Person;
  device: string;
};
export type IssueView = { issue: Issue };

// ---------------------------------------------------------------- queries
export type Query =
  | { type: "start" }
  | { type: "enrolment" }
  | { type: "data_state" }
  | { type: "drafts"; rec: Id }
  | { type: "today" }
  | { type: "jobs"; search: string; limit: number }
  | { type: "job_page"; job: Id }
  | { type: "missing"; job: Id }
  | { type: "visit_times"; job: Id }
  | { type: "part_line"; line: Id }
  | { type: "parts"; job: Id; search: string; limit: number }
  | { type: "machine"; machine: Id }
  | { type: "photo"; photo: Id; size: PhotoSize }
  | { type: "sign_off"; visit: Id }
  | { type: "sync_screen" }
  | { type: "issue"; issue: Id };
/** The view that each query answers with. */
export type Views = {
  start: StartView;
  enrolment: EnrolmentView;
  data_state: DataStateView;
  drafts: DraftsView;
  today: TodayView;
  jobs: JobsView;
  job_page: JobPageView;
  missing: MissingView;
  visit_times: VisitTimesView;
  part_line: PartLineView;
  parts: PartsView;
  machine: MachineView;
  photo: PhotoView;
  sign_off: SignOffView;
  sync_screen: SyncScreenView;
  issue: IssueView;
};

// ---------------------------------------------------------------- requests: one per user action
export type Request =
  | { type: "enrol.begin"; address: string; code: string }
  | { type: "enrol.cancel" }
  | { type: "settings.set"; language?: Language; theme?: Theme; photos_on_wifi_only?: boolean }
  | { type: "place.save"; route: string; field?: string }
  | { type: "draft.save"; rec: Id; field: string; value: string }
  | { type: "draft.clear"; rec: Id }
  | { type: "undo"; token: string }
  // `at` = UTC ms of a step entered late (补录); absent = now
  | { type: "visit.accept"; visit: Id; at?: number }
  | { type: "visit.depart"; visit: Id; at?: number }
  | { type: "visit.arrive"; visit: Id; at?: number }
  | { type: "visit.work"; visit: Id; at?: number }
  | { type: "visit.pause"; visit: Id; at?: number }
  | { type: "visit.leave"; visit: Id; at?: number }
  | { type: "visit.back"; visit: Id; at?: number }
  | { type: "visit.void_step"; step: Id }
  | { type: "visit.ask_reassign"; visit: Id; reason: ReassignReason; note: string }
  | { type: "visit.open"; job: Id; planned?: Day; note: string }
  | { type: "job.create"; customer: string; place: string; phone: string; serial: string; model: string; job_type: JobType; report: string }
  | { type: "job.wait"; job: Id; reason: WaitReason; note: string }
  | { type: "job.resume"; job: Id }
  | { type: "job.not_repaired"; job: Id; reason: NotRepairedReason; note: string }
  | { type: "reading.set"; job: Id; meter: MeterKind; value: Decimal }
  | { type: "reading.set_missing"; job: Id; meter: MeterKind; reason: NoMeterReason }
  | { type: "fault.set"; job: Id; field: FaultField; value: string }
  | { type: "note.add"; job: Id; text: string }
  | { type: "note.void"; note: Id }
  // `part` from the catalogue, or number and name for one that is not in it
  | { type: "part_line.add"; job: Id; part?: Id; number?: string; name?: string }
  | { type: "part_line.set_quantity"; line: Id; quantity: Decimal }
  | { type: "part_line.set_source"; line: Id; source: PartSource }
  | { type: "part_line.set_payer"; line: Id; payer: Payer }
  | { type: "part_line.set_main_fault"; line: Id; main_fault: boolean }
  | { type: "part_line.set_fitted"; line: Id; fitted: boolean }
  | { type: "part_line.set_removed"; line: Id; removed: boolean }
  | { type: "part_line.set_serial"; line: Id; serial: string }
  | { type: "part_line.void"; line: Id }
  | { type: "old_part.set_serial"; old_part: Id; serial: string }
  | { type: "old_part.set_note"; old_part: Id; note: string }
  | { type: "old_part.set_disposition"; old_part: Id; disposition: Disposition }
  | { type: "photo.begin"; size: number; media_type: string }
  | { type: "photo.chunk"; photo: Id; index: number; base64: string }
  | { type: "photo.finish"; photo: Id; job: Id; phase: PhotoPhase; of?: Id }
  | { type: "photo.void"; photo: Id }
  | { type: "sign_off.prepare"; visit: Id; kind: CardKind; language: Language }
  | { type: "sign_off.discard"; visit: Id }
  | { type: "sign_off.hand_over"; visit: Id }
  | { type: "sign_off.take_back"; visit: Id; initials: string }
  | SignOffConfirm
  | { type: "sync.now" }
  | { type: "sync.export_unsent" }
  | { type: "issue.act"; issue: Id; action: IssueAction };
export type SignOffConfirm = {
  type: "sign_off.confirm";
  visit: Id;
  how: SignHow;
  signer?: Signer;
  /** Compact ink (lib/ink.ts); empty where nobody drew. */
  strokes: string;
  /** The keyboard path: name typed and the box ticked instead of ink. */
  ticked?: boolean;
  words: string;
  satisfaction?: Satisfaction;
  reason?: RefuseReason | AbsentReason;
  note?: string;
  witness?: string;
  photo?: Id;
};
/** `undo` is a token good for 10 s; `rec` the record made; `saved_as` the name of a file written. */
export type Done = { undo?: string; rec?: Id; saved_as?: string };
