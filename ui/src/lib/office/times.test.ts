// Owns the proofs of times at the desk: what is picked and shown is the office's zone, not the browser's.
import { expect, test } from "vitest";
import { dayEnd, dayStart, exact, fromPicker, overADay } from "./times";

const LIMA = { zone: "America/Lima" };
const BERLIN = { zone: "Europe/Berlin" };

test("what is picked is a time of the office", () => {
  expect(fromPicker(LIMA, "2026-11-18T09:30")).toBe(Date.parse("2026-11-18T14:30:00Z"));
  expect(fromPicker({ zone: "Asia/Shanghai" }, "2026-11-18T09:30")).toBe(Date.parse("2026-11-18T01:30:00Z"));
  expect(fromPicker(LIMA, "")).toBeNull();
  expect(fromPicker(LIMA, "2026-11")).toBeNull();
});

test("a day has as many hours as its clock gives it", () => {
  // Clocks go back on 25 October 2026 in Berlin: 25 hours.
  const [from, to] = [dayStart(BERLIN, "2026-10-25"), dayEnd(BERLIN, "2026-10-25")];
  expect(from).toBe(Date.parse("2026-10-24T22:00:00Z"));
  expect(to).toBe(Date.parse("2026-10-25T23:00:00Z"));
});

test("evidence is told to the second, with the year", () => {
  expect(exact(LIMA, Date.parse("2026-11-18T14:30:05Z"))).toBe("2026-11-18 09:30:05");
});

test("a day on a phone is over after 24 hours", () => {
  expect(overADay(0, 86_400_000)).toBe(false);
  expect(overADay(0, 86_400_001)).toBe(true);
});
