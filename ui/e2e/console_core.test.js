// Owns the console on the real server, with a real device beside it: enrol by a code, make and dispatch a job, the
// technician signs it off, the office reads the sealed card; then revoke, and a new account. Never a fake.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { device, office } from "./core.js";
import { draw } from "./flows.js";
import { launch } from "./support.js";

const PASSWORD = "云岭的石头会唱歌 417";
const REPORT = "左行走马达异响，停一会又好了";
const ACTION = "更换左行走马达浮动油封，试机正常";
let server;
let phone;
let browser;
let desk;
let app;

before(async () => {
  server = await office();
  for (const login of ["linxiaoyan", "chenguodong"]) server.passwd(login, PASSWORD);
  await server.start();
  phone = await device();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await phone?.stop();
  await server?.stop();
});

/** The console in a browser of its own; a console error or a breach of the content policy fails the test. */
async function signIn(login) {
  await desk?.context().close();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  desk = await context.newPage();
  desk.problems = [];
  desk.on("pageerror", (error) => desk.problems.push(String(error)));
  desk.on("console", (message) => message.type() === "error" && !/status of 4\d\d/.test(message.text()) && desk.problems.push(message.text()));
  await desk.goto(server.url);
  await desk.locator("#login").fill(login);
  await desk.locator("#password").fill(PASSWORD);
  await button("登录").click();
  await desk.locator("nav").waitFor();
}
const button = (name) => desk.getByRole("button", { name, exact: true });
const go = async (route, heading) => {
  await desk.evaluate((hash) => { location.hash = hash; }, route);
  await desk.locator("h1", { hasText: heading }).waitFor();
};
const calm = () => assert.deepEqual(desk.problems, []);
const ask = (query) => app.evaluate(async (body) => (await fetch("/view", { method: "POST", body })).json(), JSON.stringify(query));

async function openApp(route = "") {
  await app?.context().close();
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  app = await context.newPage();
  await app.goto(`${phone.url}${route ? `#${route}` : ""}`);
  await app.locator("#app h1").first().waitFor();
}

test("the desk says no to a wrong password, and names nobody", async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#login").fill("chenguodong");
  await page.locator("#password").fill("not the password");
  await page.locator("form button[type=submit]").click();
  await page.getByRole("alert").getByText("登录名或密码不对").waitFor();
  await context.close();
});

test("a phone is enrolled by the console's code, and let in by its six digits", async () => {
  await signIn("linxiaoyan");
  await go("/devices/new", "登记一台设备");
  await desk.locator("#owner").fill("陈国栋");
  await desk.locator("#owner-list li").first().waitFor();
  await desk.keyboard.press("Enter");
  await button("生成登记码").click();
  const typed = await desk.locator("#enrol_code").textContent();
  assert.ok((await desk.locator("svg[role=img] path").last().getAttribute("d")).length > 1000, "the QR code has no modules");
  await openApp();
  await app.locator("#address").fill(await desk.locator("#enrol_url").textContent());
  await app.locator("#code").fill(typed);
  await app.getByRole("button", { name: /登记/ }).tap();
  await app.locator(".digits").waitFor();
  const digits = (await app.locator(".digits").textContent()).replace(/\D/g, "");
  const box = desk.locator("main input[id^=digits-]");
  await box.waitFor({ timeout: 20_000 });
  await box.fill(digits === "000000" ? "000001" : "000000");
  await button("数字一样，确认").click();
  await desk.locator(".said").getByText("不能这样填").waitFor();
  await box.fill(digits);
  await button("数字一样，确认").click();
  await desk.locator(".said").getByText("设备已确认").waitFor();
  await app.getByRole("heading", { name: "今日" }).waitFor({ timeout: 30_000 });
  calm();
});

let number;
test("a supervisor makes a job for a machine found by its tail, and dispatches it", async () => {
  await signIn("chenguodong");
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
  await desk.waitForFunction(() => document.querySelectorAll("a.open").length === 1);
  assert.equal((await desk.locator("a.open").textContent()).trim(), number);
  calm();
});

