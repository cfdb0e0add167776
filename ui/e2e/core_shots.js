// Owns the pictures of the screens over the real core with the demo department: both languages, three themes, phone
// and wide, and of the console on the real server, into ui/shots-core (ignored). Never a test: people look at them. Run: npm run shots:core [filter] [--window]
// (--window: what a window shows, as the README's pictures are; else the whole of each page)
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { goTo, PASSWORD, signIn } from "./console_support.js";
import { act, ask, catalogues, drained, enrol, jobByNumber, jpeg, openApp } from "./core_flows.js";
import { device, office } from "./core.js";
import { draw, settled } from "./flows.js";
import { launch, PHONE, WIDE } from "./support.js";

const OUT = fileURLToPath(new URL("../shots-core", import.meta.url));
const LOGIN = "chenguodong";
const given = process.argv.slice(2);
const whole = !given.includes("--window");
const filter = given.find((word) => !word.startsWith("--")) ?? "";
const LOOKS = [["zh", "light", PHONE], ["en", "light", PHONE], ["zh", "dark", PHONE], ["en", "sunlight", PHONE], ["zh", "sunlight", WIDE], ["en", "dark", WIDE], ["zh", "light", WIDE]];

await mkdir(OUT, { recursive: true });
const desk = await office();
await desk.start();
const phone = await device();
const browser = await launch();
let page = await openApp(browser, phone);
try {
  await enrol(page, desk, LOGIN);
  const routes = await work(page);
  for (const look of LOOKS) await pictures(routes, look);
  for (const look of LOOKS.slice(0, 4)) await signOff(look);
  await atTheDesk();
} finally {
  await browser.close();
  await phone.stop();
  await desk.stop();
}

/** A day's work on one job, and what else there is to see; answers the addresses of the screens. */
async function work(on) {
  const row = await jobByNumber(on, "FW20261121-004");
  await catalogues(on, row.job);
  const { job, visit } = row;
  const parts = async (search) => (await ask(on, { type: "parts", job, search, limit: 3 })).hits[0];
  for (const step of ["depart", "arrive", "work"]) await act(on, { type: `visit.${step}`, visit });
  await act(on, { type: "reading.replace_meter", job, meter: "hours", old_value: "2065.5", new_value: "0", reason: "no_display" });
  await act(on, { type: "reading.set", job, meter: "hours", value: "1.5" });
  const [fault] = (await ask(on, { type: "faults", job, search: "动臂", limit: 1 })).hits;
  await act(on, { type: "fault.take", job, code: fault.code });
  await act(on, { type: "fault.add", job, phenomenon: "驾驶室左前玻璃有裂纹" });
  const line = await addPart(on, job, await parts("主控阀"), "maker");
  const paid = await addPart(on, job, await parts("滤芯"), "customer");
  await act(on, { type: "charge.add", job, code: "labour", label: "清洗液压油箱", amount: 30_000, currency: "CNY", payer: "customer" });
  const trip = await act(on, { type: "charge.add", job, code: "trip", amount: 12_000, currency: "CNY", payer: "customer" });
  await act(on, { type: "charge.agree", charge: trip.rec, by: "苏天明" });
  await act(on, { type: "job.propose", job, field: "site", value: "云岭县双汊河镇建材市场后院 3 号棚" });
  await act(on, { type: "note.add", job, text: "进场走东门，找保管员小唐签字。" });
  const walkUp = await act(on, { type: "job.create", customer: "老赵砂场", place: "青石湾", phone: "12900004455", serial: "", model: "HCE75-9", job_type: "repair", report: "回转异响" });
  const photo = await jpeg(on);
  await on.goto(`${phone.url}#/job/${job}`);
  await on.locator('[id="photos.nameplate"]').setInputFiles(photo);
  await on.locator(".thumb img").first().waitFor();
  const taken = (await ask(on, { type: "job_page", job })).photos.find((set) => set.phase === "nameplate").photos[0].photo;
  const machine = (await ask(on, { type: "job_page", job })).machine.machine;
  const at = `/job/${job}`;
  return {
    today: "/today", jobs: "/jobs", new_job: "/jobs/new", job: at, missing: `${at}/missing`, times: `${at}/times`, add_part: `${at}/parts`, line: `/line/${line}`, line_paid: `/line/${paid}`, tag: `/line/${line}/tag`,
    faults: `${at}/faults/main`, charge: `${at}/charge`, consent: `${at}/consent`, meter: `${at}/meter/hours`, propose: `${at}/propose`, wait: `${at}/wait`, not_repaired: `${at}/not-repaired`, photo: `/photo/${taken}`,
    machine: `/machine/${machine}`, walk_up: `/job/${walkUp.rec}`, waiting: `/job/${(await jobByNumber(on, "FW20261118-001")).job}`, done: `/job/${(await jobByNumber(on, "FW20261112-003")).job}`, sync: "/sync", settings: "/settings", prepare: `/sign/${visit}`,
  };
}

