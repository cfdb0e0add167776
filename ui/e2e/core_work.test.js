// Owns the technician's screens over the real core and the demo department, as M4 names them: search, contacts, charges
// with consent, faults from the catalogue, replaced meters, tags, proposals, waiting, another visit, walk-up, kept work.
// The server is gone while he works; what it holds afterwards is compared with what was entered.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sealedBytes } from "./card_rows.js";
import { act, ask, catalogues, drained, jobByNumber, jpeg, openApp } from "./core_flows.js";
import { draw } from "./flows.js";
import { enrolled, TECHNICIAN } from "./stage.js";
import { becomes, to as goTo, until } from "./support.js";

const COLLEAGUE = "秦永胜";
let desk;
let phone;
let browser;
let page;
let job;
let visit;
let refused;
before(async () => {
  ({ desk, phone, browser, page, job, visit } = await enrolled());
  await catalogues(page, job);
  await desk.kill();
});

const button = (name) => page.getByRole("button", { name, exact: true });
const link = (name) => page.getByRole("link", { name });
const view = () => ask(page, { type: "job_page", job });
const to = (route) => goTo(page, route);
/** What the core says of the job, once it says so: it may not have done yet what was tapped a moment ago. */
const says = (read, wanted, what) => becomes(async () => read(await view()), wanted, what);
const status = (text) => page.locator("main header .chip").getByText(text, { exact: true }).waitFor();

test("search finds a job by number, customer, serial tail and phone tail; contacts can be called", async () => {
  await to("/jobs");
  for (const [said, customer] of [["FW20261118-001", "云岭县龙脊建材有限公司"], ["18-001", "云岭县龙脊建材有限公司"], ["龙脊", "云岭县龙脊建材有限公司"], ["尾号417", "于鹏"], ["00240", "云岭县龙脊建材有限公司"], ["5546", "于鹏"]]) {
    await page.locator("#job_search").fill(said);
    await becomes(async () => (await page.locator("main article .customer").allTextContents())[0], customer, `${said} finds ${customer}`);
  }
  await page.locator("#job_search").fill("");
  await to(`/job/${job}`);
  await page.locator('a[href="tel:12900005378"]').waitFor();
  await page.locator('a[href^="geo:"]').first().waitFor();
});

test("steps with undo and late entry", async () => {
  await button("出发").tap();
  await status("已出发");
  await button("撤销").tap();
  await status("已接单");
  await button("出发").tap();
  await status("已出发");
  // He forgets to tap the arrival.
  await button("开始维修").tap();
  await status("维修中");
  await link(/查看时间、补录/).tap();
  await page.locator(`[id="step.${visit}.arrive"]`).waitFor();
  await button("补记到达现场").tap();
  await page.locator("ol .chip").getByText("补录").waitFor();
  await says(({ visits }) => visits[0].steps.find((step) => step.kind === "arrive")?.late, true, "the arrival is marked late");
});

test("a fault comes from the catalogue, his own words stay, codes by their numbers, another one becomes the main one", async () => {
  await to(`/job/${job}`);
  await page.locator('[id="fault.place"]').fill("主控阀");
  await page.locator('[id="fault.place"]').blur();
  await link("从故障库查找").first().tap();
  await page.locator("#fault_search").fill("动臂无力");
  await page.locator("main li button").first().waitFor();
  const [hit] = (await ask(page, { type: "faults", job, search: "动臂无力", limit: 1 })).hits;
  await page.locator("main li button").filter({ hasText: hit.cause }).first().tap();
  await page.waitForFunction((text) => document.getElementById("fault.phenomenon")?.value === text, hit.phenomenon);
  await becomes(() => page.locator('[id="fault.place"]').inputValue(), "主控阀", "his own words");
  await page.locator('[id="fault.spn"]').fill("3251");
  await page.locator('[id="fault.fmi"]').fill("99");
  await page.getByText("SPN 是数字，FMI 是 0 到 31").waitFor();
  await page.locator('[id="fault.fmi"]').fill("0");
  await button("添加代码").first().tap();
  await page.waitForFunction(() => document.getElementById("fault.codes").value === "SPN 3251 FMI 0");
  await page.locator("#new_fault").fill("左前玻璃有裂纹");
  await button("添加故障").tap();
  await page.locator("summary", { hasText: "左前玻璃有裂纹" }).waitFor();
  const other = (await view()).other_faults[0].fault;
  await page.locator('[id="fault.main"]').selectOption(other);
  await page.locator("summary", { hasText: hit.phenomenon }).waitFor();
  await says(({ fault }) => fault.fault, other, "the main fault");
  await page.locator('[id="fault.main"]').selectOption({ label: hit.phenomenon });
  await page.locator("summary", { hasText: "左前玻璃有裂纹" }).waitFor();
});

