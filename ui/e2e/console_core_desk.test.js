// Owns the dispatcher's and the decider's work at the console on the real server: what two phones said of one field,
// filters, re-assignment, calling off. Never a fake.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { act, ask, enrol, jobByNumber, openApp } from "./core_flows.js";
import { device, office } from "./core.js";
import { launch } from "./support.js";

const PASSWORD = "云岭的石头会唱歌 417";
const NUMBER = "FW20261121-004";
const SAID = ["滤芯超期未换", "滤芯不是原厂件"];
let server;
let browser;
let desk;
const phones = [];
const pages = [];
let job;

before(async () => {
  server = await office();
  server.passwd("chenguodong", PASSWORD);
  await server.start();
  browser = await launch();
  for (let n = 0; n < 2; n++) {
    phones.push(await device());
    pages.push(await openApp(browser, phones[n]));
    await enrol(pages[n], server, "chenguodong");
    await pages[n].getByText("云岭县双汊河镇建材市场145号").waitFor({ timeout: 30_000 });
  }
  ({ job } = await jobByNumber(pages[0], NUMBER));
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  desk = await context.newPage();
  desk.problems = [];
  desk.on("pageerror", (error) => desk.problems.push(String(error)));
});
after(async () => {
  await browser?.close();
  for (const phone of phones) await phone.stop();
  await server?.stop();
});

const button = (name) => desk.getByRole("button", { name, exact: true });
const go = async (route, heading) => {
  await desk.evaluate((hash) => { location.hash = hash; }, route);
  await desk.locator("h1", { hasText: heading }).waitFor();
};
const rows = (count) => desk.waitForFunction((wanted) => document.querySelectorAll("main a.open").length === wanted, count);
async function sent(page) {
  await act(page, { type: "sync.now" });
  for (let n = 0; n < 120; n++) {
    if ((await ask(page, { type: "data_state" })).waiting === 0) return;
    await page.waitForTimeout(250);
  }
  throw new Error("not everything was sent");
}

test("two phones say two things of one field: the desk shows both, who and when, and one of them is taken", async () => {
  await server.kill();
  for (const [n, value] of SAID.entries()) await act(pages[n], { type: "fault.set", job, field: "findings", value });
  await server.start();
  for (const page of pages) await sent(page);
  await desk.goto(server.url);
  await desk.locator("#login").fill("chenguodong");
  await desk.locator("#password").fill(PASSWORD);
  await button("登录").click();
  await desk.locator("nav").waitFor();
  await go("/exceptions", "异常");
  const found = desk.locator(".exception", { hasText: NUMBER });
  await found.waitFor();
  for (const value of SAID) await found.getByText(value, { exact: true }).waitFor();
  assert.equal(await found.locator(".values li", { hasText: "陈国栋" }).count(), 2, "who said it");
  assert.equal(await found.locator(".values li", { hasText: /\d\d:\d\d/ }).count(), 2, "when");
  const [, other] = await found.locator(".values .value .text").allTextContents();
  await found.locator(".values li").nth(1).getByRole("button").click();
  await desk.locator(".said").waitFor();
  await found.waitFor({ state: "detached" });
  for (const page of pages) await sent(page);
  const stands = async () => (await ask(pages[0], { type: "job_page", job })).fault.findings.value;
  for (let n = 0; n < 60 && (await stands()) !== other; n++) await pages[0].waitForTimeout(250);
  assert.equal(await stands(), other, "the phones do not hold what the desk took");
  assert.deepEqual(desk.problems, []);
});

test("the list is narrowed by who leads, by unit and to what needs a decision", async () => {
  await go("/jobs", "服务单");
  const count = async () => desk.locator("main a.open").count();
  await desk.locator("main a.open").first().waitFor();
  const all = await count();
  const lead = desk.locator("#lead");
  await lead.selectOption({ label: (await lead.locator("option", { hasText: "陈国栋" }).first().textContent()).trim() });
  await desk.waitForFunction((before) => document.querySelectorAll("main a.open").length < before, all);
  const his = await count();
  assert.ok(his > 0 && his < all);
  assert.deepEqual([...new Set(await desk.locator("main tbody tr").evaluateAll((lines) => lines.map((line) => line.textContent.includes("陈国栋"))))], [true]);
  await go("/jobs", "服务单");
  await rows(all);
  assert.equal(await desk.locator("#unit option").count() > 1, true, "no unit to choose");
  await desk.locator("#unit").selectOption({ index: 1 });
  await desk.waitForFunction(() => /unit=/.test(location.hash));
  assert.ok((await count()) <= all);
  await go("/jobs", "服务单");
  await rows(all);
  await desk.locator("main .tick input").check();
  await desk.waitForFunction((before) => document.querySelectorAll("main a.open").length < before, all);
});

test("a job is given to somebody else, and called off, each with a reason that the phone shows", async () => {
  const { job: other, number } = await jobByNumber(pages[0], "FW20261118-001");
  await go(`/job/${other}`, number);
  await desk.locator("#assign").click();
  await desk.locator("#assignee").selectOption({ label: (await desk.locator("#assignee option", { hasText: "秦永胜" }).textContent()).trim() });
  assert.equal(await button("确认改派").isDisabled(), true, "without a reason");
  await desk.locator("#reason").fill("他离得近");
  await button("确认改派").click();
  await desk.locator(".said").getByText("已派给秦永胜").waitFor();
  await desk.locator("main").getByText("秦永胜").first().waitFor();
  await sent(pages[0]);
  const here = async () => (await ask(pages[0], { type: "jobs", search: number, limit: 5 })).rows.length;
  for (let n = 0; n < 60 && (await here()) > 0; n++) await pages[0].waitForTimeout(250);
  assert.equal(await here(), 0, "nothing of it is unsent: it leaves the phone");
  await go(`/job/${other}`, number);
  await desk.locator("#cancel").click();
  assert.equal(await button("取消服务单").isDisabled(), true);
  await desk.locator("#why").fill("用户自己修好了");
  await button("取消服务单").click();
  await desk.locator("main .chip", { hasText: "取消" }).first().waitFor();
  assert.ok(server.ops().some((op) => op.kind === "step" && op.set.step === "cancelled" && op.set.subject === other));
  assert.deepEqual(desk.problems, []);
});
