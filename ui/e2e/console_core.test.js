// Owns the console on the real server, with a real device beside it: enrol by a code, make and dispatch a job, the
// technician signs it off, the office reads the sealed card; then revoke, and a new account. Never a fake.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { clean } from "./axe.js";
import { goTo, PASSWORD, printed, signIn } from "./console_support.js";
import { act, ask, executed, jobByNumber, jpeg, openApp } from "./core_flows.js";
import { draw } from "./flows.js";
import { department, TECHNICIAN } from "./stage.js";
import { becomes, freshPage, settled, to, until } from "./support.js";

const ADMINISTRATOR = "linxiaoyan";
const REPORT = "左行走马达异响，停一会又好了";
const ACTION = "更换左行走马达浮动油封，试机正常";
const NEVER = "写到一半的话";
let server;
let phone;
let browser;
let desk;
let app;

before(async () => {
  ({ desk: server, phone, browser } = await department((office) => [ADMINISTRATOR, TECHNICIAN].forEach((login) => office.passwd(login, PASSWORD))));
});

/** The console in a browser of its own; a console error or a breach of the content policy fails the test. */
async function sitDown(login) {
  await desk?.context().close();
  desk = await signIn(browser, server.url, login);
}
const button = (name) => desk.getByRole("button", { name, exact: true });
const go = (route, heading) => goTo(desk, route, heading);
const calm = () => assert.deepEqual(desk.problems, []);

async function onPhone(route = "") {
  await app?.context().close();
  app = await openApp(browser, phone, { route });
}

test("the desk says no to a wrong password, and names nobody", async () => {
  const page = await freshPage(browser, { ignoreHTTPSErrors: true });
  await page.goto(server.url);
  await page.locator("#login").fill(TECHNICIAN);
  await page.locator("#password").fill("not the password");
  await page.locator("form button[type=submit]").click();
  await page.getByRole("alert").getByText("登录名或密码不对").waitFor();
  await page.context().close();
});

test("a phone is enrolled by the console's code, and let in by its six digits", async () => {
  await sitDown(ADMINISTRATOR);
  await go("/devices/new", "登记一台设备");
  await desk.locator("#owner").fill("陈国栋");
  await desk.locator("#owner-list li").first().waitFor();
  await desk.keyboard.press("Enter");
  await button("生成登记码").click();
  const typed = await desk.locator("#enrol_code").textContent();
  assert.ok((await desk.locator("svg[role=img] path").last().getAttribute("d")).length > 1000, "the QR code has no modules");
  await onPhone();
  await app.locator("#address").fill(await desk.locator("#enrol_url").textContent());
  await app.locator("#code").fill(typed);
  await app.getByRole("button", { name: /登记/ }).tap();
  await app.locator(".digits").waitFor();
  const digits = (await app.locator(".digits").textContent()).replace(/\D/g, "");
  const box = desk.locator("main input[id^=digits-]");
  await box.waitFor();
  await box.fill(digits === "000000" ? "000001" : "000000");
  await button("数字一样，确认").click();
  await desk.locator(".said").getByText("不能这样填").waitFor();
  await box.fill(digits);
  await button("数字一样，确认").click();
  await desk.locator(".said").getByText("设备已确认").waitFor();
  await app.getByRole("heading", { name: "今日" }).waitFor();
  calm();
});

let number;
test("a supervisor makes a job for a machine found by its tail, and dispatches it", async () => {
  await sitDown(TECHNICIAN);
  await desk.keyboard.press("n");
  await desk.locator("#machine").fill("00059");
  await desk.locator("#machine-list li").first().waitFor();
  await desk.keyboard.press("Enter");
  await desk.locator("p#customer").waitFor();
  await desk.locator("#report").fill(REPORT);
  await button("建单").click();
  await desk.locator("h1", { hasText: /^FW\d{8}-\d{3}/ }).waitFor();
  number = await desk.locator("h1").textContent();
  await desk.locator(".chip", { hasText: "已建单" }).waitFor();
  await desk.locator("#assign").click();
  await desk.locator("#assignee").selectOption({ label: (await desk.locator("#assignee option", { hasText: "陈国栋" }).textContent()).trim() });
  await button("确认派工").click();
  await desk.locator(".chip", { hasText: "已派工" }).waitFor();
  await go("/jobs", "服务单");
  await desk.keyboard.press("/");
  await desk.keyboard.type(number);
  await becomes(async () => (await desk.locator("a.open").allTextContents()).map((text) => text.trim()), [number], "the one job that is found");
  calm();
});

