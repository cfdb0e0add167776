// Owns a technician's day on the screen: steps, undo, late entry, missing-list, parts, photos, notes, search,
// the other ways on. Never the core's rules: the fake plays them.
import assert from "node:assert/strict";
import { before, beforeEach, afterEach, test } from "node:test";
import { screens } from "./stage.js";
import { becomes, open, settled, visit } from "./support.js";

let server;
let browser;
let page;
before(async () => { ({ server, browser } = await screens()); });
beforeEach(async () => { page = await open(browser); });
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

const button = (name) => page.getByRole("button", { name, exact: true });
const says = (text) => page.locator(".toast").getByText(text).waitFor();
const status = (text) => page.locator("header .chip").getByText(text, { exact: true }).waitFor();

test("Today shows overdue, in progress, today, and folds tomorrow", async () => {
  await visit(page, server.url, "/today");
  const heads = async () => (await page.locator("main h2").allTextContents()).map((head) => head.replace(/\s*\d+$/, ""));
  await becomes(heads, ["已超时", "进行中", "今天"], "the sections of Today");
  assert.equal(await page.getByText("红拖拉机").isVisible(), false);
  await page.locator("summary", { hasText: /^明天/ }).click();
  await page.getByText("红拖拉机").waitFor();
});

test("an empty day is not the same as never synced", async () => {
  await visit(page, server.url, "/today", "empty");
  await page.getByText("今天没有服务单").waitFor();
  await page.getByText("最近更新 08:12").waitFor();
  await visit(page, server.url, "/today", "never");
  await page.getByText("还没有和公司同步过").waitFor();
});

test("accept, depart, arrive, work, pause, work again: one tap each, undo within ten seconds", async () => {
  await visit(page, server.url, "/job/j-track");
  await button("接单").tap();
  await says("已接单");
  await status("已接单");
  await button("撤销").tap();
  await status("待接单");
  await button("接单").tap();
  for (const [tap, then] of [["出发", "已出发"], ["到达", "到达现场"], ["开始维修", "维修中"], ["暂停", "暂停"], ["开始维修", "维修中"]]) {
    await button(tap).tap();
    await status(then);
  }
  await page.getByRole("link", { name: "完工检查", exact: true }).waitFor();
});

test("a press that began before the view changed never takes the next step", async () => {
  await visit(page, server.url, "/job/j-track");
  await button("接单").tap();
  const box = await button("出发").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await button("出发").evaluate((element) => element.click());
  await status("已出发");
  await page.mouse.up();
  await settled(page);
  await status("已出发");
  await button("到达").waitFor();
});

test("the undo goes away after ten seconds", async () => {
  await visit(page, server.url, "/job/j-track");
  await button("接单").tap();
  await button("撤销").waitFor();
  await page.clock.runFor(9_000);
  assert.equal(await button("撤销").count(), 1);
  await page.clock.runFor(1_500);
  await button("撤销").waitFor({ state: "detached" });
});

test("a forgotten step is entered late, is marked, and never blocked the rest", async () => {
  await visit(page, server.url, "/job/j-pump/missing");
  await page.getByRole("link", { name: /没有到达现场的时间/ }).tap();
  await page.locator('[id="step.v-pump.arrive"]:focus').waitFor();
  await page.locator('[id="step.v-pump.arrive"]').fill("2026-11-18T08:20");
  await button("补记到达现场").tap();
  await page.locator("li", { hasText: "到达现场" }).getByText("补录").waitFor();
  await becomes(() => page.locator("li strong").allTextContents(), ["接单", "出发", "到达现场", "开始维修"], "the steps in their order");
});

test("a late time that does not fit is refused in words", async () => {
  await visit(page, server.url, "/job/j-pump/times");
  await page.locator('[id="step.v-pump.arrive"]').fill("2026-11-18T08:59");
  await button("补记到达现场").tap();
  await says(/^和前后步骤的时间对不上，没有记下/);
});

test("every row of the missing-list jumps to its field and focuses it", async () => {
  await visit(page, server.url, "/job/j-pump/missing");
  await page.locator("main ul a").first().waitFor();
  const rows = await page.locator("main ul a").count();
  assert.ok(rows >= 8, `only ${rows} rows`);
  for (let n = 0; n < rows; n++) {
    await visit(page, server.url, "/job/j-pump/missing");
    const link = page.locator("main ul a").nth(n);
    const at = new URLSearchParams((await link.getAttribute("href")).split("?")[1]).get("at");
    await link.tap();
    await page.waitForFunction((id) => document.activeElement?.id === id, at);
    await becomes(() => page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.top >= 0 && box.top < innerHeight;
    }), true, `${at} is in sight`);
  }
});

