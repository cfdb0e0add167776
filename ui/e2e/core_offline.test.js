// Owns the promise that the app says where the work is while the network goes and comes, in one page that is never
// loaded again: the office gone, the page cut off from its own core, both back. Over the real core and server.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { act, ask, noisy } from "./core_flows.js";
import { enrolled } from "./stage.js";
import { becomes, to } from "./support.js";

let desk;
let page;
let job;
before(async () => {
  ({ desk, page, job } = await enrolled());
  await to(page, `/job/${job}`);
  await page.locator('[id="fault.cause"]').waitFor();
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

test("the office goes away: what is done waits, and nothing is called failed", async () => {
  await pill("up_to_date").waitFor();
  await desk.kill();
  await page.locator('[id="fault.action"]').fill("更换主控阀总成");
  await page.locator('[id="fault.action"]').blur();
  await pill("offline").getByText(/离线 · 待传 \d+/).waitFor();
  await page.locator('[id="photos.nameplate"]').setInputFiles([await noisy(page, "a.jpg"), await noisy(page, "b.jpg")]);
  await page.locator(".thumb img").nth(1).waitFor();
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
  await becomes(async () => { const { draft, value } = await kept(); return draft ?? value; }, "阀芯卡滞，有拉痕", "what was typed");
  await to(page, `/job/${job}`);
  await page.waitForFunction(() => document.getElementById("fault.cause")?.value === "阀芯卡滞，有拉痕");
  await field.focus();
  await field.blur();
  await becomes(async () => (await kept()).value, "阀芯卡滞，有拉痕", "what is recorded");
});

test("the office is back: offline, sending, up to date, in the page that never went away", async () => {
  await watch();
  await desk.start();
  // Held still while work is on its way: how long sending takes is not left to the machine.
  desk.freeze();
  await act(page, { type: "sync.now" });
  await pill("sending").waitFor();
  desk.thaw();
  await pill("up_to_date").waitFor();
  const seen = () => page.evaluate(() => [window.pills[0], window.pills.includes("sending"), window.pills.at(-1)]);
  await becomes(seen, ["offline", true, "up_to_date"], "the pill at first, on its way, at last");
  assert.ok(desk.ops().some((op) => op.kind === "fault" && op.set.cause === "阀芯卡滞，有拉痕"));
});