test("a replaced meter tells both values, why, and what was counted in all", async () => {
  await to(`/job/${job}`);
  await link("换过表").first().tap();
  assert.equal(await button("记录换表").isDisabled(), true);
  await page.locator("#old_value").fill("2,065.5");
  await page.locator("#new_value").fill("0");
  await page.locator('[id="reason.no_display"]').check();
  await button("记录换表").tap();
  await page.getByText("已换表：旧表 2,065.5，新表从 0 起").waitFor();
  await page.locator('[id="meter.hours"]').fill("1.5");
  await page.locator('[id="meter.hours"]').blur();
  await page.getByText("累计 2,067 小时").waitFor();
});

test("parts from the catalogue, a tag to copy, a lost tag, and the customer's choice of what becomes of an old part", async () => {
  for (const [search, payer] of [["主控阀总成", "maker"], ["滤芯", "customer"]]) {
    await to(`/job/${job}/parts`);
    await page.locator("#part_search").fill(search);
    await page.locator("main li button").filter({ hasText: search }).first().tap();
    await page.locator("#payer").selectOption(payer);
    await page.waitForFunction((wanted) => document.getElementById("payer").value === wanted, payer);
  }
  await page.locator("select#disposition").selectOption("customer_leaves");
  await link("放大抄写").tap();
  const lost = (await view()).parts[1].old.tag;
  await page.locator(".tag").waitFor();
  assert.ok((await page.locator(".tag").evaluate((tag) => parseFloat(getComputedStyle(tag).fontSize))) >= 48);
  await button("标签丢了，换新标签").tap();
  await page.getByText(`代替丢失的标签 ${lost.slice(0, 4)} ${lost.slice(4)}`).waitFor();
  await says(({ parts: [, { old }] }) => [old.tag !== lost, old.replaces_tag, old.disposition], [true, lost, "customer_leaves"], "the old part");
  await to(`/job/${job}`);
  const [first] = (await view()).parts;
  await page.locator('[id="parts.main"]').selectOption(first.line);
  await says(({ parts }) => parts[0].main_fault, true, "the main fault part");
});

test("a charge is agreed to by name before it stands; the sum is what the customer pays", async () => {
  for (const [label, amount] of [["清洗液压油箱", "300"], ["", "120.50"]]) {
    await to(`/job/${job}/charge`);
    await page.locator("#amount").fill(amount);
    await page.locator("#label").fill(label);
    if (!label) await page.locator('[id="code.trip"]').check();
    await button("添加").tap();
    await page.locator("#charges").waitFor();
  }
  await page.getByText("¥420.50").waitFor();
  await link("请用户同意").first().tap();
  await page.getByRole("heading", { name: "追加费用同意" }).waitFor();
  await page.locator("#by").fill("苏天明");
  await button("记录用户同意").tap();
  await page.locator("#charges .chip").getByText("苏天明已同意").nth(1).waitFor();
  const charge = page.locator("#charges").getByText("清洗液压油箱");
  await button("删除费用：清洗液压油箱").tap();
  await charge.waitFor({ state: "detached" });
  await button("撤销").tap();
  await charge.waitFor();
});

test("what belongs to the office is proposed and stands there as proposed", async () => {
  await to(`/job/${job}/propose`);
  await page.locator("#site").fill("建材市场后院 3 号棚");
  await button("提交申请 · 地点").tap();
  await page.locator(".chip").getByText("等公司采纳").waitFor();
  await becomes(() => page.locator("#site").inputValue(), "", "the field is free again");
  await to(`/job/${job}`);
  await page.getByText("地点：建材市场后院 3 号棚").waitFor();
  await says(({ place }) => place.name, "云岭县双汊河镇建材市场145号", "the office's own word stands");
});

