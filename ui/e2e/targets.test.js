// Owns the promise of ux.md that a glove can hit it: targets of 48 px, the primary one of 56, nothing wider
// than the phone, text that grows to 200 %. Never counts what cannot be tapped.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { routes } from "../app/routes.js";
import { dress, launch, open, serve, visit } from "./support.js";

let server;
let browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Every control's own box, or its label's where the label takes the tap. */
function tooSmall() {
  const seen = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((control) => control.getClientRects().length > 0);
  return seen.flatMap((control) => {
    const box = (control.closest("label") ?? control).getBoundingClientRect();
    const least = control.matches(".primary") ? 56 : 48;
    return box.height < least - 0.5 || box.width < 47.5 ? [`${control.tagName} ${control.textContent?.trim().slice(0, 20) || control.id} ${Math.round(box.width)}×${Math.round(box.height)}`] : [];
  });
}

for (const language of ["zh", "en"]) {
  test(`every target is large enough for a glove: ${language}`, { timeout: 120_000 }, async () => {
    const page = await open(browser);
    await dress(page, server.url, language, "light");
    for (const sample of routes.flatMap((route) => route.samples)) {
      await visit(page, server.url, sample);
      assert.deepEqual(await page.evaluate(tooSmall), [], sample);
    }
    await page.context().close();
  });

  test(`no screen is wider than the phone, also with text at 200 %: ${language}`, { timeout: 120_000 }, async () => {
    const page = await open(browser);
    await dress(page, server.url, language, "sunlight");
    for (const sample of routes.flatMap((route) => route.samples)) {
      await visit(page, server.url, sample);
      for (const scale of ["100%", "200%"]) {
        const over = await page.evaluate((size) => {
          document.documentElement.style.fontSize = size;
          const body = document.querySelector("main .body");
          return Math.max(document.documentElement.scrollWidth - innerWidth, body ? body.scrollWidth - body.clientWidth : 0);
        }, scale);
        assert.ok(over <= 0, `${sample} at ${scale} is ${over} px too wide`);
      }
      await page.evaluate(() => (document.documentElement.style.fontSize = ""));
    }
    await page.context().close();
  });
}
