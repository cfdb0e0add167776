// Owns how times, days, numbers, sizes, codes and phone numbers are written on the screen.
// Never decides anything: a value comes in, text comes out.
import type { Day, Decimal, Disposition, MeterValue, Money, Span, Time } from "$lib/api/bindings";
import { language, t } from "./i18n.svelte";

const DAY_MS = 86_400_000;
const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");
const zoned = (time: Time, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale(), { timeZone: time.zone, ...options }).format(time.ms);
const dayOf = (ms: number, zone: string): Day => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(ms);

/** 17:42 */
export function clock(time: Time): string {
  return zoned(time, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** 17:42 today, 昨天 17:42, else the date and the time. */
export function when(time: Time, now = Date.now()): string {
  const day = dayOf(time.ms, time.zone);
  if (day === dayOf(now, time.zone)) return clock(time);
  if (day === dayOf(now - DAY_MS, time.zone)) return t("time.yesterday", { time: clock(time) });
  if (day === dayOf(now + DAY_MS, time.zone)) return t("time.tomorrow", { time: clock(time) });
  return `${date(day, now)} ${clock(time)}`;
}

/** 11月28日 · 28 Nov; with the year when it is another one. */
export function date(day: Day, now = Date.now()): string {
  const at = Date.parse(`${day}T12:00:00Z`);
  const year = day.slice(0, 4) === String(new Date(now).getFullYear()) ? undefined : "numeric" as const;
  const month = language() === "zh" ? "long" as const : "short" as const;
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", month, day: "numeric", ...(year && { year }) }).format(at);
}

/** What becomes of an old part, in one sentence: 紧急返厂，11月28日前 · Return, urgent, by 28 Nov; empty while it is open. */
export function fate({ disposition, due_on }: { disposition: Disposition | null; due_on: Day | null }): string {
  if (!disposition) return "";
  const what = t(`disposition.${disposition}`);
  return due_on === null ? what : t("old_part.by", { fate: what, day: date(due_on) });
}

/** The day of a moment, without the clock. */
export function dayOfTime(time: Time): string {
  return date(dayOf(time.ms, time.zone));
}

/** 11月18日星期三 · Wed 18 Nov */
export function longDay(day: Day): string {
  const at = Date.parse(`${day}T12:00:00Z`);
  const length = language() === "zh" ? "long" as const : "short" as const;
  return new Intl.DateTimeFormat(locale(), { timeZone: "UTC", month: length, day: "numeric", weekday: length }).format(at);
}

/** 09:00–11:00 today, 昨天 09:00–11:00, else with the date; an end on another day with its own. */
export function span(window: Span, now = Date.now()): string {
  const [from, to] = [when(window.from, now), when(window.to, now)];
  // An appointment without an end is a window of no length.
  if (from === to) return from;
  // Planned for a day, whenever it suits.
  if (window.to.ms - window.from.ms === DAY_MS) return dayOfTime(window.from);
  const oneDay = dayOf(window.from.ms, window.from.zone) === dayOf(window.to.ms, window.to.zone);
  return `${from}–${oneDay ? clock(window.to) : to}`;
}

/** 1,820.5 */
export function number(value: Decimal | number): string {
  const text = String(value);
  const [whole = "0", part] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** ¥1,200.50; another currency by its name. */
export function money(value: Money): string {
  const amount = `${number(Math.floor(value.minor / 100))}.${String(value.minor % 100).padStart(2, "0")}`;
  return value.currency === "CNY" ? `¥${amount}` : `${amount} ${value.currency}`;
}

export function meter(value: MeterValue): string {
  return `${number(value.value)} ${t(`meter_unit.${value.meter}`)}`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${Math.round(count / 1024)} KB`;
  const mega = count / (1024 * 1024);
  return mega < 1024 ? `${mega.toFixed(1)} MB` : `${(mega / 1024).toFixed(1)} GB`;
}

/** 129 0000 0417: grouped for reading, the link keeps the plain digits. */
export function phone(digits: string): string {
  return /^\d{11}$/.test(digits) ? `${digits.slice(0, 3)} ${digits.slice(3, 7)} ${digits.slice(7)}` : digits;
}

/** 7K3P 9QF4: a code in groups of four. */
export function grouped(code: string): string {
  return code.replace(/(.{4})(?=.)/g, "$1 ");
}
