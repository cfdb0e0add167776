// Owns the proofs of how values are written.
import { beforeEach, describe, expect, test } from "vitest";
import { bytes, clock, date, dayOfTime, grouped, meter, number, phone, span, when } from "./format";
import { setLanguage } from "./i18n.svelte";
import { fromPicker, toPicker } from "./picker";

const at = (text: string) => ({ ms: Date.parse(text), zone: "Asia/Shanghai" });
const NOW = Date.parse("2026-11-18T09:10:00+08:00");

describe("written values", () => {
  beforeEach(() => setLanguage("zh"));

  test("a time is the clock today, the word yesterday, else the date", () => {
    expect(when(at("2026-11-18T07:05:00+08:00"), NOW)).toBe("07:05");
    expect(when(at("2026-11-17T23:59:00+08:00"), NOW)).toBe("昨天 23:59");
    expect(when(at("2026-11-19T08:30:00+08:00"), NOW)).toBe("明天 08:30");
    expect(when(at("2026-10-25T10:00:00+08:00"), NOW)).toBe("10月25日 10:00");
    setLanguage("en");
    expect(when(at("2026-11-17T23:59:00+08:00"), NOW)).toBe("yesterday 23:59");
    expect(when(at("2026-10-25T10:00:00+08:00"), NOW)).toBe("25 Oct 10:00");
  });

  test("a time is told in the zone where it happened", () => {
    expect(clock({ ms: Date.parse("2026-11-18T00:30:00Z"), zone: "Asia/Kashgar" })).toBe("06:30");
  });

  test("a date of another year has its year", () => {
    expect(date("2026-11-28", NOW)).toBe("11月28日");
    expect(date("2025-09-24", NOW)).toBe("2025年9月24日");
    expect(dayOfTime(at("2025-09-24T00:10:00+08:00"))).toBe("2025年9月24日");
  });

  test("a window is one span", () => {
    expect(span({ from: at("2026-11-18T14:00:00+08:00"), to: at("2026-11-18T16:00:00+08:00") }, NOW)).toBe("14:00–16:00");
    expect(span({ from: at("2026-11-17T15:00:00+08:00"), to: at("2026-11-17T17:00:00+08:00") }, NOW)).toBe("昨天 15:00–17:00");
  });

  test("an appointment without an end shows its beginning once", () => {
    const nine = { ms: Date.parse("2026-11-18T09:00:00+08:00"), zone: "Asia/Shanghai" };
    expect(span({ from: nine, to: nine }, NOW)).toBe("09:00");
    expect(span({ from: nine, to: { ...nine, ms: nine.ms + 20_000 } }, NOW)).toBe("09:00");
  });

  test("a window over midnight names both days, and a whole day is a day", () => {
    expect(span({ from: at("2026-11-17T22:00:00+08:00"), to: at("2026-11-18T02:00:00+08:00") }, NOW)).toBe("昨天 22:00–02:00");
    expect(span({ from: at("2026-11-18T22:00:00+08:00"), to: at("2026-11-19T02:00:00+08:00") }, NOW)).toBe("22:00–明天 02:00");
    expect(span({ from: at("2026-11-20T02:00:00+08:00"), to: at("2026-11-21T02:00:00+08:00") }, NOW)).toBe("11月20日");
  });

  test("numbers are grouped, decimals kept, units written", () => {
    expect(number("1812.5")).toBe("1,812.5");
    expect(number("1234567.0625")).toBe("1,234,567.0625");
    expect(meter({ meter: "hours", value: "998" })).toBe("998 小时");
  });

  test("sizes, phones and codes are grouped for reading", () => {
    expect([bytes(700), bytes(18_400), bytes(12_600_000), bytes(2_400_000_000)]).toEqual(["700 B", "18 KB", "12.0 MB", "2.2 GB"]);
    expect(phone("12900004170")).toBe("129 0000 4170");
    expect(phone("0871-1234")).toBe("0871-1234");
    expect(grouped("7K3P9QF4")).toBe("7K3P 9QF4");
  });

  test("the native picker and UTC agree in the device's zone", () => {
    expect(toPicker(NOW)).toBe("2026-11-18T09:10");
    expect(fromPicker("2026-11-18T09:10")).toBe(NOW);
    expect(fromPicker("")).toBeNull();
  });
});
