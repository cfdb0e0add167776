// Owns the requests on jobs, visits, readings, findings, notes and photos. Never a view.
import type { Request } from "../asked";
import type { StepKind } from "../bindings";
import { fail, jobOf, tagsOfJob, visitOf, type Outcome, type Stage } from "./acts";
import { refusal } from "./fold";
import { picture } from "./pictures";
import { at, newId, queue, type Job, type State } from "./state";
import { ME, visit } from "./seed";

const DAY_MS = 86_400_000;

export function actOnJob(stage: Stage, request: Request): Outcome | null {
  switch (request.type) {
    case "visit.accept": case "visit.depart": case "visit.arrive": case "visit.work": case "visit.pause": case "visit.leave": case "visit.back":
      return step(stage, request.visit, request.type.slice(6) as StepKind, request.at);
    case "visit.void_step": case "visit.ask_reassign": case "visit.open":
      return onVisit(stage, request);
    case "job.create":
      return create(stage, request);
    case "job.wait": case "job.resume": case "job.not_repaired":
      return setStatus(stage, request);
    case "reading.set": case "reading.set_missing": case "fault.set":
      return setField(stage, request);
    case "note.add": case "note.void":
      return onNote(stage, request);
    case "photo.begin": case "photo.chunk": case "photo.finish": case "photo.void":
      return onPhoto(stage, request);
    default:
      return null;
  }
}

function step({ state, now }: Stage, id: string, kind: StepKind, when: number | undefined): Outcome {
  const { job, visit: row } = visitOf(state, id);
  const code = refusal(job, row, kind, when ?? now, when !== undefined, now);
  if (code) fail(code);
  const rec = newId(state, "s");
  const last = Math.max(0, ...row.steps.map((done) => done.at));
  row.steps.push({ id: rec, kind, at: when ?? Math.max(now, last + 1), late: when !== undefined });
  if (kind !== "accept" && ["dispatched", "created"].includes(job.status)) job.status = "in_progress";
  queue(state, rec, job.id);
  return { tags: tagsOfJob(job), rec, undoable: true };
}

function onVisit({ state }: Stage, request: Extract<Request, { type: "visit.void_step" | "visit.ask_reassign" | "visit.open" }>): Outcome {
  if (request.type === "visit.open") {
    const job = jobOf(state, request.job);
    const number = job.visits.length + 1;
    const from = request.planned ? Date.parse(`${request.planned}T09:00:00+08:00`) : null;
    const made = visit(newId(state, "v"), number, from === null ? null : { from: at(from), to: at(from + DAY_MS / 12) }, []);
    job.visits.push(made);
    [job.waiting, job.waiting_note, job.status] = [null, null, "in_progress"];
    if (request.note) job.notes.push({ id: newId(state, "n"), text: request.note, at: Date.now(), by: ME });
    queue(state, made.id, job.id);
    return { tags: tagsOfJob(job), rec: made.id, undoable: true };
  }
  if (request.type === "visit.ask_reassign") {
    const { job, visit: row } = visitOf(state, request.visit);
    row.reassign = request.reason;
    queue(state, row.id, job.id);
    return { tags: tagsOfJob(job), undoable: true };
  }
  for (const job of state.jobs) {
    for (const row of job.visits) {
      if (!row.steps.some((done) => done.id === request.step)) continue;
      row.steps = row.steps.filter((done) => done.id !== request.step);
      queue(state, request.step, job.id);
      return { tags: tagsOfJob(job), undoable: true };
    }
  }
  return fail("not_found");
}

function create({ state, now }: Stage, request: Extract<Request, { type: "job.create" }>): Outcome {
  const id = newId(state, "j");
  const digits = request.serial.replace(/\D/g, "");
  const machine = digits ? state.machines.find((row) => row.line.serial.replace(/\D/g, "").endsWith(digits)) : undefined;
  const row = visit(newId(state, "v"), 1, null, [["accept", now]]);
  state.jobs.push({
    id, number: `YL-7K3P-${String(state.next).padStart(4, "0")}`, customer: request.customer, place: { name: request.place },
    contacts: request.phone ? [{ contact: newId(state, "p"), name: request.customer, role: "owner", phone: request.phone }] : [], machine: machine?.line.machine ?? null,
    type: request.job_type, mode: "passive", priority: "normal", status: "created", waiting: null, waiting_note: null, due: null, now_with: null,
    report: { at: at(now), text: request.report, by: `现场建单 · ${ME}`, meter: null }, meters: ["hours"], readings: {}, fault: { findings: "", phenomenon: "", place: "", cause: "", action: "", codes: "" },
    others: [], charges: [], proposals: [], replaced: {}, lines: [], notes: [], visits: [row], wanted: { nameplate: 1, fault: 1 }, campaign: null, receipt: null,
  });
  queue(state, id, id, "entry", 1800);
  return { tags: ["jobs", "outbox"], rec: id };
}

