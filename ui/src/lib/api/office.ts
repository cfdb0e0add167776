// Owns the shapes of the console's calls: every answer, every request, every code.
// Never edited by hand: generated from the Rust structs by sync-server/src/console/bindings.rs.
// `| null` = Option in an answer, `?` = Option in a request. Decimals are strings, digests hex, ids opaque strings.
import type {
  Authority,
  CardKind,
  ChargeCode,
  ContactRole,
  Day,
  Decimal,
  Disposition,
  Facts,
  Id,
  IssueCode,
  JobStatus,
  JobType,
  MeterKind,
  NoMeterReason,
  NotRepairedReason,
  OneSidedReason,
  PartSource,
  Payer,
  PhotoPhase,
  Priority,
  ReassignReason,
  ServiceMode,
  SignHow,
  Unit,
  VisitStatus,
  WaitReason,
} from "./bindings";

/** UTC milliseconds. */
export type Ms = number;

/** SHA-256, hex. */
export type Digest = string;

/** What an op does. */
export type OpAct = "create" | "set" | "add" | "amend" | "void";

/** How an op ended. */
export type OpOutcome = "applied" | "merged" | "conflict" | "parked";

/** What a check of a card is about. */
export type FindingCode = "seal" | "card" | "pin" | "org_key" | "device_key" | "checkpoint" | "receipt" | "time" | "amended" | "chain" | "endorsement" | "attachment" | "slot";

/** How a check went. */
export type FindingOutcome = "held" | "note" | "missing" | "failed";

export type CustomerKind = "company" | "cooperative" | "owner" | "quarry" | "rental";

export type OfficeAct = "account_added" | "account_disabled" | "account_enabled" | "device_confirmed" | "device_new_key" | "device_revoked" | "password_reset" | "roles_changed" | "unit_changed";

export type Role = "call_back_agent" | "information_administrator" | "manager" | "statistician" | "supervisor" | "technician";

export type StepCode = "accepted" | "approved" | "arrived" | "back" | "cancelled" | "closed" | "departed" | "dispatched" | "left" | "merged" | "not_repaired" | "paused" | "reassignment_asked" | "reopened" | "resumed" | "returned" | "review_started" | "solved_by_phone" | "started" | "submitted" | "triaged" | "waiting" | "work_done" | "working";

export type UseClass = "export" | "general" | "mine" | "rental";

/**
 * A deed.
 */
export type ActLine = {
/**
 * What: a code of `office_acts`.
 */
act: OfficeAct,
/**
 * Who; without a name it came from the server's own command line.
 */
by: PersonRef,
/**
 * When.
 */
at: Ms | null, };

/**
 * Somebody new.
 */
export type AddUserRequest = {
/**
 * What will be typed at the door; lower case.
 */
login: string,
/**
 * The person's name.
 */
name: string,
/**
 * Where the person belongs, and from where the roles reach down.
 */
unit: Id,
/**
 * What the person does there.
 */
roles: Array<Role>,
/**
 * With a way into the console: the answer tells a password that is good for one log-in.
 */
console?: boolean, };

/**
 * A price agreed before the work.
 */
export type AgreementView = {
/**
 * What, as shown.
 */
text: string,
/**
 * Who.
 */
name: string,
/**
 * When, by the device's clock.
 */
at: Ms, };

/**
 * Who shall do a job.
 */
export type AssignRequest = {
/**
 * Who leads; left out takes the job back.
 */
assignee?: Id,
/**
 * Who comes along.
 */
crew?: Array<Id>,
/**
 * The version that the caller saw: refused as `stale` when the job was changed since.
 */
ver?: number,
/**
 * Why it goes to others, in the caller's words.
 */
reason?: string, };

/**
 * A photo or paper that a card names.
 */
export type AttachmentView = {
/**
 * What it shows: a photo phase, `stamped_paper`, `payment_proof`, …
 */
role: string,
/**
 * Its media type, as the card says.
 */
media_type: string,
/**
 * The file.
 */
blob: BlobRef, };

/**
 * A file that a record names.
 */
export type BlobRef = {
/**
 * Its name: fetched at `/office/v1/jobs/{job}/blobs/{sha256}`.
 */
sha256: Digest,
/**
 * Bytes, as the record says.
 */
size: number,
/**
 * Whether it is here.
 */
state: BlobState, };

/**
 * Whether the office holds the bytes of a photo or card.
 */
export type BlobState = "stored" | "partial" | "absent";

/**
 * Why a job is called off.
 */
export type CancelRequest = {
/**
 * In the caller's words.
 */
note?: string, };

/**
 * The text and the strokes of a card. Foreign text: drawn as text, never as markup.
 */