test("photos by phase: the chip counts down", async () => {
  const before = (await view()).photos_to_go;
  await page.locator('[id="photos.nameplate"]').setInputFiles(await jpeg(page));
  await page.locator(".thumb img").first().waitFor();
  await page.getByText(`照片还差 ${before - 1}`, { exact: true }).waitFor();
});

test("a walk-up job, waiting for parts, another visit, cannot complete, re-assignment asked", async () => {
  await to("/jobs/new");
  await page.locator("#customer").fill("老赵砂场");
  await page.locator("#report").fill("回转异响");
  await button("建单").tap();
  await page.getByRole("heading", { name: "老赵砂场" }).waitFor();
  const walkUp = page.url().split("/job/")[1];
  await link("申请改派").tap();
  await page.locator('[id="reason.skill"]').check();
  await button("提交申请").tap();
  await page.getByText("已申请改派，等主管答复").waitFor();
  await button("出发").tap();
  await status("已出发");
  await link(/转为等待/).tap();
  await page.locator('[id="reason.parts"]').check();
  await page.locator("#note").fill("回转马达");
  await button("转为等待").tap();
  await status("待件");
  for (const step of ["leave", "back"]) await act(page, { type: `visit.${step}`, visit: (await ask(page, { type: "job_page", job: walkUp })).visits[0].visit });
  await link("再次上门").first().tap();
  await button("新开一次外出").tap();
  await page.getByText("第 2 次外出").first().waitFor();
  await button("出发").tap();
  await link("无法完成").tap();
  await page.locator('[id="reason.weather"]').check();
  await button("记为未修复").tap();
  await status("未修复");
});

test("a customer who refuses: reason, witness; the card is sealed and shows what was agreed", async () => {
  await to(`/sign/${visit}`);
  await page.locator('[id="kind.interim"]').check();
  await button("生成服务卡").tap();
  await page.getByText("¥420.50").first().waitFor();
  await page.getByText(/事先同意/).first().waitFor();
  await link(/用户拒签/).tap();
  await page.locator('[id="reason.wants_to_test"]').check();
  await page.locator("#witness").fill("门卫老李");
  // Two photos of it; a kill between them costs neither.
  await page.locator('[id="photos.other"]').setInputFiles(await jpeg(page));
  await page.locator(".thumb img").first().waitFor();
  const drafts = async () => JSON.parse((await ask(page, { type: "drafts", rec: visit })).fields.sign_off ?? "{}");
  await until(async () => { const { witness, photos, ...more } = await drafts(); return witness === "门卫老李" && photos && more["reason.refused"] === "wants_to_test"; }, "reason, witness and photo are on the disk");
  await phone.restart();
  await page.context().close();
  page = await openApp(browser, phone, { route: `/sign/${visit}/refused` });
  await page.locator('[id="reason.wants_to_test"]:checked').waitFor();
  await page.locator('[id="photos.other"]').setInputFiles(await jpeg(page));
  await page.locator(".thumb img").nth(1).waitFor();
  await until(async () => (await drafts()).photos?.split(" ").length === 2, "both photos are on the disk");
  await button("封存服务卡").tap();
  await page.locator(".chip").getByText("拒签").waitFor();
  const { sealed } = await ask(page, { type: "sign_off", visit });
  assert.equal(sealed.stamp.photos.length, 2);
  await page.locator("main .thumb img").nth(1).waitFor();
  await page.getByText("门卫老李").waitFor();
  refused = sealed;
});

