// Owns the proof that typed amounts become minor units exactly, and that what is no amount is refused.
import { expect, test } from "vitest";
import { money } from "./i18n/format";
import { toMinor } from "./money";

test.each([["0", 0], ["1", 100], ["1,200.5", 120_050], ["¥ 65.05", 6505], ["19.99", 1999], ["999999999.99", 99_999_999_999]])("%s is %i", (text, minor) => {
  expect(toMinor(text)).toBe(minor);
});

test.each(["", "-1", "1.234", "1e3", "abc", "1.2.3", "9999999999"])("%s is no amount", (text) => {
  expect(toMinor(text)).toBeNull();
});

test("an amount reads as money, its own currency named", () => {
  expect(money({ minor: 120_050, currency: "CNY" })).toBe("¥1,200.50");
  expect(money({ minor: 5, currency: "CNY" })).toBe("¥0.05");
  expect(money({ minor: 120_050, currency: "USD" })).toBe("1,200.50 USD");
});
