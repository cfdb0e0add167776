// Owns what tests and pictures of the console share: a desk's page over the fake and over the real server, going to a
// screen in a language and a look. Never a test.
import { pagesOf } from "./pdf.js";
import { freshPage, open, settled, WIDE } from "./support.js";

export const DESK = WIDE;
/** What everybody at a console of a test types. */
export const PASSWORD = "云岭的石头会唱歌 417";

/** A page at a desk (or narrow); the fake forgets everything when it is loaded again. */
export async function openDesk(browser, { size = DESK, language = "zh", theme = "light" } = {}) {
  const page = await open(browser, { size });
  await page.addInitScript(([lang, look]) => localStorage.setItem("fieldcard-console-look", JSON.stringify({ language: lang, theme: look })), [language, theme]);
  return page;
}

let loads = 0;

/** Loads the console anew at a route and waits until it stands still. `scene`: "", "empty", "out", "once". */
export async function desk(page, base, route, { scene = "", role = "" } = {}) {
  // Another query each time: only another hash would keep the page, and with it what the test before did.
  await page.goto(`${base}?scene=${scene}&role=${role}&load=${++loads}#${route}`);
  await still(page);
}

export async function still(page) {
  await page.waitForFunction(() => document.querySelector("main h1, main .empty") && !document.querySelector("main .wait"));
  await settled(page);
}

/** Somebody signs in at the real server's console; an answer that says no is no problem of the page. */
export async function signIn(browser, url, login) {
  const page = await freshPage(browser, { size: DESK, ignoreHTTPSErrors: true, expected: /status of 4\d\d/ });
  await page.goto(url);
  await page.locator("#login").fill(login);
  await page.locator("#password").fill(PASSWORD);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await page.locator("nav").waitFor();
  return page;
}

/** Goes to a place of the console and waits for its head. */
export async function goTo(page, route, heading) {
  await page.evaluate((hash) => { location.hash = hash; }, route);
  await page.locator("h1", { hasText: heading }).waitFor();
}

/** What comes out of the printer, in the page's own media or another, beside what the paper on the screen says. */
export async function printed(page, media = "print") {
  await page.emulateMedia({ media });
  const pages = pagesOf(await page.pdf({ preferCSSPageSize: true }));
  const paper = (await page.locator(".paper").innerText()).normalize("NFKC").replace(/\s/g, "");
  await page.emulateMedia({ media: null });
  return { sizes: [...new Set(pages.map(({ width, height }) => `${width} × ${height}`))], empty: pages.filter(({ text }) => text === "").length, text: pages.map(({ text }) => text).join(""), paper };
}
