// Owns the life of what a test file starts: all of it ends with the file, the last first, also when a later step of the
// beginning failed, since a server left behind would hold the run. Never a test.
import { after } from "node:test";
import { enrol, jobByNumber, openApp } from "./core_flows.js";
import { device, office } from "./core.js";
import { launch, serve } from "./support.js";

/** The repair that the demo department has dispatched to its technician. */
export const DEMO_JOB = "FW20261121-004";
export const TECHNICIAN = "chenguodong";

const begun = [];
after(async () => {
  for (const one of begun.reverse()) await (one.stop ?? one.close).call(one);
});

/** Lets something that has a `stop` or a `close` end with this file. */
export async function own(starting) {
  const one = await starting;
  begun.push(one);
  return one;
}

/** The built screens over the fake, and a browser. */
export async function screens(entry = "app") {
  return { server: await own(serve(entry)), browser: await own(launch()) };
}

/** The demo department: an office that serves, a phone, a browser. `prepare` runs before the office serves. */
export async function department(prepare = () => {}) {
  const desk = await own(office());
  prepare(desk);
  await desk.start();
  return { desk, phone: await own(device()), browser: await own(launch()) };
}

/** The same with the app open on the phone, enrolled, and the demo job on it. */
export async function enrolled() {
  const { desk, phone, browser } = await department();
  const page = await openApp(browser, phone);
  await enrol(page, desk, TECHNICIAN);
  const { job, visit } = await jobByNumber(page, DEMO_JOB);
  return { desk, phone, browser, page, job, visit };
}
