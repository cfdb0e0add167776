// Owns the promise that the app says where the work is while the network goes and comes, in one page that is never
// loaded again: the office gone, the page cut off from its own core, both back. Over the real core and server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, ask, enrol, jobByNumber, openApp } from "./core_flows.js";
import { device, office } from "./core.js";
import { launch } from "./support.js";

const NUMBER = "FW20261121-004";
let desk;
let phone;
let browser;
let page;
let job;
before(async () => {
  desk = await office();
  await desk.start();
  phone = await device();
  browser = await launch();
  page = await openApp(browser, phone);
  await enrol(page, desk, "chenguodong");
  await page.getByText("云岭县双汊河镇建材市场145号").waitFor({ timeout: 30_000 });
  ({ job } = await jobByNumber(page, NUMBER));
  await page.evaluate((to) => (location.hash = to), `/job/${job}`);
  await page.locator('[id="fault.cause"]').waitFor();
});
after(async () => {
  await browser?.close();
  await phone?.stop();
  await desk?.stop();
});

const pill = (state) => page.locator(`main header .pill[data-state="${state}"]`);

/** Keeps every state that the pill has shown, in order. */
const watch = () => page.evaluate(() => {
  window.pills = [];
  const look = () => {
    const now = document.querySelector("main header .pill")?.dataset.state;
    if (now && now !== window.pills.at(-1)) window.pills.push(now);
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
});

/** A picture with noise in it: it takes a while to send. */
async function noisy(name) {
  const bytes = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2000, 1500];
    const context = canvas.getContext("2d");
    const noise = context.createImageData(2000, 1500);
    for (let n = 0; n < noise.data.length; n++) noise.data[n] = n % 4 === 3 ? 255 : Math.random() * 256;
    context.putImageData(noise, 0, 0);
    return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
  });
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(bytes, "base64") };
}

test("the office goes away: what is done waits, and nothing is called failed", async () => {
  await pill("up_to_date").waitFor({ timeout: 30_000 });
  await desk.kill();
  await page.locator('[id="fault.action"]').fill("更换主控阀总成");
  await page.locator('[id="fault.action"]').blur();
  await pill("offline").waitFor({ timeout: 30_000 });
  assert.match(await pill("offline").textContent(), /离线 · 待传 \d+/);
  await page.locator('[id="photos.nameplate"]').setInputFiles([await noisy("a.jpg"), await noisy("b.jpg")]);
  await page.locator(".thumb img").nth(1).waitFor({ timeout: 30_000 });
});

test("the page is cut off in the middle of a word: what was typed is kept when it is back, without another key", async () => {
  const field = page.locator('[id="fault.cause"]');
  await field.fill("阀芯");
  await page.context().setOffline(true);
  await field.fill("阀芯卡滞，有拉痕");
  await field.blur();
  await page.locator(".toast").waitFor();
  await page.evaluate(() => (location.hash = "/jobs"));
  await page.locator("#job_search").waitFor();
  await page.context().setOffline(false);
  const kept = async () => (await ask(page, { type: "job_page", job })).fault.cause;
  for (let n = 0; n < 60 && (await kept()).draft === null && (await kept()).value === ""; n++) await page.waitForTimeout(500);
  const found = await kept();
  assert.equal(found.draft ?? found.value, "阀芯卡滞，有拉痕");
  await page.evaluate((to) => (location.hash = to), `/job/${job}`);
  await page.waitForFunction(() => document.getElementById("fault.cause")?.value === "阀芯卡滞，有拉痕");
  await field.focus();
  await field.blur();
  for (let n = 0; n < 20 && (await kept()).value === ""; n++) await page.waitForTimeout(250);
  assert.equal((await kept()).value, "阀芯卡滞，有拉痕");
});

test("the office is back: offline, sending, up to date, in the page that never went away", async () => {
  await watch();
  await desk.start();
  await act(page, { type: "sync.now" });
  await pill("up_to_date").waitFor({ timeout: 60_000 });
  const seen = await page.evaluate(() => window.pills);
  assert.deepEqual([seen[0], seen.includes("sending"), seen.at(-1)], ["offline", true, "up_to_date"], seen.join(" → "));
  assert.ok(desk.ops().some((op) => op.kind === "fault" && op.set.cause === "阀芯卡滞，有拉痕"));
});
