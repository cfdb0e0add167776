// Owns the promise that every state of work on its way is told in plain words with a way on, in both languages, in the
// app and in the console; and that each has its pictures. Never a state that the list does not name.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { clean } from "./axe.js";
import { desk, openDesk } from "./console_support.js";
import { own, screens } from "./stage.js";
import { REQUIRED, states, visitState } from "./states.js";
import { becomes, open, serve, until, visit } from "./support.js";

let app;
let console_;
let browser;
before(async () => {
  ({ server: app, browser } = await screens());
  console_ = await own(serve("console"));
});

test("every state that must be seen has its place in the app", () => {
  const named = states.map((state) => state.name);
  assert.equal(new Set(named).size, named.length);
  for (const name of REQUIRED) assert.ok(states.some((state) => state.name === name && state.app), `${name} is shown nowhere`);
});

/** Its words stand there in this language, and the way on can be tapped. */
async function shows(page, { zh, en, on }, language, name) {
  const wanted = language === "zh" ? zh : en;
  await until(async () => wanted.test(await page.locator("main").innerText()), `${name} in ${language}: ${wanted}`);
  if (on !== null) assert.ok(await page.locator("main a, main button").filter({ hasText: on }).first().isEnabled(), `${name}: no way on`);
}

for (const language of ["zh", "en"]) {
  test(`the app tells each in words: ${language}`, async () => {
    const page = await open(browser);
    for (const { name, app: look } of states) {
      if (!look) continue;
      await visitState(page, app.url, look, language, "light");
      await shows(page, look, language, name);
      await clean(page, name);
    }
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  test(`the console tells each in words: ${language}`, async () => {
    const page = await openDesk(browser, { language });
    for (const { name, console: look } of states) {
      if (!look) continue;
      await desk(page, console_.url, look.route);
      await shows(page, look, language, name);
      await clean(page, name);
    }
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

test("what has waited for more than a day is red, and nothing else is that nobody has to act on", async () => {
  const page = await open(browser);
  await visit(page, app.url, "/sync", "late");
  await becomes(() => page.locator(".sign.danger").count(), 1, "red after a day");
  await visit(page, app.url, "/sync", "offline");
  await becomes(() => page.locator(".sign.danger").count(), 0, "no red without a network");
  await page.context().close();
});
