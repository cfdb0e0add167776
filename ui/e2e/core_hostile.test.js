// Owns the proof that what people type and pick is text and bytes, whatever they look like: markup, quotes, emoji, marks
// that turn the writing around, ten thousand characters, files that are no photo; on the phone, on the sealed card's way
// to the desk, and on the real core and server. Never trusts an escape it has not seen drawn.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { clean } from "./axe.js";
import { goTo, PASSWORD, signIn } from "./console_support.js";
import { ask, drained, enrol, jobByNumber, jpeg, openApp } from "./core_flows.js";
import { DEMO_JOB, department, TECHNICIAN } from "./stage.js";
import { settled, to, until } from "./support.js";

const MARKUP = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>{{7*7}} "双" '单' & 😀👨‍👩‍👧 \u202Eשלום\u202C`;
const LONG = "长".repeat(10_000);

let desk;
let phone;
let browser;
let page;
let job;
before(async () => {
  ({ desk, phone, browser } = await department((office) => office.passwd(TECHNICIAN, PASSWORD)));
  page = await openApp(browser, phone);
  await enrol(page, desk, TECHNICIAN);
  ({ job } = await jobByNumber(page, DEMO_JOB));
});

/** Nothing ran, nothing but text was made of it, and the screen is as wide as before. */
async function harmless(on, what) {
  await settled(on);
  assert.notEqual(await on.title(), "run", what);
  assert.equal(await on.locator('main img[src="x"], main script').count(), 0, what);
  assert.ok(await on.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} scrolls sideways`);
  await clean(on, what);
}

test("hostile and endless text is drawn as it was typed, on the phone and at the desk", async () => {
  await to(page, `/job/${job}`);
  for (const text of [MARKUP, LONG]) {
    await page.locator("#note").fill(text);
    await page.getByRole("button", { name: "添加备注", exact: true }).tap();
    await page.locator("#notes p.prose").getByText(text.slice(0, 30)).first().waitFor();
  }
  await page.locator('[id="fault.action"]').fill(MARKUP);
  await page.locator('[id="fault.action"]').blur();
  await until(async () => (await ask(page, { type: "job_page", job })).notes.length >= 2, "both notes");
  const drawn = await page.locator("#notes p.prose").allTextContents();
  assert.ok(drawn.includes(MARKUP.normalize("NFC")) && drawn.includes(LONG), "a note is not drawn as it was typed");
  await harmless(page, "the job on the phone");
  await drained(page);
  const screen = await signIn(browser, desk.url, TECHNICIAN);
  await goTo(screen, `/job/${job}`, DEMO_JOB);
  await screen.locator("p.prose").getByText(MARKUP.slice(0, 30)).first().waitFor();
  const read = await screen.locator("p.prose").allTextContents();
  assert.ok(read.includes(MARKUP.normalize("NFC")) && read.includes(LONG), "a note does not stand at the desk as it was typed");
  await harmless(screen, "the job at the desk");
  assert.deepEqual(screen.problems, []);
});

/** A JPEG that says it has so many points: the size stands in the frame's head. */
function vast({ name, mimeType, buffer }, width, height) {
  const bytes = Buffer.from(buffer);
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes[at + 1] !== 0xc0 && bytes[at + 1] !== 0xc2) continue;
    bytes.writeUInt16BE(height, at + 5);
    bytes.writeUInt16BE(width, at + 7);
    return { name, mimeType, buffer: bytes };
  }
  throw new Error("no frame in the JPEG");
}

test("a file that is no photo, an empty one and one of 108 megapixels are refused by name, and a real one is taken after them", async () => {
  await to(page, `/job/${job}`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
  const files = [
    [{ name: "not.jpg", mimeType: "image/jpeg", buffer: Buffer.from("MZ this is no photo") }, /不是照片或已损坏/],
    [{ name: "empty.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(0) }, /不是照片或已损坏/],
    [vast(await jpeg(page), 12_000, 9_000), /照片太大（108 百万像素/],
  ];
  for (const [file, sentence] of files) {
    await page.locator('[id="photos.fault"]').setInputFiles(file);
    await page.locator(".toast").getByText(sentence).waitFor();
  }
  const photos = async () => (await ask(page, { type: "job_page", job })).photos.flatMap((set) => set.photos).length;
  assert.equal(await photos(), 0);
  await page.locator('[id="photos.fault"]').setInputFiles(await jpeg(page));
  await page.locator(".thumb img").first().waitFor();
  assert.equal(await photos(), 1);
});
