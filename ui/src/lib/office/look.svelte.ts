// Owns how this browser shows the console: language and theme, kept beside the browser's own settings.
// Never anything about a person or a job: another person may sit here next.
import type { Language, Theme } from "$lib/api/bindings";
import { setLanguage } from "$lib/i18n/i18n.svelte";

export const LANGUAGES: readonly Language[] = ["zh", "en"];
export const THEMES: readonly Theme[] = ["light", "dark", "sunlight"];
const KEY = "fieldcard-console-look";

type Look = { language: Language; theme: Theme };
let look = $state<Look>({ language: "zh", theme: "light" });

export const theme = (): Theme => look.theme;

/** What was chosen here before; else Chinese, and light or dark as the system has it. */
export function startLook(): void {
  const kept = remembered();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  setLook({
    language: LANGUAGES.find((one) => one === kept.language) ?? "zh",
    theme: THEMES.find((one) => one === kept.theme) ?? (dark ? "dark" : "light"),
  });
}

export function setLook(change: Partial<Look>): void {
  look = { ...look, ...change };
  setLanguage(look.language);
  document.documentElement.dataset.theme = look.theme;
  try {
    localStorage.setItem(KEY, JSON.stringify(look));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

function remembered(): { language?: unknown; theme?: unknown } {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? kept : {};
  } catch {
    return {};
  }
}
