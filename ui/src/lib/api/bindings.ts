// Owns the shapes that cross between core and screens: every view, every request, every code.
// Never edited by hand: generated from the Rust structs by src-tauri/core/src/bindings.rs.
// `| null` = Option in a view, `?` = Option in a request. Decimals are strings, digests hex, ids opaque strings.

/** A record, opaque. */
export type Id = string;

/** Digits, at most one point: `1846.5`. */
export type Decimal = string;

/** A calendar day, `2026-11-28`. */
export type Day = string;

/** What a sentence needs beside its code. */
export type Facts = { [key: string]: string };

/** 阶段卡 · 完工卡. */
export type CardKind = "interim" | "final";

export type AbsentReason = "nobody_on_site" | "left_early" | "not_reached" | "off_hours" | "no_entry" | "other";

export type Authority = "self" | "listed" | "presumed";

export type ChargeCode = "labour" | "parts" | "trip" | "other";

export type ContactRole = "operator" | "owner" | "site_manager" | "equipment_department" | "other";

export type Disposition = "return_urgent" | "return_routine" | "return_on_notice" | "photos_only" | "destroy_on_site" | "inspect_on_site" | "supplier_collects" | "hazardous" | "customer_keeps" | "customer_leaves" | "trade_in";

export type JobStatus = "created" | "triaged" | "solved_by_phone" | "dispatched" | "in_progress" | "waiting" | "work_done" | "submitted" | "in_review" | "returned" | "approved" | "closed" | "cancelled" | "not_repaired" | "merged";

export type JobType = "repair" | "first_service" | "periodic" | "inspection" | "commissioning" | "handover" | "pre_delivery" | "campaign" | "accident" | "rework" | "estimate";

export type MeterKind = "hours" | "travel_hours" | "upper_hours" | "hammer_hours" | "km" | "hectares";

export type MeterReplacementReason = "broken" | "no_display" | "wrong_count" | "damaged" | "unit_replaced" | "other";

export type MissingCode = "time" | "work_done" | "meter" | "job_type" | "machine" | "customer" | "campaign" | "findings" | "fault" | "main_fault" | "phenomenon" | "place" | "cause" | "photo" | "payer" | "main_part" | "serial_out" | "serial_in" | "quantity" | "one_sided_reason" | "old_part_tag" | "disposition" | "price_agreed" | "step";

export type MissingDegree = "holds_sign_off" | "blocks_claim" | "likely_refused" | "look_again";

export type NoMeterReason = "broken" | "no_power" | "no_display" | "not_fitted" | "removed" | "not_reachable" | "other";

export type NotRepairedReason = "parts" | "tools" | "approval" | "customer_stops" | "machine_away" | "machine_busy" | "no_entry" | "weather" | "unsafe" | "workshop" | "outside" | "not_found" | "other";

export type OneSidedReason = "was_missing" | "added" | "not_removed" | "removed_only" | "lost_in_fault" | "new_part_to_come" | "other";

export type PartSource = "van" | "station" | "purchase" | "customer_supplied";

export type Payer = "maker" | "supplier" | "customer" | "campaign" | "goodwill" | "rework" | "pre_delivery";

export type PhotoPhase = "nameplate" | "meter" | "before_teardown" | "fault" | "new_part" | "old_part" | "test_run" | "whole_machine" | "accident_scene" | "document" | "other";

export type Priority = "normal" | "high" | "urgent";

export type ReassignReason = "busy" | "too_far" | "skill" | "tools" | "parts" | "vehicle" | "health" | "customer_wish" | "other";

export type RefuseReason = "disputes_cause" | "disputes_cost" | "disputes_payer" | "not_satisfied" | "wants_to_test" | "not_entitled" | "wants_paper" | "other";

export type ServiceMode = "active" | "passive";

export type SignHow = "signed" | "proxy" | "refused" | "absent";

export type Unit = "piece" | "set" | "pair" | "litre" | "millilitre" | "kilogram" | "gram" | "metre" | "bottle" | "drum" | "box" | "hour" | "km" | "hectare";

export type VisitStatus = "planned" | "accepted" | "departed" | "arrived" | "working" | "paused" | "left" | "back";

export type WaitReason = "parts" | "approval" | "customer" | "workshop" | "outside";

export type IssueCode = "clash" | "late" | "impossible" | "proposal" | "not_yours" | "invalid" | "id_taken" | "too_new" | "unknown_record" | "incomplete_group" | "op_id_taken" | "revoked" | "recovered";

/**
 * Settles an issue.
 */
export type ActOnIssue = {
/**
 * The issue.
 */
issue: Id,
/**
 * How.
 */
action: IssueAction, };

/**
 * Adds a charge.
 */
