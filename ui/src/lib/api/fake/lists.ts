// Owns the fake's lists: today, search over jobs, data state, Sync screen. Never changes anything.
import type { DataStateView, Issue, JobCard, JobsView, QueueRow, SyncScreenView, TodayView } from "../bindings";
import { currentVisit, nextOf, statusOf } from "./fold";
import { at, dataOfJob, dayOf, type Entry, type IssueRec, type Job, type State } from "./state";

const DONE = ["submitted", "in_review", "approved", "closed", "cancelled", "not_repaired", "merged", "solved_by_phone"];
const DAY_MS = 86_400_000;

function jobCard(state: State, job: Job): JobCard {
  const visit = currentVisit(job);
  return {
    job: job.id, visit: visit?.id ?? null, number: job.number, customer: job.customer, place: job.place,
    machine: state.machines.find((row) => row.line.machine === job.machine)?.line ?? null, job_type: job.type, priority: job.priority,
    status: job.status, waiting_for: job.waiting, visit_status: visit && statusOf(visit), next: (visit && nextOf(job, visit)[0]) ?? null,
    window: visit?.window ?? null, due: job.due === null ? null : at(job.due), phone: job.contacts[0]?.phone ?? null, kept: job.now_with !== null, last: at(job.visits[job.visits.length - 1]?.steps.slice(-1)[0]?.at ?? job.report.at.ms), data: dataOfJob(state, job.id),
  };
}

export function todayView(state: State, now: number): TodayView {
  const [today, tomorrow] = [dayOf(now), dayOf(now + DAY_MS)];
  const groups: Record<"overdue" | "in_progress" | "today" | "tomorrow" | "done" | "none", JobCard[]> = { overdue: [], in_progress: [], today: [], tomorrow: [], done: [], none: [] };
  for (const job of state.jobs) groups[groupOf(job, now, today, tomorrow)].push(jobCard(state, job));
  const start = (card: JobCard) => card.window?.from.ms ?? card.due?.ms ?? 0;
  for (const cards of Object.values(groups)) cards.sort((a, b) => start(a) - start(b));
  const { overdue, in_progress } = groups;
  return { day: today, last_exchange: state.last_exchange === null ? null : at(state.last_exchange), overdue, in_progress, today: groups.today, tomorrow: groups.tomorrow, done: groups.done };
}

function groupOf(job: Job, now: number, today: string, tomorrow: string) {
  const visit = currentVisit(job);
  const last = job.visits[job.visits.length - 1]?.steps.slice(-1)[0];
  if (job.now_with) return "none";
  if (DONE.includes(job.status) || !visit) return last && dayOf(last.at) === today ? "done" : "none";
  if (!["planned", "accepted"].includes(statusOf(visit))) return "in_progress";
  if (job.due !== null && job.due < now) return "overdue";
  const day = visit.window ? dayOf(visit.window.from.ms) : today;
  return day === today ? "today" : day === tomorrow ? "tomorrow" : "none";
}

export function jobsView(state: State, search: string, limit: number): JobsView {
  const squeeze = (text: string) => text.toLowerCase().replace(/[\s·()（）-]/g, "");
  const terms = search.split(/\s+/).map((term) => squeeze(term).replace(/^尾号/, "")).filter(Boolean);
  const text = (job: Job) => {
    const machine = state.machines.find((row) => row.line.machine === job.machine)?.line;
    return [job.number, job.customer, job.place.name, machine?.serial, machine?.model, machine?.nickname, ...job.contacts.flatMap((contact) => [contact.phone, contact.name])].map((part) => squeeze(part ?? ""));
  };
  const found = state.jobs.filter((job) => { const parts = text(job); return terms.every((term) => parts.some((part) => part.includes(term))); });
  const newest = [...found].sort((a, b) => b.report.at.ms - a.report.at.ms);
  return { rows: newest.slice(0, limit).map((job) => jobCard(state, job)), total: found.length, last_exchange: state.last_exchange === null ? null : at(state.last_exchange) };
}

export type Sending = { sent: number; total: number } | null;

export function dataState(state: State, sending: Sending): DataStateView {
  const waiting = state.outbox.length;
  const asking = state.issues.filter((rec) => !rec.actions.includes("seen")).length + Number(state.scene === "key_lost");
  const pill = asking && state.scene !== "calm" ? "needs_you"
    : sending ? "sending"
    : state.scene === "app_old" ? "app_old"
    : state.scene === "offline" ? "offline"
    : waiting ? "waiting" : "up_to_date";
  return { state: pill, waiting, sent: sending?.sent ?? 0, sending: sending?.total ?? 0, needs_you: asking, late: state.scene === "late", partial: state.scene === "partial", last_exchange: state.last_exchange === null ? null : at(state.last_exchange) };
}

function queueRow(state: State, job: string | null, entries: Entry[]): QueueRow {
  const found = state.jobs.find((row) => row.id === job);
  const count = (kind: Entry["kind"]) => entries.filter((entry) => entry.kind === kind).length;
  return {
    job: found?.id ?? null, number: found?.number ?? null, customer: found?.customer ?? null, entries: count("entry"), cards: count("card"), photos: count("photo"),
    bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0), state: entries.some((entry) => entry.data === "sending") ? "sending" : "waiting",
  };
}

export function issueOf(state: State, rec: IssueRec): Issue {
  const job = state.jobs.find((row) => row.id === rec.job);
  return { issue: rec.id, code: rec.code, facts: rec.facts, job: rec.job, number: job?.number ?? null, customer: job?.customer ?? null, kind: "fault", field: rec.field, values: rec.values, at: at(rec.at), actions: rec.actions };
}

function noticesOf({ scene }: State, now: number): SyncScreenView["notices"] {
  switch (scene) {
    case "sending_again":
    case "recovered":
    case "copied": return [{ code: scene, at: at(now - 40 * 60_000) }];
    default: return [];
  }
}

export function syncScreen(state: State, sending: Sending, now: number): SyncScreenView {
  const jobs = [...new Set(state.outbox.map((entry) => entry.job))];
  const photoBytes = state.outbox.filter((entry) => entry.kind === "photo").reduce((sum, entry) => sum + entry.bytes, 0);
  return {
    pill: dataState(state, sending), next_try: state.scene === "offline" || state.scene === "refused" ? at(now + 4 * 60_000) : null, last_error: state.scene === "refused" ? "busy" : null, notices: noticesOf(state, now),
    queue: jobs.map((job) => queueRow(state, job, state.outbox.filter((entry) => entry.job === job))), issues: state.issues.filter((rec) => !rec.actions.includes("seen")).map((rec) => issueOf(state, rec)), told: state.issues.filter((rec) => rec.actions.includes("seen")).map((rec) => issueOf(state, rec)),
    key_lost: state.scene === "key_lost", photos_on_wifi_only: state.wifi_only, storage: { used_bytes: 412_000_000, photo_bytes: 180_000_000 + photoBytes, short: state.scene === "full", removed: state.scene === "full" ? 31 : 0 },
    office: "衡川重工 · 云岭办事处", address: "https://fieldcard.hengchuan.example", server_key: "5F3K 9QXV 72MC AE0T", clock_ahead_ms: 2_000,
    app_version: "0.1.0", protocol: "2026-11", person: { name: "程岳", initials: "CY" }, device: "HC-07 · 7K3P",
  };
}