test("what the technician signed off is read at the desk as the customer saw it, its seal checked", async () => {
  await act(app, { type: "sync.now" });
  const { job } = await jobByNumber(app, number);
  await onPhone(`/job/${job}`);
  const tap = (name) => app.getByRole("button", { name, exact: true }).tap();
  for (const [step, then] of [["接单", "已接单"], ["出发", "已出发"], ["到达", "到达现场"], ["开始维修", "维修中"]]) {
    await tap(step);
    await app.locator("header .chip").getByText(then, { exact: true }).waitFor();
  }
  await app.locator('[id="meter.hours"]').fill("1846.5");
  await app.locator('[id="meter.hours"]').blur();
  await app.locator('[id="fault.action"]').fill(ACTION);
  await app.locator('[id="fault.action"]').blur();
  await app.locator('[id="photos.fault"]').setInputFiles(await jpeg(app, "fault.jpg"));
  await app.locator(".thumb img").first().waitFor();
  await executed(app, { type: "fault.set", field: "action", value: ACTION });
  const { visit } = await jobByNumber(app, number);
  await onPhone(`/sign/${visit}`);
  await tap("生成服务卡");
  await tap("把手机交给用户");
  await app.locator("#words").fill("修得快");
  await app.getByRole("button", { name: "去签字" }).tap();
  await app.locator(".ink canvas").waitFor();
  await draw(app);
  await tap("确认");
  await app.getByText("封存后改动任何一个字都会被发现。").waitFor();
  const { sealed } = await ask(app, { type: "sign_off", visit });

  await go(`/job/${job}`, number);
  const card = desk.getByRole("link", { name: "看服务卡" });
  await until(async () => {
    await desk.reload();
    await desk.locator("h1", { hasText: number }).waitFor();
    await card.or(desk.getByText("还没有服务卡")).first().waitFor();
    return (await desk.locator(".chip", { hasText: "封存有效" }).count()) > 0;
  }, "the card is with the office, its seal checked");
  await desk.locator(".chip", { hasText: "已签" }).first().waitFor();
  await card.click();
  await desk.locator('#verdict[data-verdict="valid"]').waitFor();
  await desk.locator(".paper").getByText(ACTION).waitFor();
  await desk.locator(".paper").getByText("修得快").waitFor();
  await desk.locator(".paper").getByText(sealed.digest).waitFor();
  assert.ok((await desk.locator(".paper svg path.ink").getAttribute("d")).length > 100, "the strokes are not drawn");
  const { sizes, empty, text, paper } = await printed(desk);
  assert.deepEqual([sizes, empty], [["595 × 842"], 0]);
  for (const said of [ACTION, "修得快", sealed.digest]) assert.ok(text.includes(said.normalize("NFKC")), `${said} is not printed`);
  assert.equal(text, paper, "the paper, whole, and nothing else");
  assert.notEqual((await printed(desk, "screen")).text, paper, "the check sees what else stands on the screen");
  calm();
});

test("the photo is seen small and large", async () => {
  await desk.getByRole("link", { name: "返回" }).click();
  const thumb = desk.getByRole("link", { name: /故障部位照片 1/ });
  await thumb.waitFor();
  await desk.waitForFunction(() => document.querySelector("main ul img")?.naturalWidth > 0);
  await thumb.click();
  await desk.waitForFunction(() => document.querySelector("figure img")?.naturalWidth > 100);
  await desk.keyboard.press("Escape");
  await desk.locator("h1", { hasText: number }).waitFor();
  calm();
});

test("a session that ends at the server keeps what was typed; the list is a file that a spreadsheet opens", async () => {
  await go("/jobs/new", "新建服务单");
  await desk.locator("#report").fill(REPORT);
  await desk.context().clearCookies();
  await desk.locator("#machine").fill("417");
  await desk.getByText("登录已过期。刚才填的都还在，登录后接着做。").waitFor();
  await desk.locator("#password").fill(PASSWORD);
  await button("登录").click();
  await desk.locator("#report").waitFor({ state: "visible" });
  await becomes(() => desk.locator("#report").inputValue(), REPORT, "what was typed");
  await go("/jobs", "服务单");
  const file = await desk.getByRole("link", { name: "导出 CSV" }).getAttribute("href");
  const bytes = await desk.evaluate(async (path) => [...new Uint8Array(await (await fetch(path)).arrayBuffer())], file);
  assert.deepEqual(bytes.slice(0, 3), [0xef, 0xbb, 0xbf]);
  assert.ok(Buffer.from(bytes).toString("utf8").includes(number));
  calm();
});

