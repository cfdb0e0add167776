// Owns the proof that forms keep their drafts under UUIDs that never meet.
import { expect, test } from "vitest";
import { formRec } from "./forms";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("every form has a UUID, the same every time, another one on every record", () => {
  const seen = new Set([formRec("new_job"), formRec("enrol")]);
  for (let n = 0; n < 2000; n++) {
    for (const form of ["note", "wait"] as const) seen.add(formRec(form, `0192f3a4-0000-7000-8000-${String(n).padStart(12, "0")}`));
  }
  expect(seen.size).toBe(4002);
  for (const rec of seen) expect(rec).toMatch(UUID);
  expect(formRec("note", "j")).toBe(formRec("note", "j"));
});
