// Owns how the console behaves at a desk, over the fake office: keyboard, address, questions before hard steps,
// a session that ends. Never the server's rules.
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import { desk, openDesk, printed, still } from "./console_support.js";
import { screens } from "./stage.js";
import { becomes, NOW, PHONE } from "./support.js";

let server;
let browser;
let page;
before(async () => { ({ server, browser } = await screens("console")); });
beforeEach(async () => { page = await openDesk(browser); });
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

const button = (name) => page.getByRole("button", { name, exact: true });
const says = (text) => page.locator(".said").getByText(text).waitFor();
const focused = (text) => becomes(() => page.evaluate(() => document.activeElement?.textContent?.trim()), text, "what has the focus");
const address = (end) => page.waitForFunction((tail) => location.hash.endsWith(tail), end);
const rows = (count) => becomes(() => page.locator("a.open").count(), count, "rows");

test("a dispatcher needs no mouse: / to search, down to the rows, enter opens, escape closes and gives the row back", async () => {
  await desk(page, server.url, "/jobs");
  await page.keyboard.press("/");
  await page.keyboard.type("FW20261116");
  await rows(1);
  await page.keyboard.press("ArrowDown");
  await focused("FW20261116-003");
  await page.keyboard.press("Enter");
  await page.locator(".drawer h2", { hasText: "FW20261116-003" }).waitFor();
  await address("job=j-pump");
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  await focused("FW20261116-003");
  await address("q=FW20261116");
});

test("the way back and a reload show the same list", async () => {
  await desk(page, server.url, "/jobs");
  await page.locator("#state").selectOption({ label: "待派工" });
  await rows(1);
  await page.reload();
  await still(page);
  await rows(1);
  await page.locator("a.open").click();
  await page.getByRole("link", { name: "打开整张服务单" }).click();
  await page.locator("h1", { hasText: "FW20261118-007" }).waitFor();
  await page.goBack();
  await page.locator(".drawer").waitFor();
  await rows(1);
});

test("fifty a page, the next page and back", async () => {
  await desk(page, server.url, "/jobs");
  await rows(50);
  await page.getByRole("link", { name: "下一页" }).click();
  await rows(15);
  await page.getByRole("link", { name: "回到第一页" }).click();
  await rows(50);
});

test("a job is dispatched, given to somebody else, and called off only with a reason", async () => {
  await desk(page, server.url, "/jobs?job=j-new");
  await page.locator("#assign").click();
  assert.equal(await button("确认派工").isDisabled(), true);
  await page.locator("#assignee").selectOption("u-luo");
  await button("确认派工").click();
  await says("已派给罗小军");
  await page.locator(".drawer .chip", { hasText: "已派工" }).waitFor();
  await button("改派").click();
  await page.locator("#assignee").selectOption("u-qin");
  await page.getByText("罗小军做过的都保留").waitFor();
  assert.equal(await button("确认改派").isDisabled(), true, "the one it is taken from reads why");
  await page.locator("#reason").fill("他离得近");
  await button("确认改派").click();
  await says("已派给秦永胜");
  await page.locator("#cancel").click();
  assert.equal(await button("取消服务单").isDisabled(), true);
  await page.locator("#why").fill("用户自己修好了");
  await button("取消服务单").click();
  await page.locator(".drawer .chip", { hasText: "取消" }).waitFor();
  await page.locator("#assign").waitFor({ state: "detached" });
});

test("a new job: machine by its tail brings customer, site and contacts", async () => {
  await desk(page, server.url, "/jobs");
  await page.keyboard.press("n");
  await page.locator("#machine").fill("00417");
  await page.locator("#machine-list li").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("KH0213", { exact: false }).waitFor();
  await becomes(() => page.locator("#site").inputValue(), "石砭镇采石场二采区", "the machine's site");
  await button("老马 机手").click();
  await becomes(() => page.locator("#contact_phone").inputValue(), "12900004170", "the contact's phone");
  assert.equal(await button("建单").isDisabled(), true);
  await page.locator("#report").fill("左行走马达异响");
  await button("建单").click();
  await page.locator("h1", { hasText: "FW20261118-008" }).waitFor();
  await page.getByText("左行走马达异响").or(page.getByText("HCE215·22C·00417")).first().waitFor();
});

