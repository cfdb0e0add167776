// Owns the proofs of the console's transport: what is asked, the token of another tab, refusals as they came.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { http } from "./http";

type Sent = { url: string; method: string; headers: Record<string, string>; body: unknown };
let sent: Sent[] = [];
let answers: (() => Response | Promise<Response>)[] = [];
const says = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });
const me = (user: string, csrf: string) => says(200, { user, csrf });

beforeEach(() => {
  [sent, answers] = [[], []];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, method: init.method ?? "", headers: init.headers as Record<string, string>, body: init.body === undefined ? undefined : JSON.parse(String(init.body)) });
    return (answers.shift() ?? says(500, { code: "internal" }))();
  });
});
afterEach(() => vi.unstubAllGlobals());

test("what is left out is not asked, what is asked is encoded", async () => {
  answers = [says(200, { jobs: [] })];
  await http().jobs({ q: "尾号 417&x", sort: "due" });
  expect(sent[0]?.url).toBe("/office/v1/jobs?q=%E5%B0%BE%E5%8F%B7+417%26x&sort=due");
  expect(http().photo("a/b", "ff")).toBe("/office/v1/jobs/a%2Fb/blobs/ff");
});

test("an unsafe call carries the session's token", async () => {
  const office = http();
  answers = [me("u1", "t1"), says(200, {})];
  await office.login("lin", "secret");
  await office.assign("j1", { assignee: "u2", ver: 7 });
  expect(sent[1]).toMatchObject({ method: "POST", url: "/office/v1/jobs/j1/assign", body: { assignee: "u2", ver: 7 } });
  expect(sent[1]?.headers["x-csrf-token"]).toBe("t1");
});

test("a token that another tab made old is asked for again, once, for the same person", async () => {
  const office = http();
  answers = [me("u1", "t1"), says(403, { code: "forbidden", detail: "csrf" }), me("u1", "t2"), says(200, {})];
  await office.me();
  await office.cancel("j1", "doubled");
  expect(sent.map(({ url }) => url)).toEqual(["/office/v1/me", "/office/v1/jobs/j1/cancel", "/office/v1/me", "/office/v1/jobs/j1/cancel"]);
  expect(sent[3]?.headers["x-csrf-token"]).toBe("t2");
});

test("nothing is done in somebody else's name", async () => {
  const office = http();
  answers = [me("u1", "t1"), says(403, { code: "forbidden", detail: "csrf" }), me("u2", "t2")];
  await office.me();
  await expect(office.cancel("j1", "doubled")).rejects.toEqual({ code: "unauthorised" });
  expect(sent).toHaveLength(3);
});

test("a refusal is thrown as it came; what is no refusal is told by its status", async () => {
  answers = [says(409, { code: "stale" }), () => new Response("<html>", { status: 502 }), () => Promise.reject(new TypeError("network"))];
  await expect(http().jobs({})).rejects.toEqual({ code: "stale" });
  await expect(http().jobs({})).rejects.toEqual({ code: "internal" });
  await expect(http().jobs({})).rejects.toEqual({ code: "unreachable" });
});
