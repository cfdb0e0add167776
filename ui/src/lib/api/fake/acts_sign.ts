// Owns the requests of sign-off: freeze, hand over, take back, seal. Never a view.
import type { Request } from "../asked";
import { en } from "$lib/i18n/en";
import { zh } from "$lib/i18n/zh";
import { fail, tagsOfJob, visitOf, type Outcome, type Stage } from "./acts";
import { cardLines, digestOf } from "./card";
import { missingRows } from "./missing";
import { at, newId, queue, type Sealed, type State } from "./state";

const INITIALS = "CY";

export function actOnSignOff(stage: Stage, request: Request): Outcome | null {
  const { state } = stage;
  switch (request.type) {
    case "sign_off.prepare": {
      const { job, visit } = visitOf(state, request.visit);
      const first = missingRows(state, job).filter((row) => row.degree === "holds_sign_off")[0];
      if (first) fail("missing_before_sign_off", { field: first.code });
      dropCard(state, visit.id);
      visit.sign = { ...visit.sign, state: "prepared", kind: request.kind, language: request.language, lines: cardLines(state, job, visit, request.language) };
      return { tags: tagsOfJob(job) };
    }
    case "sign_off.discard": {
      const { job, visit } = visitOf(state, request.visit);
      if (visit.sign.state === "handed_over") fail("handed_over");
      const frozen = visit.sign.state === "prepared";
      dropCard(state, visit.id);
      visit.sign = { ...visit.sign, state: "open", lines: [], amending: frozen && visit.sign.amending };
      if (visit.sign.sealed && !visit.sign.amending) visit.sign = { ...visit.sign, state: "sealed", lines: visit.sign.sealed.lines };
      return { tags: tagsOfJob(job) };
    }
    case "sign_off.amend": {
      const { job, visit } = visitOf(state, request.visit);
      if (!visit.sign.sealed) fail("not_prepared");
      visit.sign = { ...visit.sign, state: "open", lines: [], amending: true };
      return { tags: tagsOfJob(job) };
    }
    case "sign_off.hand_over": {
      const { job, visit } = visitOf(state, request.visit);
      if (visit.sign.state !== "prepared") fail("not_prepared");
      if (visit.sign.how !== null && visit.sign.how !== request.how) dropCard(state, visit.id);
      visit.sign = { ...visit.sign, state: "handed_over", how: request.how };
      state.handed_over = visit.id;
      return { tags: ["sign_off", ...tagsOfJob(job)] };
    }
    case "sign_off.take_back": {
      if (request.initials.toUpperCase() !== INITIALS) fail("wrong_initials");
      const { job, visit } = visitOf(state, request.visit);
      if (visit.sign.state === "handed_over") visit.sign.state = "prepared";
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
  if (visit.sign.state !== "prepared" && visit.sign.state !== "handed_over") fail("not_prepared");
  const inked = request.how === "signed" || request.how === "proxy";
  if (inked && !request.strokes && !request.ticked) fail("ink_missing");
  if (request.how === "proxy" && request.signer?.authority === "self") fail("invalid_value", { field: "authority" });
  const card = newId(state, "k");
  const { lines } = visit.sign;
  const names: Record<string, string> = visit.sign.language === "zh" ? zh : en;
  const named = (key: string) => names[key] ?? key;
  const sealed: Sealed = {
    card, how: request.how, signer: request.signer?.name ?? null, at: now, digest: digestOf(lines, request.strokes ?? "", request.how), seq: ++state.cards, lines,
    stamp: {
      ink: inked ? request.strokes || null : null, role: request.signer ? named(`contact_role.${request.signer.role}`) : null, authority: request.signer?.authority ?? null, reason: request.reason ? [named(`${request.how === "refused" ? "refuse" : "absent"}.${request.reason}`), request.note].filter(Boolean).join(visit.sign.language === "zh" ? "：" : ": ") : null,
      witness: request.witness ?? null, words: request.words || null, satisfaction: request.satisfaction ?? null, device: "0192f3a4-7c11-7000-8000-5f3k9qxv0417", app: "0.1.0",
      photos: (request.photos ?? []).map((photo) => ({ photo, at: at(now), data: "waiting" as const })),
    },
  };
  visit.sign = { ...visit.sign, state: "sealed", sealed, amending: false, how: null };
  dropCard(state, visit.id);
  if (visit.sign.kind === "final") job.status = "submitted";
  queue(state, card, job.id, "card", 18_000);
  return { tags: ["sign_off", ...tagsOfJob(job)], rec: card };
}