export type CardDocument = {
/**
 * Name of the organisation as shown.
 */
org: string,
/**
 * Interim or final.
 */
kind: CardKind,
/**
 * Number of the job as shown.
 */
number: string | null,
/**
 * Language of the screen (BCP 47).
 */
language: string,
/**
 * Zone of the wall clock.
 */
zone: string,
/**
 * What was done.
 */
content: Array<CardRow>,
/**
 * Part lines.
 */
parts: Array<Array<CardRow>>,
/**
 * Old parts with where they go.
 */
old_parts: Array<Array<CardRow>>,
/**
 * Costs, sums included.
 */
charges: Array<CardRow>,
/**
 * What was agreed before the work.
 */
agreed: Array<AgreementView>,
/**
 * Photos and papers that it names.
 */
attachments: Array<AttachmentView>,
/**
 * The sentence above the box.
 */
consent: string,
/**
 * When it was agreed to; null when it was not.
 */
consent_at: Ms | null,
/**
 * How it ended; null on one that was never confirmed.
 */
how: SignHow | null,
/**
 * Why, where that needs saying.
 */
reason: string | null,
/**
 * Who saw it.
 */
witness: string | null,
/**
 * Who signed.
 */
signers: Array<SignerView>,
/**
 * The customer's own words.
 */
words: string | null,
/**
 * 1 to 5.
 */
satisfaction: number | null,
/**
 * What was drawn; null where a name was typed or nobody signed.
 */
ink: InkView | null,
/**
 * Who made it, as shown.
 */
technician: string,
/**
 * On which device.
 */
device: Id,
/**
 * With which version.
 */
app: string,
/**
 * Its number in the device's chain.
 */
card_seq: number,
/**
 * When the text was frozen, by the device's clock.
 */
prepared_at: Ms,
/**
 * When it was confirmed, by the device's clock.
 */
signed_at: Ms | null,
/**
 * What the device knew about that clock.
 */
clock: "checked" | "moved" | "unchecked",
/**
 * Where: degrees × 10⁷ north and east, and metres of uncertainty; null for none.
 */
place: [number, number, number] | null,
/**
 * Why there is no place.
 */
no_place: string | null, };

/**
 * One card in a list.
 */
export type CardLine = {
/**
 * Its record.
 */
card: Id,
/**
 * The visit that it covers.
 */
visit: Id | null,
/**
 * Interim or final.
 */
kind: CardKind | null,
/**
 * How it was signed off.
 */
how: SignHow | null,
/**
 * Name of who signed, as the card says it; empty when nobody did.
 */
signer: string,
/**
 * When, by the device's clock.
 */
signed_at: Ms | null,
/**
 * Who made it.
 */
by: PersonRef,
/**
 * Its bytes; null when the record names none.
 */
blob: BlobRef | null,
/**
 * The card that it amends.
 */
amends: Id | null,
/**
 * Later signatures and stamps.
 */
countersigns: Array<CountersignView>,
/**
 * What the check found, in one word.
 */
verdict: CardVerdict, };

/**
 * One row as the customer saw it.
 */
export type CardRow = {
/**
 * Field code.
 */
field: string,
/**
 * Label as shown.
 */
label: string,
/**
 * Value as shown.
 */
value: string, };

/**
 * What became of the check.
 */
export type CardVerdict = "valid" | "changed" | "missing" | "awaited" | "too_new";

/**
 * One card, whole.
 */
export type CardView = {
/**
 * As in the list.
 */
line: CardLine,
/**
 * Number of its job.
 */
number: string | null,
/**
 * What the customer saw; null when the bytes are not here or no card.
 */
document: CardDocument | null,
/**
 * Check by check.
 */
findings: Array<Finding>,
/**
 * Not older: by the server's clock; null = open.
 */
not_before: Ms | null,
/**
 * Not younger.
 */
not_after: Ms | null, };

/**
 * A new password by its owner.
 */
export type ChangePasswordRequest = {
/**
 * The one in use.
 */
old: string,
/**
 * The new one.
 */
new: string, };

/**
 * One line of cost.
 */
export type ChargeView = {
/**
 * Its record.
 */
charge: Id,
/**
 * What kind.
 */
code: ChargeCode | null,
/**
 * What it is for.
 */
label: string,
/**
 * How many.
 */
qty: Decimal | null,
/**
 * Price of one.
 */
unit_price: Money | null,
/**
 * What it comes to.
 */
amount: Money | null,
/**
 * Who pays.
 */
payer: Payer | null,
/**
 * Who agreed before the work; null when nobody did.
 */
agreed_by: string | null,
/**
 * When.
 */
agreed_at: Ms | null,
/**
 * Taken back.
 */
void: boolean, };

/**
 * What the technician read from the device.
 */
