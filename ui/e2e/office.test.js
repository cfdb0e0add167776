// Owns what touches the office: enrolment, the pill, the Sync screen, things that need the technician,
// sign-off without a signature, settings. Never a real network.
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, test } from "node:test";
import { handOver, takeBack, toPad } from "./flows.js";
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
const pill = (state) => page.locator(`[data-state="${state}"]`).waitFor();

test("enrolment: address and code, six digits to compare, then the app", async () => {
  await visit(page, server.url, "/", "enrol");
  assert.equal(await page.locator("nav").count(), 0);
  await page.locator("#address").fill("https://fieldcard.hengchuan.example");
  await page.locator("#code").fill("0000 0000 0000 0000");
  await button("登记").tap();
  await page.locator(".toast").getByText(/^登记码已过期/).waitFor();
  await page.locator("#code").fill("7k3p 9qf4 5f3k 9qxv");
  await button("登记").tap();
  await page.getByText("407 318").waitFor();
  await page.clock.runFor(4000);
  await page.getByText(/还没有和公司同步过/).waitFor();
});

test("Sync now sends until the office holds everything, and the pill says so", async () => {
  await visit(page, server.url, "/sync", "calm");
  await page.getByText("15 项待上传").waitFor();
  await button("现在同步").tap();
  await page.getByText(/正在上传，第 \d+ 项，共 15 项/).waitFor();
  await page.clock.runFor(8000);
  await page.getByText("公司已收到全部内容", { exact: true }).waitFor();
  await page.getByText("没有待上传的内容").waitFor();
  await visit(page, server.url, "/job/j-pump", "calm");
  await pill("up_to_date");
  await becomes(() => page.getByText("待上传").count(), 0, "no mark is left");
});

test("offline is grey and calm, and the work is counted", async () => {
  await visit(page, server.url, "/today", "offline");
  await pill("offline");
  await visit(page, server.url, "/sync", "offline");
  await page.getByText("没有网络，15 项已存在本机").waitFor();
  await button("现在同步").tap();
  await page.locator(".toast").getByText(/^现在联系不上公司/).waitFor();
});

test("one thing that needs you does not stop the rest; a clash shows both values", async () => {
  await visit(page, server.url, "/sync");
  await button("现在同步").tap();
  await page.clock.runFor(8000);
  await page.getByText("2 项要您处理，其余照常上传").waitFor();
  await page.getByRole("link", { name: /有两个不同的内容/ }).tap();
  await page.getByText("林素写的").waitFor();
  await page.getByText("您写的").waitFor();
  await button("交给公司定").tap();
  await page.getByText("要您处理（1）").waitFor();
});

test("unsent work can be exported to a file", async () => {
  await visit(page, server.url, "/sync");
  await button("导出未上传的内容").tap();
  await page.locator(".saved").getByText(/已存为 fieldcard-unsent-.*\.zip/).waitFor();
});

test("a customer who refuses: reason, witness, photo, sealed", async () => {
  await visit(page, server.url, "/sign/v-ready");
  await page.getByRole("link", { name: /用户拒签/ }).tap();
  assert.equal(await button("封存服务卡").isDisabled(), true);
  await page.locator('[id="reason.disputes_cost"]').check();
  await page.locator("#witness").fill("门卫老李 129 0000 0001");
  await page.locator('[id="photos.other"]').setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(5000, 1) });
  await page.locator(".thumb").waitFor();
  await button("封存服务卡").tap();
  await page.locator(".chip").getByText("拒签").waitFor();
  await page.getByText("封存后改动任何一个字都会被发现。").waitFor();
});

test("a proxy signs by keyboard alone: typed name and a ticked box", async () => {
  await visit(page, server.url, "/sign/v-ready");
  await button("代签 由别人替用户签").or(page.getByRole("button", { name: /^代签/ })).first().tap();
  await page.locator("#words").waitFor();
  await toPad(page);
  await page.locator("#name").fill("马小军");
  await page.locator("#authority").selectOption("presumed");
  await page.locator("#ticked").check();
  await button("确认").tap();
  await page.locator(".chip").getByText("代签").waitFor();
  await takeBack(page);
  await page.locator("nav").first().waitFor();
});

test("the card on the screen is the frozen one, word for word, in its own language", async () => {
  await handOver(page, server.url);
  const drawn = await page.locator(".paper").first().locator(".pair").evaluateAll((pairs) => pairs.map((pair) => [pair.dataset.field, pair.querySelector("dt").textContent, pair.querySelector("dd").textContent]));
  const frozen = await page.evaluate(() => {
    const { jobs } = JSON.parse(localStorage.getItem("fieldcard-fake"));
    return jobs.find((job) => job.id === "j-ready").visits[0].sign.lines.filter((line) => /^(done|parts|cost|old_parts)\./.test(line.field)).map((line) => [line.field, line.label, line.value]);
  });
  assert.deepEqual([...drawn].sort(), [...frozen].sort());
});

test("language and theme change at once and stay", async () => {
  await visit(page, server.url, "/settings");
  await page.locator('[id="theme.sunlight"]').check();
  await page.locator('[id="language.en"]').check();
  await page.getByRole("heading", { name: "Settings and device" }).waitFor();
  await page.reload();
  await settled(page);
  await becomes(() => page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dataset.theme}`), "en sunlight", "what was chosen");
});
