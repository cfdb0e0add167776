// Owns what the console reads out of a job besides its fields: late or not, groups of states, unsent items.
// Never a rule that changes anything: those run on the server.
import type { JobStatus } from "$lib/api/bindings";
import type { Unsent } from "$lib/api/office";
import { t } from "$lib/i18n/i18n.svelte";

/** The states by the question that a dispatcher asks. */
export const STATE_GROUPS = {
  to_dispatch: ["created", "triaged"],
  under_way: ["dispatched", "in_progress", "waiting", "work_done"],
  to_review: ["submitted", "in_review", "returned"],
  ended: ["approved", "closed", "solved_by_phone", "cancelled", "not_repaired", "merged"],
} as const satisfies Record<string, readonly JobStatus[]>;

const OPEN: readonly string[] = [...STATE_GROUPS.to_dispatch, "dispatched", "in_progress", "waiting"];

/** The time has run out and the work is not done. */
export const overdue = (state: JobStatus, due: number | null, now = Date.now()): boolean => due !== null && due < now && OPEN.includes(state);

/** What is unsent in words: 3 条记录、1 个文件; what there is none of is not named. */
export const unsentText = ({ ops, blobs }: Unsent): string => [ops ? t("unsent.records", { n: ops }) : "", blobs ? t("unsent.files", { n: blobs }) : ""].filter(Boolean).join(t("list.comma"));

/** Records and files together. */
export const items = (unsent: Unsent): number => unsent.ops + unsent.blobs;
