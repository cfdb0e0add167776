// Owns the pictures of every state of states.js: both languages, phone and desk, three themes, into ui/shots/states
// (ignored). Never a test: people look at them. Run: node e2e/states_shots.js [filter]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { desk, openDesk } from "./console_support.js";
import { states, visitState } from "./states.js";
import { launch, open, PHONE, serve, WIDE } from "./support.js";

const OUT = fileURLToPath(new URL("../shots/states", import.meta.url));
const filter = process.argv[2] ?? "";
const LOOKS = [["zh", "light", PHONE], ["en", "light", PHONE], ["zh", "dark", PHONE], ["en", "sunlight", PHONE], ["en", "light", WIDE], ["zh", "sunlight", WIDE]];

await mkdir(OUT, { recursive: true });
const [app, console_] = [await serve(), await serve("console")];
const browser = await launch();
const chosen = states.filter((state) => state.name.includes(filter));
for (const [language, theme, size] of LOOKS) {
  const name = (state, where) => `${OUT}/${state}.${where}.${language}.${theme}.${size.width}.png`;
  const page = await open(browser, { size });
  for (const { name: state, app: look } of chosen.filter((one) => one.app)) {
    await visitState(page, app.url, look, language, theme);
    await page.screenshot({ path: name(state, "app") });
  }
  await page.context().close();
  if (size !== WIDE) continue;
  const office = await openDesk(browser, { size, language, theme });
  for (const { name: state, console: look } of chosen.filter((one) => one.console)) {
    await desk(office, console_.url, look.route);
    await office.screenshot({ path: name(state, "console") });
  }
  await office.context().close();
}
await browser.close();
await app.stop();
await console_.stop();
