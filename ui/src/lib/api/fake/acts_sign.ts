// Owns the requests of sign-off: freeze, hand over, take back, seal. Never a view.
import type { Request } from "../asked";
import { fail, tagsOfJob, visitOf, type Outcome, type Stage } from "./acts";
import { cardLines, digestOf } from "./card";
import { missingRows } from "./missing";
import { newId, queue, type State } from "./state";

const INITIALS = "CY";

export function actOnSignOff(stage: Stage, request: Request): Outcome | null {
  const { state } = stage;
  switch (request.type) {
    case "sign_off.prepare": {
      const { job, visit } = visitOf(state, request.visit);
      const first = missingRows(state, job).filter((row) => row.degree === "holds_sign_off")[0];
      if (visit.sign.sealed) fail("already_sealed");
      if (first) fail("missing_before_sign_off", { field: first.code });
      dropCard(state, visit.id);
      visit.sign = { state: "prepared", kind: request.kind, language: request.language, lines: cardLines(state, job, visit, request.language), sealed: null };
      return { tags: tagsOfJob(job) };
    }
    case "sign_off.discard": {
      const { job, visit } = visitOf(state, request.visit);
      if (visit.sign.state === "handed_over") fail("handed_over");
      dropCard(state, visit.id);
      visit.sign = { ...visit.sign, state: "open", lines: [] };
      return { tags: tagsOfJob(job) };
    }
    case "sign_off.hand_over": {
      const { job, visit } = visitOf(state, request.visit);
      if (visit.sign.state !== "prepared") fail("not_prepared");
      visit.sign.state = "handed_over";
      state.handed_over = visit.id;
      return { tags: ["sign_off", ...tagsOfJob(job)] };
    }
    case "sign_off.take_back": {
      if (request.initials.toUpperCase() !== INITIALS) fail("wrong_initials");
      const { job, visit } = visitOf(state, request.visit);
      if (!visit.sign.sealed) visit.sign.state = "prepared";
      state.handed_over = null;
      return { tags: ["sign_off", ...tagsOfJob(job)] };
    }
    case "sign_off.confirm":
      return confirm(stage, request);
    default:
      return null;
  }
}

/** The drafts of a card end with a new text and with the sealing. */
function dropCard(state: State, visit: string): void {
  for (const field of ["ink", "words", "satisfaction", "signer", "sign_off"]) delete state.drafts[visit]?.[field];
}

function confirm({ state, now }: Stage, request: Extract<Request, { type: "sign_off.confirm" }>): Outcome {
  const { job, visit } = visitOf(state, request.visit);
  if (visit.sign.sealed) fail("already_sealed");
  if (visit.sign.state === "open") fail("not_prepared");
  const inked = request.how === "signed" || request.how === "proxy";
  if (inked && !request.strokes && !request.ticked) fail("ink_missing");
  const card = newId(state, "k");
  visit.sign.sealed = { card, how: request.how, signer: request.signer?.name ?? null, at: now, digest: digestOf(visit.sign.lines, request.strokes ?? "", request.how), seq: ++state.cards };
  visit.sign.state = "sealed";
  dropCard(state, visit.id);
  if (visit.sign.kind === "final") job.status = "submitted";
  queue(state, card, job.id, "card", 18_000);
  return { tags: ["sign_off", ...tagsOfJob(job)], rec: card };
}
