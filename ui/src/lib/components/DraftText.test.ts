// Owns the proofs of a field that saves itself: draft late but in time, request on blur, no text lost.
import { cleanup, render } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Request } from "$lib/api/asked";
import type { TextField } from "$lib/api/bindings";
import { Session } from "$lib/session.svelte";
import Host from "./DraftText.host.svelte";

let sent: Request[] = [];
/** What the core refuses now, and why. */
let refuses: (request: Request) => string | null = () => null;
const execute = async (request: Request) => {
  sent.push(request);
  const code = refuses(request);
  if (code !== null) throw { code, facts: {} };
  return {};
};
const session = () => new Session({ view: () => Promise.reject(new Error("unused")), execute, subscribe: () => () => {} });
const drafts = () => sent.filter((request) => request.type === "draft.save").map((request) => request.value);
const sets = () => sent.filter((request) => request.type === "fault.set").map((request) => request.value);

function show(value: TextField, on = session()) {
  const host = render(Host, { session: on, value });
  const field = host.container.querySelector("textarea") as HTMLTextAreaElement;
  const type = (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return { host, field, type };
}

describe("a field that saves itself", () => {
  beforeEach(() => {
    sent = [];
    refuses = () => null;
    vi.useFakeTimers();
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });

  test("writes a draft within half a second of the last key", () => {
    const { type } = show({ value: "", draft: null });
    type("泵");
    vi.advanceTimersByTime(300);
    type("泵吸空");
    expect(drafts()).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(drafts()).toEqual(["泵吸空"]);
  });

  test("does not wait for a pause for more than a second", () => {
    const { type } = show({ value: "", draft: null });
    for (let n = 1; n <= 10; n++) {
      type("泵".repeat(n));
      vi.advanceTimersByTime(100);
    }
    expect(drafts().length).toBeGreaterThan(0);
  });

  test("records once on blur, and not again when the screen goes", () => {
    const { field, type, host } = show({ value: "", draft: null });
    field.focus();
    type("泵吸空");
    field.blur();
    expect(sets()).toEqual(["泵吸空"]);
    host.unmount();
    expect(sets()).toEqual(["泵吸空"]);
    vi.advanceTimersByTime(2000);
    expect(drafts()).toEqual([]);
  });

  test("records when the page hides or the screen goes", () => {
    const first = show({ value: "", draft: null });
    first.type("一");
    dispatchEvent(new Event("pagehide"));
    expect(sets()).toEqual(["一"]);
    const second = show({ value: "", draft: null });
    second.type("二");
    second.host.unmount();
    expect(sets()).toEqual(["一", "二"]);
  });

  test("shows a draft that a killed app left, and records it on blur", () => {
    const { field } = show({ value: "旧", draft: "新写的" });
    expect(field.value).toBe("新写的");
    field.focus();
    field.blur();
    expect(sets()).toEqual(["新写的"]);
  });

  test("a text that could not be recorded is kept as a draft and recorded on the next blur", async () => {
    const { field, type } = show({ value: "", draft: null });
    refuses = (request) => (request.type === "fault.set" ? "disk_full" : null);
    field.focus();
    type("泵吸空");
    field.blur();
    await vi.advanceTimersByTimeAsync(1);
    expect([sets(), drafts()]).toEqual([["泵吸空"], ["泵吸空"]]);
    refuses = () => null;
    field.focus();
    field.blur();
    expect(sets()).toEqual(["泵吸空", "泵吸空"]);
  });

  test("a text that nothing could keep is tried again, also after the screen is gone, and stands there when it comes back", async () => {
    const on = session();
    const { field, type, host } = show({ value: "旧", draft: null }, on);
    refuses = () => "disk_full";
    field.focus();
    type("新");
    field.blur();
    await vi.advanceTimersByTimeAsync(1);
    host.unmount();
    await vi.advanceTimersByTimeAsync(1);
    expect(show({ value: "旧", draft: null }, on).field.value).toBe("新");
    refuses = () => null;
    sent = [];
    await vi.advanceTimersByTimeAsync(11_000);
    expect(drafts()).toEqual(["新"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(drafts()).toEqual(["新"]);
  });

  test("does not record what nobody touched", () => {
    const { field } = show({ value: "旧", draft: null });
    field.focus();
    field.blur();
    expect(sent).toEqual([]);
  });

  test("keeps what is being typed when the view comes anew", async () => {
    const { field, type, host } = show({ value: "", draft: null });
    field.focus();
    type("正在写");
    await host.rerender({ value: { value: "别人写的", draft: null } });
    expect(field.value).toBe("正在写");
  });
});
