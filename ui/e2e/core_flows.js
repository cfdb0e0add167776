// Owns the short ways over the real core that tests and pictures share: a fresh page on a device's files, enrolment,
// questions and requests past the screens. Never asserts.
import { freshPage, until } from "./support.js";

/** The app as somebody opens it: nothing but the device's files behind it. */
export async function openApp(browser, phone, { route = "", ...more } = {}) {
  const page = await freshPage(browser, { expected: /404/, ...more });
  page.executed = [];
  page.on("response", (answer) => answer.ok() && answer.url().endsWith("/execute") && page.executed.push(answer.request().postDataJSON()));
  await page.goto(`${phone.url}${route ? `#${route}` : ""}`);
  await page.locator("#app h1, #app .empty").first().waitFor();
  return page;
}

const post = (page, path, body) => page.evaluate(async ([to, text]) => {
  const answer = await fetch(to, { method: "POST", body: text });
  return { ok: answer.ok, json: await answer.json() };
}, [path, JSON.stringify(body)]);

export const ask = async (page, query) => (await post(page, "/view", query)).json;

/** One user action past the screens; what the core refuses is thrown. */
export async function act(page, request) {
  const { ok, json } = await post(page, "/execute", request);
  if (!ok) throw new Error(`${request.type}: ${JSON.stringify(json)}`);
  return json;
}

/** Until the core has carried out a request of the screens with these members: a kill may not take it any more. */
export const executed = (page, members) => until(() => page.executed.some((request) => Object.entries(members).every(([name, value]) => request[name] === value)), `the core has done ${JSON.stringify(members)}`);

/** How many strokes an ink has: `WxH.` and bytes in base64url, of which the first is their number (lib/ink.ts). */
export const strokes = (ink) => Buffer.from(ink.split(".")[1] ?? "", "base64url")[0] ?? 0;

/** A phone enrols by a typed code; the office confirms the six digits. */
export async function enrol(page, desk, login) {
  await page.locator("#address").fill(desk.url);
  await page.locator("#code").fill(desk.code(login));
  await page.getByRole("button", { name: "登记", exact: true }).click();
  await confirmed(page, desk);
}

/** From the six digits to the first screen with work on it. */
export async function confirmed(page, desk) {
  await page.locator(".digits").waitFor();
  desk.confirm((await page.locator(".digits").textContent()).replace(/\D/g, ""));
  await page.getByRole("heading", { name: "今日" }).waitFor();
}

/** Until the catalogues are on the device and can be searched. */
export const catalogues = (page, job) => until(async () => {
  const [parts, faults] = [await ask(page, { type: "parts", job, search: "主控阀", limit: 1 }), await ask(page, { type: "faults", job, search: "动臂", limit: 1 })];
  return parts.total > 0 && faults.total > 0;
}, "the catalogues");

/** The job with this number, as soon as the device has it. */
export const jobByNumber = (page, number) => until(async () => (await ask(page, { type: "jobs", search: number, limit: 5 })).rows[0], `job ${number} on the device`);

/** Until the office holds all that the device has. */
export async function drained(page) {
  await act(page, { type: "sync.now" });
  await until(async () => (await ask(page, { type: "data_state" })).waiting === 0, "the office holds everything");
}

/** A real JPEG, as a camera's file. */
export async function jpeg(page, name = "photo.jpg") {
  return { name, mimeType: "image/jpeg", buffer: await page.screenshot({ type: "jpeg", quality: 60 }) };
}

/** A picture with noise in it: it takes a while to send. */
export async function noisy(page, name) {
  const bytes = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2000, 1500];
    const context = canvas.getContext("2d");
    const noise = context.createImageData(2000, 1500);
    for (let n = 0; n < noise.data.length; n++) noise.data[n] = n % 4 === 3 ? 255 : Math.random() * 256;
    context.putImageData(noise, 0, 0);
    return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
  });
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(bytes, "base64") };
}
