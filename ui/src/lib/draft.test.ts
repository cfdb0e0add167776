// Owns the proofs of forms that pack several fields into one draft. Never a screen.
import { beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "./api/backend";
import type { Request } from "./api/asked";
import { FormDraft } from "./draft.svelte";
import { Session } from "./session.svelte";

const PACKED = { name: "signer", role: "signer", how: "sign_off" };
let kept: Record<string, string> = {};
let sent: Request[] = [];
let full = false;
const backend = {
  view: async () => {
    if (full) throw { code: "disk_full", facts: {} };
    return { fields: { ...kept } };
  },
  execute: async (request: Request) => {
    sent.push(request);
    if (full) throw { code: "disk_full", facts: {} };
    if (request.type === "draft.save") kept[request.field] = request.value;
    return {};
  },
  subscribe: () => () => {},
} as unknown as Backend;
const REC = "0192f3a4-0000-7000-8000-000000000001";
const form = async (session = new Session(backend)) => {
  const made = new FormDraft(session, REC, PACKED);
  await vi.waitFor(() => expect(made.ready).toBe(true));
  return made;
};

beforeEach(() => {
  [kept, sent, full] = [{}, [], false];
});

test("a draft that could not be kept waits with the session and goes with the next flush", async () => {
  const session = new Session(backend);
  const first = await form(session);
  full = true;
  first.set("words", "好");
  first.set("name", "马建国");
  first.flush();
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  full = false;
  const again = await form(session);
  expect([again.get("words"), again.get("name")]).toEqual(["好", "马建国"]);
  first.flush();
  await vi.waitFor(() => expect(kept).toEqual({ words: "好", signer: '{"name":"马建国"}' }));
  await vi.waitFor(() => expect(session.unkept.size).toBe(0));
});

test("a form whose drafts did not come says why and can be asked again", async () => {
  full = true;
  const broken = new FormDraft(new Session(backend), REC, PACKED);
  await vi.waitFor(() => expect(broken.error?.code).toBe("disk_full"));
  [full, kept] = [false, { words: "好" }];
  broken.again();
  await vi.waitFor(() => expect([broken.ready, broken.error, broken.get("words")]).toEqual([true, null, "好"]));
});

test("what is typed while a text is being recorded stays", async () => {
  const notes = await form();
  notes.set("note", "先开泵");
  notes.set("note", "先开泵，再看压力");
  notes.recorded("note", "先开泵");
  expect(notes.get("note")).toBe("，再看压力");
  notes.set("note", "换了一句");
  notes.recorded("note", "先开泵");
  expect(notes.get("note")).toBe("换了一句");
  notes.recorded("note", "换了一句");
  expect(notes.get("note")).toBe("");
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
