// Owns the fake's read models of single records: job page, machine, photo, part line, sign-off.
// Never changes anything.
import { chargeRow, customerPays, otherFault, proposals } from "./views_more";
import type { CardRow, JobAction, JobPageView, MachineView, PartLine, PhotoView, ReadingRow, SignOffView, TextField, VisitRow } from "../bindings";
import { CONSENT } from "./card";
import { currentVisit, forgottenOf, nextOf, ordered, statusOf, timesAsked } from "./fold";
import { jobPhotoSets, lastMeter, missingRows, photoSets } from "./missing";
import { at, dataOfJob, dataOfRec, signerOf, type Job, type Line, type Replaced, type State, type Visit } from "./state";

const OPEN = ["created", "dispatched", "in_progress", "waiting", "work_done", "returned"];

export const field = (state: State, rec: string, name: string, value: string): TextField => ({ value, draft: state.drafts[rec]?.[name] ?? null });

function can(job: Job): JobAction[] {
  if (job.now_with !== null || !OPEN.includes(job.status)) return [];
  const visit = currentVisit(job);
  const status = visit && statusOf(visit);
  const sealed = visit?.sign.state === "sealed" && visit.sign.kind === "final";
  const actions: JobAction[] = [];
  if (!sealed) actions.push("edit");
  if (job.waiting) actions.push("resume");
  if (visit && (status === "planned" || status === "accepted") && !visit.reassign) actions.push("ask_reassign");
  if (!sealed && visit && (status === "working" || status === "paused" || status === "arrived")) {
    if (!visit.sign.sealed) actions.push("sign_off");
    if (!job.waiting) actions.push("wait");
    actions.push("not_repaired");
  }
  if (job.visits.some((row) => row.sign.amending)) actions.push("sign_off");
  if (!sealed && (!visit || status === "left")) actions.push("another_visit");
  return actions;
}

function cardRow(state: State, visit: Visit): CardRow | null {
  const { sealed, kind } = visit.sign;
  return sealed && { card: sealed.card, visit: visit.id, kind, how: sealed.how, signer: sealed.signer, at: at(sealed.at), amending: visit.sign.amending, data: dataOfRec(state, sealed.card) };
}

export function visitRow(state: State, job: Job, visit: Visit): VisitRow {
  return {
    visit: visit.id,
    number: visit.number,
    status: statusOf(visit),
    window: visit.window,
    people: visit.people,
    steps: ordered(visit).map((step) => ({ step: step.id, kind: step.kind, at: at(step.at), late: step.late, counted: true, by: visit.people[0] ?? "", data: dataOfRec(state, step.id) })),
    next: nextOf(job, visit),
    forgotten: forgottenOf(visit),
    asked: timesAsked(visit),
    reassign_asked: visit.reassign,
    card: cardRow(state, visit),
  };
}

export function lineRow(state: State, job: Job, line: Line): PartLine {
  const choices = line.payer === "customer" ? ["customer_keeps", "customer_leaves", "trade_in"] as const : [];
  return {
    line: line.id, number: line.number, name: line.name, unit: line.unit, in_catalogue: line.in_catalogue, quantity: line.quantity,
    serialised: line.serialised, auxiliary: false, one_sided: line.one_sided, main_fault: line.main_fault, payer: line.payer,
    fitted: line.fitted ? { source: line.source, serial: field(state, line.id, "serial", line.serial), van_left: line.van === null ? null : String(Number(line.van) - Number(line.quantity)) } : null,
    old: line.old && {
      old_part: line.old.id, tag: line.old.tag, replaces_tag: line.old.replaces ?? null, serial: field(state, line.old.id, "old_serial", line.old.serial), note: field(state, line.old.id, "old_note", line.old.note),
      disposition: line.old.disposition, due_on: line.old.due_on ?? null, choices: [...choices],
    },
    photos: [
      ...photoSets(state, job, line.id, [["new_part", line.serialised ? 1 : 0]]),
      ...(line.old ? photoSets(state, job, line.old.id, [["old_part", line.payer === "customer" ? 0 : 1]]) : []),
    ],
    data: dataOfRec(state, line.id),
  };
}

const effectiveOf = (replaced: Replaced, now: string | undefined, last: string | undefined): string =>
  String(Number(replaced.old ?? last ?? 0) + Number(now || replaced.value) - Number(replaced.value));