export type AddCharge = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/charge_codes.csv`.
 */
code: ChargeCode,
/**
 * What it is for.
 */
label?: string,
/**
 * How many, a decimal.
 */
quantity?: Decimal,
/**
 * What it comes to, in minor units.
 */
amount: number,
/**
 * ISO 4217 code.
 */
currency: string,
/**
 * A code of `tables/payers.csv`.
 */
payer: Payer, };

/**
 * Adds a fault; the first one of a job is its main fault.
 */
export type AddFault = {
/**
 * The job.
 */
job: Id,
/**
 * What was to be seen or heard.
 */
phenomenon: string, };

/**
 * Adds a note.
 */
export type AddNote = {
/**
 * The job.
 */
job: Id,
/**
 * The text.
 */
text: string, };

/**
 * Adds a line.
 */
export type AddPartLine = {
/**
 * The job.
 */
job: Id,
/**
 * The part's number in the catalogue; absent for one that is not in it.
 */
part?: string,
/**
 * Its number.
 */
number?: string,
/**
 * Its name; needed for one that is not in the catalogue.
 */
name?: string,
/**
 * A code of `tables/units.csv`, or the catalogue's own word; absent = piece.
 */
unit?: string,
/**
 * Each piece bears a serial number.
 */
serialised?: boolean,
/**
 * Used up by the repair (辅料): nothing comes out.
 */
auxiliary?: boolean, };

/**
 * Notes who agreed to a charge.
 */
export type AgreeCharge = {
/**
 * The charge.
 */
charge: Id,
/**
 * Name of the one who agreed.
 */
by: string, };

/**
 * The sealed card of a visit is to be amended.
 */
export type Amend = {
/**
 * The visit.
 */
visit: Id, };

/**
 * A refused action.
 */
export type ApiError = {
/**
 * Why.
 */
code: ErrorCode,
/**
 * What the sentence needs: names and numbers, never a person's data.
 */
facts: Facts, };

/**
 * Asks to hand a visit over.
 */
export type AskReassign = {
/**
 * The visit.
 */
visit: Id,
/**
 * A code of `tables/reassignment_reasons.csv`.
 */
reason: ReassignReason,
/**
 * In his own words.
 */
note: string, };

/**
 * One row of the card: field, label, value.
 */
export type CardLine = {
/**
 * Its part before the first dot names the group: head, machine, report, done, parts, old_parts, cost, …
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
 * A card of a visit.
 */
export type CardRow = { card: Id, visit: Id, kind: CardKind, how: SignHow, signer: string | null, at: Time,
/**
 * A new card is to amend it.
 */
amending: boolean, data: DataState, };

/**
 * One line of cost.
 */
export type ChargeRow = { charge: Id, code: ChargeCode, label: string | null, quantity: Decimal | null, amount: Money, payer: Payer | null, agreed: boolean, agreed_by: string | null, data: DataState, };

/**
 * Confirms a sign-off.
 */
export type Confirm = {
/**
 * The visit.
 */
visit: Id,
/**
 * How it ended.
 */
how: SignHow,
/**
 * Who signed.
 */
signer?: SignerName,
/**
 * `WxH.strokes`: the pad in tenths of a pixel and the ink as cards hold it; empty where nobody drew.
 */
strokes: string,
/**
 * The keyboard path: the name typed and the box ticked.
 */
ticked?: boolean,
/**
 * The customer's own words.
 */
words: string,
/**
 * His satisfaction, 1 to 5.
 */
satisfaction?: number,
/**
 * A code of `refusal_reasons` or `absence_reasons`.
 */
reason?: string,
/**
 * More about it.
 */
note?: string,
/**
 * Who saw it.
 */
witness?: string,
/**
 * Photos that show it: sealed with the card where nobody signs.
 */
photos?: Id[], };

/**
 * One person to call.
 */
export type Contact = {
/**
 * Tells contacts of one page apart.
 */
contact: string, name: string, role: ContactRole, phone: string, };

/**
 * Makes a walk-up job with its first visit.
 */
export type CreateJob = {
/**
 * Name of the customer.
 */
customer: string,
/**
 * Where the machine stands.
 */
place: string,
/**
 * Phone of the customer.
 */
phone: string,
/**
 * Serial number of the machine, or its last symbols.
 */
serial: string,
/**
 * Its model.
 */
model: string,
/**
 * A code of `tables/job_types.csv`.
 */
job_type: JobType,
/**
 * What the customer says.
 */
report: string, };

/**
 * What an item on the device is to the office. A mark is drawn until `held`.
 */
export type DataState = "held" | "saved" | "waiting" | "sending" | "needs_you";

/**
 * The pill.
 */
export type DataStateView = { state: PillState,
/**
 * Ops and blobs that the office does not hold.
 */
waiting: number,
/**
 * Of those that waited when this exchange began, how many the office holds by now.
 */
sent: number,
/**
 * How many waited then; 0 when nothing is under way.
 */
sending: number,
/**
 * What a person has to decide.
 */
needs_you: number,
/**
 * The oldest waits longer than 24 h.
 */
late: boolean,
/**
 * The office was last heard of then.
 */
last_exchange: Time | null,
/**
 * The first pull has not ended: not everything of the office is here yet.
 */
partial: boolean, };

/**
 * Throws a frozen text away; where none is frozen, the sealed card is no longer being amended.
 */
export type Discard = {
/**
 * The visit.
 */
visit: Id, };

/**
 * What an action answers.
 */
export type Done = {
/**
 * Takes the action back within ten seconds.
 */
undo?: string,
/**
 * The record it made.
 */
rec?: Id,
/**
 * Where the file is that it wrote.
 */
saved_as?: string, };

/**
 * Forgets what was typed into a record's fields.
 */
export type DraftClear = {
/**
 * The record, or the name of the form.
 */
rec: string, };

/**
 * What was typed about one thing.
 */
export type DraftLeft = {
/**
 * Number of the job it is about.
 */
number: string | null,
/**
 * A signature or a card's text that nobody confirmed.
 */
signature: boolean, texts: Array<string>, };

/**
 * Keeps what is being typed.
 */
export type DraftSave = {
/**
 * The record; for a form that has none, any name that the screen keeps.
 */
rec: string,
/**
 * The field.
 */
field: string,
/**
 * The text, or ink as text.
 */
value: string, };

/**
 * Drafts by field.
 */
export type DraftsView = { fields: { [key in string]: string }, };

/**
 * How far.
 */
export type EnrolmentState = "none" | "asking" | "waiting_for_office" | "active" | "key_lost";

/**
 * The view.
 */
export type EnrolmentView = { state: EnrolmentState, address: string | null, office: string | null, person: string | null,
/**
 * Six digits that the office reads back.
 */
fingerprint: string | null,
/**
 * Why the last code was refused: a code of the wire's errors.
 */
refused: string | null,
/**
 * It was another's, the office shut it out, and everything of his was handed in and removed.
 */
removed: boolean, };

/**
 * Why an action was refused. Nothing was lost: what was typed is still a draft.
 */
export type ErrorCode = "not_found" | "not_enrolled" | "key_lost" | "revoked" | "not_assigned" | "not_yours" | "already_sealed" | "impossible_step" | "time_in_future" | "time_out_of_order" | "no_network" | "missing_before_sign_off" | "not_prepared" | "handed_over" | "ink_missing" | "wrong_initials" | "undo_expired" | "invalid_value" | "too_large" | "nothing_unsent" | "photo_too_large" | "photo_unreadable" | "disk_full" | "disk_nearly_full" | "folder_read_only" | "second_instance" | "store_too_new" | "store_damaged" | "keychain_closed" | "internal";

/**
 * Which text.
 */
export type FaultField = "findings" | "phenomenon" | "place" | "cause" | "action" | "codes";

/**
 * One fault of the catalogue.
 */
export type FaultHit = {
/**
 * Its code in the brand's catalogue: what a request names it by.
 */
code: string, phenomenon: string, place: string, cause: string, action: string,
/**
 * The same in English, in one line; empty where the catalogue has none.
 */
name_en: string,
/**
 * The controller's code, as people write it; empty for none.
 */
dtc: string, severe: boolean, };

/**
 * What was found, wrong, done: findings and action are the job's, the rest its main fault's.
 */
export type FaultView = {
/**
 * The main fault's record; none before its first text.
 */
fault: Id | null, findings: TextField, phenomenon: TextField, place: TextField, cause: TextField, action: TextField, codes: TextField, };

/**
 * The list.
 */
export type FaultsView = {
/**
 * This device has the catalogue.
 */
here: boolean, hits: Array<FaultHit>,
/**
 * How many there are, counted to ten thousand.
 */
total: number, };

/**
 * The part that went in.
 */
export type FittedPart = { source: PartSource | null, serial: TextField,
/**
 * What is left of it in his van once this line is counted; may be below zero.
 */
van_left: Decimal | null, };

/**
 * Hands the device over: nothing but the card can be reached from now on.
 */
export type HandOver = {
/**
 * The visit.
 */
visit: Id,
/**
 * Who is to sign: the customer himself, or somebody for him.
 */
how: SignHow, };

/**
 * One earlier card in short.
 */
export type HistoryRow = { at: Time, number: string, technician: string, meter: MeterValue | null, fault: string, parts: Array<string>, job_type: JobType | null, };

/**
 * One thing that needs the person.
 */
export type Issue = { issue: Id, code: IssueCode, facts: Facts, job: Id | null, number: string | null, customer: string | null,
/**
 * The kind of record and its field, as records name them: `job` and `action`.
 */
kind: string, field: string | null,
/**
 * The shown one first.
 */
values: Array<IssueValue>, at: Time, actions: Array<IssueAction>, };

/**
 * What the person can do about an issue.
 */
export type IssueAction = "keep_mine" | "keep_theirs" | "send_to_office" | "seen";

/**
 * What somebody said.
 */
export type IssueValue = { value: string, by: string, at: Time, mine: boolean, };

/**
 * One issue.
 */
export type IssueView = { issue: Issue, };

/**
 * What can be done with a job as it stands.
 */
export type JobAction = "ask_reassign" | "wait" | "resume" | "not_repaired" | "another_visit" | "sign_off" | "edit";

/**
 * One job with what its row needs.
 */
export type JobCard = { job: Id, visit: Id | null,
/**
 * Empty until the office has given one.
 */
number: string, customer: string, place: Place, machine: MachineLine | null, job_type: JobType | null, priority: Priority, status: JobStatus, waiting_for: WaitReason | null, visit_status: VisitStatus | null,
/**
 * The step that the card's button takes.
 */
next: StepKind | null, window: Span | null, due: Time | null,
/**
 * When something happened last: its newest step, else its report.
 */
last: Time, phone: string | null,
/**
 * It has left this person's scope.
 */
kept: boolean, data: DataState, };

/**
 * It ends without a repair.
 */
export type JobNotRepaired = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/cannot_complete_reasons.csv`.
 */
