// Owns the proofs that the fake behaves truly enough to design and test screens on.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "./backend";
import type { Request } from "./asked";
import { fake, type FakeOptions } from "./fake";

const NOW = Date.parse("2026-11-18T09:10:00+08:00");
let now = NOW;
const make = (options: FakeOptions = {}): Backend => fake({ scene: "calm", now: () => now, ...options });
const page = (backend: Backend, job: string) => backend.view({ type: "job_page", job });

beforeEach(() => {
  now = NOW;
  localStorage.clear();
});

describe("steps", () => {
  test("advance one by one and name the next", async () => {
    const backend = make();
    const seen: unknown[] = [];
    for (const step of ["accept", "depart", "arrive", "work", "pause", "work", "leave", "back"] as const) {
      now += 60_000;
      await backend.execute({ type: `visit.${step}`, visit: "v-track" } as Request);
      const { visits } = await page(backend, "j-track");
      seen.push([visits[0]?.status, visits[0]?.next[0] ?? null]);
    }
    expect(seen).toEqual([["accepted", "depart"], ["departed", "arrive"], ["arrived", "work"], ["working", "pause"], ["paused", "work"], ["working", "pause"], ["left", "back"], ["back", null]]);
  });

  test("may jump over a forgotten one, never back", async () => {
    const backend = make();
    await backend.execute({ type: "visit.accept", visit: "v-track" });
    await backend.execute({ type: "visit.arrive", visit: "v-track" });
    expect((await page(backend, "j-track")).visits[0]?.forgotten).toEqual(["depart"]);
    await expect(backend.execute({ type: "visit.depart", visit: "v-track" })).rejects.toMatchObject({ code: "impossible_step" });
  });

  test("entered late stand where they belong and are marked", async () => {
    const backend = make();
    await backend.execute({ type: "visit.arrive", visit: "v-pump", at: NOW - 55 * 60_000 });
    const steps = (await page(backend, "j-pump")).visits[0]?.steps;
    expect(steps?.map((step) => [step.kind, step.late])).toEqual([["accept", false], ["depart", false], ["arrive", true], ["work", false]]);
    await expect(backend.execute({ type: "visit.leave", visit: "v-pump", at: NOW + 60_000 })).rejects.toMatchObject({ code: "time_in_future" });
  });

  test("can be undone for ten seconds", async () => {
    const backend = make();
    const { undo } = await backend.execute({ type: "visit.accept", visit: "v-track" });
    await backend.execute({ type: "undo", token: undo ?? "" });
    expect((await page(backend, "j-track")).visits[0]?.status).toBe("planned");
    const second = await backend.execute({ type: "visit.accept", visit: "v-track" });
    now += 10_001;
    await expect(backend.execute({ type: "undo", token: second.undo ?? "" })).rejects.toMatchObject({ code: "undo_expired" });
  });
});

test("drafts lie over the value, survive a reload, and go when the field is set", async () => {
  await make().execute({ type: "draft.save", rec: "j-pump", field: "fault.cause", value: "吸空" });
  const again = make();
  expect((await page(again, "j-pump")).fault.cause).toEqual({ value: "", draft: "吸空" });
  await again.execute({ type: "fault.set", job: "j-pump", field: "cause", value: "吸空" });
  expect((await page(again, "j-pump")).fault.cause).toEqual({ value: "吸空", draft: null });
});

test("the missing-list empties as things are filled in", async () => {
  const backend = make();
  const codes = async () => (await backend.view({ type: "missing", job: "j-pump" })).rows.map((row) => row.code);
  expect(await codes()).toEqual(expect.arrayContaining(["time", "work_done", "meter", "cause", "photo", "serial_out"]));
  await backend.execute({ type: "visit.arrive", visit: "v-pump", at: NOW - 55 * 60_000 });
  await backend.execute({ type: "fault.set", job: "j-pump", field: "action", value: "换泵" });
  await backend.execute({ type: "reading.set_missing", job: "j-pump", meter: "hours", reason: "no_power" });
  const left = await codes();
  for (const code of ["time", "work_done", "meter"]) expect(left).not.toContain(code);
});

test("a card is frozen, handed over, sealed once, and submits the job", async () => {
  const backend = make();
  await expect(backend.execute({ type: "sign_off.prepare", visit: "v-pump", kind: "final", language: "zh" })).rejects.toMatchObject({ code: "missing_before_sign_off", facts: { field: "time" } });
  await backend.execute({ type: "sign_off.hand_over", visit: "v-ready", how: "signed" });
  expect((await backend.view({ type: "start" })).handed_over).toBe("v-ready");
  const confirm: Extract<Request, { type: "sign_off.confirm" }> = { type: "sign_off.confirm", visit: "v-ready", how: "signed", signer: { name: "马建国", role: "operator", authority: "self" }, strokes: "", words: "" };
  await expect(backend.execute(confirm)).rejects.toMatchObject({ code: "ink_missing" });
  await backend.execute({ ...confirm, strokes: "AQ" });
  await expect(backend.execute({ ...confirm, strokes: "AQ" })).rejects.toMatchObject({ code: "not_prepared" });
  await expect(backend.execute({ type: "sign_off.take_back", visit: "v-ready", initials: "XX" })).rejects.toMatchObject({ code: "wrong_initials" });
  await backend.execute({ type: "sign_off.take_back", visit: "v-ready", initials: "cy" });
  expect((await backend.view({ type: "start" })).handed_over).toBeNull();
  expect((await page(backend, "j-ready")).status).toBe("submitted");
});

test("a mark stands only until the office holds the item", async () => {
  vi.useFakeTimers();
  const backend = make({ tickMs: 10 });
  expect((await backend.view({ type: "data_state" })).state).toBe("waiting");
  await backend.execute({ type: "sync.now" });
  expect((await backend.view({ type: "data_state" })).state).toBe("sending");
  await vi.runAllTimersAsync();
  expect(await backend.view({ type: "data_state" })).toMatchObject({ state: "up_to_date", waiting: 0 });
  expect((await page(backend, "j-pump")).data).toBe("held");
  vi.useRealTimers();
});

test("search takes fragments of number, customer, nickname, serial and phone", async () => {
  const backend = make();
  const found = async (search: string) => (await backend.view({ type: "jobs", search, limit: 50 })).rows.map((row) => row.job);
  expect(await found("尾号417")).toContain("j-pump");
  expect(await found("5188")).toEqual(["j-track"]);
  expect(await found("青石湾 1203")).toEqual(["j-ready"]);
  expect(await found("zzz")).toEqual([]);
});

test("the same scene is the same world", async () => {
  expect(await make({ keep: false }).view({ type: "today" })).toEqual(await make({ keep: false }).view({ type: "today" }));
});
