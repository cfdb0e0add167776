// Owns what every end-to-end test needs: the built app on a loopback port, Chromium, a phone's page, patience.
// Never a test.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

const BUILT = fileURLToPath(new URL("../dist-fake", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
// The policy that the shell will set: what breaks it, breaks here.
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'";

/** The day on which every test happens: 18 November 2026, 09:10 in Yunling. */
export const NOW = new Date("2026-11-18T09:10:00+08:00");
export const PHONE = { width: 360, height: 740 };
export const WIDE = { width: 1280, height: 800 };
/** How long whatever a test waits for may take: far longer than it does, so that a slow machine is not a failure. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Waits until `find` answers something, and answers that; says what it waited for when it never comes. */
export async function until(find, what) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (performance.now() > end) throw new Error(`in ${PATIENCE_MS / 1000} s it did not come: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** Waits until what is read equals what is wanted; fails with what was read last. */
export async function becomes(read, wanted, what) {
  let last;
  const is = async () => isDeepStrictEqual(last = await read(), wanted);
  await until(is, what).catch((late) => assert.deepEqual(last, wanted, late.message));
}

export async function serve(entry = "app") {
  const server = createServer(async (request, response) => {
    if (request.url === "/favicon.ico") return response.writeHead(204).end();
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname);
    const file = join(BUILT, entry, path === "/" ? "index.html" : path);
    try {
      const body = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": CSP });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((done) => server.close(done)) };
}

export function launch(more = []) {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync) ?? "chromium";
  return chromium.launch({ executablePath, args: [...FLAGS, ...more] });
}

/** A page of its own, on a phone with touch or wide without; a console error or a breach of the policy is kept in
    `problems`, unless it is `expected`. */
export async function freshPage(browser, { size = PHONE, expected = /(?!)/, ...more } = {}) {
  const context = await browser.newContext({
    viewport: size, hasTouch: size.width < 900, isMobile: size.width < 900, deviceScaleFactor: 2,
    locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce", ...more,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.problems = [];
  page.on("console", (message) => message.type() === "error" && !expected.test(message.text()) && page.problems.push(message.text()));
  page.on("pageerror", (error) => page.problems.push(String(error)));
  return page;
}

/** The same with its clock at NOW. */
export async function open(browser, options) {
  const page = await freshPage(browser, options);
  await page.clock.install({ time: NOW });
  return page;
}

/** Goes to a route of a scene and waits until the screen stands still; `more` is asked of a device that is new. */
export async function visit(page, base, route, scene = "day", more = {}) {
  await page.goto(`${base}?${new URLSearchParams({ scene, ...more })}#${route}`);
  await settled(page);
}

/** Goes to another screen of the page that stands, and waits until that one has its head: the old one has one too. */
export async function to(page, route) {
  await page.evaluate((path) => {
    if (location.hash.slice(1).split("?")[0] !== path.split("?")[0]) document.querySelector("main > *")?.setAttribute("data-left", "");
    location.hash = path;
  }, route);
  await page.locator("main > :not([data-left]) h1, main > .empty:not([data-left])").first().waitFor();
}

export async function settled(page) {
  await page.locator("main h1, main .empty").first().waitFor();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Sets language and theme as the settings screen would, before the page loads. */
export async function dress(page, base, language, theme, scene = "day") {
  await visit(page, base, "/settings", scene);
  await page.locator(`[id="theme.${theme}"]`).check();
  await page.locator(`[id="language.${language}"]`).check();
  await page.waitForFunction(([lang, look]) => document.documentElement.lang.startsWith(lang) && document.documentElement.dataset.theme === look, [language, theme]);
}