reason: NotRepairedReason,
/**
 * In his own words.
 */
note: string, };

/**
 * The page.
 */
export type JobPageView = { job: Id,
/**
 * Empty until the office has given one.
 */
number: string, customer: string, place: Place, contacts: Array<Contact>, machine: MachineLine | null, job_type: JobType | null, service_mode: ServiceMode | null, priority: Priority, status: JobStatus, waiting_for: WaitReason | null, waiting_note: string | null, due: Time | null,
/**
 * Re-assigned: read-only, work in hand is kept. Empty when the name is not known here.
 */
now_with: string | null,
/**
 * Why the office gave it to others; empty where it did not say.
 */
reassign_reason: string, report: Report,
/**
 * Number of the campaign that it carries out.
 */
campaign: string | null,
/**
 * Other campaigns that are open on its machine.
 */
campaigns: Array<OpenCampaign>, history: Array<HistoryRow>, history_total: number, visits: Array<VisitRow>,
/**
 * The newest visit, until its people are back.
 */
current_visit: Id | null, can: Array<JobAction>, readings: Array<ReadingRow>, fault: FaultView, other_faults: Array<OtherFault>, parts: Array<PartLine>, photos: Array<PhotoSet>, photos_to_go: number, charges: Array<ChargeRow>,
/**
 * What the customer pays in all: his charges and the parts that he pays for.
 */
customer_pays: Money | null, proposals: Array<Proposal>, notes: Array<NoteRow>, missing_required: number, missing_optional: number, receipt: Receipt | null, data: DataState, };

/**
 * Proposes another value for one of the office's fields.
 */