test("what the technician signed off is read at the desk as the customer saw it, its seal checked", async () => {
  await app.evaluate(async () => fetch("/execute", { method: "POST", body: JSON.stringify({ type: "sync.now" }) }));
  let row;
  for (let n = 0; n < 60 && !row; n++) {
    row = (await ask({ type: "jobs", search: number, limit: 5 })).rows[0];
    if (!row) await app.waitForTimeout(500);
  }
  await openApp(`/job/${row.job}`);
  const tap = (name) => app.getByRole("button", { name, exact: true }).tap();
  for (const [step, then] of [["接单", "已接单"], ["出发", "已出发"], ["到达", "到达现场"], ["开始维修", "维修中"]]) {
    await tap(step);
    await app.locator("header .chip").getByText(then, { exact: true }).waitFor();
  }
  await app.locator('[id="meter.hours"]').fill("1846.5");
  await app.locator('[id="meter.hours"]').blur();
  await app.locator('[id="fault.action"]').fill(ACTION);
  await app.locator('[id="fault.action"]').blur();
  const picture = await app.screenshot({ type: "jpeg" });
  await app.locator('[id="photos.fault"]').setInputFiles({ name: "fault.jpg", mimeType: "image/jpeg", buffer: picture });
  await app.locator(".thumb img").first().waitFor();
  const { visit } = (await ask({ type: "jobs", search: number, limit: 5 })).rows[0];
  await openApp(`/sign/${visit}`);
  await tap("生成服务卡");
  await tap("把手机交给用户");
  await app.locator("#words").fill("修得快");
  await app.getByRole("button", { name: "去签字" }).tap();
  await app.locator(".ink canvas").waitFor();
  await draw(app);
  await tap("确认");
  await app.getByText("封存后改动任何一个字都会被发现。").waitFor();
  const sealed = (await ask({ type: "sign_off", visit })).sealed;

  await go(`/job/${row.job}`, number);
  const card = desk.getByRole("link", { name: "看服务卡" });
  for (let n = 0; n < 60 && !(await desk.locator(".chip", { hasText: "封存有效" }).count()); n++) {
    await app.waitForTimeout(500);
    await desk.reload();
    await desk.locator("h1", { hasText: number }).waitFor();
    await card.or(desk.getByText("还没有服务卡")).first().waitFor();
  }
  await desk.locator(".chip", { hasText: "已签" }).first().waitFor();
  await card.click();
  await desk.locator('#verdict[data-verdict="valid"]').waitFor();
  await desk.locator(".paper").getByText(ACTION).waitFor();
  await desk.locator(".paper").getByText("修得快").waitFor();
  await desk.locator(".paper").getByText(sealed.digest).waitFor();
  assert.ok((await desk.locator(".paper svg path.ink").getAttribute("d")).length > 100, "the strokes are not drawn");
  await desk.emulateMedia({ media: "print" });
  assert.equal(await desk.locator("nav").isVisible(), false);
  assert.match((await desk.pdf({ preferCSSPageSize: true })).toString("latin1"), /\/Type\s*\/Page\b/);
  await desk.emulateMedia({ media: null });
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
  assert.equal(await desk.locator("#report").inputValue(), REPORT);
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

test("a device is revoked, an account is made", async () => {
  await signIn("linxiaoyan");
  await go("/devices", "设备");
  await desk.locator("a.open", { hasText: "陈国栋" }).first().click();
  await button("停用设备").click();
  await desk.locator("#understood").check();
  await button("停用").click();
  await desk.locator(".drawer .chip", { hasText: "已停用" }).waitFor();
  await go("/people/new", "新建账号");
  await desk.locator("#name").fill("丁一");
  await desk.locator("#new_login").fill("dingyi");
  await desk.locator("#console").check();
  await button("新建账号").click();
  const once = await desk.locator("#once").textContent();
  assert.ok(once.length >= 10);
  await go("/people", "账号");
  await desk.locator("a.open", { hasText: "丁一" }).waitFor();
  await go("/me", "我的设置");
  await button("退出登录").click();
  await desk.locator("#login").fill("dingyi");
  await desk.locator("#password").fill(once);
  await button("登录").click();
  await desk.getByText("换一个自己的密码").waitFor();
  calm();
});
