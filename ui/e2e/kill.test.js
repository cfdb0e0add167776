// Owns the promise that a killed app loses nothing: the same job, field, text and ink are there again.
// The kill is a renderer crash: no pagehide, no blur. Never a clean close.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { draw, handOver, killAndReopen, takeBack, toPad } from "./flows.js";
import { screens } from "./stage.js";
import { becomes, NOW, open, settled, until, visit } from "./support.js";

let server;
let browser;
before(async () => { ({ server, browser } = await screens()); });

test("what was typed 1 s before the kill is in the same field of the same job", async () => {
  let page = await open(browser);
  await visit(page, server.url, "/job/j-pump");
  await page.locator('[id="fault.cause"]').tap();
  await page.keyboard.insertText("吸油管卡箍松脱，泵吸空烧伤");
  await page.clock.runFor(1000);
  page = await killAndReopen(page, server.url);
  assert.match(page.url(), /#\/job\/j-pump$/);
  await page.waitForFunction(() => document.activeElement?.id === "fault.cause");
  assert.equal(await page.locator('[id="fault.cause"]').inputValue(), "吸油管卡箍松脱，泵吸空烧伤");
  // It is still a draft; leaving the field records it, and the missing-list knows.
  await page.locator('[id="fault.cause"]').blur();
  await visit(page, server.url, "/job/j-pump/missing");
  await page.locator("main ul a").first().waitFor();
  assert.equal(await page.getByText("故障原因没写").count(), 0);
  await page.context().close();
});

test("leaving the app records the text without a tap anywhere", async () => {
  const page = await open(browser);
  await visit(page, server.url, "/job/j-pump");
  await page.locator('[id="fault.action"]').fill("换主泵总成，清洗油箱");
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
  await visit(page, server.url, "/job/j-pump/missing");
  await page.locator("main ul a").first().waitFor();
  assert.equal(await page.getByText("处理措施没写").count(), 0);
  await page.context().close();
});

test("typing is a draft within a second even when it never stops", async () => {
  const page = await open(browser);
  await visit(page, server.url, "/job/j-pump");
  await page.locator('[id="fault.cause"]').tap();
  const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem("fieldcard-fake")).drafts["j-pump"]?.["fault.cause"] ?? "");
  // The clock stands between the keys: how fast this machine is says nothing of how fast he types.
  await page.clock.pauseAt(new Date(NOW.getTime() + 3_600_000));
  for (let n = 0; n < 15; n++) {
    await page.keyboard.insertText("泵");
    await page.clock.runFor(90);
  }
  assert.ok((await kept()).length >= 5, `only ${(await kept()).length} of 15 letters after 1.35 s of typing`);
  await page.context().close();
});

test("a half-filled form of a walk-up job survives", async () => {
  let page = await open(browser);
  await visit(page, server.url, "/jobs/new");
  await page.locator("#customer").fill("老赵砂场");
  await page.locator("#report").fill("回转异响");
  await page.clock.runFor(1000);
  page = await killAndReopen(page, server.url);
  await becomes(() => page.locator("#customer").inputValue(), "老赵砂场", "what was typed first");
  await becomes(() => page.locator("#report").inputValue(), "回转异响", "what was typed next");
  await page.context().close();
});

test("ink survives a kill in the customer's hands, and nothing but the card is there", async () => {
  let page = await open(browser);
  await handOver(page, server.url);
  await toPad(page);
  assert.equal(await page.getByRole("button", { name: "确认" }).isDisabled(), true);
  await draw(page, 2);
  await page.clock.runFor(1000);
  const ink = (target) => target.evaluate(() => JSON.parse(localStorage.getItem("fieldcard-fake")).drafts["v-ready"].ink);
  const before = await ink(page);
  assert.match(before, /^\d+x\d+\.[\w-]{20,}$/);
  page = await killAndReopen(page, server.url);
  await page.locator(".ink canvas").waitFor();
  assert.equal(await ink(page), before);
  await until(() => page.evaluate(() => {
    const canvas = document.querySelector(".ink canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length > 300;
  }), "the ink is drawn again");
  await becomes(() => page.getByRole("button", { name: "确认" }).isEnabled(), true, "the ink can be confirmed");
  // No way out by address, back key or bar.
  await page.evaluate(() => (location.hash = "/jobs"));
  await page.waitForTimeout(200);
  assert.equal(await page.locator("#job_search").count(), 0);
  assert.equal(await page.locator("nav").count(), 0);
  assert.deepEqual(await page.locator("a[href]").count(), 0);
  await page.getByRole("button", { name: "确认" }).click();
  await page.getByRole("heading", { name: "服务卡已封存" }).waitFor();
  await takeBack(page, "XX");
  await page.locator(".toast").getByText(/^首字母不对/).waitFor();
  await page.locator("#initials").fill("cy");
  await page.getByRole("button", { name: "打开应用" }).click();
  await settled(page);
  await page.locator("nav").first().waitFor();
  await page.context().close();
});

test("ink turns with the phone and can be cleared", async () => {
  const page = await open(browser);
  await handOver(page, server.url);
  await toPad(page);
  await draw(page, 1);
  await page.setViewportSize({ width: 740, height: 360 });
  await until(() => page.locator(".ink").evaluate((box) => box.clientWidth > box.clientHeight), "the pad lies");
  await becomes(() => page.getByRole("button", { name: "确认" }).isEnabled(), true, "the ink is still there");
  await page.getByRole("button", { name: "重写" }).click();
  await becomes(() => page.getByRole("button", { name: "确认" }).isDisabled(), true, "cleared");
  await page.context().close();
});