export type ConfirmRequest = {
/**
 * Six digits.
 */
digits: string, };

/**
 * Somebody to call.
 */
export type ContactView = {
/**
 * Name.
 */
name: string,
/**
 * What the person is there.
 */
role: ContactRole | null,
/**
 * Phone; empty for none.
 */
phone: string, };

/**
 * A later signature or stamp.
 */
export type CountersignView = {
/**
 * Its record.
 */
countersign: Id,
/**
 * `late_signature` or `stamp`.
 */
how: "late_signature" | "stamp" | null,
/**
 * Who.
 */
name: string,
/**
 * When.
 */
at: Ms | null,
/**
 * Picture of the paper.
 */
photo: BlobRef | null,
/**
 * What became of its own check.
 */
verdict: CardVerdict, };

/**
 * A new job. What is left out is not known.
 */
export type CreateJobRequest = {
/**
 * What is to be done.
 */
type?: JobType,
/**
 * How pressing; `normal` when left out.
 */
priority?: Priority,
/**
 * Whether the customer called or the office did.
 */
mode?: ServiceMode,
/**
 * Who will pay, as far as the office expects.
 */
payer_hint?: Payer,
/**
 * The machine.
 */
machine?: Id,
/**
 * The customer; the machine's own when left out.
 */
customer?: Id,
/**
 * Of a customer in no archive.
 */
customer_name?: string,
/**
 * Of a machine in no archive.
 */
machine_serial?: string,
/**
 * And its model.
 */
machine_model?: string,
/**
 * Who reported it.
 */
contact_name?: string,
/**
 * What that person is there.
 */
contact_role?: ContactRole,
/**
 * And the phone.
 */
contact_phone?: string,
/**
 * Where the machine stands.
 */
site?: string,
/**
 * What was reported, in the customer's words.
 */
report?: string,
/**
 * Main meter at the report.
 */
report_meter?: Decimal,
/**
 * When; now when left out.
 */
reported_at?: Ms,
/**
 * Planned from.
 */
plan_from?: Ms,
/**
 * Planned to.
 */
plan_to?: Ms,
/**
 * To be done by.
 */
due?: Ms,
/**
 * Who shall lead it: whoever may dispatch dispatches by it.
 */
assignee?: Id,
/**
 * Who comes along.
 */
crew?: Array<Id>, };

/**
 * A customer. Texts are empty where nobody said.
 */
export type CustomerView = {
/**
 * The record; null for one who is in no archive.
 */
customer: Id | null,
/**
 * The office's number.
 */
code: string,
/**
 * Name.
 */
name: string,
/**
 * What kind of customer: a code of `customer_kinds`.
 */
kind: CustomerKind | null,
/**
 * Phone of the customer himself.
 */
phone: string,
/**
 * Postal address.
 */
address: string,
/**
 * County.
 */
county: string,
/**
 * People there.
 */
contacts: Array<ContactView>,
/**
 * What one should know before calling.
 */
notes: string, };

/**
 * Customers that were found.
 */
export type CustomersView = {
/**
 * At most 20.
 */
customers: Array<CustomerView>,
/**
 * There are more than these.
 */
more: boolean, };

/**
 * What the office decides of an exception.
 */
export type DecideRequest = {
/**
 * The place of the value that holds from now on, of a parked op 0; left out, what stands stays.
 */
take?: number, };

/**
 * One device.
 */
export type DeviceLine = {
/**
 * Its id.
 */
device: Id,
/**
 * Whose it is.
 */
owner: PersonRef,
/**
 * Name of the owner's unit.
 */
unit: string,
/**
 * What it may do.
 */
state: DeviceStanding,
/**
 * What its owner calls it.
 */
label: string,
/**
 * Version of its app.
 */
app: string,
/**
 * When it was enrolled.
 */
enrolled_at: Ms,
/**
 * When it last called; null for never.
 */
seen_at: Ms | null,
/**
 * What it then said it holds; null for nothing.
 */
unsent: Unsent | null,
/**
 * What else the office should know of it.
 */
marks: Array<DeviceMark>,
/**
 * What the office did to it last.
 */
last_act: ActLine | null, };

/**
 * What the office should know of a device beside what it may do.
 */
export type DeviceMark = "broken_chain" | "forked" | "not_back" | "partial";

/**
 * What a device may do.
 */
export type DeviceStanding = "unconfirmed" | "active" | "revoked";

/**
 * All devices in reach: those that hold something first, the oldest of it leading.
 */
export type DevicesView = {
/**
 * One a line.
 */
devices: Array<DeviceLine>,
/**
 * Since when there is no good backup, once that is more than a month; phones keep all photos until there is.
 */
no_backup_since: Ms | null,
/**
 * When the server was last restored, or found to be rolled back.
 */
restored_at: Ms | null, };

