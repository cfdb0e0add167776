// Owns the pictures of every screen: both languages, three themes, phone and wide, into ui/shots (ignored).
// Never a test: people look at them. Run: node e2e/shots.js [filter] [--all]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { routes } from "../app/routes.js";
import { draw, prepare, takeBack, toPad } from "./flows.js";
import { dress, launch, open, PHONE, serve, visit, WIDE } from "./support.js";

const OUT = fileURLToPath(new URL("../shots", import.meta.url));
const filter = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? "";
const all = process.argv.includes("--all");
const looks = all
  ? ["zh", "en"].flatMap((language) => ["light", "dark", "sunlight"].flatMap((theme) => [[language, theme, PHONE], [language, theme, WIDE]]))
  : [["zh", "light", PHONE], ["en", "dark", PHONE], ["zh", "sunlight", PHONE], ["en", "light", WIDE]];
const scenes = { "/today": ["day", "calm", "offline", "empty", "never"], "/sync": ["day", "offline", "synced", "never"], "/jobs": ["day", "empty"] };

await mkdir(OUT, { recursive: true });
const server = await serve();
const browser = await launch();
for (const [language, theme, size] of looks) {
  const page = await open(browser, { size });
  for (const sample of routes.flatMap((route) => route.samples).filter((path) => path.includes(filter))) {
    for (const scene of scenes[sample] ?? ["day"]) {
      await dress(page, server.url, language, theme, scene);
      await visit(page, server.url, sample, scene);
      const name = `${sample.slice(1).replace(/\//g, "_")}${scene === "day" ? "" : `.${scene}`}.${language}.${theme}.${size.width}`;
      await page.screenshot({ path: `${OUT}/${name}.png` });
      // A long screen is pictured whole too: the scrolling body is let out to its full height.
      const height = await page.evaluate(() => Math.max(...[...document.querySelectorAll("main .body")].map((body) => body.scrollHeight - body.clientHeight), 0));
      if (height > 40 && size === PHONE) {
        await page.setViewportSize({ width: size.width, height: size.height + height });
        await page.screenshot({ path: `${OUT}/${name}.long.png` });
        await page.setViewportSize(size);
      }
    }
  }
  if ("flow".includes(filter) || filter === "") await flows(page, language, theme, size);
  if (page.problems.length) console.log(language, theme, [...new Set(page.problems)]);
  await page.context().close();
}
await browser.close();
await server.stop();

/** What no address leads to: enrolment, hand-over, pad, sealed card, a toast. */
async function flows(page, language, theme, size) {
  const shot = (name) => page.screenshot({ path: `${OUT}/flow_${name}.${language}.${theme}.${size.width}.png` });
  await dress(page, server.url, language, theme);
  await visit(page, server.url, "/job/j-track");
  await page.locator("footer button").first().click();
  await page.locator(".toast").waitFor();
  await shot("toast");
  await proxy(page, server.url, shot);
  await prepare(page, server.url);
  await shot("prepared");
  await page.getByRole("button", { name: /把手机交给用户|Hand the phone over/ }).click();
  await page.locator("#words").waitFor();
  await shot("card");
  await toPad(page);
  await shot("pad_empty");
  await draw(page, 3);
  await shot("pad");
  if (size === PHONE) {
    await page.setViewportSize({ width: 740, height: 360 });
    await page.waitForTimeout(200);
    await shot("pad_landscape");
    await page.setViewportSize(size);
  }
  await page.getByRole("button", { name: /^(确认|Confirm)$/ }).click();
  await page.getByRole("heading", { name: /^(服务卡已封存|The card is sealed)$/ }).waitFor();
  await shot("sealed");
  await page.locator("footer button").click();
  await page.locator("#initials").waitFor();
  await shot("take_back");
  await page.locator("#initials").fill("XX");
  await page.locator("footer button").first().click();
  await page.locator(".toast").waitFor();
  await shot("take_back_wrong");
  await page.locator("#initials").fill("CY");
  await page.locator("footer button").first().click();
  await page.locator("nav").first().waitFor();
  await amended(page, server.url, shot);
  await visit(page, server.url, "/", "enrol");
  await shot("enrol");
  await page.locator("#address").fill("https://fieldcard.hengchuan.example");
  await page.locator("#code").fill("7K3P 9QF4 5F3K 9QXV");
  await page.locator("footer button").click();
  await page.locator(".digits").waitFor();
  await shot("enrol_wait");
}

/** A job that waits for parts: its interim card is refused, with photos, then amended. */
async function amended(page, base, shot) {
  await visit(page, base, "/sign/v-hammer");
  await shot("prepare_interim");
  await page.getByRole("button", { name: /^(生成服务卡|Make the card)$/ }).click();
  await page.getByRole("link", { name: /用户拒签|Customer refuses/ }).click();
  await page.locator("main input[type=radio]").first().check();
  await page.locator("#witness").fill("门卫老李 129 0000 2210");
  for (let n = 0; n < 2; n++) {
    await page.locator('[id="photos.other"]').setInputFiles({ name: "gate.jpg", mimeType: "image/jpeg", buffer: await page.screenshot({ type: "jpeg", quality: 40 }) });
    await page.locator(".thumb").nth(n).waitFor();
  }
  await shot("refused");
  await page.locator("footer button").click();
  const amend = page.getByRole("button", { name: /更正服务卡|Amend the card/ });
  await amend.waitFor();
  await shot("refused_sealed");
  await amend.click();
  await page.getByText(/正在更正服务卡|The card is being amended/).waitFor();
  await shot("amending");
}

/** Somebody signs for the customer: the pad is empty and asks who he is. */
async function proxy(page, base, shot) {
  await prepare(page, base);
  await page.getByRole("button", { name: /^(代签|Sign by proxy)/ }).click();
  await page.locator("#words").waitFor();
  await toPad(page);
  await shot("pad_proxy");
  await page.getByRole("button", { name: /回到服务卡|Back to the card/ }).click();
  await takeBack(page);
}
