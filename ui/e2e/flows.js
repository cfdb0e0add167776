// Owns the short ways through the app that tests and pictures share. Never asserts.
import { settled, visit } from "./support.js";

/** From a job to the customer's card, frozen in the language of the screen. */
export async function handOver(page, base) {
  await prepare(page, base);
  await page.getByRole("button", { name: /把手机交给用户|Hand the phone over/ }).click();
  await page.locator("#words").waitFor();
}

/** Freezes the card of the job that is ready, in the language of the screen. */
export async function prepare(page, base) {
  await visit(page, base, "/sign/v-ready");
  await page.getByRole("button", { name: /改内容|Change the text/ }).click();
  await page.locator("main h1").first().waitFor();
  await page.evaluate(() => (location.hash = "/sign/v-ready"));
  await page.getByRole("button", { name: /^(生成服务卡|Make the card)$/ }).click();
  await page.getByRole("button", { name: /把手机交给用户|Hand the phone over/ }).waitFor();
}

export async function toPad(page) {
  await page.getByRole("button", { name: /^(去签字|Sign)$/ }).click();
  await page.locator(".ink canvas").waitFor();
}

/** Draws a name on the pad. */
export async function draw(page, strokes = 2) {
  const box = await page.locator(".ink").boundingBox();
  for (let n = 0; n < strokes; n++) {
    const [x, y] = [box.x + box.width * (0.2 + n * 0.3), box.y + box.height * 0.6];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let k = 1; k <= 20; k++) await page.mouse.move(x + k * 4, y - 30 * Math.sin(k / 2.5), { steps: 2 });
    await page.mouse.up();
  }
}

export async function takeBack(page, initials = "CY") {
  await page.getByRole("button", { name: /把手机交还服务人员|Hand the phone back|^交还$|^Give back$/ }).first().click();
  await page.locator("#initials").fill(initials);
  await page.getByRole("button", { name: /打开应用|Open the app/ }).click();
}

/** The page dies as it would when the system kills the app; a new one opens in the same profile. */
export async function killAndReopen(page, base, scene = "day") {
  const context = page.context();
  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // Nobody is left to answer.
  session.send("Page.crash").catch(() => {});
  await crashed;
  const next = await context.newPage();
  next.problems = [];
  await next.goto(`${base}?scene=${scene}`);
  await next.locator("#app h1").first().waitFor();
  return next;
}

export { settled };
