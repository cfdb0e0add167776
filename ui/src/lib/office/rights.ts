// Owns what each role finds on the console, so that nobody is shown a place or a button that answers "no".
// Never grants anything: the server decides, by schema/tables/routes.csv; a test holds this list against it.
import type { Me } from "$lib/api/office";

type RoleCode = "supervisor" | "manager" | "information_administrator" | "statistician" | "call_back_agent";

export const RIGHTS = {
  jobs: ["supervisor", "manager", "information_administrator", "statistician", "call_back_agent"],
  create: ["supervisor", "information_administrator", "call_back_agent"],
  dispatch: ["supervisor"],
  cancel: ["supervisor", "information_administrator"],
  exceptions: ["supervisor", "information_administrator"],
  devices: ["supervisor", "manager", "information_administrator"],
  keep_devices: ["information_administrator"],
  people: ["supervisor", "manager", "information_administrator"],
  keep_people: ["information_administrator"],
} as const satisfies Record<string, readonly RoleCode[]>;

export type Right = keyof typeof RIGHTS;

export function may(me: Me | null, right: Right): boolean {
  const roles: readonly string[] = RIGHTS[right];
  return me?.roles.some(({ role }) => roles.includes(role)) ?? false;
}
