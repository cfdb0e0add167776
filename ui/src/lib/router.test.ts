// Owns the proofs of addresses: patterns, parameters, and where the missing-list jumps.
import { expect, test } from "vitest";
import { paths, targetPath } from "./paths";
import { go, here, match, startRouter } from "./router.svelte";

test("a pattern takes its parameters, decoded", () => {
  expect(match("/job/:job", "/job/j%2F1")).toEqual({ job: "j/1" });
  expect(match("/job/:job", "/job/1/parts")).toBeNull();
  expect(match("/jobs", "/jobs")).toEqual({});
});

test("an address survives ids of any letters", () => {
  expect(match("/job/:job", paths.job("a b/ü"))).toEqual({ job: "a b/ü" });
});

test("a missing thing's target is an address with its field", () => {
  expect(targetPath({ on: "job", rec: "j1", field: "fault.cause" })).toBe("/job/j1?at=fault.cause");
  expect(targetPath({ on: "times", rec: "j1", field: "step.arrive" })).toBe("/job/j1/times?at=step.arrive");
  expect(targetPath({ on: "part_line", rec: "l1", field: "serial" })).toBe("/line/l1?at=serial");
});

test("the router follows the hash and can replace it", async () => {
  const stop = startRouter();
  go("/job/j1?at=fault.cause", true);
  expect(here()).toMatchObject({ path: "/job/j1", field: "fault.cause" });
  location.hash = "/today";
  await new Promise((done) => addEventListener("hashchange", done, { once: true }));
  expect(here()).toMatchObject({ path: "/today", field: null });
  go("/jobs?q=%E5%B0%BE%E5%8F%B7417&state=waiting", true);
  expect(here().path).toBe("/jobs");
  expect(here().query.get("q")).toBe("尾号417");
  stop();
});