export type JobPropose = {
/**
 * The job.
 */
job: Id,
/**
 * One of the office's fields.
 */
field: string,
/**
 * The value proposed.
 */
value: unknown, };

/**
 * It goes on.
 */
export type JobResume = {
/**
 * The job.
 */
job: Id, };

/**
 * The job waits.
 */
export type JobWait = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/waiting_reasons.csv`.
 */
reason: WaitReason,
/**
 * In his own words.
 */
note: string, };

/**
 * Takes back what he proposed for a field.
 */
export type JobWithdraw = {
/**
 * The job.
 */
job: Id,
/**
 * The field.
 */
field: string, };

/**
 * The list.
 */
export type JobsView = {
/**
 * In progress first, then open, then done.
 */
rows: Array<JobCard>, total: number, last_exchange: Time | null, };

/**
 * One of them.
 */
export type Language = "zh" | "en";

/**
 * Where the person was.
 */
export type LastPlace = { route: string, field: string | null, };

/**
 * What a meter showed at some time.
 */
export type LastValue = { value: Decimal, at: Time, };

/**
 * Somebody whom the office listed.
 */
export type ListedSigner = {
/**
 * Name.
 */
name: string,
/**
 * Role.
 */
role: ContactRole,
/**
 * `listed`, or `self` for the owner.
 */
authority: Authority, };

/**
 * What lists show of a machine.
 */
export type MachineLine = {
/**
 * The machine; none for one that is in no archive.
 */
machine: Id | null,
/**
 * Model.
 */
model: string,
/**
 * Serial number.
 */
serial: string,
/**
 * What people call it.
 */
nickname: string | null, };

/**
 * One machine.
 */
export type MachineView = { machine: MachineLine, engine: string | null, frame: string | null, customer: string, place: Place, delivered: Day | null, meters: Array<MeterRow>,
/**
 * Open on it, and not carried out.
 */
campaigns: Array<OpenCampaign>, history: Array<HistoryRow>, };

/**
 * What a meter showed last.
 */
export type MeterRow = { meter: MeterKind, value: Decimal, at: Time,
/**
 * What it counted in all, where it is known to have been replaced.
 */
effective: Decimal | null, };

/**
 * What one meter showed.
 */
export type MeterValue = {
/**
 * Which meter.
 */
meter: MeterKind,
/**
 * A decimal.
 */
value: Decimal, };

/**
 * The screen on which something is mended.
 */
export type MissingPlace = "job" | "times" | "part_line" | "propose";

/**
 * One thing that is missing.
 */
export type MissingRow = { code: MissingCode, degree: MissingDegree, facts: Facts, target: MissingTarget, };

/**
 * Where; screens turn it into a route and a focused field.
 */
export type MissingTarget = { on: MissingPlace, rec: Id, field: string, };

/**
 * Everything that is missing, the gravest first.
 */
export type MissingView = { job: Id, number: string,
/**
 * The visit whose card is to be signed next.
 */
visit: Id | null, rows: Array<MissingRow>, };

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
export type NoteRow = { note: Id, text: string, at: Time, by: string, mine: boolean, data: DataState, };

/**
 * What has happened to device or server.
 */
export type NoticeCode = "sending_again" | "recovered" | "copied";

/**
 * One of the office's fields as it stands.
 */
export type OfficeField = { field: string,
/**
 * As text; a code, or milliseconds, where the field is one. Empty for nothing.
 */
value: string, };

/**
 * The part that came out.
 */
export type OldPart = { old_part: Id,
/**
 * Without spaces; screens group it by four.
 */
tag: string,
/**
 * The lost tag that it stands for.
 */
replaces_tag: string | null, serial: TextField, note: TextField, disposition: Disposition | null,
/**
 * By when it has to be where it goes; null where the office has not said.
 */
due_on: Day | null,
/**
 * Empty where policy decides; the choices where the customer paid.
 */
choices: Disposition[], };

/**
 * A campaign that is open on a machine.
 */
export type OpenCampaign = {
/**
 * Its number.
 */
number: string,
/**
 * Its name in the language of the screens.
 */
name: string, };

/**
 * Opens the next visit.
 */
export type OpenVisit = {
/**
 * The job.
 */
job: Id,
/**
 * The day on which it is planned.
 */
planned?: Day,
/**
 * What to bring or to know.
 */
note?: string, };

/**
 * One more fault of the same job.
 */
export type OtherFault = { fault: Id, phenomenon: TextField, place: TextField, cause: TextField, action: TextField, codes: TextField, data: DataState, };

/**
 * One part of the list.
 */
export type PartHit = {
/**
 * What a request names it by: its number.
 */
part: string,
/**
 * Number.
 */
number: string,
/**
 * Name in the language of the app.
 */
name: string,
/**
 * Unit: a code of `tables/units.csv`, or what the catalogue says where the list has no such unit.
 */
unit: string,
/**
 * It is made for this machine's model.
 */
fits: boolean,
/**
 * Each piece has a serial number.
 */
serialised: boolean,
/**
 * Used up by a repair: nothing comes out.
 */
auxiliary: boolean,
/**
 * How many are in the van; none when the office does not count this part there.
 */
van_stock: Decimal | null,
/**
 * The newest number, when another took its place.
 */
superseded_by: string | null, };

/**
 * One replacement.
 */
export type PartLine = { line: Id,
/**
 * Empty when nobody knows it.
 */
number: string, name: string,
/**
 * A code of the units, or the catalogue's own word.
 */
unit: string, in_catalogue: boolean, quantity: Decimal, serialised: boolean,
/**
 * Used up by the repair: nothing comes out.
 */
auxiliary: boolean, main_fault: boolean, payer: Payer | null,
/**
 * Why one side is empty.
 */
one_sided: OneSidedReason | null, fitted: FittedPart | null, old: OldPart | null, photos: Array<PhotoSet>, data: DataState, };

/**
 * One replacement on a screen of its own.
 */
export type PartLineView = { job: Id, number: string, line: PartLine, can_edit: boolean, };

/**
 * The list.
 */
export type PartsView = {
/**
 * Used lately, the last first; only while nothing is typed.
 */
recent: Array<PartHit>,
/**
 * What was searched for, the best first; what fits while nothing is typed.
 */
hits: Array<PartHit>,
/**
 * How many there are, counted to ten thousand.
 */
total: number, };

/**
 * The person whose device this is.
 */
export type Person = { name: string,
/**
 * What he types to take the device back.
 */
initials: string, };

/**
 * A photo of so many bytes is coming; answers with the id that it will have.
 */
export type PhotoBegin = {
/**
 * Bytes of the original.
 */
size: number,
/**
 * Its type, as the picker says; the bytes decide.
 */
media_type: string, };

/**
 * The next piece.
 */
export type PhotoChunk = {
/**
 * What [`Begin`] answered.
 */
photo: Id,
/**
 * Its place, from 0.
 */
index: number,
/**
 * At most 256 KiB.
 */
base64: string, };

/**
 * Keeps a photo.
 */
export type PhotoFinish = {
/**
 * What `photo.begin` answered.
 */
photo: Id,
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/photo_phases.csv`.
 */