test("a part by pinyin initials, its old part with a tag, removed and brought back", async () => {
  await visit(page, server.url, "/job/j-pump/parts");
  await page.locator("#part_search").fill("xdlx");
  await page.getByRole("button", { name: /先导滤芯/ }).tap();
  await page.locator(".tag").waitFor();
  await page.locator(".tag").getByText(/^[0-9A-Z]{4} [0-9A-Z]{4}$/).waitFor();
  await button("数量增加").tap();
  await page.locator("output", { hasText: "2" }).waitFor();
  await page.locator("#payer").selectOption("customer");
  await page.locator("#disposition").selectOption("trade_in");
  await page.getByRole("link", { name: "回到服务单" }).tap();
  await page.getByText("换件（3）").waitFor();
  await page.getByRole("link", { name: /先导滤芯/ }).tap();
  await button("删除这一行").tap();
  await page.getByText("换件（2）").waitFor();
  await button("撤销").tap();
  await page.getByText("换件（3）").waitFor();
});

test("a photo goes up in chunks of 256 KiB, by phase, and the count follows", async () => {
  await visit(page, server.url, "/job/j-pump");
  await page.locator("header .chip", { hasText: "照片还差 4" }).waitFor();
  await page.locator('[id="photos.meter"]').setInputFiles({ name: "IMG_1.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(700 * 1024, 7) });
  await page.locator("header .chip", { hasText: "照片还差 3" }).waitFor();
  await page.locator("#readings .thumb").tap();
  await page.getByRole("heading", { name: "小时表照片" }).waitFor();
  await button("删除照片").tap();
  await page.locator("header .chip", { hasText: "照片还差 4" }).waitFor();
});

test("a reading below the last is kept and said; an unreadable one has a reason", async () => {
  await visit(page, server.url, "/job/j-pump");
  const meter = page.locator('[id="meter.hours"]');
  await meter.fill("1800");
  await meter.blur();
  await page.getByText("低于上次读数").waitFor();
  await button("工作小时增加").tap();
  await page.waitForFunction(() => document.getElementById("meter.hours").value === "1801");
  await meter.fill("十八");
  await meter.blur();
  await says(/^这个值读不懂，原来的没有动/);
});

test("notes are appended, one's own can be taken out", async () => {
  await visit(page, server.url, "/job/j-pump");
  await page.locator("#note").fill("下次带 14 号内六角");
  await button("添加备注").tap();
  await page.locator("#notes .note", { hasText: "下次带 14 号内六角" }).waitFor();
  assert.equal(await page.locator("#notes .note").filter({ hasText: "林素" }).getByRole("button").count(), 0);
  await becomes(() => page.locator("#note").inputValue(), "", "the note is written, its field empty");
});

test("search finds what people say: number, customer, serial tail, phone tail", async () => {
  await visit(page, server.url, "/jobs");
  for (const [said, customer] of [["尾号417", "青石湾采石场"], ["00417", "青石湾采石场"], ["YL-261118-05", "白水河水库"], ["261116", "顺达"], ["白水河", "白水河水库"], ["5188", "白水河水库"], ["0655", "周大山"], ["打锤", "顺达"]]) {
    await page.locator("#job_search").fill(said);
    await becomes(async () => (await page.locator("main article .customer").allTextContents())[0]?.includes(customer), true, `${said} finds ${customer}`);
  }
  await page.locator("#job_search").fill("没有这个人");
  await page.getByText("没有找到“没有这个人”").waitFor();
});

test("waiting for parts, then resume; another visit; cannot complete; ask re-assignment", async () => {
  await visit(page, server.url, "/job/j-pump");
  await page.getByRole("link", { name: "转为等待（待件、待批等）" }).tap();
  await page.locator('[id="reason.parts"]').check();
  await page.locator("#note").fill("主泵从总部发，后天到");
  await button("转为等待").tap();
  await status("待件");
  await page.getByText("主泵从总部发，后天到").waitFor();
  await button("离场").tap();
  await button("返程结束").tap();
  await button("继续处理").waitFor();

  await visit(page, server.url, "/job/j-hammer");
  await page.getByRole("link", { name: "再次上门" }).first().tap();
  await page.locator("#planned").fill("2026-11-20");
  await button("新开一次外出").tap();
  await page.getByText("第 2 次外出").first().waitFor();
  await button("接单").waitFor();

  await visit(page, server.url, "/job/j-ready/not-repaired");
  await page.locator('[id="reason.workshop"]').check();
  await button("记为未修复").tap();
  await status("未修复");

  await visit(page, server.url, "/job/j-track/reassign");
  assert.equal(await button("提交申请").isDisabled(), true);
  await page.locator('[id="reason.too_far"]').check();
  await button("提交申请").tap();
  await page.getByText("已申请改派，等主管答复").waitFor();
});

test("a walk-up job needs a customer and a report, and finds the machine by its tail", async () => {
  await visit(page, server.url, "/jobs/new");
  assert.equal(await button("建单").isDisabled(), true);
  await page.locator("#customer").fill("老赵砂场");
  await page.locator("#serial").fill("00417");
  await page.locator("#report").fill("换完泵还是慢");
  await button("建单").tap();
  await page.getByRole("heading", { name: "老赵砂场" }).waitFor();
  await page.getByText("尾号417 那台215").waitFor();
});

test("a job that moved to a colleague is kept, read-only, and says so", async () => {
  await visit(page, server.url, "/job/j-moved");
  await page.getByText("现由吴宏负责").waitFor();
  await page.locator('[id="fault.cause"][readonly]').waitFor();
  assert.equal(await page.locator("footer button").count(), 0);
});
