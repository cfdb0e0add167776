// Owns how a step becomes a request and what is said of it. Never decides which step is next: the core does.
import type { Done, Request } from "./api/asked";
import type { Id, StepKind } from "./api/bindings";
import { t } from "./i18n/i18n.svelte";
import type { Session } from "./session.svelte";

/** `at` = UTC ms of a step entered late. */
export function takeStep(session: Session, visit: Id, step: StepKind, at?: number): Promise<Done | null> {
  const request: Request = { type: `visit.${step}`, visit, ...(at === undefined ? {} : { at }) };
  return session.act(request, t(`step_done.${step}`));
}
