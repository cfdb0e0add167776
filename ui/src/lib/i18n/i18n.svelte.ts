// Owns the language of the screen and the lookup of words: typed keys, {name} for a value,
// {n:one|many} for the English plural. Never falls back to another language: a missing key does not compile.
import type { Facts, Language } from "$lib/api/bindings";
import { en } from "./en";
import { zh, type Key, type Named } from "./zh";

let current = $state<Language>("zh");

export const language = (): Language => current;

/** What the device itself is set to: for as long as nobody can say what the person chose. */
export const ofSystem = (): Language => (navigator.language.startsWith("zh") ? "zh" : "en");

export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

type Values<K extends Key> = [Named<K>] extends [never] ? [] : [values: Record<Named<K>, string | number>];

export function t<K extends Key>(key: K, ...values: Values<K>): string {
  return fill((current === "zh" ? zh : en)[key], values[0] ?? {});
}

/** Words for a code that came from the core, the more exact ones where a fact has its own; a code newer than this app
    gets the general sentence. */
export function words(group: "error" | "office_error" | "missing" | "issue" | "issue_way" | "why" | "check", code: string, facts: Facts): string {
  const table: Record<string, string> = current === "zh" ? zh : en;
  const exact = Object.keys(facts).map((fact) => table[`${group}.${code}.${fact}`]).find((own) => own !== undefined);
  const text = fill(exact ?? table[`${group}.${code}`] ?? table[`${group}.unknown`] ?? code, translated(table, { ...facts, code }));
  // A thing without a name leaves no colon behind.
  return text.replace(/^[：:]\s*/, "");
}

/** The words of a key that was put together from a code; null where there are none. */
export function known(key: string): string | null {
  return ((current === "zh" ? zh : en) as Record<string, string>)[key] ?? null;
}

/** A unit of the list by its name; a catalogue's own word as it is. */
export function unit(code: string): string {
  const table: Record<string, string> = current === "zh" ? zh : en;
  return table[`unit.${code}`] ?? code;
}

/** Facts whose value is itself a code become its label. */
function translated(table: Record<string, string>, facts: Facts): Facts {
  const groups: Record<string, string> = { phase: "photo_phase", meter: "meter", step: "step", field: "field" };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => {
    const group = groups[name];
    return [name, (group && table[`${group}.${value}`]) || value];
  }));
}

/** A text that stands in one line with others: what turns the reading direction of all that follows it is shown for what
    it is, or a name could turn the digits of an amount. */
export function apart(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (sign) => `〔U+${sign.charCodeAt(0).toString(16).toUpperCase()}〕`);
}

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? "";
    if (one === undefined) return apart(String(value));
    return (Number(value) === 1 ? one : many ?? "").replace("#", String(value));
  });
}
