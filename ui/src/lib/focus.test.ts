// Owns the proof that a field that comes late is gone to, and that somebody who does something else is left in peace.
// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { focusWhenThere } from "./focus";

Element.prototype.scrollIntoView = () => {};
afterEach(() => {
  dispatchEvent(new Event("hashchange"));
  document.body.replaceChildren();
});

async function comes(id: string): Promise<void> {
  const field = document.createElement("input");
  field.id = id;
  document.body.append(field);
  await new Promise((done) => setTimeout(done));
}

test("a field is focused when it comes", async () => {
  focusWhenThere("late");
  await comes("other");
  expect(document.activeElement).toBe(document.body);
  await comes("late");
  expect(document.activeElement?.id).toBe("late");
});

test.each(["pointerdown", "keydown", "hashchange"])("%s ends the wait", async (event) => {
  focusWhenThere("late");
  dispatchEvent(new Event(event));
  await comes("late");
  expect(document.activeElement).toBe(document.body);
});

test("only the last field that was asked for is gone to", async () => {
  focusWhenThere("first");
  focusWhenThere("second");
  await comes("first");
  expect(document.activeElement).toBe(document.body);
  await comes("second");
  expect(document.activeElement?.id).toBe("second");
});
