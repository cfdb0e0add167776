// Owns the proof that the one list of screens is whole: every sample address finds its own screen.
import { expect, test } from "vitest";
import { routes } from "./routes";
import { find } from "./screens";

test.each(routes.flatMap(({ name, samples }) => samples.map((sample) => [sample, name] as const)))("%s is the screen %s", (sample, name) => {
  const found = find(sample);
  expect(found?.name).toBe(name);
  expect(found?.component).toBeTypeOf("function");
});

test.each(routes.map((route) => [route.name, route.samples as readonly string[]] as const))("%s has an address at which it is looked at", (_, samples) => {
  expect(samples.length).toBeGreaterThan(0);
});

test("an unknown address is no screen", () => {
  expect(find("/nothing")).toBeNull();
  expect(find("/")).toBeNull();
});

test("a screen gets its parameters and what its route fixes", () => {
  expect(find("/job/j1/wait")?.props).toEqual({ job: "j1", why: "wait" });
  expect(find("/sign/v1/absent")?.props).toEqual({ visit: "v1", how: "absent" });
});
