// Owns the one way to ask axe about a page: the five tags, the whole document. Never disables a rule.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The sizes to look at: the own one of the screens in both languages and all themes, the other one once a theme. */
export const sizes = (language, theme, own, other) => ((language === "en") === (theme === "dark") ? [own, other] : [own]);

/** Fails when axe has a finding on the page as it stands. */
export async function clean(page, what) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join(" | ")}`);
  }, TAGS);
  assert.deepEqual(found, [], what);
}