async function addPart(on, job, part, payer) {
  const { rec } = await act(on, { type: "part_line.add", job, part: part.part, number: part.number, name: part.name, unit: part.unit, serialised: part.serialised, auxiliary: part.auxiliary });
  await act(on, { type: "part_line.set_payer", line: rec, payer });
  return rec;
}

async function dressed([language, theme, size]) {
  await act(page, { type: "settings.set", language, theme });
  await page.context().close();
  page = await openApp(browser, phone, { route: "/today", size });
}

async function shot(name, [language, theme, size]) {
  await page.waitForTimeout(150);
  const file = `${OUT}/${name}.${language}.${theme}.${size.width}.png`;
  const over = await page.evaluate(() => Math.max(...[...document.querySelectorAll("main .body")].map((body) => body.scrollHeight - body.clientHeight), 0));
  if (whole && over > 40 && size === PHONE) await page.setViewportSize({ width: size.width, height: size.height + over });
  await page.screenshot({ path: file });
  await page.setViewportSize(size);
}

async function pictures(all, look) {
  const chosen = Object.entries(all).filter(([name]) => name.includes(filter));
  await dressed(look);
  for (const [name, route] of chosen) {
    await page.evaluate((to) => (location.hash = to), route);
    await settled(page);
    await shot(name, look);
  }
  if (page.problems.length) console.log(look.slice(0, 2).join(" "), [...new Set(page.problems)]);
}

/** The hand-over to the customer, up to the sealing of the last look. */
async function signOff(look) {
  if (!"sign".includes(filter) && filter !== "") return;
  const { job, visit } = await jobByNumber(page, "FW20261121-004");
  await act(page, { type: "fault.set", job, field: "action", value: "更换主控阀总成，清洗油箱，试机正常" });
  await dressed(look);
  await act(page, { type: "sign_off.prepare", visit, kind: "interim", language: look[0] });
  await page.goto(`${phone.url}#/sign/${visit}`);
  await settled(page);
  await shot("sign_prepared", look);
  await act(page, { type: "sign_off.hand_over", visit });
  await page.locator("#words").waitFor();
  await shot("sign_card", look);
  await page.locator("footer .primary").click();
  await page.locator(".ink canvas").waitFor();
  await draw(page, 3);
  await shot("sign_pad", look);
  const initials = (await ask(page, { type: "start" })).person.initials;
  const last = look === LOOKS[3];
  if (last) {
    await page.getByRole("button", { name: /^(确认|Confirm)$/ }).click();
    await page.locator(".primary").waitFor();
    await shot("sign_sealed", look);
  }
  await act(page, { type: "sign_off.take_back", visit, initials });
  if (!last) await act(page, { type: "sign_off.discard", visit });
}

/** The console with what the phone has handed in: the list, a job, the devices. */
async function atTheDesk() {
  if (!"console".includes(filter) && filter !== "") return;
  await drained(page);
  desk.passwd(LOGIN, PASSWORD);
  const { job, number } = await jobByNumber(page, "FW20261121-004");
  const office = await signIn(browser, desk.url, LOGIN);
  for (const [name, route, heading] of [["jobs", "/jobs", "服务单"], ["job", `/job/${job}`, number], ["devices", "/devices", "设备"]]) {
    await goTo(office, route, heading);
    await office.locator("main .wait").waitFor({ state: "detached" });
    await office.screenshot({ path: `${OUT}/console_${name}.png`, scale: "css" });
  }
}
