// Owns which group of the frozen card a line belongs to, and which groups are the half page.
// Never changes a label or a value: they are drawn as they were frozen.
import type { CardLine } from "$lib/api/bindings";

export const GROUPS = ["head", "machine", "report", "done", "parts", "old_parts", "cost", "times", "people"] as const;
export type Group = (typeof GROUPS)[number];
export const HALF_PAGE: readonly Group[] = ["done", "parts", "cost", "old_parts"];

export function grouped(lines: CardLine[], groups: readonly Group[]): { group: Group; lines: CardLine[] }[] {
  return groups
    .map((group) => ({ group, lines: lines.filter((line) => line.field.split(".")[0] === group) }))
    .filter((block) => block.lines.length > 0);
}

const BESIDE = ["quantity", "serial", "source", "payer", "price", "tag", "disposition"];

/** A short fact about the part that was named before it. */
export const isBeside = (line: CardLine): boolean => BESIDE.includes(line.field.split(".")[1] ?? "");

/** What a part is called; its group's heading says what it is. */
export const isName = (line: CardLine): boolean => line.field === "parts.name" || line.field === "old_parts.name";
