// Owns the proof that a phone without a network gets its work to the office: the button on the Sync screen of the
// real core, the file in Chromium's downloads, `import --unsent` of the real server, the job in its export.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { device, office } from "./core.js";
import { launch } from "./support.js";

const LOGIN = "chenguodong";
const NUMBER = "FW20261121-004";
const NOTE = "无网络时记下：回油管已更换";

let desk;
let phone;
let browser;
let page;
let folder;
before(async () => {
  desk = await office();
  await desk.start();
  phone = await device();
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "fieldcard-stick-"));
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce",
  });
  page = await context.newPage();
  await page.goto(phone.url);
});
after(async () => {
  await browser?.close();
  await phone?.stop();
  await desk?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

const button = (name) => page.getByRole("button", { name, exact: true });
const ask = (path, body) => page.evaluate(async ([to, text]) => (await fetch(to, { method: "POST", body: text })).json(), [path, JSON.stringify(body)]);
const notes = () => desk.ops().filter((op) => op.kind === "note" && op.set.text === NOTE);

test("work done with no network leaves the phone as a file, and the office takes it in", async () => {
  await page.locator("#address").fill(desk.url);
  await page.locator("#code").fill(desk.code(LOGIN));
  await page.getByRole("button", { name: /登记/ }).tap();
  await page.locator(".digits").waitFor();
  desk.confirm((await page.locator(".digits").textContent()).replace(/\D/g, ""));
  await page.getByText("云岭县双汊河镇建材市场145号").waitFor({ timeout: 30_000 });

  await page.goto(`${phone.url}#/sync`);
  await page.getByText("公司已收到全部内容，没有要导出的。").waitFor();
  assert.equal(await button("导出未上传的内容").isDisabled(), true);

  await desk.kill();
  const { job } = (await ask("/view", { type: "jobs", search: NUMBER, limit: 5 })).rows[0];
  await ask("/execute", { type: "note.add", job, text: NOTE });
  await page.getByText(/手机上不了网时用：把 1 条记录/).waitFor();
  const coming = page.waitForEvent("download");
  await button("导出未上传的内容").tap();
  const file = await coming;
  assert.match(file.suggestedFilename(), /^fieldcard-unsent-陈国栋-\d{8}-\d{4}\.zip$/);
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  assert.ok(existsSync(path) && statSync(path).size > 500);
  await page.locator(".saved").getByText(`已存为 ${file.suggestedFilename()}`).waitFor();
  await page.locator(".saved").getByText(/里面是 1 条记录/).waitFor();
  if (process.env.FIELDCARD_SHOTS) await page.screenshot({ path: join(process.env.FIELDCARD_SHOTS, "export.png"), fullPage: true });

  assert.equal(notes().length, 0);
  assert.match(desk.run("import", "--unsent", path), /陈国栋.*\n.*\n\s+applied\s+1\s+0/);
  assert.equal(notes().length, 1);
  assert.match(desk.run("import", "--unsent", path), /applied\s+0\s+1/);

  await desk.start();
  await button("现在同步").tap();
  await page.getByText("公司已收到全部内容", { exact: true }).waitFor({ timeout: 30_000 });
  assert.equal(notes().length, 1, "the phone sent it again, and it is there once");
});

test("a second window on the same data says so and touches nothing", async () => {
  const second = await phone.again();
  const other = await (await browser.newContext({ locale: "zh-CN" })).newPage();
  await other.goto(second.url);
  await other.getByText(/应用已经在另一个窗口打开/).waitFor();
  await second.end();
  assert.equal((await ask("/view", { type: "start" })).enrolled, true, "the first goes on");
});
