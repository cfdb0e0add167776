// Owns the fake's missing-list: what holds up the signature, the claim, what to look at again.
// Never the real rules: the core's crate has them.
import type { Facts, JobType, MissingCode, MissingDegree, MissingRow, MissingTarget, PhotoPhase, PhotoSet } from "../bindings";
import { currentVisit, forgottenOf } from "./fold";
import { at, dataOfRec, type Job, type State } from "./state";

const FAULTY: JobType[] = ["repair", "accident", "rework", "campaign"];

export function photoSets(state: State, job: Job, of: string | null, phases: [PhotoPhase, number][]): PhotoSet[] {
  return phases.map(([phase, required]) => ({
    phase,
    required,
    photos: state.photos
      .filter((photo) => photo.job === job.id && photo.phase === phase && photo.of === of)
      .map((photo) => ({ photo: photo.id, at: at(photo.at), data: dataOfRec(state, photo.id) })),
  }));
}

export function jobPhotoSets(state: State, job: Job): PhotoSet[] {
  const phases: PhotoPhase[] = ["nameplate", "meter", "before_teardown", "fault", "test_run", "site", "paper"];
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
    if (visit && !visit.steps.some((row) => row.kind === step)) add("blocks_sign_off", "times_missing", `step.${step}`, { step }, "times");
  }
  if (!job.fault.action) add("blocks_sign_off", "action_missing", "fault.action");
  for (const meter of job.meters) {
    const reading = job.readings[meter];
    if (!reading?.value && !reading?.reason) add("blocks_sign_off", "meter_missing", `meter.${meter}`, { meter });
    const last = lastMeter(state, job, meter);
    if (reading?.value && last && Number(reading.value) < Number(last.value)) add("likely_refused", "meter_below_last", `meter.${meter}`, { meter, last: last.value });
  }
  if (FAULTY.includes(job.type)) {
    if (!job.fault.phenomenon) add("blocks_claim", "phenomenon_missing", "fault.phenomenon");
    if (!job.fault.place) add("blocks_claim", "place_missing", "fault.place");
    if (!job.fault.cause) add("blocks_claim", "cause_missing", "fault.cause");
    if (job.lines.length === 0) add("look_again", "nothing_replaced", "parts");
    else if (!job.lines.some((line) => line.main_fault)) add("blocks_claim", "main_part_missing", "parts");
  }
  for (const set of jobPhotoSets(state, job)) {
    const n = set.required - set.photos.length;
    if (n > 0) add("blocks_claim", "photo_missing", `photos.${set.phase}`, { phase: set.phase, n });
  }
  lineRows(job, add);
  for (const step of visit ? forgottenOf(visit) : []) {
    if (step === "depart") add("look_again", "step_forgotten", `step.${step}`, { step }, "times");
  }
  return rows;
}

type Add = (degree: MissingDegree, code: MissingCode, field: string, facts?: Facts, on?: MissingTarget["on"], rec?: string) => void;

function lineRows(job: Job, add: Add): void {
  for (const line of job.lines) {
    const facts = { part: line.name };
    if (line.serialised && line.fitted && !line.serial) add("blocks_claim", "serial_missing", "serial", facts, "part_line", line.id);
    if (line.serialised && line.old && !line.old.serial) add("blocks_claim", "old_serial_missing", "old_serial", facts, "part_line", line.id);
    if (!line.in_catalogue) add("likely_refused", "not_in_catalogue", "quantity", facts, "part_line", line.id);
  }
}