/**
 * An answer that says no more than that it was done.
 */
export type Done = Record<symbol, never>;

/**
 * Somebody from whose devices more of the job may come.
 */
export type EarlierLead = {
/**
 * Who.
 */
person: PersonRef,
/**
 * When the job was taken from him, by the server's clock.
 */
until: Ms,
/**
 * What his devices said they hold, of this or any job; null for nothing.
 */
unsent: Unsent | null,
/**
 * A device that had the job has not called since: it shows it as his, and takes work on it.
 */
untold: boolean, };

/**
 * For whom a code shall be.
 */
export type EnrolCodeRequest = {
/**
 * The person.
 */
user: Id, };

/**
 * A code that lets one device in.
 */
export type EnrolCodeView = {
/**
 * For whom.
 */
owner: PersonRef,
/**
 * To type, in groups.
 */
typed: string,
/**
 * The address that is typed with it.
 */
url: string,
/**
 * To scan, as text.
 */
qr: string,
/**
 * The same as a square of modules: a string a row, `1` is dark. Draw it with 4 modules of white around.
 */
modules: Array<string>,
/**
 * When both end.
 */
expires_at: Ms, };

/**
 * One of them.
 */
export type ExceptionLine = {
/**
 * Its own record.
 */
exception: Id,
/**
 * Its version.
 */
ver: number,
/**
 * Why it waits: the code of the sentence.
 */
why: IssueCode,
/**
 * Kind of the record in question; empty when not even that is known.
 */
kind: string,
/**
 * The record in question.
 */
rec: Id | null,
/**
 * The field in question; null when it is the whole op.
 */
field: string | null,
/**
 * The job it belongs to, where that is known.
 */
job: Id | null,
/**
 * Number of that job.
 */
number: string | null,
/**
 * Name of its customer; empty when nobody said.
 */
customer: string,
/**
 * Every value that was said, the one that stands first.
 */
values: Array<SaidValue>,
/**
 * A parked op may be done after all: it can be read, and is nobody's but a device's to write.
 */
can_allow: boolean, };

/**
 * The open ones, the newest first.
 */
export type ExceptionsView = {
/**
 * All that are in reach.
 */
exceptions: Array<ExceptionLine>, };

/**
 * One fault.
 */
export type FaultView = {
/**
 * Its record.
 */
fault: Id,
/**
 * The main one.
 */
main: boolean,
/**
 * What was to be seen or heard.
 */
phenomenon: string,
/**
 * Where in the machine.
 */
place: string,
/**
 * Why.
 */
cause: string,
/**
 * What was done about it.
 */
action: string,
/**
 * Codes of the controller: `SPN 3251 FMI 0`, or as the display shows it.
 */
codes: Array<string>,
/**
 * Taken back.
 */
void: boolean, };

/**
 * One check.
 */
export type Finding = {
/**
 * What it is about.
 */
code: FindingCode,
/**
 * How it went.
 */
outcome: FindingOutcome,
/**
 * What was found: codes, hashes, numbers or milliseconds by name.
 */
facts: Facts, };

/**
 * One op.
 */
export type HistoryEntry = {
/**
 * Its position in the log.
 */
pos: number,
/**
 * When it came, by the server's clock.
 */
came_at: Ms,
/**
 * When it was done, by the clock of who did it.
 */
done_at: Ms | null,
/**
 * Who; null for what is no op at all.
 */
by: PersonRef | null,
/**
 * Name of the device; null for the office.
 */
device: string | null,
/**
 * Kind of the record.
 */
kind: string,
/**
 * The record.
 */
rec: Id | null,
/**
 * What it does: create, set, add, amend, void.
 */
act: OpAct | null,
/**
 * The fields it names, as they were sent.
 */
set: { [field: string]: unknown },
/**
 * How it ended.
 */
outcome: OpOutcome,
/**
 * Why, where that needs saying.
 */
why: IssueCode | null, };

/**
 * Which part: the query of `GET /office/v1/jobs/{job}/history`.
 */
export type HistoryQuery = {
/**
 * Of this record only; else of the job and all that hangs on it.
 */
rec?: Id, };

/**
 * What happened to a job, the newest first.
 */
export type HistoryView = {
/**
 * Every op.
 */
entries: Array<HistoryEntry>, };

/**
 * What was drawn in the box, in tenths of a CSS pixel.
 */
export type InkView = {
/**
 * Width of the pad.
 */
width: number,
/**
 * Its height.
 */
height: number,
/**
 * Each stroke as x, y pairs from the pad's top left.
 */
strokes: Array<Array<[number, number]>>, };

/**
 * The job itself.
 */
