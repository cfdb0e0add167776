// Owns which component draws which route. Never holds a screen's logic. A route without a component,
// or a component without a route, does not compile.
import type { Component } from "svelte";
import Enrol from "$features/enrolment/Enrol.svelte";
import AddCharge from "$features/job/AddCharge.svelte";
import AnotherVisit from "$features/job/AnotherVisit.svelte";
import Consent from "$features/job/Consent.svelte";
import FaultSearch from "$features/job/FaultSearch.svelte";
import JobPage from "$features/job/JobPage.svelte";
import Missing from "$features/job/Missing.svelte";
import Propose from "$features/job/Propose.svelte";
import Reason from "$features/job/Reason.svelte";
import ReplaceMeter from "$features/job/ReplaceMeter.svelte";
import Jobs from "$features/jobs/Jobs.svelte";
import NewJob from "$features/jobs/NewJob.svelte";
import Machine from "$features/machine/Machine.svelte";
import AddPart from "$features/part/AddPart.svelte";
import Line from "$features/part/Line.svelte";
import Tag from "$features/part/Tag.svelte";
import Photo from "$features/photo/Photo.svelte";
import Settings from "$features/settings/Settings.svelte";
import Outcome from "$features/sign_off/Outcome.svelte";
import SignOff from "$features/sign_off/SignOff.svelte";
import IssueScreen from "$features/sync/IssueScreen.svelte";
import Sync from "$features/sync/Sync.svelte";
import Today from "$features/today/Today.svelte";
import Times from "$features/visit/Times.svelte";
import { match } from "$lib/router.svelte";
import { routes } from "./routes";

export type RouteName = (typeof routes)[number]["name"];
export type Tab = "today" | "jobs" | "sync";
type Props = Record<string, string>;
type Entry = { component: Component<Props>; fixed?: Props };

const screen = (component: unknown, fixed: Props = {}): Entry => ({ component: component as Component<Props>, fixed });

const screens: Record<RouteName, Entry> = {
  enrol: screen(Enrol),
  today: screen(Today),
  jobs: screen(Jobs),
  new_job: screen(NewJob),
  job: screen(JobPage),
  missing: screen(Missing),
  times: screen(Times),
  reassign: screen(Reason, { why: "reassign" }),
  wait: screen(Reason, { why: "wait" }),
  not_repaired: screen(Reason, { why: "not_repaired" }),
  charge: screen(AddCharge),
  consent: screen(Consent),
  faults: screen(FaultSearch),
  meter: screen(ReplaceMeter),
  propose: screen(Propose),
  tag: screen(Tag),
  another_visit: screen(AnotherVisit),
  add_part: screen(AddPart),
  line: screen(Line),
  machine: screen(Machine),
  photo: screen(Photo),
  sign_off: screen(SignOff),
  refused: screen(Outcome, { how: "refused" }),
  absent: screen(Outcome, { how: "absent" }),
  sync: screen(Sync),
  issue: screen(IssueScreen),
  settings: screen(Settings),
};

export type Found = { name: RouteName; tab: Tab | null; component: Component<Props>; props: Props };

/** The screen for a path; null when there is none. */
export function find(path: string): Found | null {
  for (const route of routes) {
    const params = match(route.pattern, path);
    if (!params) continue;
    const { component, fixed } = screens[route.name];
    return { name: route.name, tab: route.tab, component, props: { ...params, ...fixed } };
  }
  return null;
}
