// Owns the pictures of every console screen: both languages, three themes, desk and phone, into ui/shots (ignored).
// Never a test: people look at them. Run: node e2e/console_shots.js [filter] [--all]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { routes } from "../console/routes.js";
import { desk, DESK, openDesk } from "./console_support.js";
import { launch, PHONE, serve } from "./support.js";

const OUT = fileURLToPath(new URL("../shots/console", import.meta.url));
const filter = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? "";
const all = process.argv.includes("--all");
const looks = all
  ? ["zh", "en"].flatMap((language) => ["light", "dark", "sunlight"].flatMap((theme) => [[language, theme, DESK], [language, theme, PHONE]]))
  : [["zh", "light", DESK], ["en", "dark", DESK], ["zh", "sunlight", DESK], ["en", "light", PHONE]];
const places = [...routes.flatMap((route) => route.samples.map((sample) => [sample, ""])), ["/jobs", "empty"], ["/exceptions", "empty"], ["/devices", "empty"], ["/jobs", "out"], ["/jobs", "once"]];

await mkdir(OUT, { recursive: true });
const server = await serve("console");
const browser = await launch();
for (const [language, theme, size] of looks) {
  const page = await openDesk(browser, { size, language, theme });
  for (const [route, scene] of places.filter(([path, scene]) => `${path} ${scene}`.includes(filter))) {
    await desk(page, server.url, route, { scene });
    const name = `${route.slice(1).replace(/[/?=]/g, "_")}${scene && `.${scene}`}.${language}.${theme}.${size.width}`;
    await page.screenshot({ path: `${OUT}/${name}.png` });
    // A long screen is pictured whole too.
    const height = await page.evaluate(() => Math.max(...[...document.querySelectorAll(".body")].map((body) => body.scrollHeight - body.clientHeight), 0));
    if (height > 40 && route.startsWith("/job/")) {
      await page.setViewportSize({ width: size.width, height: size.height + height });
      await page.screenshot({ path: `${OUT}/${name}.long.png` });
      await page.setViewportSize(size);
    }
  }
  if (page.problems.length) console.log(language, theme, [...new Set(page.problems)]);
  await page.context().close();
}
await browser.close();
await server.stop();
