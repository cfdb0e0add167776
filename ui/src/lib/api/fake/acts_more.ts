// Owns the requests on charges, other faults, replaced meters and proposals. Never a view.
import type { Request } from "../asked";
import { fail, jobOf, tagsOfJob, type Outcome, type Stage } from "./acts";
import { faults } from "./catalogue";
import { newId, queue, type Job, type OtherFault, type State } from "./state";

type FaultRequest = Extract<Request, { type: "fault.add" | "fault.void" | "fault.set_main" | "fault.take" | "fault.set" }>;
type ChargeRequest = Extract<Request, { type: "charge.add" | "charge.agree" | "charge.void" }>;
type MeterRequest = Extract<Request, { type: "reading.replace_meter" | "reading.void" }>;

export function actOnMore(stage: Stage, request: Request): Outcome | null {
  switch (request.type) {
    case "charge.add": case "charge.agree": case "charge.void":
      return onCharge(stage, request);
    case "fault.add": case "fault.void": case "fault.set_main": case "fault.take":
      return onFault(stage, request);
    case "fault.set":
      return request.fault === undefined ? null : onFault(stage, request);
    case "reading.replace_meter": case "reading.void":
      return onMeter(stage, request);
    case "job.withdraw": {
      const job = jobOf(stage.state, request.job);
      const open = job.proposals.find((one) => one.field === request.field && one.state === "pending") ?? fail("not_found");
      open.state = "withdrawn";
      return { tags: tagsOfJob(job) };
    }
    case "job.propose": {
      const job = jobOf(stage.state, request.job);
      job.proposals = [{ field: request.field, value: String(request.value ?? ""), at: stage.now, state: "pending" }, ...job.proposals.filter((one) => one.field !== request.field)];
      return changed(stage.state, job, `${job.id}.${request.field}`);
    }
    default:
      return null;
  }
}

function changed(state: State, job: Job, rec: string, undoable = false): Outcome {
  queue(state, rec, job.id);
  return { tags: tagsOfJob(job), rec, ...(undoable ? { undoable } : {}) };
}

const holder = (state: State, has: (job: Job) => boolean): Job => state.jobs.find(has) ?? fail("not_found");

function onCharge({ state }: Stage, request: ChargeRequest): Outcome {
  if (request.type === "charge.add") {
    const job = jobOf(state, request.job);
    if (request.amount < 0) fail("invalid_value");
    const id = newId(state, "c");
    job.charges.push({ id, code: request.code, label: request.label ?? null, quantity: request.quantity ?? null, minor: request.amount, payer: request.payer, agreed_by: null });
    return changed(state, job, id, true);
  }
  const job = holder(state, (row) => row.charges.some((charge) => charge.id === request.charge));
  if (request.type === "charge.void") job.charges = job.charges.filter((charge) => charge.id !== request.charge);
  else for (const charge of job.charges) if (charge.id === request.charge) charge.agreed_by = request.by;
  return changed(state, job, request.charge, true);
}

function onFault({ state }: Stage, request: FaultRequest): Outcome {
  if (request.type === "fault.add") {
    const job = jobOf(state, request.job);
    const id = newId(state, "f");
    job.others.push({ id, phenomenon: request.phenomenon, place: "", cause: "", action: "", codes: "" });
    return changed(state, job, id, true);
  }
  if (request.type === "fault.take") {
    const job = jobOf(state, request.job);
    const known = faults.find((row) => row.code === request.code) ?? fail("not_found");
    const target = job.others.find((row) => row.id === request.fault) ?? job.fault;
    for (const field of ["phenomenon", "place", "cause", "action"] as const) target[field] ||= known[field];
    target.codes ||= known.dtc;
    return changed(state, job, request.fault ?? `${job.id}.fault`, true);
  }
  const job = holder(state, (row) => row.others.some((other) => other.id === request.fault));
  const other = job.others.find((row) => row.id === request.fault) ?? fail("not_found");
  if (request.type === "fault.set") {
    if (request.field !== "findings") other[request.field] = request.value;
    delete state.drafts[other.id]?.[request.field];
  } else if (request.type === "fault.void") job.others = job.others.filter((row) => row !== other);
  else swapMain(job, other);
  return changed(state, job, other.id, request.type !== "fault.set");
}

/** The other fault's words become the main one's, and the other way round; what was done stays with the job. */
function swapMain(job: Job, other: OtherFault): void {
  for (const field of ["phenomenon", "place", "cause", "codes"] as const) [job.fault[field], other[field]] = [other[field], job.fault[field]];
}

function onMeter({ state }: Stage, request: MeterRequest): Outcome {
  if (request.type === "reading.void") {
    const job = holder(state, (row) => Object.values(row.replaced).some((replaced) => replaced.id === request.reading));
    for (const [meter, replaced] of Object.entries(job.replaced)) if (replaced.id === request.reading) delete job.replaced[meter as keyof Job["replaced"]];
    return changed(state, job, request.reading, true);
  }
  const job = jobOf(state, request.job);
  if (!/^\d+(\.\d+)?$/.test(request.new_value)) fail("invalid_value");
  const id = newId(state, "r");
  job.replaced[request.meter] = { id, old: request.old_value || null, value: request.new_value, reason: request.reason };
  return changed(state, job, id, true);
}
