// Owns how the console tells who last let a device or an account in or out. Never judges it.
import type { ActLine, Me } from "$lib/api/office";
import { t } from "$lib/i18n/i18n.svelte";
import { moment } from "./times";

/** A row of facts; none where nothing was written down. */
export function deedRow(me: Me | null, act: ActLine | null): { label: string; value: string }[] {
  if (!me || !act) return [];
  const parts = [t(`deed.${act.act}`), act.by.name || t("deed.server"), act.at === null ? "" : moment(me, act.at)];
  return [{ label: t("deed.last"), value: parts.filter(Boolean).join(" · ") }];
}
