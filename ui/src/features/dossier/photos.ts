// Owns the order of a job's photos: by phase as the work goes, then as they were taken. Never drops one.
import type { PhotoView } from "$lib/api/office";
import { t } from "$lib/i18n/i18n.svelte";

const ORDER = ["nameplate", "meter", "whole_machine", "before_teardown", "fault", "accident_scene", "old_part", "new_part", "test_run", "document", "other"];
type Group = { phase: string; photos: PhotoView[] };

export function phased(photos: readonly PhotoView[]): Group[] {
  const groups = new Map<string, PhotoView[]>();
  const sorted = [...photos].sort((a, b) => place(a) - place(b) || (a.taken_at ?? 0) - (b.taken_at ?? 0));
  for (const photo of sorted) groups.set(photo.phase ?? "other", [...(groups.get(photo.phase ?? "other") ?? []), photo]);
  return [...groups].map(([phase, all]) => ({ phase, photos: all }));
}

/** A phase newer than this console stands at the end. */
function place({ phase }: PhotoView): number {
  const at = ORDER.indexOf(phase ?? "other");
  return at < 0 ? ORDER.length : at;
}

export const photoName = (photo: PhotoView, at: number): string => t("dossier.photo_name", { phase: t(`photo_phase.${photo.phase ?? "other"}`), n: at + 1 });
