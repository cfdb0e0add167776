// Owns the proofs of the words: both languages complete, same values, right plurals, right punctuation.
import { beforeEach, describe, expect, test } from "vitest";
import { en } from "./en";
import { setLanguage, t, words } from "./i18n.svelte";
import { zh, type Key } from "./zh";

const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((found) => found[1]))].sort();
const keys = Object.keys(zh) as Key[];

describe("the two languages", () => {
  test("have the same keys", () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
  });

  test.each(keys)("%s names the same values in both", (key) => {
    expect(names(en[key])).toEqual(names(zh[key]));
  });

  test("leave no Chinese in English and no half-width comma in Chinese", () => {
    const own: Key[] = ["language.zh", "settings.other_language"];
    for (const key of keys) {
      if (!own.includes(key)) expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/);
      expect(zh[key], key).not.toMatch(/[\u4e00-\u9fff][,;?]/);
    }
  });

  test("never say successfully, sorry or an exclamation mark", () => {
    for (const key of keys) expect(`${zh[key]} ${en[key]}`, key).not.toMatch(/successfully|sorry|成功|抱歉|!|！/i);
  });
});

describe("a word", () => {
  beforeEach(() => setLanguage("en"));

  test("shows what would turn the reading direction of the words behind it", () => {
    expect(t("photo.taken", { by: "王\u202e\u2067五", when: "11:10" })).toBe("王〔U+202E〕〔U+2067〕五 · 11:10");
    expect(t("photo.taken", { by: "\u200fعلي", when: "11:10" })).toBe("\u200fعلي · 11:10");
  });

  test("takes its values and its plural", () => {
    expect(t("photo.to_go", { n: 1 })).toBe("1 photo to go");
    expect(t("photo.to_go", { n: 3 })).toBe("3 photos to go");
    setLanguage("zh");
    expect(t("photo.to_go", { n: 3 })).toBe("照片还差 3");
  });

  test("sets the language of the page", () => {
    expect(document.documentElement.lang).toBe("en");
    setLanguage("zh");
    expect(document.documentElement.lang).toBe("zh-CN");
  });

  test("for a code names the code's facts by their labels", () => {
    expect(words("missing", "photo", { phase: "old_part", n: "2" })).toBe("Old part with tag: 2 photos to go");
    expect(words("missing", "payer", { part: "Pump" })).toBe("Pump: the payer is not set");
    expect(words("missing", "payer", {})).toBe("the payer is not set");
    expect(words("issue", "clash", { field: "cause" })).toBe("Two different texts for “Cause”");
  });

  test("for a code that is newer than the app is the general sentence", () => {
    expect(words("error", "from_the_future", {})).toBe("Not done (from_the_future); your work is kept on this device. Please try again");
  });
});