test("Enter before the answer takes what was typed for, never what stood in the list before", async () => {
  await desk(page, server.url, "/devices/new");
  await page.locator("#owner").focus();
  await page.locator("#owner-list li").nth(3).waitFor();
  await page.clock.pauseAt(new Date(NOW.getTime() + 3_600_000));
  await page.locator("#owner").fill("阿卜杜");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("p#owner").count(), 0);
  await page.clock.runFor(300);
  await page.locator("p#owner", { hasText: "阿卜杜热合曼" }).waitFor();
});

test("a session that ends keeps the place and every word that was typed", async () => {
  await desk(page, server.url, "/jobs/new", { scene: "lost" });
  await page.locator("#report").fill("热车后动臂无力，冷车正常");
  await page.locator("#contact_name").fill("老马");
  await page.evaluate(() => (document.documentElement.dataset.lost = "1"));
  await page.locator("#machine").fill("417");
  await page.getByText("登录已过期。刚才填的都还在，登录后接着做。").waitFor();
  assert.equal(await page.locator("#report").isVisible(), false);
  await becomes(() => page.locator("#login").inputValue(), "linxiaoyan", "who it was");
  await page.locator("#password").fill("wrong");
  await button("登录").click();
  await page.getByRole("alert").getByText("登录名或密码不对").waitFor();
  await page.locator("#password").fill("fieldcard");
  await button("登录").click();
  await page.locator("#report").waitFor({ state: "visible" });
  assert.equal(await page.locator("#report").inputValue(), "热车后动臂无力，冷车正常");
  assert.equal(await page.locator("#contact_name").inputValue(), "老马");
  await address("/jobs/new");
});

test("a given password must be changed before anything else is seen", async () => {
  await desk(page, server.url, "/jobs", { scene: "once" });
  assert.equal(await page.locator("nav").count(), 0);
  await page.locator("#old").fill("fieldcard");
  await page.locator("#new").fill("short");
  await page.locator("#again").fill("short");
  await button("换密码").click();
  await page.getByRole("alert").getByText("“密码”不能这样填").waitFor();
  await page.locator("#new").fill("蓝天下的红拖拉机 2026");
  await page.locator("#again").fill("蓝天下的红拖拉机 2026");
  await button("换密码").click();
  await page.locator("h1", { hasText: "服务单" }).waitFor();
});

test("a device is enrolled by a code and let in by six digits only", async () => {
  await desk(page, server.url, "/devices/new");
  await page.locator("#owner").fill("阿卜杜");
  await page.locator("#owner-list li").first().waitFor();
  await page.keyboard.press("Enter");
  await button("生成登记码").click();
  await page.locator("#enrol_code").getByText("7K3P-9QF4-5F3K-9QXV", { exact: true }).waitFor();
  await page.getByText("还有 30 分钟有效").waitFor();
  await page.getByRole("img", { name: "阿卜杜热合曼·麦麦提吐尔逊的登记二维码" }).waitFor();
  const digits = page.locator("#digits-d-new");
  await digits.fill("111 111");
  await button("数字一样，确认").click();
  await says("“六位数字”不能这样填");
  await digits.fill("407 318");
  await button("数字一样，确认").click();
  await says("设备已确认");
  await page.clock.runFor(31 * 60_000);
  await page.getByText("已过期，请换一张新码").waitFor();
});

