// Owns the fake's missing-list: what holds up the signature, the claim, what to look at again.
// Never the real rules: the core's crate has them.
import type { Facts, JobType, MissingCode, MissingDegree, MissingRow, MissingTarget, PhotoPhase, PhotoSet } from "../bindings";
import { currentVisit, forgottenOf } from "./fold";
import { at, dataOfRec, type Job, type State } from "./state";

const FAULTY: JobType[] = ["repair", "accident", "rework", "campaign"];

/** What 衡川重工 wants to see. */
const HINTS: Partial<Record<PhotoPhase, string>> = { nameplate: "铭牌四角入镜，出厂编号可读", meter: "表盘正对，数字可读", fault: "故障点特写，旁放尺或笔", old_part: "旧件和标签同框，标签可读" };

export function photoSets(state: State, job: Job, of: string | null, phases: [PhotoPhase, number][]): PhotoSet[] {
  return phases.map(([phase, required]) => ({
    phase,
    required,
    hint: HINTS[phase] ?? "",
    photos: state.photos
      .filter((photo) => photo.job === job.id && photo.phase === phase && photo.of === of)
      .map((photo) => ({ photo: photo.id, at: at(photo.at), data: dataOfRec(state, photo.id) })),
  }));
}

export function jobPhotoSets(state: State, job: Job): PhotoSet[] {
  const phases: PhotoPhase[] = ["nameplate", "meter", "before_teardown", "fault", "test_run", "whole_machine", "document", "other"];
  return photoSets(state, job, null, phases.map((phase) => [phase, job.wanted[phase] ?? 0]));
}

export const lastMeter = (state: State, job: Job, meter: string) =>
  state.machines.find((machine) => machine.line.machine === job.machine)?.meters.find((row) => row.meter === meter) ?? null;

export function missingRows(state: State, job: Job): MissingRow[] {
  const rows: MissingRow[] = [];
  const add = (degree: MissingDegree, code: MissingCode, field: string, facts: Facts = {}, on: MissingTarget["on"] = "job", rec = job.id) =>
    rows.push({ code, degree, facts, target: { on, rec, field } });
  const visit = currentVisit(job) ?? job.visits[job.visits.length - 1];
  for (const step of ["arrive", "work"] as const) {
    if (visit && !visit.steps.some((row) => row.kind === step)) add("holds_sign_off", "time", `step.${visit.id}.${step}`, { step }, "times");
  }
  if (!job.fault.action) add("holds_sign_off", "work_done", "fault.action");
  for (const meter of job.meters) {
    const reading = job.readings[meter];
    if (!reading?.value && !reading?.reason) add("holds_sign_off", "meter", `meter.${meter}`, { meter });
  }
  if (FAULTY.includes(job.type)) {
    if (!job.fault.phenomenon) add("blocks_claim", "phenomenon", "fault.phenomenon");
    if (!job.fault.place) add("blocks_claim", "place", "fault.place");
    if (!job.fault.cause) add("blocks_claim", "cause", "fault.cause");
    if (job.lines.length > 0 && !job.lines.some((line) => line.main_fault)) add("likely_refused", "main_part", "parts.main");
  }
  for (const set of jobPhotoSets(state, job)) {
    const n = set.required - set.photos.length;
    if (n > 0) add("blocks_claim", "photo", `photos.${set.phase}`, { phase: set.phase, n: String(n) });
  }
  if (job.machine === null) add("blocks_claim", "machine", "machine_serial", {}, "propose");
  for (const charge of job.charges) if (charge.payer === "customer" && charge.agreed_by === null) add("look_again", "price_agreed", `charge.${charge.id}`);
  lineRows(job, add);
  for (const step of visit ? forgottenOf(visit) : []) {
    if (visit && step === "depart") add("look_again", "time", `step.${visit.id}.${step}`, { step }, "times");
  }
  return rows;
}

type Add = (degree: MissingDegree, code: MissingCode, field: string, facts?: Facts, on?: MissingTarget["on"], rec?: string) => void;

function lineRows(job: Job, add: Add): void {
  for (const line of job.lines) {
    const facts = { part: line.name };
    if (line.serialised && line.fitted && !line.serial) add("blocks_claim", "serial_in", "serial", facts, "part_line", line.id);
    if (line.serialised && line.old && !line.old.serial) add("blocks_claim", "serial_out", "old_serial", facts, "part_line", line.id);
    if (line.fitted !== (line.old !== null) && !line.one_sided) add("likely_refused", "one_sided_reason", "one_sided", facts, "part_line", line.id);
  }
}
