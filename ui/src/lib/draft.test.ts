// Owns the proofs of forms that pack several fields into one draft. Never a screen.
import { beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "./api/backend";
import type { Request } from "./api/asked";
import { FormDraft } from "./draft.svelte";
import { Session } from "./session.svelte";

const PACKED = { name: "signer", role: "signer", how: "sign_off" };
let kept: Record<string, string> = {};
let sent: Request[] = [];
const backend = {
  view: async () => ({ fields: { ...kept } }),
  execute: async (request: Request) => {
    sent.push(request);
    if (request.type === "draft.save") kept[request.field] = request.value;
    return {};
  },
  subscribe: () => () => {},
} as unknown as Backend;
const form = async () => {
  const made = new FormDraft(new Session(backend), "0192f3a4-0000-7000-8000-000000000001", PACKED);
  await vi.waitFor(() => expect(made.ready).toBe(true));
  return made;
};

beforeEach(() => {
  [kept, sent] = [{}, []];
});

test("fields that belong together are one draft, and come back one by one", async () => {
  const first = await form();
  first.set("name", "马建国");
  first.set("role", "operator");
  first.set("words", "好");
  first.flush();
  expect(kept).toEqual({ signer: '{"name":"马建国","role":"operator"}', words: "好" });
  const again = await form();
  expect([again.get("name"), again.get("role"), again.get("words"), again.get("how", "signed")]).toEqual(["马建国", "operator", "好", "signed"]);
});

test("a draft that cannot be read counts as nothing typed", async () => {
  kept = { signer: "{broken", sign_off: '"text"', words: "好" };
  const again = await form();
  expect([again.get("name", "?"), again.get("words")]).toEqual(["?", "好"]);
});

test("what the core has dropped is forgotten without a request", async () => {
  const first = await form();
  first.set("name", "马建国");
  first.forget();
  first.flush();
  expect([sent, first.get("name")]).toEqual([[], ""]);
});
