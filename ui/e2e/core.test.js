// Owns the main job on the real core: enrol, work with the server gone, sign, survive two kills, hand in.
// Compares what was entered with what the office holds, by content.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createHash } from "node:crypto";
import { drawnRows, rowsOf, sealedBytes } from "./card_rows.js";
import { ask, enrol, executed, jobByNumber, openApp, strokes } from "./core_flows.js";
import { draw } from "./flows.js";
import { DEMO_JOB, department, TECHNICIAN } from "./stage.js";
import { becomes, until } from "./support.js";

const ACTION = "更换主控阀总成，清洗油箱，试机正常";

let desk;
let phone;
let browser;
let page;
before(async () => { ({ desk, phone, browser } = await department()); });

const open = async (route) => {
  await page?.context().close();
  page = await openApp(browser, phone, { route });
};
const button = (name) => page.getByRole("button", { name, exact: true });
const query = (about) => ask(page, about);
const unfold = () => page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));

test("a phone enrols by a typed code and has its work", async () => {
  await open();
  await enrol(page, desk, TECHNICIAN);
  await page.getByText("云岭县双汊河镇建材市场145号").waitFor();
});

test("the repair is recorded with the server gone, and a kill costs nothing", async () => {
  await desk.kill();
  const { job } = await jobByNumber(page, DEMO_JOB);
  await open(`/job/${job}`);
  for (const [step, then] of [["出发", "已出发"], ["到达", "到达现场"], ["开始维修", "维修中"]]) {
    await button(step).tap();
    await page.locator("header .chip").getByText(then, { exact: true }).waitFor();
  }
  await page.locator('[id="meter.hours"]').fill("1846.5");
  await page.locator('[id="meter.hours"]').blur();
  for (const [field, text] of [["phenomenon", "热车后动臂无力"], ["place", "主控阀"], ["cause", "阀芯卡滞"], ["action", ACTION]]) {
    await page.locator(`[id="fault.${field}"]`).fill(text);
    await page.locator(`[id="fault.${field}"]`).blur();
  }
  await page.locator("#note").fill("下次带 14 号内六角");
  await executed(page, { type: "draft.save", field: "note", value: "下次带 14 号内六角" });
  await becomes(async () => (await query({ type: "job_page", job })).fault.action.value, ACTION, "the field is on the disk");
  await becomes(async () => (await query({ type: "start" })).last_place.field, "note", "the place is on the disk");
  await phone.restart();
  // No address is given: the app comes back to the same job, in the field that he was typing in.
  await open();
  await page.waitForFunction(() => document.querySelector("#note")?.value === "下次带 14 号内六角" && document.activeElement?.id === "note");
  assert.equal(await page.evaluate(() => location.hash), `#/job/${job}`);
  await becomes(() => page.locator('[id="fault.action"]').inputValue(), ACTION, "what was recorded before");
  await button("添加备注").tap();
  await page.locator("#notes .note", { hasText: "下次带 14 号内六角" }).waitFor();
});

test("the customer signs; the ink outlives a kill; the office gets every byte and says so", async () => {
  const { job, visit } = await jobByNumber(page, DEMO_JOB);
  await open(`/sign/${visit}`);
  await button("生成服务卡").tap();
  await button("把手机交给用户").tap();
  await page.locator("#words").fill("修得快");
  await unfold();
  const read = await drawnRows(page);
  await page.getByRole("button", { name: "去签字" }).tap();
  await page.locator(".ink canvas").waitFor();
  await draw(page, 2);
  const kept = async () => (await query({ type: "drafts", rec: visit })).fields.ink ?? "";
  await becomes(async () => strokes(await kept()), 2, "strokes on the disk");
  const inked = await kept();
  await phone.restart();
  await open();
  await page.locator(".ink canvas, #words").first().waitFor();
  assert.equal(await kept(), inked);
  if (await page.locator("#words").isVisible()) await page.getByRole("button", { name: "去签字" }).tap();
  await button("确认").tap();
  await page.getByText("封存后改动任何一个字都会被发现。").waitFor();
  const sealed = (await query({ type: "sign_off", visit })).sealed;
  await page.locator('svg[role="img"] path.ink').waitFor();
  const under = (await page.locator("main dl").first().textContent()).replace(/\s/g, "");
  for (const said of [sealed.digest, sealed.signer, sealed.stamp.device]) assert.ok(under.includes(said), `${said} does not stand under the ink`);
  await unfold();
  assert.deepEqual(await drawnRows(page), read, "what is sealed is what he read");
  // Killed with the sealed card in the customer's hands: it opens there again, and only the initials lead out.
  await phone.restart();
  await open(`/job/${job}`);
  await page.getByText("封存后改动任何一个字都会被发现。").waitFor();
  assert.equal(await page.locator("nav, a[href]").count(), 0);
  await button("把手机交还服务人员").tap();
  await page.locator("#initials").fill("XX");
  await button("打开应用").tap();
  await page.locator(".toast").getByText(/^首字母不对/).waitFor();
  await phone.restart();
  await open();
  await page.getByText("封存后改动任何一个字都会被发现。").waitFor();
  await button("把手机交还服务人员").tap();
  await page.locator("#initials").fill("cgd");
  await button("打开应用").tap();
  await page.locator("nav").first().waitFor();
  await phone.restart();
  await desk.start();
  await open();
  await page.locator("nav").first().waitFor();
  const held = await until(async () => (await query({ type: "job_page", job })).receipt, "the receipt of the job");
  assert.match(held.code, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const office = await desk.logIn(TECHNICIAN);
  const bytes = await sealedBytes(office, job, sealed.card);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), sealed.digest);
  assert.deepEqual(read, rowsOf(JSON.parse(bytes)), "the screen drew other rows than the card has");
  const ops = desk.ops();
  assert.ok(ops.some((op) => op.kind === "job" && op.set.action === ACTION), "the work done is not in the office");
  assert.ok(ops.some((op) => op.kind === "card" && op.set.sha256 === sealed.digest), "the card is not in the office");
  assert.ok(ops.some((op) => op.kind === "note" && op.set.text === "下次带 14 号内六角"), "the note is not in the office");
});