function readingRow(state: State, job: Job, meter: ReadingRow["meter"]): ReadingRow {
  const reading = job.readings[meter];
  const last = lastMeter(state, job, meter);
  const replaced = job.replaced[meter];
  return {
    meter, required: true, field: field(state, job.id, `meter.${meter}`, reading?.value ?? ""), missing_reason: reading?.reason ?? null,
    last: last && { value: last.value, at: last.at }, below_last: Boolean(reading?.value && last && Number(reading.value) < Number(last.value)),
    replaced: replaced ? { reading: replaced.id, old_value: replaced.old, new_value: replaced.value, reason: replaced.reason, data: dataOfRec(state, replaced.id) } : null,
    effective: replaced ? effectiveOf(replaced, reading?.value, last?.value) : null,
    data: dataOfRec(state, `${job.id}.${meter}`),
  };
}

export function jobPage(state: State, job: Job): JobPageView {
  const machine = state.machines.find((row) => row.line.machine === job.machine);
  const parts = job.lines.map((line) => lineRow(state, job, line));
  const photos = jobPhotoSets(state, job);
  const rows = missingRows(state, job);
  const actions = can(job);
  const text = (name: keyof Job["fault"]) => field(state, job.id, `fault.${name}`, job.fault[name]);
  return {
    job: job.id, number: job.number, customer: job.customer, place: job.place, contacts: job.contacts, machine: machine?.line ?? null,
    job_type: job.type, service_mode: job.mode, priority: job.priority, status: job.status, waiting_for: job.waiting, waiting_note: job.waiting_note,
    due: job.due === null ? null : at(job.due), now_with: job.now_with, reassign_reason: job.id === "j-track" ? "王建国去县里送件，您离得近。" : "", report: job.report, campaign: job.campaign, campaigns: machine?.campaigns.filter((open) => open.number !== job.campaign) ?? [],
    history: machine?.history.slice(0, 3) ?? [], history_total: machine?.history.length ?? 0,
    visits: job.visits.map((visit) => visitRow(state, job, visit)), current_visit: currentVisit(job)?.id ?? null, can: actions,
    readings: job.meters.map((meter) => readingRow(state, job, meter)),
    fault: { fault: null, findings: text("findings"), phenomenon: text("phenomenon"), place: text("place"), cause: text("cause"), action: text("action"), codes: text("codes") },
    other_faults: job.others.map((other) => otherFault(state, other)), charges: job.charges.map((charge) => chargeRow(state, charge)), customer_pays: customerPays(job),
    proposals: proposals(state, job), parts, photos,
    photos_to_go: actions.includes("edit") ? [...photos, ...parts.flatMap((part) => part.photos)].reduce((sum, set) => sum + Math.max(0, set.required - set.photos.length), 0) : 0,
    notes: job.notes.map((note) => ({ note: note.id, text: note.text, at: at(note.at), by: note.by, mine: note.by === "程岳", data: dataOfRec(state, note.id) })),
    missing_required: rows.filter((row) => row.degree === "holds_sign_off").length,
    missing_optional: rows.filter((row) => row.degree !== "holds_sign_off").length,
    receipt: job.receipt, data: dataOfJob(state, job.id),
  };
}

export const canEdit = (job: Job): boolean => can(job).includes("edit");

export function machineView(state: State, id: string): MachineView | null {
  const machine = state.machines.find((row) => row.line.machine === id);
  return machine ? { machine: machine.line, engine: machine.engine, frame: machine.frame, customer: machine.customer, place: machine.place, delivered: machine.delivered, meters: machine.meters.map((row) => ({ ...row, effective: null })), campaigns: machine.campaigns, history: machine.history } : null;
}

export function photoView(state: State, id: string): PhotoView | null {
  const photo = state.photos.find((row) => row.id === id);
  const job = state.jobs.find((row) => row.id === photo?.job);
  return photo && job ? { photo: id, job: photo.job, phase: photo.phase, at: at(photo.at), by: photo.by, url: photo.url, can_remove: canEdit(job), data: dataOfRec(state, id) } : null;
}

export function signOffView(state: State, job: Job, visit: Visit): SignOffView {
  const { sign } = visit;
  return {
    visit: visit.id, job: job.id, number: job.number, state: sign.state, kind: sign.state === "open" ? (job.waiting ? "interim" : "final") : sign.kind, how: sign.how, amending: sign.amending || (sign.sealed !== null && sign.state !== "sealed"), can_amend: sign.sealed !== null && canEdit(job), ...(sign.lines.length ? { language: sign.language === "zh" ? "zh-CN" : "en", consent: CONSENT[sign.language] } : { language: null, consent: null }), lines: sign.lines,
    signers: job.contacts.map(signerOf), missing_required: missingRows(state, job).filter((row) => row.degree === "holds_sign_off").length,
    sealed: sign.sealed && { card: sign.sealed.card, how: sign.sealed.how, signer: sign.sealed.signer, at: at(sign.sealed.at), digest: sign.sealed.digest, card_seq: sign.sealed.seq, stamp: sign.sealed.stamp },
  };
}