phase: PhotoPhase,
/**
 * The record that it shows: a part line, an old part.
 */
of?: Id, };

/**
 * One photo in a list.
 */
export type PhotoRow = { photo: Id, at: Time, data: DataState, };

/**
 * Photos of one phase.
 */
export type PhotoSet = { phase: PhotoPhase,
/**
 * How many are asked for here.
 */
required: number,
/**
 * What the brand wants to see on them, in the language of the screens; empty where it says nothing.
 */
hint: string, photos: Array<PhotoRow>, };

/**
 * How large.
 */
export type PhotoSize = "thumb" | "full";

/**
 * One photo.
 */
export type PhotoView = { photo: Id, job: Id, phase: PhotoPhase, at: Time, by: string,
/**
 * A data URL; none when the bytes are on another device.
 */
url: string | null, can_remove: boolean, data: DataState, };

/**
 * What the pill says.
 */
export type PillState = "up_to_date" | "waiting" | "sending" | "needs_you" | "offline" | "app_old";

/**
 * Where a machine stands.
 */
export type Place = {
/**
 * As people say it; empty when nobody said.
 */
name: string, };

/**
 * Freezes the text of a card.
 */
export type Prepare = {
/**
 * The visit.
 */
visit: Id,
/**
 * Interim or final.
 */
kind: CardKind,
/**
 * The language that the customer reads.
 */
language: Language, };

/**
 * One proposal.
 */
export type Proposal = { field: string,
/**
 * As text; a code, or milliseconds, where the field is one.
 */
value: string, at: Time, state: ProposalState, data: DataState, };

/**
 * What became of a proposal.
 */
export type ProposalState = "pending" | "taken" | "declined" | "withdrawn";

/**
 * The screen on which changes are proposed.
 */
export type ProposeView = { job: Id, number: string, can_edit: boolean, fields: Array<OfficeField>,
/**
 * The newest of each field.
 */
proposals: Array<Proposal>, };

/**
 * What a screen asks for.
 */
export type Query = { "type": "start" }
  | { "type": "enrolment" }
  | { "type": "data_state" }
  | { "type": "drafts",
/**
 * A record, or the name of a form.
 */
rec: string, }
  | { "type": "today" }
  | { "type": "jobs",
/**
 * What was typed; words that all have to be there.
 */
search: string,
/**
 * Most rows.
 */
limit: number, }
  | { "type": "job_page",
/**
 * The job.
 */
job: Id, }
  | { "type": "missing",
/**
 * The job.
 */
job: Id, }
  | { "type": "propose",
/**
 * The job.
 */
job: Id, }
  | { "type": "faults",
/**
 * The job.
 */
job: Id,
/**
 * What was typed.
 */
search: string,
/**
 * Most hits.
 */
limit: number, }
  | { "type": "visit_times",
/**
 * The job.
 */
job: Id, }
  | { "type": "part_line",
/**
 * The line.
 */
line: Id, }
  | { "type": "parts",
/**
 * The job.
 */
job: Id,
/**
 * What was typed.
 */
search: string,
/**
 * Most hits.
 */
limit: number, }
  | { "type": "machine",
/**
 * The machine.
 */
machine: Id, }
  | { "type": "photo",
/**
 * The photo.
 */
photo: Id,
/**
 * How large.
 */
size: PhotoSize, }
  | { "type": "sign_off",
/**
 * The visit.
 */
visit: Id, }
  | { "type": "sync_screen" }
  | { "type": "shut_out" }
  | { "type": "issue",
/**
 * The issue.
 */
issue: Id, };

/**
 * What waits of one job.
 */
export type QueueRow = { job: Id | null, number: string | null, customer: string | null, entries: number, cards: number, photos: number, bytes: number, state: DataState, };

/**
 * One meter of a job's machine.
 */
export type ReadingRow = { meter: MeterKind,
/**
 * The machine's main meter: this job needs it, or a reason.
 */
required: boolean, field: TextField, missing_reason: NoMeterReason | null, last: LastValue | null,
/**
 * Lower than the last known value.
 */
below_last: boolean,
/**
 * What was counted in all, where a replacement is known: the sum of the segments.
 */
effective: Decimal | null, replaced: ReplacedMeter | null, data: DataState, };

/**
 * The office holds the whole job, and said so.
 */
export type Receipt = { code: string, at: Time, };

/**
 * Tells of a replaced meter.
 */
