// Owns how moments stand on the console: all in the office's zone, wherever the browser is; and back from pickers.
// Never decides anything.
import type { Me, Money } from "$lib/api/office";
import { number, span, when } from "$lib/i18n/format";
import { language } from "$lib/i18n/i18n.svelte";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export type Zone = Pick<Me, "zone"> | null;
const zoneOf = (me: Zone) => me?.zone ?? "Asia/Shanghai";

/** 17:42 · 昨天 17:42 · the date; empty for nothing. */
export const moment = (me: Zone, ms: number | null | undefined): string => (ms === null || ms === undefined ? "" : when({ ms, zone: zoneOf(me) }));

/** An appointment: both ends, or one alone. */
export function appointment(me: Zone, from: number | null, to: number | null): string {
  if (from === null) return moment(me, to);
  return span({ from: { ms: from, zone: zoneOf(me) }, to: { ms: to ?? from, zone: zoneOf(me) } });
}

/** Date and time with the year and the seconds, as evidence needs it. */
export function exact(me: Zone | { zone: string }, ms: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zoneOf(me), dateStyle: "short", timeStyle: "medium" }).format(ms);
}

/** Waited longer than phones may. */
export const overADay = (ms: number, now = Date.now()): boolean => now - ms > DAY_MS;

/** ¥1,280.00 */
export function money(value: Money | null): string {
  if (!value) return "";
  const locale = language() === "zh" ? "zh-CN" : "en-GB";
  return new Intl.NumberFormat(locale, { style: "currency", currency: value.currency, currencyDisplay: "narrowSymbol" }).format(value.minor / 100);
}

/** 2 件 */
export const amount = (qty: string | null, unit: string): string => (qty === null ? "" : `${number(qty)} ${unit}`.trim());

/** What a native date-and-time picker says, in the office's zone. Null when nothing, or half a date, was picked. */
export function fromPicker(me: Zone, text: string): number | null {
  const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : NaN;
  if (Number.isNaN(utc)) return null;
  // Twice, so that the second guess is right on both sides of a change of the clock.
  const guess = utc - offset(zoneOf(me), utc);
  return utc - offset(zoneOf(me), guess);
}

/** The first moment of a day of the office. */
export const dayStart = (me: Zone, day: string): number | null => fromPicker(me, `${day}T00:00`);

/** The first moment of the day after. */
export function dayEnd(me: Zone, day: string): number | null {
  const noon = fromPicker(me, `${day}T12:00`);
  if (noon === null) return null;
  const next = new Intl.DateTimeFormat("sv-SE", { timeZone: zoneOf(me), dateStyle: "short" }).format(noon + 24 * HOUR_MS);
  return dayStart(me, next);
}

/** How far a zone is ahead of UTC at a moment, in ms. */
function offset(zone: string, ms: number): number {
  const wall = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(ms);
  return Date.parse(`${wall.replace(" ", "T")}Z`) - Math.floor(ms / 1000) * 1000;
}