export type JobHead = {
/**
 * Its record.
 */
job: Id,
/**
 * Its version: what an assignment names.
 */
ver: number,
/**
 * Struck out.
 */
void: boolean,
/**
 * Number as people say it.
 */
number: string | null,
/**
 * Where it stands.
 */
state: JobStatus,
/**
 * Since when.
 */
since: Ms | null,
/**
 * What it waits for, while it waits.
 */
waiting_for: WaitReason | null,
/**
 * What is to be done.
 */
type: JobType | null,
/**
 * Whether the customer called or the office did.
 */
mode: ServiceMode | null,
/**
 * How pressing.
 */
priority: Priority,
/**
 * Who will pay, as far as the office expects.
 */
payer_hint: Payer | null,
/**
 * Code of the brand.
 */
brand: string,
/**
 * Number of the campaign; empty for none.
 */
campaign: string,
/**
 * The job that it follows up.
 */
follows: Id | null,
/**
 * What was reported.
 */
report: string,
/**
 * Main meter at the report.
 */
report_meter: Decimal | null,
/**
 * When it was reported.
 */
reported_at: Ms | null,
/**
 * Who reported it.
 */
contact: ContactView | null,
/**
 * Where the machine stands.
 */
site: string,
/**
 * Planned from.
 */
plan_from: Ms | null,
/**
 * Planned to.
 */
plan_to: Ms | null,
/**
 * To be done by.
 */
due: Ms | null,
/**
 * Who leads.
 */
lead: PersonRef | null,
/**
 * Who works along.
 */
crew: Array<PersonRef>,
/**
 * Why it was given to others; empty where nobody said.
 */
reassign_reason: string,
/**
 * What the technician found.
 */
findings: string,
/**
 * Why it happened, in his view.
 */
cause: string,
/**
 * What he did.
 */
action: string,
/**
 * Who wrote the job down, and when.
 */
made_by: PersonRef,
/**
 * When it came to the office.
 */
made_at: Ms | null, };

/**
 * One job of the list.
 */
export type JobLine = {
/**
 * The job.
 */
job: Id,
/**
 * Its version: what an assignment names.
 */
ver: number,
/**
 * Number as people say it; null for a walk-up job that has none yet.
 */
number: string | null,
/**
 * Where it stands.
 */
state: JobStatus,
/**
 * Since when.
 */
since: Ms | null,
/**
 * What is to be done.
 */
type: JobType | null,
/**
 * How pressing.
 */
priority: Priority,
/**
 * Name of the customer; empty when nobody said.
 */
customer: string,
/**
 * Model of the machine; empty when nobody said.
 */
model: string,
/**
 * Its serial number; empty when nobody said.
 */
serial: string,
/**
 * Where it stands.
 */
site: string,
/**
 * Who leads; null while nobody does.
 */
lead: PersonRef | null,
/**
 * When the customer reported it.
 */
reported_at: Ms | null,
/**
 * Planned from.
 */
plan_from: Ms | null,
/**
 * Planned to.
 */
plan_to: Ms | null,
/**
 * To be done by.
 */
due: Ms | null,
/**
 * How its newest card was signed off; null without a card.
 */
sign_off: SignHow | null,
/**
 * Whether that card is the final one.
 */
card_kind: CardKind | null,
/**
 * Open exceptions about the job and all that hangs on it.
 */
exceptions: number,
/**
 * What the devices of its lead still hold, of this or any job; null for nothing.
 */
unsent: Unsent | null, };

/**
 * A job that was made.
 */
export type JobMade = {
/**
 * The job.
 */
job: Id,
/**
 * The number that it got.
 */
number: string, };

/**
 * What the caller may do with a job where it stands.
 */
export type JobMay = {
/**
 * Give it to somebody, or to somebody else.
 */
assign: boolean,
/**
 * Call it off.
 */
cancel: boolean, };

/**
 * In which order jobs are listed.
 */
export type JobSort = "newest" | "due" | "state";

/**
 * One job.
 */
