// Owns the address of every screen, so that no feature spells one. Never parses: the router does.
import type { Id, MeterKind, MissingPlace, MissingTarget } from "./api/bindings";

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
  charge: (job: Id) => `/job/${part(job)}/charge`,
  consent: (job: Id) => `/job/${part(job)}/consent`,
  /** `fault`: a fault's record, or `main`. */
  faults: (job: Id, fault: Id | "main") => `/job/${part(job)}/faults/${part(fault)}`,
  meter: (job: Id, meter: MeterKind) => `/job/${part(job)}/meter/${part(meter)}`,
  propose: (job: Id, field?: string) => at(`/job/${part(job)}/propose`, field),
  addPart: (job: Id) => `/job/${part(job)}/parts`,
  line: (line: Id, field?: string) => at(`/line/${part(line)}`, field),
  tag: (line: Id) => `/line/${part(line)}/tag`,
  machine: (machine: Id) => `/machine/${part(machine)}`,
  photo: (photo: Id) => `/photo/${part(photo)}`,
  signOff: (visit: Id) => `/sign/${part(visit)}`,
  outcome: (visit: Id, how: "refused" | "absent") => `/sign/${part(visit)}/${how}`,
};

const screens: Record<MissingPlace, (rec: Id, field: string) => string> = {
  job: paths.job,
  times: paths.times,
  part_line: paths.line,
  propose: paths.propose,
};

/** Where a row of the missing-list jumps. */
export const targetPath = ({ on, rec, field }: MissingTarget): string => screens[on](rec, field);
