// Owns how what waits is counted in words: entries, cards, photos. Never bytes.
import type { QueueRow } from "$lib/api/bindings";
import { t } from "$lib/i18n/i18n.svelte";

export function contents(rows: QueueRow[]): string[] {
  const sum = (of: (row: QueueRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const [entries, cards, photos] = [sum((row) => row.entries), sum((row) => row.cards), sum((row) => row.photos)];
  return [
    entries ? t("sync.entries", { n: entries }) : "",
    cards ? t("sync.cards", { n: cards }) : "",
    photos ? t("sync.photos", { n: photos }) : "",
  ].filter(Boolean);
}
