// Owns the dispatcher's and the decider's work at the console on the real server: what two phones said of one field,
// filters, re-assignment, calling off. Never a fake.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { goTo, PASSWORD, signIn } from "./console_support.js";
import { act, ask, drained, enrol, jobByNumber, openApp } from "./core_flows.js";
import { device } from "./core.js";
import { DEMO_JOB, department, own, TECHNICIAN } from "./stage.js";
import { becomes, until } from "./support.js";

const SAID = ["滤芯超期未换", "滤芯不是原厂件"];
let server;
let browser;
let desk;
const pages = [];
let job;

before(async () => {
  const { desk: first, phone, browser: window } = await department((office) => office.passwd(TECHNICIAN, PASSWORD));
  [server, browser] = [first, window];
  for (const each of [phone, await own(device())]) {
    pages.push(await openApp(browser, each));
    await enrol(pages.at(-1), server, TECHNICIAN);
    ({ job } = await jobByNumber(pages.at(-1), DEMO_JOB));
  }
});

const button = (name) => desk.getByRole("button", { name, exact: true });
const numbers = () => desk.locator("main a.open").allTextContents();
const go = (route, heading) => goTo(desk, route, heading);

test("two phones say two things of one field: the desk shows both, who and when, and one of them is taken", async () => {
  await server.kill();
  for (const [n, value] of SAID.entries()) await act(pages[n], { type: "fault.set", job, field: "findings", value });
  await server.start();
  for (const page of pages) await drained(page);
  desk = await signIn(browser, server.url, TECHNICIAN);
  await go("/jobs", "服务单");
  await desk.locator("main .tick input").check();
  await becomes(numbers, [DEMO_JOB], "what needs a decision");
  await go("/exceptions", "异常");
  const found = desk.locator(".exception", { hasText: DEMO_JOB });
  await found.waitFor();
  for (const value of SAID) await found.getByText(value, { exact: true }).waitFor();
  assert.equal(await found.locator(".values li", { hasText: "陈国栋" }).count(), 2, "who said it");
  assert.equal(await found.locator(".values li", { hasText: /\d\d:\d\d/ }).count(), 2, "when");
  const [, other] = await found.locator(".values .value .text").allTextContents();
  await found.locator(".values li").nth(1).getByRole("button").click();
  await desk.locator(".said").waitFor();
  await found.waitFor({ state: "detached" });
  for (const page of pages) await drained(page);
  await becomes(async () => (await ask(pages[0], { type: "job_page", job })).fault.findings.value, other, "the phones hold what the desk took");
  assert.deepEqual(desk.problems, []);
});

test("the list is narrowed by who leads and by unit", async () => {
  const leads = () => desk.locator("main tbody tr").evaluateAll((lines) => lines.map((line) => line.textContent.includes("陈国栋")));
  await go("/jobs", "服务单");
  await desk.locator("main a.open").first().waitFor();
  const all = await numbers();
  const less = (now) => now.length > 0 && now.length < all.length;
  const lead = desk.locator("#lead");
  await lead.selectOption({ label: (await lead.locator("option", { hasText: "陈国栋" }).first().textContent()).trim() });
  await until(async () => less(await numbers()), "his jobs");
  assert.deepEqual([...new Set(await leads())], [true]);

  await go("/jobs", "服务单");
  await becomes(numbers, all, "the whole list again");
  const units = await desk.locator("#unit option").evaluateAll((options) => options.map((option) => option.value).filter(Boolean));
  const answered = new Map();
  for (const unit of units) {
    const [, found] = await Promise.all([
      desk.locator("#unit").selectOption(unit),
      desk.waitForResponse((answer) => /\/jobs\?/.test(answer.url()) && new URL(answer.url()).searchParams.get("unit") === unit).then((answer) => answer.json()),
    ]);
    answered.set(unit, found.jobs.length);
    await becomes(numbers, found.jobs.map((job) => job.number), `the jobs of unit ${unit}`);
  }
  assert.ok([...answered.values()].some((count) => count > 0 && count < all.length), `no unit narrows the list: ${[...answered.values()]}`);
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
  await drained(pages[0]);
  await becomes(async () => (await ask(pages[0], { type: "jobs", search: number, limit: 5 })).rows.length, 0, "nothing of it is unsent: it leaves the phone");
  await go(`/job/${other}`, number);
  await desk.locator("#cancel").click();
  assert.equal(await button("取消服务单").isDisabled(), true);
  await desk.locator("#why").fill("用户自己修好了");
  await button("取消服务单").click();
  await desk.locator("main .chip", { hasText: "取消" }).first().waitFor();
  assert.ok(server.ops().some((op) => op.kind === "step" && op.set.step === "cancelled" && op.set.subject === other));
  assert.deepEqual(desk.problems, []);
});