export type JobView = {
/**
 * The job itself.
 */
job: JobHead,
/**
 * The customer; null when nobody said.
 */
customer: CustomerView | null,
/**
 * The machine; null when nobody said.
 */
machine: MachineView | null,
/**
 * Steps of the job itself: dispatched, submitted, …
 */
steps: Array<StepLine>,
/**
 * Its visits by number.
 */
visits: Array<VisitView>,
/**
 * Faults, the main one first.
 */
faults: Array<FaultView>,
/**
 * What was replaced, each line with its old parts.
 */
parts: Array<PartLineView>,
/**
 * Old parts that stand with no line.
 */
old_parts: Array<OldPartView>,
/**
 * Meter readings.
 */
readings: Array<ReadingView>,
/**
 * Photos.
 */
photos: Array<PhotoView>,
/**
 * Notes.
 */
notes: Array<NoteView>,
/**
 * Costs.
 */
charges: Array<ChargeView>,
/**
 * Service cards, the newest first, each with its seal checked.
 */
cards: Array<CardLine>,
/**
 * The newest receipt; null while something is missing.
 */
receipt: ReceiptView | null,
/**
 * Open exceptions about the job and all that hangs on it; empty for who may not see exceptions.
 */
exceptions: Array<ExceptionLine>,
/**
 * What the devices of its lead still hold, of this or any job; null for nothing.
 */
unsent: Unsent | null,
/**
 * Who had it before, and from whose devices more of it may come.
 */
earlier: Array<EarlierLead>,
/**
 * What the caller may do with it now.
 */
may: JobMay, };

/**
 * Which jobs: the query of `GET /office/v1/jobs` and of `jobs.csv`.
 */
export type JobsQuery = {
/**
 * Part of a number, of a customer's, contact's or site's name, of a serial number, plate or phone.
 */
q?: string,
/**
 * Only where jobs stand: codes of `JobStatus` with commas between.
 */
state?: string,
/**
 * Only those that this person leads.
 */
lead?: Id,
/**
 * Only of this unit and those below.
 */
unit?: Id,
/**
 * Only jobs whose day (planned, else due, else reported) is not before.
 */
from?: Ms,
/**
 * And before.
 */
to?: Ms,
/**
 * Only jobs with an open exception: `1`.
 */
exceptions?: string,
/**
 * The order.
 */
sort?: JobSort,
/**
 * Behind the line at which an answer said `next`.
 */
after?: string,
/**
 * Language of a CSV file: `zh` or `en`.
 */
lang?: string, };

/**
 * A page of the list.
 */
export type JobsView = {
/**
 * At most 50.
 */
jobs: Array<JobLine>,
/**
 * How many fit the filter, counted up to `total_max`.
 */
total: number,
/**
 * Where counting ends: `total` equal to it says "that many or more".
 */
total_max: number,
/**
 * What `after` must say for the next page; null at the end.
 */
next: string | null, };

/**
 * What is typed at the door.
 */
export type LoginRequest = {
/**
 * Name of the account.
 */
login: string,
/**
 * Its password.
 */
password: string, };

/**
 * What is looked for: the query of `GET /office/v1/customers` and `/machines`.
 */
export type LookUpQuery = {
/**
 * Part of a name, code, phone, plate, serial or model.
 */
q?: string,
/**
 * Machines of this customer only.
 */
customer?: Id, };

/**
 * A machine. Texts are empty where nobody said.
 */
export type MachineView = {
/**
 * The record; null for one that is in no archive.
 */
machine: Id | null,
/**
 * Code of the brand.
 */
brand: string,
/**
 * Model as the nameplate says it.
 */
model: string,
/**
 * Serial number.
 */
serial: string,
/**
 * Frame number.
 */
frame_no: string,
/**
 * Engine number.
 */
engine_no: string,
/**
 * Plate.
 */
plate: string,
/**
 * What people call it.
 */
nickname: string,
/**
 * Where it stands.
 */
site: string,
/**
 * Handed over on.
 */
delivered_on: Day | null,
/**
 * Put to work on.
 */
started_on: Day | null,
/**
 * How it is used: a code of `use_classes`.
 */
use_class: UseClass | null,
/**
 * Whose it is.
 */
customer: Id | null,
/**
 * Name of that customer.
 */
customer_name: string, };

/**
 * Machines that were found.
 */
export type MachinesView = {
/**
 * At most 20.
 */
machines: Array<MachineView>,
/**
 * There are more than these.
 */
more: boolean, };

/**
 * Who is logged in.
 */
export type Me = {
/**
 * The account.
 */
user: Id,
/**
 * What was typed at the door.
 */
login: string,
/**
 * The person's name.
 */
name: string,
/**
 * Where the person belongs.
 */
unit: Id,
/**
 * Roles and where they hold.
 */
roles: Array<RoleAt>,
/**
 * The units that any role reaches, those above before those below.
 */
units: Array<UnitView>,
/**
 * What unsafe calls carry in `x-csrf-token`.
 */
csrf: string,
/**
 * The organisation's name.
 */
org: string,
/**
 * Zone in which the office shows times.
 */
zone: string,
/**
 * The password was given by somebody else: nothing else is answered until it is changed.
 */
must_change_password: boolean, };

/**
 * An amount in minor units.
 */
export type Money = {
/**
 * Fen, cents.
 */
minor: number,
/**
 * ISO 4217 code.
 */
currency: string, };

/**
 * One note.
 */