export type ReplaceMeter = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/meters.csv`.
 */
meter: MeterKind,
/**
 * Last value of the meter that came out; absent when it could not be read.
 */
old_value?: Decimal,
/**
 * First value of the meter that went in.
 */
new_value: Decimal,
/**
 * A code of `tables/meter_replacement_reasons.csv`.
 */
reason: MeterReplacementReason, };

/**
 * A meter that was replaced on this visit.
 */
export type ReplacedMeter = { reading: Id,
/**
 * Last value of the meter that came out.
 */
old_value: Decimal | null,
/**
 * First value of the one that went in.
 */
new_value: Decimal, reason: MeterReplacementReason | null, data: DataState, };

/**
 * What the customer reported.
 */
export type Report = { at: Time, text: string, by: string, meter: MeterValue | null, };

/**
 * One user action.
 */
export type Request = { "type": "draft.save" } & DraftSave
  | { "type": "draft.clear" } & DraftClear
  | { "type": "place.save" } & SavePlace
  | { "type": "sign_off.discard" } & Discard
  | { "type": "sign_off.hand_over" } & HandOver
  | { "type": "sign_off.take_back" } & TakeBack
  | { "type": "settings.set" } & SetSettings
  | { "type": "undo" } & UndoRequest
  | { "type": "photo.begin" } & PhotoBegin
  | { "type": "photo.chunk" } & PhotoChunk
  | { "type": "photo.finish" } & PhotoFinish
  | { "type": "visit.accept" } & StepAt
  | { "type": "visit.depart" } & StepAt
  | { "type": "visit.arrive" } & StepAt
  | { "type": "visit.work" } & StepAt
  | { "type": "visit.pause" } & StepAt
  | { "type": "visit.leave" } & StepAt
  | { "type": "visit.back" } & StepAt
  | { "type": "visit.void_step" } & VoidStep
  | { "type": "visit.ask_reassign" } & AskReassign
  | { "type": "visit.open" } & OpenVisit
  | { "type": "job.create" } & CreateJob
  | { "type": "job.propose" } & JobPropose
  | { "type": "job.withdraw" } & JobWithdraw
  | { "type": "sign_off.amend" } & Amend
  | { "type": "sign_off.prepare" } & Prepare
  | { "type": "sign_off.confirm" } & Confirm
  | { "type": "job.wait" } & JobWait
  | { "type": "job.resume" } & JobResume
  | { "type": "job.not_repaired" } & JobNotRepaired
  | { "type": "reading.set" } & SetReading
  | { "type": "reading.set_missing" } & SetReadingMissing
  | { "type": "reading.replace_meter" } & ReplaceMeter
  | { "type": "reading.void" } & VoidReading
  | { "type": "fault.set" } & SetFault
  | { "type": "fault.add" } & AddFault
  | { "type": "fault.take" } & TakeFault
  | { "type": "fault.set_main" } & SetMainFaultOfJob
  | { "type": "fault.void" } & VoidFault
  | { "type": "note.add" } & AddNote
  | { "type": "note.void" } & VoidNote
  | { "type": "part_line.add" } & AddPartLine
  | { "type": "part_line.set_quantity" } & SetQuantity
  | { "type": "part_line.set_source" } & SetSource
  | { "type": "part_line.set_payer" } & SetPayer
  | { "type": "part_line.set_main_fault" } & SetMainFault
  | { "type": "part_line.set_fitted" } & SetFitted
  | { "type": "part_line.set_removed" } & SetRemoved
  | { "type": "part_line.set_one_sided" } & SetOneSided
  | { "type": "part_line.set_serial" } & SetNewSerial
  | { "type": "part_line.void" } & VoidPartLine
  | { "type": "old_part.set_serial" } & SetOldSerial
  | { "type": "old_part.set_note" } & SetOldPartNote
  | { "type": "old_part.set_disposition" } & SetDisposition
  | { "type": "old_part.retag" } & Retag
  | { "type": "charge.add" } & AddCharge
  | { "type": "charge.agree" } & AgreeCharge
  | { "type": "charge.void" } & VoidCharge
  | { "type": "issue.act" } & ActOnIssue
  | { "type": "photo.void" } & VoidPhoto;

/**
 * Gives an old part a new tag.
 */
export type Retag = {
/**
 * The old part.
 */
old_part: Id, };

/**
 * Remembers a screen and the field that has the cursor.
 */
export type SavePlace = {
/**
 * The route, as the screens write it.
 */
route: string,
/**
 * The field.
 */
field?: string, };

/**
 * A card that was sealed.
 */
export type SealedCard = {
/**
 * The card's record.
 */
card: Id,
/**
 * How it ended.
 */
how: SignHow,
/**
 * Who signed.
 */
signer: string | null,
/**
 * When.
 */
at: Time | null,
/**
 * SHA-256 of its bytes.
 */
digest: string,
/**
 * Its number among the cards of this device.
 */
card_seq: number | null,
/**
 * What its bytes say beside the rows; none where they are not on this device.
 */
stamp: Stamp | null, };

/**
 * Says what becomes of an old part.
 */
export type SetDisposition = {
/**
 * The old part.
 */
old_part: Id,
/**
 * A code of `tables/dispositions.csv`.
 */
disposition: Disposition, };

/**
 * Sets one text.
 */
export type SetFault = {
/**
 * The job.
 */
job: Id,
/**
 * The fault, where it is not the main one.
 */
fault?: Id,
/**
 * Which text.
 */
field: FaultField,
/**
 * The text.
 */
value: string, };

/**
 * Says whether a part went in.
 */
export type SetFitted = {
/**
 * The line.
 */
line: Id,
/**
 * It did.
 */
fitted: boolean, };

/**
 * Makes a line the main fault part, or no longer that.
 */
export type SetMainFault = {
/**
 * The line.
 */
line: Id,
/**
 * It is.
 */
main_fault: boolean, };

/**
 * Makes a fault the main one.
 */
export type SetMainFaultOfJob = {
/**
 * The fault.
 */
fault: Id, };

/**
 * Sets the serial number of a line's new part.
 */
export type SetNewSerial = {
/**
 * The line.
 */
line: Id,
/**
 * The number as the part bears it.
 */
serial: string, };

/**
 * Sets the note of an old part.
 */
export type SetOldPartNote = {
/**
 * The old part.
 */
old_part: Id,
/**
 * The words.
 */
note: string, };

/**
 * Sets the serial number of an old part.
 */
export type SetOldSerial = {
/**
 * The old part.
 */
old_part: Id,
/**
 * The number as the part bears it.
 */
serial: string, };

/**
 * Says why one side is empty.
 */
export type SetOneSided = {
/**
 * The line.
 */
line: Id,
/**
 * A code of `tables/one_sided_reasons.csv`.
 */
reason: OneSidedReason, };

/**
 * Sets the payer of a line.
 */
export type SetPayer = {
/**
 * The line.
 */
line: Id,
/**
 * A code of `tables/payers.csv`.
 */
payer: Payer, };

/**
 * Sets the quantity of a line.
 */
export type SetQuantity = {
/**
 * The line.
 */
line: Id,
/**
 * A decimal above zero.
 */
quantity: Decimal, };

/**
 * Sets what a meter shows; an empty value takes the reading back.
 */
export type SetReading = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/meters.csv`.
 */
