// Owns the one interface between the screens and the core, and the tags by which a view is refetched.
// Never knows a transport: bridge, fake and tauri implement it.
import type { Done, Request } from "./asked";
import type { ApiError, Query, Views } from "./bindings";

export type ViewOf<Q extends Query> = Views[Q["type"]];

export interface Backend {
  /** The read model of a screen. */
  view<Q extends Query>(query: Q): Promise<ViewOf<Q>>;
  /** One user action. Throws an ApiError. */
  execute(request: Request): Promise<Done>;
  /** The core says which tags changed; returns the way to stop listening. */
  subscribe(listener: (tags: string[]) => void): () => void;
}

/** The tags that make a view stale. `*` in an event means all of them. */
export function tagsOf(query: Query): string[] {
  switch (query.type) {
    case "start": return ["settings", "enrolment", "sign_off"];
    case "enrolment": return ["enrolment"];
    case "data_state": return ["outbox"];
    case "drafts": return [`drafts:${query.rec}`];
    case "today":
    case "jobs": return ["jobs", "outbox"];
    case "job_page":
    case "missing":
    case "propose":
    case "visit_times": return [`job:${query.job}`, "outbox"];
    case "parts":
    case "faults": return ["catalogue"];
    case "part_line": return [`line:${query.line}`, "outbox"];
    case "machine": return [`machine:${query.machine}`];
    case "photo": return [`photo:${query.photo}`];
    case "sign_off": return [`visit:${query.visit}`];
    case "sync_screen": return ["outbox", "settings"];
    case "shut_out": return ["outbox"];
    case "issue": return [`issue:${query.issue}`];
  }
}

/** Does an event with these tags concern this query? */
export function concerns(query: Query, tags: string[]): boolean {
  return tags.includes("*") || tagsOf(query).some((tag) => tags.includes(tag));
}

/** Whatever was thrown, as the one error that screens know. */
export function asApiError(thrown: unknown): ApiError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && "facts" in thrown) {
    return thrown as ApiError;
  }
  return { code: "internal", facts: {} };
}