export type NoteView = {
/**
 * Its record.
 */
note: Id,
/**
 * The words.
 */
text: string,
/**
 * Who wrote them.
 */
by: PersonRef,
/**
 * When, by that person's clock.
 */
at: Ms | null,
/**
 * Taken back.
 */
void: boolean, };

/**
 * One old part.
 */
export type OldPartView = {
/**
 * Its record.
 */
old_part: Id,
/**
 * Its tag, without spaces; empty for none.
 */
tag: string,
/**
 * The lost tag that this one stands for; empty for none.
 */
replaces_tag: string,
/**
 * Number.
 */
part: string,
/**
 * Name.
 */
name: string,
/**
 * Serial number.
 */
serial: string,
/**
 * How many.
 */
qty: Decimal | null,
/**
 * What becomes of it.
 */
disposition: Disposition | null,
/**
 * By when it has to be where it goes; null where nobody said.
 */
due_on: Day | null,
/**
 * The maker has given up its claim to it.
 */
waiver: boolean,
/**
 * What it looks like.
 */
note: string,
/**
 * When it came out.
 */
removed_at: Ms | null,
/**
 * Taken back.
 */
void: boolean, };

/**
 * One replacement.
 */
export type PartLineView = {
/**
 * Its record.
 */
part_line: Id,
/**
 * On which visit.
 */
visit: Id | null,
/**
 * Which fault it mends.
 */
fault: Id | null,
/**
 * What went in; null when nothing did.
 */
fitted: PartSide | null,
/**
 * What came out; null when nothing did.
 */
removed: PartSide | null,
/**
 * Unit of both quantities.
 */
unit: Unit | null,
/**
 * Where the new part came from.
 */
source: PartSource | null,
/**
 * Who pays.
 */
payer: Payer | null,
/**
 * The main fault part.
 */
main_part: boolean,
/**
 * Used up by the repair.
 */
auxiliary: boolean,
/**
 * Price of one.
 */
price: Money | null,
/**
 * Why one side is empty.
 */
one_sided: OneSidedReason | null,
/**
 * The old parts that came out of it.
 */
old_parts: Array<OldPartView>,
/**
 * Taken back.
 */
void: boolean, };

/**
 * One side of a replacement.
 */
export type PartSide = {
/**
 * Number.
 */
part: string,
/**
 * Name.
 */
name: string,
/**
 * Serial number; empty for none.
 */
serial: string,
/**
 * How many.
 */
qty: Decimal, };

/**
 * A password that an administrator gave.
 */
export type PasswordMade = {
/**
 * Shown once, good for one log-in.
 */
password: string, };

/**
 * Somebody, by id and name; a name is empty where the person is not known here.
 */
export type PersonRef = {
/**
 * The account.
 */
user: Id,
/**
 * As people call the person.
 */
name: string, };

/**
 * One photo.
 */
export type PhotoView = {
/**
 * Its record.
 */
photo: Id,
/**
 * When in the work.
 */
phase: PhotoPhase | null,
/**
 * The picture; null when the record names none.
 */
blob: BlobRef | null,
/**
 * Pixels.
 */
width: number | null,
/**
 * Pixels.
 */
height: number | null,
/**
 * The record that it shows.
 */
of: Id | null,
/**
 * On which visit.
 */
visit: Id | null,
/**
 * When, by the device's clock.
 */
taken_at: Ms | null,
/**
 * What there is to see.
 */
note: string,
/**
 * Who took it.
 */
by: PersonRef,
/**
 * Taken back.
 */
void: boolean, };

/**
 * One meter reading.
 */
export type ReadingView = {
/**
 * Its record.
 */
reading: Id,
/**
 * On which visit.
 */
visit: Id | null,
/**
 * Which meter.
 */
meter: MeterKind | null,
/**
 * What it showed; null when it could not be read.
 */
value: Decimal | null,
/**
 * The meter was replaced: `value` is the new one's first.
 */
replaced: boolean,
/**
 * The last value of the old one.
 */
old_value: Decimal | null,
/**
 * The photo that shows it.
 */
photo: Id | null,
/**
 * Why there is no value.
 */
reason: NoMeterReason | null,
/**
 * Who read it.
 */
by: PersonRef,
/**
 * Taken back.
 */
void: boolean, };

/**
 * The office's word that it holds all of a job.
 */
export type ReceiptView = {
/**
 * 1 for the first.
 */
n: number,
/**
 * As the device shows it too: `5F3K-9QXV`.
 */
code: string,
/**
 * When, by the server's clock.
 */
at: Ms | null, };

/**
 * A role, and the unit from which it reaches down.
 */
export type RoleAt = {
/**
 * Where it holds.
 */
unit: Id,
/**
 * Which.
 */
role: Role, };

