// Owns what each request does to the fake's memory. Answers the tags that changed and the record made.
// Never a view.
import type { AnyErrorCode, Request } from "../asked";
import type { Facts, Id } from "../bindings";
import { actOnJob } from "./acts_job";
import { actOnMore } from "./acts_more";
import { actOnPart } from "./acts_part";
import { actOnSignOff } from "./acts_sign";
import type { Job, State, Visit } from "./state";

export type Outcome = { tags: string[]; rec?: Id; undoable?: boolean; saved_as?: string };
export type Stage = { state: State; now: number };

export function fail(code: AnyErrorCode, facts: Facts = {}): never {
  throw { code, facts };
}
export const jobOf = (state: State, id: Id): Job => state.jobs.find((row) => row.id === id) ?? fail("not_found");
export function visitOf(state: State, id: Id): { job: Job; visit: Visit } {
  for (const job of state.jobs) {
    const visit = job.visits.find((row) => row.id === id);
    if (visit) return { job, visit };
  }
  return fail("not_found");
}
export const tagsOfJob = (job: Job): string[] => ["jobs", "outbox", `job:${job.id}`, ...job.visits.map((visit) => `visit:${visit.id}`)];

export function act(stage: Stage, request: Request): Outcome {
  return actOnDevice(stage, request) ?? actOnMore(stage, request) ?? actOnJob(stage, request) ?? actOnPart(stage, request) ?? actOnSignOff(stage, request) ?? fail("internal");
}

function actOnDevice({ state }: Stage, request: Request): Outcome | null {
  switch (request.type) {
    case "enrol.begin":
      if (request.code.startsWith("0000")) fail("code_expired");
      if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(request.code)) fail("code_wrong");
      [state.enrolment, state.address] = ["waiting_for_office", request.address];
      return { tags: ["enrolment"] };
    case "enrol.cancel":
      state.enrolment = "none";
      return { tags: ["enrolment"] };
    case "settings.set":
      state.language = request.language ?? state.language;
      state.theme = request.theme ?? state.theme;
      state.wifi_only = request.photos_on_wifi_only ?? state.wifi_only;
      return { tags: ["settings"] };
    case "place.save":
      state.last_place = { route: request.route, field: request.field ?? null };
      return { tags: [] };
    case "draft.save":
      (state.drafts[request.rec] ??= {})[request.field] = request.value;
      return { tags: [] };
    case "draft.clear":
      delete state.drafts[request.rec];
      return { tags: [`drafts:${request.rec}`] };
    case "sync.export_unsent":
      return { tags: [], saved_as: "fieldcard-unsent-林素-20261118-0910.zip" };
    case "sync.export_drafts":
      return { tags: [], saved_as: "fieldcard-drafts.txt" };
    case "sync.export_diagnostics":
      return { tags: [], saved_as: "fieldcard-diagnostics-2026-11-18-0110.json" };
    case "issue.act":
      state.issues = state.issues.filter((row) => row.id !== request.issue);
      for (const entry of state.outbox) if (entry.data === "needs_you") entry.data = "waiting";
      return { tags: ["outbox", "jobs", ...state.jobs.map((job) => `job:${job.id}`)] };
    default:
      return null;
  }
}
