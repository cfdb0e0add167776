// Owns the address of every screen of the console, with the list's filters in it: a link, a reload and the way
// back show the same. Never parses a pattern: the router does.
import type { JobsQuery, JobSort, Me } from "$lib/api/office";
import { language } from "$lib/i18n/i18n.svelte";
import { dayEnd, dayStart } from "./times";

const part = encodeURIComponent;

export const places = {
  jobs: "/jobs",
  newJob: "/jobs/new",
  job: (job: string) => `/job/${part(job)}`,
  card: (job: string, card: string) => `/job/${part(job)}/card/${part(card)}`,
  photo: (job: string, photo: string) => `/job/${part(job)}/photo/${part(photo)}`,
  exceptions: "/exceptions",
  devices: "/devices",
  device: (device: string) => `/devices?device=${part(device)}`,
  enrol: "/devices/new",
  newKey: (device: string, user: string) => `/devices/new?device=${part(device)}&user=${part(user)}`,
  people: "/people",
  person: (user: string) => `/people?user=${part(user)}`,
  newPerson: "/people/new",
  me: "/me",
};

/** The list as it was last looked at: the way back from a job leads there. */
let list = places.jobs;
export const lastList = (): string => list;
export const rememberList = (query: URLSearchParams): void => { list = changed(places.jobs, query, {}); };

/** The same path with some of what it asks changed; null takes a thing out. */
export function changed(path: string, query: URLSearchParams, change: Record<string, string | null>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === "" ? path : `${path}?${text}`;
}

const SORTS: readonly JobSort[] = ["newest", "due", "state"];

/** What the address of the list asks of the server. */
export function jobsQuery(me: Me | null, query: URLSearchParams): Partial<JobsQuery> {
  const text = (name: string) => query.get(name) || undefined;
  const from = text("from");
  const to = text("to");
  const asked = {
    q: text("q"), state: text("state"), lead: text("lead"), unit: text("unit"), after: text("after"), exceptions: text("exceptions"),
    sort: SORTS.find((one) => one === text("sort")),
    from: from === undefined ? undefined : dayStart(me, from) ?? undefined,
    to: to === undefined ? undefined : dayEnd(me, to) ?? undefined,
    lang: language(),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Partial<JobsQuery>;
}