meter: MeterKind,
/**
 * A decimal.
 */
value: Decimal, };

/**
 * Says why there is no value.
 */
export type SetReadingMissing = {
/**
 * The job.
 */
job: Id,
/**
 * A code of `tables/meters.csv`.
 */
meter: MeterKind,
/**
 * A code of `tables/no_meter_reasons.csv`.
 */
reason: NoMeterReason, };

/**
 * Says whether a part came out.
 */
export type SetRemoved = {
/**
 * The line.
 */
line: Id,
/**
 * It did.
 */
removed: boolean, };

/**
 * Sets what is named, leaves the rest.
 */
export type SetSettings = {
/**
 * The language.
 */
language?: Language,
/**
 * The theme.
 */
theme?: Theme,
/**
 * Photos wait for Wi-Fi.
 */
photos_on_wifi_only?: boolean, };

/**
 * Sets the source of a line.
 */
export type SetSource = {
/**
 * The line.
 */
line: Id,
/**
 * A code of `tables/part_sources.csv`.
 */
source: PartSource, };

/**
 * The view.
 */
export type ShutOutView = { drafts: Array<DraftLeft>, };

/**
 * How far a visit's sign-off has come.
 */
export type SignOffState = "open" | "prepared" | "handed_over" | "sealed";

/**
 * The screen.
 */
export type SignOffView = {
/**
 * The visit.
 */
visit: Id,
/**
 * The job.
 */
job: Id,
/**
 * Its number.
 */
number: string | null,
/**
 * How far it has come.
 */
state: SignOffState,
/**
 * Interim or final; the frozen card's own, else what the state of the job suggests: whoever waits for
 * something has not finished.
 */
kind: CardKind,
/**
 * Language of the frozen card.
 */
language: string | null,
/**
 * The card's rows; empty while open.
 */
lines: Array<CardLine>,
/**
 * The sentence above the box.
 */
consent: string | null,
/**
 * People whom the office listed.
 */
signers: Array<ListedSigner>,
/**
 * Who is to sign, while the device is handed over.
 */
how: SignHow | null,
/**
 * The text in the making, or made, amends the sealed card.
 */
amending: boolean,
/**
 * A sealed card that a new one may amend.
 */
can_amend: boolean,
/**
 * What still holds the signature up.
 */
missing_required: number,
/**
 * The newest sealed card of this visit.
 */
sealed: SealedCard | null, };

/**
 * Who signs.
 */
export type SignerName = {
/**
 * Name as typed.
 */
name: string,
/**
 * A code of `contact_roles`.
 */
role: ContactRole,
/**
 * By what right.
 */
authority: Authority, };

/**
 * From one moment to another.
 */
export type Span = {
/**
 * Its beginning.
 */
from: Time,
/**
 * Its end.
 */
to: Time, };

/**
 * What stands under the rows of a sealed card, from its bytes.
 */
export type Stamp = {
/**
 * The ink as a request gives it, `WxH.strokes`; none where nobody drew.
 */
ink: string | null,
/**
 * The role as shown, and by what right he signed.
 */
role: string | null, authority: Authority | null,
/**
 * Why there is no signature.
 */
reason: string | null,
/**
 * Who saw it.
 */
witness: string | null,
/**
 * The customer's own words.
 */
words: string | null,
/**
 * His satisfaction, 1 to 5.
 */
satisfaction: number | null,
/**
 * Photos sealed with it because nobody signed.
 */
photos: Array<PhotoRow>,
/**
 * The device that sealed it, and its app.
 */
device: string, app: string, };

/**
 * The first view of all.
 */
export type StartView = { enrolled: boolean, person: Person | null, language: Language, theme: Theme, last_place: LastPlace | null,
/**
 * The office has revoked this device: nothing is shown but what still has to reach it.
 */
shut_out: boolean,
/**
 * This device's key lies in a file, because the system has no guarded place for it.
 */
key_in_file: boolean,
/**
 * The visit whose card is in the customer's hands: nothing else may be shown.
 */
handed_over: Id | null, };

/**
 * Takes a step.
 */
export type StepAt = {
/**
 * The visit.
 */
visit: Id,
/**
 * When it happened, for one entered late; now otherwise.
 */
at?: number, };

