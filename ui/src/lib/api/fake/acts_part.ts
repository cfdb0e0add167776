// Owns the requests on part lines and old parts. Never a view.
import type { Request } from "../asked";
import type { Disposition, Payer } from "../bindings";
import { fail, jobOf, tagsOfJob, type Outcome, type Stage } from "./acts";
import { dropDraft } from "./acts_job";
import { catalogue } from "./catalogue";
import { line as newLine } from "./seed";
import { newId, queue, type Job, type Line, type State } from "./state";

type LineRequest = Extract<Request, { line: string }>;
type OldRequest = Extract<Request, { old_part: string }>;

export function actOnPart(stage: Stage, request: Request): Outcome | null {
  if (request.type === "part_line.add") return add(stage, request);
  if ("line" in request) return onLine(stage, request);
  if ("old_part" in request) return onOldPart(stage, request);
  return null;
}

function find(state: State, match: (line: Line) => boolean): { job: Job; line: Line } {
  for (const job of state.jobs) {
    const line = job.lines.find(match);
    if (line) return { job, line };
  }
  return fail("not_found");
}

const tags = (job: Job, line: Line) => [...tagsOfJob(job), `line:${line.id}`];
const tag = (n: number) => `7K3P9R${"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[n % 32]}${"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(n * 7) % 32]}`;

function policy(payer: Payer, serialised: boolean): { disposition: Disposition } {
  if (payer === "customer") return { disposition: "customer_keeps" };
  if (serialised) return { disposition: "return_urgent" };
  return { disposition: "photos_only" };
}

function add({ state }: Stage, request: Extract<Request, { type: "part_line.add" }>): Outcome {
  const job = jobOf(state, request.job);
  const part = catalogue.find((row) => row.part === request.part);
  const id = newId(state, "l");
  const line = newLine(id, part?.name ?? request.name ?? "", part?.number ?? request.number ?? "", {
    unit: part?.unit ?? request.unit ?? "piece", in_catalogue: part !== undefined, serialised: part?.serialised ?? request.serialised ?? false, van: part?.van_stock ?? null,
    source: part?.van_stock ? "van" : "station", price: part?.price ?? 0, main_fault: job.lines.length === 0,
  });
  line.old = { id: newId(state, "o"), tag: tag(state.next), serial: "", note: "", ...policy(line.payer, line.serialised) };
  job.lines.push(line);
  queue(state, id, job.id, "entry", 1200);
  return { tags: tags(job, line), rec: id, undoable: true };
}

function onLine({ state }: Stage, request: LineRequest): Outcome {
  const { job, line } = find(state, (row) => row.id === request.line);
  queue(state, line.id, job.id);
  switch (request.type) {
    case "part_line.set_quantity": line.quantity = request.quantity; break;
    case "part_line.set_source": line.source = request.source; break;
    case "part_line.set_fitted": line.fitted = request.fitted; break;
    case "part_line.set_payer":
      line.payer = request.payer;
      if (line.old) Object.assign(line.old, policy(line.payer, line.serialised));
      break;
    case "part_line.set_main_fault":
      for (const other of job.lines) other.main_fault = false;
      line.main_fault = request.main_fault;
      break;
    case "part_line.set_removed":
      line.old = request.removed ? { id: newId(state, "o"), tag: tag(state.next), serial: "", note: "", ...policy(line.payer, line.serialised) } : null;
      break;
    case "part_line.set_one_sided": line.one_sided = request.reason; break;
    case "part_line.set_serial":
      line.serial = request.serial;
      dropDraft(state, line.id, "serial");
      break;
    case "part_line.void":
      job.lines = job.lines.filter((row) => row !== line);
      break;
  }
  const undoable = request.type === "part_line.void" || request.type === "part_line.set_removed";
  return { tags: tags(job, line), ...(undoable ? { undoable } : {}) };
}

function onOldPart({ state }: Stage, request: OldRequest): Outcome {
  const { job, line } = find(state, (row) => row.old?.id === request.old_part);
  const old = line.old ?? fail("not_found");
  switch (request.type) {
    case "old_part.set_serial": old.serial = request.serial; dropDraft(state, old.id, "old_serial"); break;
    case "old_part.set_note": old.note = request.note; dropDraft(state, old.id, "old_note"); break;
    case "old_part.set_disposition": old.disposition = request.disposition; break;
    case "old_part.retag": [old.replaces, old.tag] = [old.tag, tag(++state.next)]; break;
  }
  queue(state, old.id, job.id);
  return { tags: tags(job, line), ...(request.type === "old_part.retag" ? { undoable: true } : {}) };
}
