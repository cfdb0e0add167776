// Owns which icon and meaning each state has, everywhere the same. Never holds words: i18n does.
import type { DataState, DataStateView, JobStatus, MissingDegree, PillState, Priority, ProposalState, StepKind, VisitStatus } from "$lib/api/bindings";
import type { IconName } from "./icons";

export type Meaning = "plain" | "good" | "attention" | "danger" | "note" | "brand";
type Look = { icon: IconName; meaning: Meaning };

export const jobLook: Record<JobStatus, Look> = {
  created: { icon: "jobs", meaning: "plain" },
  triaged: { icon: "jobs", meaning: "plain" },
  solved_by_phone: { icon: "call", meaning: "good" },
  dispatched: { icon: "truck", meaning: "note" },
  in_progress: { icon: "wrench", meaning: "brand" },
  waiting: { icon: "hourglass", meaning: "attention" },
  work_done: { icon: "check", meaning: "good" },
  submitted: { icon: "check", meaning: "good" },
  in_review: { icon: "search", meaning: "note" },
  returned: { icon: "undo", meaning: "attention" },
  approved: { icon: "held", meaning: "good" },
  closed: { icon: "lock", meaning: "plain" },
  cancelled: { icon: "close", meaning: "plain" },
  not_repaired: { icon: "alert", meaning: "attention" },
  merged: { icon: "jobs", meaning: "plain" },
};

export const visitLook: Record<VisitStatus, Look> = {
  planned: { icon: "today", meaning: "note" },
  accepted: { icon: "check", meaning: "note" },
  departed: { icon: "truck", meaning: "brand" },
  arrived: { icon: "place", meaning: "brand" },
  working: { icon: "wrench", meaning: "brand" },
  paused: { icon: "pause", meaning: "attention" },
  left: { icon: "leave", meaning: "brand" },
  back: { icon: "home", meaning: "good" },
};

export const stepIcon: Record<StepKind, IconName> = {
  accept: "check", depart: "truck", arrive: "place", work: "wrench", pause: "pause", leave: "leave", back: "home",
};

export const dataLook: Record<DataState, Look> = {
  saved: { icon: "check", meaning: "plain" },
  waiting: { icon: "upload", meaning: "plain" },
  sending: { icon: "upload", meaning: "note" },
  held: { icon: "held", meaning: "good" },
  needs_you: { icon: "danger", meaning: "danger" },
};

const PILL: Record<PillState, Look> = {
  up_to_date: { icon: "held", meaning: "good" },
  waiting: { icon: "upload", meaning: "plain" },
  sending: { icon: "sync", meaning: "note" },
  needs_you: { icon: "danger", meaning: "danger" },
  offline: { icon: "cloud_off", meaning: "plain" },
  app_old: { icon: "alert", meaning: "attention" },
};

/** Nothing waits, and yet nothing is good before the office was heard of once. */
export const pillLook = ({ state, last_exchange }: DataStateView): Look => (state === "up_to_date" && !last_exchange ? PILL.offline : PILL[state]);

export const priorityLook: Record<Exclude<Priority, "normal">, Look> = {
  high: { icon: "alert", meaning: "attention" },
  urgent: { icon: "danger", meaning: "danger" },
};

export const proposalLook: Record<ProposalState, Look> = {
  pending: { icon: "hourglass", meaning: "note" },
  taken: { icon: "check", meaning: "good" },
  declined: { icon: "close", meaning: "attention" },
  withdrawn: { icon: "undo", meaning: "plain" },
};

export const degreeLook: Record<MissingDegree, Look> = {
  holds_sign_off: { icon: "danger", meaning: "danger" },
  blocks_claim: { icon: "alert", meaning: "attention" },
  likely_refused: { icon: "alert", meaning: "note" },
  look_again: { icon: "search", meaning: "plain" },
};
