// Owns the address of every screen, so that no feature spells one. Never parses: the router does.
import type { Id, MissingTarget } from "./api/bindings";

const at = (path: string, field?: string) => (field ? `${path}?at=${encodeURIComponent(field)}` : path);
const part = encodeURIComponent;

export const paths = {
  enrol: "/enrol",
  today: "/today",
  jobs: "/jobs",
  newJob: "/jobs/new",
  sync: "/sync",
  settings: "/settings",
  issue: (issue: Id) => `/sync/${part(issue)}`,
  job: (job: Id, field?: string) => at(`/job/${part(job)}`, field),
  missing: (job: Id) => `/job/${part(job)}/missing`,
  times: (job: Id, field?: string) => at(`/job/${part(job)}/times`, field),
  reassign: (job: Id) => `/job/${part(job)}/reassign`,
  wait: (job: Id) => `/job/${part(job)}/wait`,
  notRepaired: (job: Id) => `/job/${part(job)}/not-repaired`,
  anotherVisit: (job: Id) => `/job/${part(job)}/another-visit`,
  addPart: (job: Id) => `/job/${part(job)}/parts`,
  line: (line: Id, field?: string) => at(`/line/${part(line)}`, field),
  machine: (machine: Id) => `/machine/${part(machine)}`,
  photo: (photo: Id) => `/photo/${part(photo)}`,
  signOff: (visit: Id) => `/sign/${part(visit)}`,
  outcome: (visit: Id, how: "refused" | "absent") => `/sign/${part(visit)}/${how}`,
};

/** Where a row of the missing-list jumps. */
export function targetPath(target: MissingTarget): string {
  if (target.on === "times") return paths.times(target.rec, target.field);
  if (target.on === "part_line") return paths.line(target.rec, target.field);
  return paths.job(target.rec, target.field);
}
