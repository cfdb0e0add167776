// Owns what the console says of a code: refusals as sentences, roles, codes that are newer than this console.
// Never a word itself: i18n has them.
import type { Refusal } from "$lib/api/desk";
import { known, words } from "$lib/i18n/i18n.svelte";

/** A refused call as a sentence that says what happened, what is safe, what to do. */
export function refused({ code, detail, retry_after }: Refusal): string {
  const facts: Record<string, string> = {};
  if (detail !== undefined && detail !== null) facts.field = detail;
  if (retry_after !== undefined && retry_after !== null) facts.n = String(retry_after);
  return words("office_error", code, facts);
}

/** The label of a code of a list; the code itself where this console does not know it yet. */
export function label(group: string, code: string | null | undefined): string {
  return code === null || code === undefined || code === "" ? "" : known(`${group}.${code}`) ?? code;
}

type Row = { name: string; text: string };
const TIMES = /(^|_)(at|from|to)$|^due$/;
const MINOR = /^(amount|price|unit_price)$/;
/** Lists in which the words of a field's codes stand. */
const LISTS: Record<string, string> = {
  type: "job_type", mode: "service_mode", priority: "priority", payer: "payer", payer_hint: "payer", disposition: "disposition", source: "source",
  phase: "photo_phase", meter: "meter", how: "sign_how", card_kind: "card_kind", contact_role: "contact_role", reason_one_sided: "one_sided", unit: "unit", place: "visit_place",
};

/** A value of a record in words: of a whole record, field by field. `shown` is what the server says for people. */
export function told(kind: string, field: string | null, said: { value: unknown; shown: string | null }, time: (ms: number) => string): Row[] {
  if (said.shown !== null) return [{ name: "", text: said.shown }];
  if (field === null && typeof said.value === "object" && said.value !== null) {
    return Object.entries(said.value).map(([name, value]) => ({ name: fieldName(kind, name), text: plain(name, value, time) }));
  }
  return [{ name: "", text: plain(field ?? "", said.value, time) }];
}

/** A field of a record; the same word may mean another thing in another kind. */
export const fieldName = (kind: string, field: string): string => known(`field_of.${kind}.${field}`) ?? label("field", field);

/** One value as text. */
export function plain(field: string, value: unknown, time: (ms: number) => string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" && TIMES.test(field)) return time(value);
  if (typeof value === "number" && MINOR.test(field)) return (value / 100).toFixed(2);
  if (typeof value === "string") return field === "step" ? stepWord(value) : label(LISTS[field] ?? "-", value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A step of a job or of a visit. */
export const stepWord = (code: string): string => known(`visit_step.${code}`) ?? known(`job_step.${code}`) ?? code;
