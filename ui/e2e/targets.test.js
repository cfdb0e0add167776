// Owns the promise of ux.md that a glove can hit it: targets of 48 px, the primary one of 56, nothing wider
// than the phone, text that grows to 200 %. Never counts what cannot be tapped.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { routes } from "../app/routes.js";
import { draw, handOver, toPad } from "./flows.js";
import { screens } from "./stage.js";
import { dress, open, visit } from "./support.js";

let server;
let browser;
before(async () => { ({ server, browser } = await screens()); });

/** Every control's own box, or its label's where the label takes the tap. */
function tooSmall() {
  const seen = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((control) => control.getClientRects().length > 0);
  return seen.flatMap((control) => {
    const box = (control.closest("label") ?? control).getBoundingClientRect();
    const least = control.matches(".primary") ? 56 : 48;
    return box.height < least - 0.5 || box.width < 47.5 ? [`${control.tagName} ${control.textContent?.trim().slice(0, 20) || control.id} ${Math.round(box.width)}×${Math.round(box.height)}`] : [];
  });
}

/** What no address leads to: the customer's card, the pad and the sealed card, each when it stands. */
async function* handedOver(page) {
  await handOver(page, server.url);
  yield "the customer's card";
  await toPad(page);
  yield "the pad";
  await draw(page);
  await page.getByRole("button", { name: /^(确认|Confirm)$/ }).click();
  await page.getByRole("heading", { name: /^(服务卡已封存|The card is sealed)$/ }).waitFor();
  yield "the sealed card";
  await page.locator("footer button").click();
  await page.locator("#initials").waitFor();
  yield "the way back";
}

/** How far the page is wider than the phone, with the text at this size. */
const overAt = (page, scale) => page.evaluate((size) => {
  document.documentElement.style.fontSize = size;
  const body = document.querySelector("main .body, .pad");
  const over = Math.max(document.documentElement.scrollWidth - innerWidth, body ? body.scrollWidth - body.clientWidth : 0);
  document.documentElement.style.fontSize = "";
  return over;
}, scale);

async function narrow(page, screen) {
  for (const scale of ["100%", "200%"]) {
    const over = await overAt(page, scale);
    assert.ok(over <= 0, `${screen} at ${scale} is ${over} px too wide`);
  }
}

for (const language of ["zh", "en"]) {
  test(`every target is large enough for a glove: ${language}`, async () => {
    const page = await open(browser);
    await dress(page, server.url, language, "light");
    for (const sample of routes.flatMap((route) => route.samples)) {
      await visit(page, server.url, sample);
      assert.deepEqual(await page.evaluate(tooSmall), [], sample);
    }
    for await (const screen of handedOver(page)) assert.deepEqual(await page.evaluate(tooSmall), [], screen);
    await page.context().close();
  });

  test(`no screen is wider than the phone, also with text at 200 %: ${language}`, async () => {
    const page = await open(browser);
    await dress(page, server.url, language, "sunlight");
    for (const sample of routes.flatMap((route) => route.samples)) {
      await visit(page, server.url, sample);
      await narrow(page, sample);
    }
    for await (const screen of handedOver(page)) await narrow(page, screen);
    await page.context().close();
  });
}
