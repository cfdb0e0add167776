// Owns the promise that every screen the console's router knows passes axe: both languages, three themes; the narrow size once a theme.
// Never disables a rule, never excludes a part of a screen.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { routes } from "../console/routes.js";
import { clean, sizes } from "./axe.js";
import { desk, DESK, openDesk, still } from "./console_support.js";
import { screens } from "./stage.js";
import { PHONE } from "./support.js";

const SCENES = [["/jobs", "empty"], ["/exceptions", "empty"], ["/devices", "empty"], ["/jobs", "out"], ["/jobs", "once"]];
let server;
let browser;
before(async () => { ({ server, browser } = await screens("console")); });

test("the check is not blind: a nameless button is found", async () => {
  const page = await openDesk(browser);
  await desk(page, server.url, "/jobs");
  await page.evaluate(() => document.querySelector("main").append(document.createElement("button")));
  await assert.rejects(clean(page, "planted"), /button-name/);
  await page.context().close();
});

for (const language of ["zh", "en"]) {
  for (const theme of ["light", "dark", "sunlight"]) {
    for (const size of sizes(language, theme, DESK, PHONE)) {
      test(`every console screen is clean: ${language}, ${theme}, ${size.width} px`, async () => {
        const page = await openDesk(browser, { size, language, theme });
        const places = [...routes.flatMap((route) => route.samples.map((sample) => [sample, ""])), ...SCENES];
        for (const [route, scene] of places) {
          await desk(page, server.url, route, { scene });
          await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
          await clean(page, `${route} (${scene})`);
        }
        await asked(page);
        assert.deepEqual(page.problems, []);
        await page.context().close();
      });
    }
  }
}

/** What no address leads to: questions, a list to pick from, a code, a word after an action, a wrong password. */
async function asked(page) {
  await desk(page, server.url, "/job/j-new");
  await page.locator("#cancel").click();
  await clean(page, "the question before cancelling");
  await page.keyboard.press("Escape");
  await page.locator("#assign").click();
  await page.locator("#assignee").selectOption("u-qin");
  await clean(page, "the question before dispatching");
  await page.locator(".ask button[type=submit]").click();
  await page.locator(".said").waitFor();
  await clean(page, "what was said after");
  await desk(page, server.url, "/jobs/new");
  await page.locator("#machine").fill("417");
  await page.locator("#machine-list li").first().waitFor();
  await clean(page, "a list to pick from");
  await desk(page, server.url, "/devices/new?user=u-abdu");
  await page.locator("main form, main .button.primary").first().click();
  await page.locator("#enrol_code").waitFor();
  await still(page);
  await clean(page, "an enrolment code");
  await desk(page, server.url, "/devices?device=d-late");
  await page.locator(".drawer .quiet").last().click();
  await page.locator("#understood").waitFor();
  await clean(page, "the question before revoking");
  await desk(page, server.url, "/people/new");
  await page.locator("#name").fill("丁一");
  await page.locator("#new_login").fill("dingyi");
  await page.locator("#console").check();
  await page.locator("form button[type=submit]").click();
  await page.locator("#once").waitFor();
  await clean(page, "a password that is shown once");
  await desk(page, server.url, "/jobs", { scene: "out" });
  await page.locator("#login").fill("linxiaoyan");
  await page.locator("#password").fill("wrong");
  await page.locator("form button[type=submit]").click();
  await page.locator("[role=alert]").waitFor();
  await clean(page, "a wrong password");
}
