// Owns the proofs of the compact ink.
import { describe, expect, test } from "vitest";
import { decodeInk, encodeInk, fitInk, type Ink } from "./ink";

const ink: Ink = {
  width: 328,
  height: 412,
  strokes: [
    [{ x: 10, y: 200.25, t: 0 }, { x: 12.5, y: 190, t: 8 }, { x: 9, y: 260.75, t: 21 }],
    [{ x: 300, y: 12, t: 640 }],
  ],
};

describe("ink", () => {
  test("comes back as it went, to a quarter of a pixel", () => {
    expect(decodeInk(encodeInk(ink))).toEqual(ink);
  });

  test("keeps the pauses between strokes, not the wall clock", () => {
    const late = { ...ink, strokes: ink.strokes.map((stroke) => stroke.map((point) => ({ ...point, t: point.t + 1_795_000_000_000 }))) };
    expect(decodeInk(encodeInk(late))).toEqual(ink);
  });

  test("takes about three bytes a point", () => {
    const strokes = [Array.from({ length: 300 }, (_, n) => ({ x: n, y: 100 + 30 * Math.sin(n / 9), t: n * 8 }))];
    expect(encodeInk({ width: 328, height: 412, strokes }).length).toBeLessThan(300 * 4.1 + 12);
  });

  test("is plain base64url, fit for JSON and a card", () => {
    expect(encodeInk(ink)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test.each(["", "!", "AA", encodeInk(ink).slice(0, 12), `B${encodeInk(ink).slice(1)}`])("what is not ink of this version is null: %s", (text) => {
    expect(decodeInk(text)).toBeNull();
  });

  test("keeps its proportions in another box", () => {
    const { strokes } = fitInk(ink, 656, 412);
    expect(strokes[0]?.[0]).toEqual({ x: 174, y: 200.25, t: 0 });
  });
});
