// Owns what tests and pictures of the console share: a desk's page, going to a screen in a language and a look.
// Never a test.
import { NOW, open, settled } from "./support.js";

export const DESK = { width: 1280, height: 800 };

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

export { NOW };
