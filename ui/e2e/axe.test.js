// Owns the promise that every screen the router knows passes axe: both languages, three themes; the wide size once a theme.
// Never disables a rule, never excludes a part of a screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { routes } from "../app/routes.js";
import { clean as axe, sizes } from "./axe.js";
import { draw, handOver, takeBack, toPad } from "./flows.js";
import { screens } from "./stage.js";
import { becomes, dress, open, PHONE, settled, visit, WIDE } from "./support.js";

const SCENES = { "/today": ["day", "offline", "empty", "never", "partial"], "/sync": ["day", "synced", "partial"], "/jobs": ["day", "empty", "partial"], "/enrol": ["enrol", "waiting"] };
// No settings before the enrolment: the address says how these are dressed.
const NEW = ["enrol", "waiting"];

let server;
let browser;
let checked = 0;
before(async () => { ({ server, browser } = await screens()); });
after(() => console.log(`# axe ran on ${checked} screens`));

async function clean(page, what) {
  checked++;
  await axe(page, what);
}

const wears = (page, language, theme, what) => becomes(() => page.evaluate(() => [document.documentElement.lang.slice(0, 2), document.documentElement.dataset.theme]), [language, theme], what);

test("the check is not blind: a nameless button and pale text are found", async () => {
  const page = await open(browser);
  await visit(page, server.url, "/today");
  await page.evaluate(() => {
    const button = document.createElement("button");
    const pale = document.createElement("p");
    pale.textContent = "pale";
    pale.style.cssText = "color:#ccc;background:#fff";
    document.querySelector("main .body").append(button, pale);
  });
  await assert.rejects(clean(page, "planted"), /button-name[\s\S]*color-contrast|color-contrast[\s\S]*button-name/);
  await page.context().close();
});

for (const language of ["zh", "en"]) {
  for (const theme of ["light", "dark", "sunlight"]) {
    for (const size of sizes(language, theme, PHONE, WIDE)) {
      test(`every screen is clean: ${language}, ${theme}, ${size.width} px`, async () => {
        const page = await open(browser, { size });
        const scenes = ["day", "partial", "offline", "empty", "never", "synced", ...NEW];
        for (const scene of scenes) {
          const samples = routes.flatMap((route) => route.samples).filter((sample) => (SCENES[sample] ?? ["day"]).includes(scene));
          if (!NEW.includes(scene)) await dress(page, server.url, language, theme, scene);
          for (const sample of samples) {
            await visit(page, server.url, sample, scene, NEW.includes(scene) ? { language, theme } : {});
            await wears(page, language, theme, `${sample} (${scene})`);
            await becomes(() => page.locator(".digits").count(), scene === "waiting" ? 1 : 0, scene);
            await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
            await clean(page, `${sample} (${scene})`);
          }
        }
        assert.deepEqual(page.problems, []);
        await page.context().close();
      });
    }

    test(`sign-off is clean: ${language}, ${theme}`, async () => {
      const page = await open(browser);
      await dress(page, server.url, language, theme);
      await handOver(page, server.url);
      const worn = async (what) => {
        await wears(page, language, theme, what);
        await clean(page, what);
      };
      await worn("the customer's card");
      await toPad(page);
      await worn("the pad, empty");
      await draw(page);
      await worn("the pad, signed");
      await page.setViewportSize({ width: 740, height: 360 });
      await clean(page, "the pad, landscape");
      await page.setViewportSize(PHONE);
      await page.getByRole("button", { name: /^(确认|Confirm)$/ }).click();
      await page.getByRole("heading", { name: /^(服务卡已封存|The card is sealed)$/ }).waitFor();
      await worn("the sealed card");
      await takeBack(page, "XX");
      await page.locator(".toast").waitFor();
      await clean(page, "the way back, with an error");
      await page.locator("#initials").fill("CY");
      await page.locator("footer button").first().click();
      await settled(page);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }
}
