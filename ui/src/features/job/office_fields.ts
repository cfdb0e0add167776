// Owns how the office's fields of a job are named, read and typed on the screen. Never which ones there are:
// the core says.
import type { JobType, Priority } from "$lib/api/bindings";
import { when } from "$lib/i18n/format";
import { language, t } from "$lib/i18n/i18n.svelte";
import { fromPicker, toPicker } from "$lib/i18n/picker";
import { en } from "$lib/i18n/en";
import { zh } from "$lib/i18n/zh";

export const JOB_TYPES: JobType[] = ["repair", "first_service", "periodic", "inspection", "commissioning", "handover", "pre_delivery", "campaign", "accident", "rework", "estimate"];
export const PRIORITIES: Priority[] = ["normal", "high", "urgent"];

export type FieldKind = "text" | "long" | "tel" | "time" | "type" | "priority";
const KINDS: Record<string, FieldKind> = { report: "long", contact_phone: "tel", plan_from: "time", due: "time", type: "type", priority: "priority" };
export const kindOf = (field: string): FieldKind => KINDS[field] ?? "text";

const ZONE = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const word = (key: string): string | undefined => (language() === "zh" ? zh : en)[key as keyof typeof zh];

/** A field's name; one that this app does not know is the office's all the same. */
export const fieldName = (field: string): string => word(`office_field.${field}`) ?? t("office_field.other");

/** A value as people read it. */
export function fieldValue(field: string, value: string): string {
  if (value === "") return "";
  const kind = kindOf(field);
  if (kind === "time") return when({ ms: Number(value), zone: ZONE() });
  if (kind === "type") return word(`job_type.${value}`) ?? value;
  if (kind === "priority") return word(`priority.${value}`) ?? value;
  return value;
}

/** What a request carries for what was typed; null where it is no value. */
export function proposed(field: string, typed: string): string | number | null {
  if (kindOf(field) === "time") return fromPicker(typed);
  return typed.trim() || null;
}

/** What stands there, as the control shows it. */
export const shown = (field: string, value: string): string => (kindOf(field) === "time" && value ? toPicker(Number(value)) : value);