test("the sealed card is amended: the job opens again, the customer is absent, the new card names the old one", async () => {
  await button("更正服务卡").tap();
  await page.getByText("正在更正服务卡").waitFor();
  await page.locator('[id="fault.action"]').fill("更换主控阀，试机后补");
  await page.locator('[id="fault.action"]').blur();
  await link("完工检查").first().tap();
  await link("去签字").tap();
  await page.getByText("更正前一张服务卡").waitFor();
  await page.locator('[id="kind.interim"]').check();
  await button("生成服务卡").tap();
  await link(/用户不在场/).tap();
  assert.equal(await button("封存服务卡").isDisabled(), true);
  await page.locator('[id="reason.not_reached"]').check();
  await page.locator("#note").fill("打了三个电话");
  await button("封存服务卡").tap();
  await page.locator(".chip").getByText("用户不在场").waitFor();
  await page.getByText("联系不上：打了三个电话").waitFor();
  assert.notEqual((await ask(page, { type: "sign_off", visit })).sealed.digest, refused.digest);
  await to(`/job/${job}`);
});

test("a proxy signs on the next visit", async () => {
  for (const step of ["leave", "back"]) await act(page, { type: `visit.${step}`, visit });
  await act(page, { type: "visit.open", job, note: "" });
  const next = (await view()).visits[1].visit;
  for (const step of ["depart", "arrive", "work"]) await act(page, { type: `visit.${step}`, visit: next });
  await act(page, { type: "reading.set", job, meter: "hours", value: "3" });
  await to(`/sign/${next}`);
  await button("生成服务卡").tap();
  await page.getByRole("button", { name: /^代签/ }).tap();
  await page.getByRole("button", { name: "去签字" }).tap();
  await page.locator("#name").fill("马小军");
  await page.locator("#authority").selectOption("presumed");
  await draw(page);
  await button("确认").tap();
  await page.locator(".chip").getByText("代签").first().waitFor();
  await button("把手机交还服务人员").tap();
  await page.locator("#initials").fill("CGD");
  await button("打开应用").tap();
  await page.locator("nav").first().waitFor();
});

test("the office gets what was entered; a moved job is kept while work is unsent, and says with whom it is", async () => {
  await desk.start();
  await drained(page);
  const ops = desk.ops();
  const some = (kind, test) => assert.ok(ops.some((op) => op.kind === kind && test(op.set)), `${kind} is not in the office`);
  some("charge", (set) => set.amount === 12050 && set.payer === "customer");
  some("charge", (set) => set.agreed_by === "苏天明");
  some("reading", (set) => set.replaced && set.old_value === "2065.5" && set.replaced_because === "no_display");
  some("fault", (set) => set.codes?.[0]?.spn === 3251);
  some("job", (set) => set.site === "建材市场后院 3 号棚");
  some("card", (set) => set.how === "refused");
  some("card", (set) => set.how === "absent" && set.amends === refused.card);
  const evidence = JSON.parse(await sealedBytes(await desk.logIn(TECHNICIAN), job, refused.card));
  assert.equal(evidence.attachments.filter(([, , , , role]) => role === "refused").length, 2, "the photos are not in the sealed card");
  some("card", (set) => set.how === "proxy");
  await to(`/job/${job}`);
  await says(({ proposals }) => proposals[0].state, "pending", "the proposal is with the office");
  // Moved while a text is still being typed: his work stays, read-only.
  const { job: waiting } = await jobByNumber(page, "FW20261118-001");
  await act(page, { type: "draft.save", rec: waiting, field: "fault.cause", value: "滚道剥落，已量间隙" });
  const office = await desk.logIn(TECHNICIAN);
  const colleague = ops.find((op) => op.kind === "person" && op.set.name === COLLEAGUE);
  await office.post(`/jobs/${waiting}/assign`, { assignee: colleague.rec });
  await act(page, { type: "sync.now" });
  await to(`/job/${waiting}`);
  await page.getByText(/现由.+负责|已转给同事/).waitFor();
  await page.getByRole("heading", { name: "云岭县龙脊建材有限公司" }).waitFor();
  assert.equal((await ask(page, { type: "job_page", job: waiting })).machine.serial, "HCE375·24D·00240");
  await page.locator('[id="fault.cause"][readonly]').waitFor();
  await becomes(() => page.locator("main footer button, main footer a").count(), 0, "nothing to tap");
  await to("/jobs");
  await page.locator("article", { hasText: "龙脊" }).locator(".chip").getByText("已改派").waitFor();
  assert.deepEqual(page.problems, []);
});