function setStatus({ state }: Stage, request: Extract<Request, { type: "job.wait" | "job.resume" | "job.not_repaired" }>): Outcome {
  const job = jobOf(state, request.job);
  if (request.type === "job.wait") [job.status, job.waiting, job.waiting_note] = ["waiting", request.reason, request.note || null];
  else if (request.type === "job.resume") [job.status, job.waiting, job.waiting_note] = ["in_progress", null, null];
  else job.status = "not_repaired";
  queue(state, `${job.id}.status`, job.id);
  return { tags: tagsOfJob(job), undoable: true };
}

function setField({ state }: Stage, request: Extract<Request, { type: "reading.set" | "reading.set_missing" | "fault.set" }>): Outcome {
  const job = jobOf(state, request.job);
  const name = request.type === "fault.set" ? `fault.${request.field}` : `meter.${request.meter}`;
  if (request.type === "fault.set") job.fault[request.field] = request.value;
  else if (request.type === "reading.set_missing") job.readings[request.meter] = { value: "", reason: request.reason };
  else if (!/^(\d+(\.\d+)?)?$/.test(request.value)) fail("invalid_value");
  else job.readings[request.meter] = { value: request.value, reason: null };
  dropDraft(state, job.id, name);
  queue(state, `${job.id}.${name}`, job.id);
  return { tags: tagsOfJob(job) };
}

export function dropDraft(state: State, rec: string, field: string): void {
  delete state.drafts[rec]?.[field];
}

function onNote({ state, now }: Stage, request: Extract<Request, { type: "note.add" | "note.void" }>): Outcome {
  if (request.type === "note.add") {
    const job = jobOf(state, request.job);
    const rec = newId(state, "n");
    job.notes.push({ id: rec, text: request.text, at: now, by: ME });
    queue(state, rec, job.id);
    return { tags: tagsOfJob(job), rec, undoable: true };
  }
  const job: Job = state.jobs.find((row) => row.notes.some((note) => note.id === request.note)) ?? fail("not_found");
  job.notes = job.notes.filter((note) => note.id !== request.note);
  queue(state, request.note, job.id);
  return { tags: tagsOfJob(job), undoable: true };
}

const uploads = new Map<string, { type: string; chunks: string[] }>();

function onPhoto({ state, now }: Stage, request: Extract<Request, { type: "photo.begin" | "photo.chunk" | "photo.finish" | "photo.void" }>): Outcome {
  if (request.type === "photo.begin") {
    if (request.size > 64 * 1024 * 1024) fail("photo_too_large", { mb: String(Math.round(request.size / 1_048_576)), limit: "64" });
    if (!request.media_type.startsWith("image/")) fail("photo_unreadable");
    const rec = newId(state, "p");
    uploads.set(rec, { type: request.media_type, chunks: [] });
    return { tags: [], rec };
  }
  if (request.type === "photo.chunk") {
    (uploads.get(request.photo) ?? fail("not_found")).chunks[request.index] = request.base64;
    return { tags: [] };
  }
  if (request.type === "photo.void") {
    const job = jobOf(state, (state.photos.find((photo) => photo.id === request.photo) ?? fail("not_found")).job);
    state.photos = state.photos.filter((photo) => photo.id !== request.photo);
    return { tags: [...tagsOfJob(job), ...job.lines.map((row) => `line:${row.id}`)], undoable: true };
  }
  const job = jobOf(state, request.job);
  const upload = uploads.get(request.photo) ?? fail("not_found");
  const bytes = upload.chunks.reduce((sum, chunk) => sum + Math.floor((chunk.length * 3) / 4), 0);
  // Small pictures are shown as they are; for large ones the stand-in keeps the browser's store small.
  const url = bytes < 60_000 ? `data:${upload.type};base64,${upload.chunks.join("")}` : picture(request.phase);
  uploads.delete(request.photo);
  state.photos.push({ id: request.photo, job: job.id, phase: request.phase, of: request.of ?? null, at: now, by: ME, url });
  queue(state, request.photo, job.id, "photo", bytes);
  return { tags: [...tagsOfJob(job), ...job.lines.map((row) => `line:${row.id}`)], rec: request.photo };
}