test("revoking says what would be stranded, and asks twice", async () => {
  await desk(page, server.url, "/devices?device=d-late");
  await button("停用设备").click();
  await page.getByText("它说还有 42 条记录、11 个文件没传").waitFor();
  assert.equal(await button("停用").isDisabled(), true);
  await page.locator("#understood").check();
  await button("停用").click();
  await says("设备已停用");
  await page.locator(".drawer .chip", { hasText: "已停用" }).waitFor();
});

test("an account is made with a password that is shown once, its roles change, it is shut out and let in again", async () => {
  await desk(page, server.url, "/people/new");
  await page.locator("#name").fill("丁一");
  await page.locator("#new_login").fill("dingyi");
  await page.locator("#console").check();
  await page.locator('[id="role.supervisor"]').check();
  await button("新建账号").click();
  await page.locator("#once").getByText(/^\S{10,}$/).waitFor();
  await page.getByRole("link", { name: "账号", exact: true }).last().click();
  await page.locator(".drawer h2", { hasText: "丁一" }).waitFor();
  await page.locator('[id="role.manager"]').check();
  await button("保存角色").click();
  await says("角色已改");
  await page.locator("tr.chosen", { hasText: "服务人员、主管、经理" }).waitFor();
  // A role in another part of the tree, and away again.
  await page.locator("#roles_at").selectOption({ index: 1 });
  assert.equal(await page.locator('[id="role.manager"]').isChecked(), false, "what he is elsewhere he is not here");
  await page.locator('[id="role.statistician"]').check();
  await button("保存角色").click();
  await page.locator("tr.chosen", { hasText: "服务人员、主管、经理、统计员" }).waitFor();
  await page.locator('[id="role.statistician"]').uncheck();
  await button("保存角色").click();
  await page.locator("tr.chosen", { hasText: /服务人员、主管、经理(?!、)/ }).waitFor();
  await button("停用账号").click();
  await page.locator(".ask").getByRole("button", { name: "停用账号" }).click();
  await button("恢复账号").click();
  await says("账号已恢复");
});

test("who may only look is shown no button that would answer no", async () => {
  await desk(page, server.url, "/jobs", { role: "statistician" });
  await becomes(() => page.locator("nav a").allTextContents(), ["服务单", "林晓燕"], "the places of a statistician");
  assert.equal(await page.locator("#new_job").count(), 0);
  await desk(page, server.url, "/people/new", { role: "supervisor" });
  await page.getByText("您的角色不看这一页").waitFor();
});

test("on paper a card is A4, black on white, and nothing but the card", async () => {
  await page.context().close();
  page = await openDesk(browser, { theme: "dark" });
  await desk(page, server.url, "/job/j-pump/card/c-pump");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav").isVisible(), false);
  assert.equal(await page.locator("#verdict").isVisible(), false);
  const look = await page.locator(".paper").evaluate((paper) => [getComputedStyle(paper).color, getComputedStyle(paper).backgroundColor, getComputedStyle(paper.querySelector("dt")).color]);
  assert.deepEqual(look, ["rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
  const { sizes, empty, text, paper } = await printed(page);
  assert.deepEqual([sizes, empty], [["595 × 842"], 0]);
  assert.equal(text, paper);
  // The same page as it stands on the screen brings more than the card: the check tells the two apart.
  assert.ok((await printed(page, "screen")).text.startsWith("服务单异常设备账号"));
});

test("nothing is cut off or scrolls sideways on a phone", async () => {
  await page.context().close();
  page = await openDesk(browser, { size: PHONE, language: "en" });
  for (const route of ["/jobs", "/jobs?job=j-pump", "/jobs/new", "/job/j-pump", "/job/j-pump/card/c-pump", "/exceptions", "/devices", "/devices/new", "/people", "/people/new", "/me"]) {
    await desk(page, server.url, route);
    const wide = await page.evaluate(() => [document.scrollingElement, ...document.querySelectorAll("main .body")].some((box) => box.scrollWidth > box.clientWidth + 1));
    assert.equal(wide, false, route);
  }
});
