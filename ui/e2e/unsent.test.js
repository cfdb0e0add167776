// Owns the proof that a phone without a network gets its work to the office: the button on the Sync screen of the
// real core, the file in Chromium's downloads, `import --unsent` of the real server, the job in its export.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clean } from "./axe.js";
import { act, ask } from "./core_flows.js";
import { enrolled, own } from "./stage.js";
import { freshPage, to } from "./support.js";

const NOTE = "无网络时记下：回油管已更换";

let desk;
let phone;
let browser;
let page;
let job;
const folder = mkdtempSync(join(tmpdir(), "fieldcard-stick-"));
before(async () => { ({ desk, phone, browser, page, job } = await enrolled()); });
after(() => rmSync(folder, { recursive: true }));

const button = (name) => page.getByRole("button", { name, exact: true });
const notes = () => desk.ops().filter((op) => op.kind === "note" && op.set.text === NOTE);

test("work done with no network leaves the phone as a file, and the office takes it in", async () => {
  await to(page, "/sync");
  await page.getByText("公司已收到全部内容，没有要导出的。").waitFor();
  assert.equal(await button("导出未上传的内容").isDisabled(), true);

  await desk.kill();
  await act(page, { type: "note.add", job, text: NOTE });
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

  assert.equal(notes().length, 0);
  assert.match(desk.run("import", "--unsent", path), /陈国栋.*\n.*\n\s+applied\s+1\s+0/);
  assert.equal(notes().length, 1);
  assert.match(desk.run("import", "--unsent", path), /applied\s+0\s+1/);

  await desk.start();
  await button("现在同步").tap();
  await page.getByText("公司已收到全部内容", { exact: true }).waitFor();
  assert.equal(notes().length, 1, "the phone sent it again, and it is there once");
});

test("a second window on the same data says so in the system's language, and touches nothing", async () => {
  const second = await own(phone.again());
  for (const [locale, colorScheme, sentence] of [["zh-CN", "light", /应用已经在另一个窗口打开/], ["en-GB", "dark", /open in another window/]]) {
    const other = await freshPage(browser, { locale, colorScheme });
    await other.goto(second.url);
    await other.getByText(sentence).waitFor();
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), colorScheme);
    await clean(other, `a second window, ${locale}`);
  }
  assert.equal((await ask(page, { type: "start" })).enrolled, true, "the first goes on");
});
