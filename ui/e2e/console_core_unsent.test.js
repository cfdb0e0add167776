// Owns the promise that the office sees what a phone still holds and since when, on the real server with a real phone
// that dies in the middle of its photos: in the list of devices, and at the job that is given to somebody else. Never a fake.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { goTo, PASSWORD, signIn } from "./console_support.js";
import { act, drained, noisy, openApp } from "./core_flows.js";
import { enrolled, TECHNICIAN } from "./stage.js";
import { to, until } from "./support.js";

const OWNER = "陈国栋";
const COLLEAGUE = "秦永胜";
const PHOTOS = 6;
let server;
let phone;
let browser;
let page;
let job;
let desk;
before(async () => {
  ({ desk: server, phone, browser, page, job } = await enrolled());
  server.passwd(TECHNICIAN, PASSWORD);
  await drained(page);
});

const row = () => desk.locator("main tbody tr", { hasText: OWNER });
/** What the server knows of his device. */
const known = () => desk.evaluate(async (owner) => (await (await fetch("/office/v1/devices")).json()).devices.find((device) => device.owner.name === owner), OWNER);
const minute = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** Loads the page that stands again until it says so; the console itself asks once a minute. */
const comes = (what, find) => until(async () => {
  await desk.reload();
  await desk.locator("main h1").waitFor();
  await desk.locator("main .wait").waitFor({ state: "detached" });
  return find();
}, what);

test("a phone that has handed in everything holds nothing", async () => {
  desk = await signIn(browser, server.url, TECHNICIAN);
  await goTo(desk, "/devices", "设备");
  await comes("nothing is unsent", async () => (await row().getByText("没有", { exact: true }).count()) === 1);
});

test("what a phone holds when it dies stands in the list, and since when", async () => {
  await desk.goto("about:blank");
  await server.kill();
  const begun = Date.now();
  await act(page, { type: "note.add", job, text: "主控阀拆下，等照片传完" });
  await to(page, `/job/${job}`);
  const pictures = [];
  for (let n = 0; n < PHOTOS; n++) pictures.push(await noisy(page, `${n}.jpg`));
  await page.locator('[id="photos.nameplate"]').setInputFiles(pictures);
  await page.locator(".thumb img").nth(PHOTOS - 1).waitFor();
  const ended = Date.now();
  await server.start();
  await desk.goto(server.url);
  await desk.locator("nav").waitFor();
  // Text goes before photos: from the call that brings it until the last photo the office knows what is to come.
  await act(page, { type: "sync.now" });
  await until(async () => (await known()).unsent, "the phone calls");
  await phone.kill();
  const { unsent } = await known();
  assert.deepEqual([unsent.ops, unsent.blobs], [0, PHOTOS], "the text is here, and counts no more; the photos are not");
  assert.ok(unsent.oldest >= begun && unsent.oldest <= ended, "since the first of them");
  await goTo(desk, "/devices", "设备");
  await row().getByText(`${PHOTOS} 个文件`, { exact: true }).waitFor();
  await row().locator('td[data-head="最早从"]', { hasText: new RegExp(`^${minute.format(unsent.oldest)}$`) }).waitFor();
  assert.equal(await desk.locator("main tbody tr").first().getByText(OWNER).count(), 1, "who holds something stands first");
  assert.deepEqual(desk.problems, []);
});

test("the job that is given to somebody else meanwhile says whose phone may still hold work on it", async () => {
  await goTo(desk, `/job/${job}`, "FW20261121-004");
  await desk.locator("#assign").click();
  await desk.locator("#assignee").selectOption({ label: (await desk.locator("#assignee option", { hasText: COLLEAGUE }).textContent()).trim() });
  await desk.locator("#reason").fill("他离得近");
  await desk.getByRole("button", { name: "确认改派", exact: true }).click();
  const notice = desk.locator("main .notice", { hasText: `${OWNER}以前负责这张单` });
  await notice.getByText(new RegExp(`还有 ${PHOTOS} 个文件没传.*之后他的设备还没有联系过公司`)).waitFor();
  await desk.getByText(new RegExp(`^${PHOTOS} 张，已到 [0-${PHOTOS - 1}] 张$`)).waitFor();
});

test("when the phone is back and has sent the rest, list and job say so", async () => {
  await phone.restart();
  page = await openApp(browser, phone);
  await drained(page);
  await comes("the job waits for nobody", async () => (await desk.locator("h1", { hasText: "FW20261121-004" }).count()) === 1 && (await desk.locator("main .notice", { hasText: OWNER }).count()) === 0);
  await goTo(desk, "/devices", "设备");
  await comes("nothing is unsent", async () => (await row().getByText("没有", { exact: true }).count()) === 1);
  assert.deepEqual(desk.problems, []);
});