/**
 * A step as the screens name it: what one does, where records say what one has done.
 */
export type StepKind = "accept" | "depart" | "arrive" | "work" | "pause" | "leave" | "back";

/**
 * One step that was taken.
 */
export type StepRow = { step: Id, kind: StepKind, at: Time, late: boolean,
/**
 * It moved the visit; else it is a time only: a companion's, or one that did not fit.
 */
counted: boolean, by: string, data: DataState, };

/**
 * What the stores take.
 */
export type Storage = {
/**
 * Both files.
 */
used_bytes: number,
/**
 * Photos among that, and sealed cards.
 */
photo_bytes: number,
/**
 * So little room is left that nothing of the office is fetched: it is kept for what is done here.
 */
short: boolean,
/**
 * Photos and cards whose bytes went because room was short or the office has no new backup; it stores them.
 */
removed: number, };

/**
 * One of them.
 */
export type SyncNotice = { code: NoticeCode, at: Time | null, };

/**
 * The screen.
 */
export type SyncScreenView = { pill: DataStateView,
/**
 * Why the last call was refused or failed; none while there is only no network.
 */
last_error: string | null, next_try: Time | null,
/**
 * What has happened to device or server that he should know, the gravest first.
 */
notices: Array<SyncNotice>,
/**
 * The job whose oldest item waits longest comes first.
 */
queue: Array<QueueRow>, issues: Array<Issue>,
/**
 * What was taken as it came and he should know: nobody has to do anything.
 */
told: Array<Issue>,
/**
 * The system has lost this device's key: what waits goes when the office has given it another.
 */
key_lost: boolean,
/**
 * None where the system does not tell networks apart, so that nothing could obey it.
 */
photos_on_wifi_only: boolean | null, storage: Storage, office: string, address: string,
/**
 * What to compare with the office: the first digits of its key's digest.
 */
server_key: string,
/**
 * Ahead of the server's clock when it was last heard of.
 */
clock_ahead_ms: number | null, app_version: string, protocol: string, person: Person,
/**
 * Prefix of the tags that this device makes: what tells devices apart.
 */
device: string, };

/**
 * The technician has the device again.
 */
export type TakeBack = {
/**
 * The visit.
 */
visit: Id,
/**
 * His initials.
 */
initials: string, };

/**
 * Takes a fault of the catalogue.
 */
export type TakeFault = {
/**
 * The job.
 */
job: Id,
/**
 * The fault, where it is not the main one.
 */
fault?: Id,
/**
 * Its code in the catalogue.
 */
code: string, };

/**
 * A text of the technician: what is recorded, and what he typed since (null = nothing pending).
 */
export type TextField = {
/**
 * What is recorded; empty for nothing.
 */
value: string,
/**
 * What he typed since.
 */
draft: string | null, };

/**
 * Colours of the screens.
 */
export type Theme = "light" | "dark" | "sunlight";

/**
 * UTC milliseconds and the zone in which they are shown.
 */
export type Time = {
/**
 * UTC milliseconds.
 */
ms: number,
/**
 * IANA name or offset.
 */
zone: string, };

/**
 * The home screen.
 */
export type TodayView = { day: Day,
/**
 * Planned or due before now and not begun.
 */
overdue: Array<JobCard>,
/**
 * Begun.
 */
in_progress: Array<JobCard>,
/**
 * Planned today, by time; those without a plan last.
 */
today: Array<JobCard>,
/**
 * Planned tomorrow.
 */
tomorrow: Array<JobCard>,
/**
 * Done today.
 */
done: Array<JobCard>, last_exchange: Time | null, };

/**
 * Takes an action back.
 */
export type UndoRequest = {
/**
 * What the action answered.
 */
token: string, };

/**
 * The view that each query answers with.
 */
export type Views = { start: StartView, enrolment: EnrolmentView, data_state: DataStateView, drafts: DraftsView, today: TodayView, jobs: JobsView, job_page: JobPageView, missing: MissingView, propose: ProposeView, faults: FaultsView, visit_times: VisitTimesView, part_line: PartLineView, parts: PartsView, machine: MachineView, photo: PhotoView, sign_off: SignOffView, sync_screen: SyncScreenView, shut_out: ShutOutView, issue: IssueView, };

/**
 * One visit.
 */
export type VisitRow = { visit: Id, number: number, status: VisitStatus, window: Span | null, people: Array<string>, steps: Array<StepRow>,
/**
 * Steps that can be taken now; the first is the primary one.
 */
next: Array<StepKind>,
/**
 * Steps that were jumped over and can be entered late.
 */
forgotten: Array<StepKind>,
/**
 * Steps whose time is asked for before the signature, forgotten or yet to come.
 */
asked: Array<StepKind>, reassign_asked: ReassignReason | null, card: CardRow | null, };

/**
 * The times of a job's visits.
 */
export type VisitTimesView = { job: Id, number: string, customer: string, visits: Array<VisitRow>, can_edit: boolean, };

/**
 * Strikes a charge out.
 */
export type VoidCharge = {
/**
 * The charge.
 */
charge: Id, };

/**
 * Strikes a fault out.
 */
export type VoidFault = {
/**
 * The fault.
 */
fault: Id, };

/**
 * Strikes a note out.
 */
export type VoidNote = {
/**
 * The note.
 */
note: Id, };

/**
 * Strikes a line out.
 */
export type VoidPartLine = {
/**
 * The line.
 */
line: Id, };

/**
 * Strikes a photo out.
 */
export type VoidPhoto = {
/**
 * The photo.
 */
photo: Id, };

/**
 * Strikes a reading out.
 */
export type VoidReading = {
/**
 * The reading.
 */
reading: Id, };

/**
 * Strikes a step of a visit out.
 */
export type VoidStep = {
/**
 * The step.
 */
step: Id, };