test("the job at the desk has the steps, the history and the receipt", async () => {
  await go("/jobs", "服务单");
  await desk.locator("a.open").first().click();
  await desk.getByRole("link", { name: "打开整张服务单" }).click();
  await desk.locator("h1", { hasText: number }).waitFor();
  await desk.locator("dd", { hasText: /^[0-9A-Z]{4}-[0-9A-Z]{4}，/ }).waitFor();
  for (const words of ["到达现场", "开始维修", "新建服务卡", REPORT]) await desk.locator("main").getByText(words).first().waitFor();
  calm();
});

test("what the work left is clean on the phone and at the desk", async () => {
  const { job, visit } = await jobByNumber(app, number);
  // The customer has still the phone in his hands.
  await act(app, { type: "sign_off.take_back", visit, initials: "cgd" });
  await app.locator("nav").first().waitFor();
  for (const route of ["/today", "/jobs", `/job/${job}`, "/sync"]) {
    await to(app, route);
    await settled(app);
    await clean(app, `the phone's ${route}`);
  }
  await sitDown(TECHNICIAN);
  for (const [route, heading] of [["/exceptions", "异常"], ["/jobs", "服务单"]]) {
    await go(route, heading);
    await settled(desk);
    await clean(desk, `the desk's ${route}`);
  }
  await go(`/job/${job}`, number);
  await desk.locator("dd", { hasText: /^[0-9A-Z]{4}-[0-9A-Z]{4}，/ }).waitFor();
  await clean(desk, "the job at the desk");
  calm();
});

test("a device is revoked: it shows no job any more, names what was never recorded, and empties itself; an account is made", async () => {
  const { job } = await jobByNumber(app, number);
  await act(app, { type: "draft.save", rec: job, field: "note", value: NEVER });
  await sitDown(ADMINISTRATOR);
  await go("/devices", "设备");
  await desk.locator("a.open", { hasText: "陈国栋" }).first().click();
  await button("停用设备").click();
  await desk.locator("#understood").check();
  await button("停用").click();
  await desk.locator(".drawer .chip", { hasText: "已停用" }).waitFor();
  await act(app, { type: "sync.now" });
  await app.getByRole("heading", { name: "公司停用了这台设备" }).waitFor();
  await app.getByText(NEVER).waitFor();
  assert.equal(await app.locator("nav").count(), 0, "nothing leads to a job");
  await clean(app, "a phone that was shut out");
  const file = app.waitForEvent("download");
  await app.getByRole("button", { name: "导出写了没有记下的内容" }).tap();
  assert.ok((await readFile(await (await file).path(), "utf8")).includes(NEVER));
  await act(app, { type: "sync.now" });
  await app.getByText("做过的内容公司都已收到，本机上的已全部清除").waitFor();
  await go("/people/new", "新建账号");
  await desk.locator("#name").fill("丁一");
  await desk.locator("#new_login").fill("dingyi");
  await desk.locator("#console").check();
  await button("新建账号").click();
  const once = await desk.locator("#once").textContent();
  assert.ok(once.length >= 10);
  await go("/people", "账号");
  await desk.locator("a.open", { hasText: "丁一" }).click();
  const elsewhere = await desk.locator("#roles_at option:not(:checked)").first().textContent();
  await desk.locator("#roles_at").selectOption({ label: elsewhere });
  await desk.locator('[id="role.statistician"]').check();
  await button("保存角色").click();
  await desk.locator(".said").getByText("角色已改").waitFor();
  assert.match(server.run("user", "list"), /dingyi.*statistician/);
  await go("/me", "我的设置");
  await button("退出登录").click();
  await desk.locator("#login").fill("dingyi");
  await desk.locator("#password").fill(once);
  await button("登录").click();
  await desk.getByText("换一个自己的密码").waitFor();
  calm();
});
