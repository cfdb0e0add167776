// Owns the proofs of the compact ink.
import { describe, expect, test } from "vitest";
import { decodeInk, encodeInk, fitInk, type Ink } from "./ink";

const ink: Ink = {
  width: 328,
  height: 412,
  strokes: [
    [{ x: 10, y: 200.3, t: 0 }, { x: 12.5, y: 190, t: 8 }, { x: 9, y: 260.7, t: 21 }],
    [{ x: 300, y: 12, t: 640 }],
  ],
};

describe("ink", () => {
  test("comes back as it went, to a tenth of a pixel", () => {
    expect(decodeInk(encodeInk(ink))).toEqual(ink);
  });

  test("keeps the pauses between strokes, not the wall clock", () => {
    const late = { ...ink, strokes: ink.strokes.map((stroke) => stroke.map((point) => ({ ...point, t: point.t + 1_795_000_000_000 }))) };
    expect(decodeInk(encodeInk(late))).toEqual(ink);
  });

  test("takes about four bytes a point", () => {
    const strokes = [Array.from({ length: 300 }, (_, n) => ({ x: n, y: 100 + 30 * Math.sin(n / 9), t: n * 8 }))];
    expect(encodeInk({ width: 328, height: 412, strokes }).length).toBeLessThan(300 * 5.5 + 16);
  });

  test("is the size of the box and plain base64url, fit for JSON and a card", () => {
    expect(encodeInk(ink)).toMatch(/^3280x4120\.[A-Za-z0-9_-]+$/);
  });

  test("has the golden text of the card's own format", () => {
    const golden: Ink = { width: 30, height: 20, strokes: [[{ x: 10, y: 5, t: 0 }, { x: 9.9, y: 25, t: 16 }], [{ x: 0, y: 0, t: 316 }]] };
    const bytes = [2, 2, 0xc8, 0x01, 0x64, 0, 1, 0x90, 0x03, 16, 1, 0xc5, 0x01, 0xf3, 0x03, 0xac, 0x02];
    const text = `300x200.${btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
    expect(encodeInk(golden)).toBe(text);
    expect(decodeInk(text)).toEqual(golden);
  });

  test("is nothing when nothing was drawn, and keeps within the limits of a card", () => {
    expect(encodeInk({ width: 328, height: 412, strokes: [[]] })).toBe("");
    const much = [Array.from({ length: 20_010 }, (_, n) => ({ x: n, y: -n, t: n }))];
    expect(decodeInk(encodeInk({ width: 328, height: 412, strokes: much }))?.strokes[0]?.length).toBe(20_000);
  });

  test.each(["", "!", "AA", "10x10.", "10x10.AA", "10x10.AQ", "10x10.AQEAAAAA", "10x10.AQGAAAAA", encodeInk(ink).slice(0, 20), `x${encodeInk(ink)}`])("what is not ink is null: %s", (text) => {
    expect(decodeInk(text)).toBeNull();
  });

  test("keeps its proportions in another box", () => {
    const { strokes } = fitInk(ink, 656, 412);
    expect(strokes[0]?.[0]).toEqual({ x: 174, y: 200.3, t: 0 });
  });
});
