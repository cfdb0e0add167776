// Owns the taste of this folder, executable: sizes, names, comments, colours, who imports whom.
// Never a matter of formatting.
import { describe, expect, test } from "vitest";

const ours = { ...import.meta.glob<string>("./**/*.{ts,svelte}", { query: "?raw", import: "default", eager: true }), ...import.meta.glob<string>("../app/**/*.{ts,js,svelte}", { query: "?raw", import: "default", eager: true }), ...import.meta.glob<string>("../console/**/*.{ts,js,svelte}", { query: "?raw", import: "default", eager: true }), ...import.meta.glob<string>("../e2e/*.js", { query: "?raw", import: "default", eager: true }) };
const files = Object.entries(ours).map(([path, text]) => ({ path, text, lines: text.split("\n") }));
const styles = { ...import.meta.glob<string>("./**/*.{svelte,css}", { query: "?raw", import: "default", eager: true }), ...import.meta.glob<string>("../app/**/*.svelte", { query: "?raw", import: "default", eager: true }), ...import.meta.glob<string>("../console/**/*.svelte", { query: "?raw", import: "default", eager: true }) };
/** Written by core and server from their structs. */
const GENERATED: readonly string[] = ["./lib/api/bindings.ts", "./lib/api/office.ts"];
const BANNED = /\b\w*(Manager|Helper|Util|Utils)\b|\b\w+Service\b|\bprocess[A-Z_]?\w*\(|\bhandle_|\bhandle[A-Z]|\bdo_|\b(const|let|function|type|class) (data|info)\b/;

/** The functions of a script with their length, found by braces: near enough for a smoke alarm. */
function functions(text: string): { name: string; length: number }[] {
  const script = text.startsWith("<!--") ? (text.match(/<script lang="ts">([\s\S]*?)<\/script>/)?.[1] ?? "") : text;
  const lines = script.split("\n");
  return lines.flatMap((line, start) => {
    const name = /^(\s*)(?:export )?(?:async )?(?:function\*? (\w+)|(#?\w+)\([^;]*\)[^;=]*\{$)/.exec(line);
    if (!name || /^\s*(if|for|while|switch|test|describe)\b/.test(line)) return [];
    const end = lines.findIndex((later, at) => at > start && later.startsWith(`${name[1]}}`));
    return end < 0 ? [] : [{ name: name[2] ?? name[3] ?? "?", length: end - start + 1 }];
  });
}

describe("tidy", () => {
  test("looks at every file", () => {
    expect(files.length).toBeGreaterThan(90);
    expect(functions(ours["./lib/api/fake/missing.ts"] ?? "").map((found) => found.name)).toContain("missingRows");
  });

  test.each(files)("$path begins with what it owns and what it never does", ({ path, text }) => {
    if (GENERATED.includes(path)) return;
    const head = text.slice(0, 700);
    expect(head).toMatch(path.endsWith(".svelte") ? /^<!-- Owns / : /^\/\/ Owns /);
    if (!path.includes(".test.")) expect(head).toMatch(/\bNever\b|\bnever\b|does not compile/);
  });

  test.each(files)("$path is short", ({ path, lines }) => {
    if (GENERATED.includes(path)) return;
    expect(lines.length).toBeLessThanOrEqual(path.endsWith(".svelte") ? 250 : 400);
  });

  test.each(files)("$path has no function over 60 lines", ({ text }) => {
    expect(functions(text).filter((found) => found.length > 60)).toEqual([]);
  });

  test.each(files)("$path uses no banned name", ({ path, lines }) => {
    // Words for people are no names: a manager is a role.
    if (path === "./tidy.test.ts" || path.startsWith("./lib/i18n/")) return;
    expect(lines.filter((line) => BANNED.test(line))).toEqual([]);
  });

  test.each(Object.entries(styles).filter(([path]) => !path.endsWith("tokens.css")))("%s names no colour and no size", (path, text) => {
    const css = path.endsWith(".css") ? text : (text.match(/<style>([\s\S]*)<\/style>/)?.[1] ?? "");
    const bare = css.split("\n").filter((line) => !line.includes("@media")).filter((line) => /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|\b\d*\.?\d+(px|rem|pt)\b/i.test(line));
    expect(bare).toEqual([]);
  });

  test.each(files)("$path imports no other feature and no transport it should not know", ({ path, text }) => {
    const feature = /features\/(\w+)\//.exec(path)?.[1];
    const imports = [...text.matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)].map((found) => found[1] ?? found[2] ?? "");
    if (feature) expect(imports.filter((from) => /\$features|\.\.\/\w+\/|\$lib\/api\/(bridge|http|fake)/.test(from))).toEqual([]);
    if (path.startsWith("./lib/")) expect(imports.filter((from) => from.includes("features") || from.includes("/app/"))).toEqual([]);
    expect(imports.filter((from) => from.includes("@tauri-apps") && !path.endsWith("api/tauri.ts"))).toEqual([]);
  });

  test.each(files)("$path evaluates no text and puts no text in as HTML", ({ path, text }) => {
    if (path === "./tidy.test.ts") return;
    expect(text).not.toMatch(/\{@html|innerHTML|\beval\(|new Function\(/);
  });
});
