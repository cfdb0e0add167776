// Owns the proofs of the HTTP transport: paths, bodies, errors, events.
import { afterEach, expect, test, vi } from "vitest";
import { asApiError, concerns, tagsOf } from "./backend";
import { bridge } from "./bridge";

afterEach(() => vi.unstubAllGlobals());

const answers = (status: number, body: unknown) => {
  const fetch = vi.fn(async () => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal("fetch", fetch);
  return fetch;
};

test("a query goes to /view, a request to /execute, as JSON", async () => {
  const fetch = answers(200, { undo: "u" });
  await bridge().view({ type: "job_page", job: "j1" });
  expect(await bridge().execute({ type: "visit.depart", visit: "v1", at: 5 })).toEqual({ undo: "u" });
  expect(fetch.mock.calls.map((call: unknown[]) => [call[0], JSON.parse((call[1] as RequestInit).body as string)])).toEqual([
    ["/view", { type: "job_page", job: "j1" }],
    ["/execute", { type: "visit.depart", visit: "v1", at: 5 }],
  ]);
});

test("an error is thrown as it came", async () => {
  answers(409, { code: "impossible_step", facts: { step: "leave" } });
  await expect(bridge().execute({ type: "sync.now" })).rejects.toEqual({ code: "impossible_step", facts: { step: "leave" } });
});

test("anything else that is thrown is an internal error", () => {
  expect(asApiError(new TypeError("failed to fetch"))).toEqual({ code: "internal", facts: {} });
});

test("events are lists of tags; after a broken line everything is stale", () => {
  class Source {
    static last: Source;
    static opened = 0;
    onmessage: ((event: { data: string }) => void) | null = null;
    onopen: (() => void) | null = null;
    close = vi.fn();
    constructor(readonly url: string) {
      Source.last = this;
      Source.opened++;
    }
  }
  vi.stubGlobal("EventSource", Source);
  const heard: string[][] = [];
  const core = bridge();
  const stop = core.subscribe((tags) => heard.push(tags));
  // A browser holds six connections to a host: all who listen share one.
  for (let n = 0; n < 8; n++) core.subscribe(() => {})();
  expect(Source.opened).toBe(1);
  expect(Source.last.url).toBe("/events");
  Source.last.onopen?.();
  Source.last.onmessage?.({ data: '["outbox","job:j1"]' });
  Source.last.onopen?.();
  expect(heard).toEqual([["outbox", "job:j1"], ["*"]]);
  stop();
  expect(Source.last.close).toHaveBeenCalled();
});

test("a view is stale when one of its tags is named, or all are", () => {
  expect(tagsOf({ type: "missing", job: "j1" })).toEqual(["job:j1", "outbox"]);
  expect(concerns({ type: "job_page", job: "j1" }, ["job:j2"])).toBe(false);
  expect(concerns({ type: "job_page", job: "j1" }, ["x", "job:j1"])).toBe(true);
  expect(concerns({ type: "start" }, ["*"])).toBe(true);
});
