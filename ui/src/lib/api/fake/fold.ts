// Owns the visit's state machine as the fake plays it: status from steps, what comes next, what was forgotten.
// Never the real rule: the core's crate has it, and tables of its own test it.
import type { StepKind, VisitStatus } from "../bindings";
import type { Job, Step, Visit } from "./state";

export const RANK: Record<StepKind, number> = { accept: 0, depart: 1, arrive: 2, work: 3, pause: 3, leave: 4, back: 5 };
const AFTER: Record<StepKind, VisitStatus> = { accept: "accepted", depart: "departed", arrive: "arrived", work: "working", pause: "paused", leave: "left", back: "back" };

/** In time order; equal times keep the order of their rank. */
export const ordered = (visit: Visit): Step[] => [...visit.steps].sort((a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind]);

export function statusOf(visit: Visit): VisitStatus {
  const steps = ordered(visit);
  const last = steps[steps.length - 1];
  return last ? AFTER[last.kind] : "planned";
}

export function nextOf(job: Job, visit: Visit): StepKind[] {
  if (job.now_with !== null || job.status === "cancelled") return [];
  switch (statusOf(visit)) {
    case "planned": return ["accept"];
    case "accepted": return ["depart", "arrive"];
    case "departed": return ["arrive", "work"];
    case "arrived": return ["work"];
    case "working": return job.waiting || visit.sign.sealed || job.status === "not_repaired" ? ["leave"] : ["pause", "leave"];
    case "paused": return job.waiting ? ["leave"] : ["work", "leave"];
    case "left": return ["back"];
    case "back": return [];
  }
}

/** Jumped over, and worth a late entry. */
export function forgottenOf(visit: Visit): StepKind[] {
  const reached = Math.max(-1, ...visit.steps.map((step) => RANK[step.kind]));
  const asked: StepKind[] = ["depart", "arrive", "work", "leave"];
  return asked.filter((kind) => RANK[kind] < reached && !visit.steps.some((step) => step.kind === kind));
}

export function currentVisit(job: Job): Visit | null {
  const last = job.visits[job.visits.length - 1];
  return last && statusOf(last) !== "back" ? last : null;
}

/** Why a step cannot be taken at this time; null = it can. */
export function refusal(job: Job, visit: Visit, kind: StepKind, ms: number, late: boolean, now: number): "not_assigned" | "impossible_step" | "time_in_future" | "time_out_of_order" | null {
  if (job.now_with !== null) return "not_assigned";
  if (!late) return nextOf(job, visit).includes(kind) ? null : "impossible_step";
  if (ms > now) return "time_in_future";
  const fits = visit.steps.every((step) => (RANK[step.kind] < RANK[kind] ? step.at <= ms : RANK[step.kind] > RANK[kind] ? step.at >= ms : true));
  return fits ? null : "time_out_of_order";
}

/** Times that are asked for before the signature: forgotten ones, and those to come up to the work. */
export function timesAsked(visit: Visit): StepKind[] {
  const asked: StepKind[] = ["depart", "arrive", "work", "leave"];
  const before = visit.sign.sealed ? [] : asked.slice(0, 3).filter((kind) => !visit.steps.some((step) => step.kind === kind));
  return asked.filter((kind) => before.includes(kind) || forgottenOf(visit).includes(kind));
}
