// Owns which component draws which route of the console, and which right it takes. Never holds a screen's logic.
// A route without a component, or a component without a route, does not compile.
import type { Component } from "svelte";
import Devices from "$features/devices/Devices.svelte";
import EnrolDesk from "$features/devices/EnrolDesk.svelte";
import CardPage from "$features/dossier/CardPage.svelte";
import Dossier from "$features/dossier/Dossier.svelte";
import PhotoPage from "$features/dossier/PhotoPage.svelte";
import Exceptions from "$features/exceptions/Exceptions.svelte";
import Intake from "$features/intake/Intake.svelte";
import JobsDesk from "$features/jobs_desk/JobsDesk.svelte";
import MySettings from "$features/my_settings/MySettings.svelte";
import NewPerson from "$features/people/NewPerson.svelte";
import People from "$features/people/People.svelte";
import type { Right } from "$lib/office/rights";
import { match } from "$lib/router.svelte";
import { routes } from "./routes";

export type RouteName = (typeof routes)[number]["name"];
export type Entry = (typeof routes)[number]["entry"];
type Props = Record<string, string>;
type Drawn = { component: Component<Props>; right: Right | null };

const screen = (component: unknown, right: Right | null): Drawn => ({ component: component as Component<Props>, right });

const screens: Record<RouteName, Drawn> = {
  jobs: screen(JobsDesk, "jobs"),
  new_job: screen(Intake, "create"),
  job: screen(Dossier, "jobs"),
  card: screen(CardPage, "jobs"),
  photo: screen(PhotoPage, "jobs"),
  exceptions: screen(Exceptions, "exceptions"),
  devices: screen(Devices, "devices"),
  enrol: screen(EnrolDesk, "keep_devices"),
  people: screen(People, "people"),
  new_person: screen(NewPerson, "keep_people"),
  me: screen(MySettings, null),
};

export type Found = Drawn & { name: RouteName; entry: Entry; props: Props };

/** The screen for a path; null when there is none. */
export function find(path: string): Found | null {
  for (const route of routes) {
    const props = match(route.pattern, path);
    if (props) return { name: route.name, entry: route.entry, props, ...screens[route.name] };
  }
  return null;
}