/**
 * All roles of a person from now on.
 */
export type RolesRequest = {
/**
 * Each with its unit.
 */
roles: Array<RoleAt>, };

/**
 * One value that somebody gave.
 */
export type SaidValue = {
/**
 * The value; of a whole op, its fields. Null clears a field, or is a body that nobody can read.
 */
value: unknown,
/**
 * The same for people: an id is told as its name. Null where the value is told as it is.
 */
shown: string | null,
/**
 * Who.
 */
by: PersonRef | null,
/**
 * When, by that person's clock.
 */
at: Ms | null,
/**
 * Its author took it back: it cannot be taken any more.
 */
withdrawn: boolean, };

/**
 * Somebody who signed.
 */
export type SignerView = {
/**
 * Name as typed.
 */
name: string,
/**
 * Role as shown.
 */
role: string,
/**
 * By what right.
 */
authority: Authority,
/**
 * How the technician knew who it was.
 */
identified: string, };

/**
 * One step of a job or visit.
 */
export type StepLine = {
/**
 * Its record.
 */
step: Id,
/**
 * Which: a code of `job_steps` or `visit_steps`.
 */
code: StepCode,
/**
 * When it happened, by the clock of who took it.
 */
at: Ms | null,
/**
 * Entered later.
 */
late: boolean,
/**
 * It could not be taken where it stands: kept, and counted for nothing.
 */
impossible: boolean,
/**
 * It moved the status; else it is a time only, or did not fit.
 */
counted: boolean,
/**
 * Taken back.
 */
void: boolean,
/**
 * Why, where the step wants it.
 */
reason: string | null,
/**
 * In his own words.
 */
note: string,
/**
 * Where: degrees × 10⁶ north and east; null when not recorded.
 */
place: [number, number] | null,
/**
 * Who took it.
 */
by: PersonRef, };

/**
 * A part of the org tree.
 */
export type UnitView = {
/**
 * Its id.
 */
unit: Id,
/**
 * The one above; null for the company.
 */
parent: Id | null,
/**
 * Its name.
 */
name: string, };

/**
 * What devices said they hold and the office has not confirmed.
 */
export type Unsent = {
/**
 * Entries.
 */
ops: number,
/**
 * Photos and cards.
 */
blobs: number,
/**
 * Since when the oldest of them waits, by the device's clock.
 */
oldest: Ms, };

/**
 * One account.
 */
export type UserLine = {
/**
 * The account.
 */
user: Id,
/**
 * What is typed at the door.
 */
login: string,
/**
 * The person's name.
 */
name: string,
/**
 * Where the person belongs.
 */
unit: Id,
/**
 * Name of that unit.
 */
unit_name: string,
/**
 * Roles and where they hold.
 */
roles: Array<RoleAt>,
/**
 * Shut out.
 */
disabled: boolean,
/**
 * Has a password, and so a way into the console.
 */
console: boolean,
/**
 * Devices that are not revoked.
 */
devices: number,
/**
 * What the office did to it last.
 */
last_act: ActLine | null, };

/**
 * An account that was made.
 */
export type UserMade = {
/**
 * The account.
 */
user: Id,
/**
 * Shown once; null without console.
 */
password: string | null, };

/**
 * The accounts in reach, and the units they may stand in.
 */
export type UsersView = {
/**
 * By name of the account.
 */
users: Array<UserLine>,
/**
 * Units in reach, those above before those below.
 */
units: Array<UnitView>, };

/**
 * One visit.
 */
export type VisitView = {
/**
 * Its record.
 */
visit: Id,
/**
 * 1 for the first.
 */
number: number,
/**
 * `field` or `workshop`.
 */
place: "field" | "workshop",
/**
 * Where it stands.
 */
state: VisitStatus,
/**
 * Since when.
 */
since: Ms | null,
/**
 * Whose steps move it.
 */
lead: PersonRef | null,
/**
 * Who comes along.
 */
crew: Array<PersonRef>,
/**
 * Planned from.
 */
planned_from: Ms | null,
/**
 * Planned to.
 */
planned_to: Ms | null,
/**
 * Plate of the service vehicle.
 */
vehicle: string,
/**
 * Kilometres at departure.
 */
odometer_out: Decimal | null,
/**
 * Kilometres when back.
 */
odometer_in: Decimal | null,
/**
 * Why nothing was repaired.
 */
cannot_complete: NotRepairedReason | null,
/**
 * Its technician asks that somebody else do it: why.
 */
reassign_asked: ReassignReason | null,
/**
 * Its steps in the order in which they count, then those that do not.
 */
steps: Array<StepLine>,
/**
 * Steps that were jumped over: codes of `visit_steps`.
 */
forgotten: Array<StepCode>, };
