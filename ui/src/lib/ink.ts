// Owns ink as text, the way a card holds it: `WxH.strokes`, the size of the box in tenths of a CSS pixel and the
// strokes as delta varints in base64url. Strict: one ink has one text. Never draws: the pad does.
export type Point = { x: number; y: number; t: number };
export type Ink = { width: number; height: number; strokes: Point[][] };

const GRAIN = 10;
const MAX_STROKES = 512;
const MAX_POINTS = 20_000;
const MAX_XY = 100_000;
const MAX_T = 3_600_000;
const MAX_VARINT = 2 ** 28;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const tenths = (value: number) => Math.max(-MAX_XY, Math.min(MAX_XY, Math.round(value * GRAIN)));

/** Empty when nothing was drawn. What is over a card's limits is left out, the last drawn first. */
export function encodeInk(ink: Ink): string {
  const strokes = bounded(ink.strokes);
  if (strokes.length === 0) return "";
  const bytes: number[] = [];
  put(bytes, strokes.length);
  const start = Math.round(strokes[0]?.[0]?.t ?? 0);
  let last = { x: 0, y: 0, t: 0 };
  for (const stroke of strokes) {
    put(bytes, stroke.length);
    for (const point of stroke) {
      const t = Math.min(MAX_T, Math.max(last.t, Math.round(point.t) - start));
      const next = { x: tenths(point.x), y: tenths(point.y), t };
      put(bytes, zigzag(next.x - last.x));
      put(bytes, zigzag(next.y - last.y));
      put(bytes, next.t - last.t);
      last = next;
    }
  }
  return `${tenths(ink.width)}x${tenths(ink.height)}.${toBase64Url(bytes)}`;
}

function bounded(strokes: Point[][]): Point[][] {
  let left = MAX_POINTS;
  const kept = strokes.filter((stroke) => stroke.length > 0).slice(0, MAX_STROKES).map((stroke) => {
    const points = stroke.slice(0, left);
    left -= points.length;
    return points;
  });
  return kept.filter((stroke) => stroke.length > 0);
}

/** Null when the text is not ink. */
export function decodeInk(text: string): Ink | null {
  const [, width, height, packed] = /^(\d{1,6})x(\d{1,6})\.([\w-]+)$/.exec(text) ?? [];
  const bytes = packed === undefined ? null : fromBase64Url(packed);
  if (!bytes) return null;
  try {
    return { width: Number(width) / GRAIN, height: Number(height) / GRAIN, strokes: strokesOf(bytes) };
  } catch {
    return null;
  }
}

function strokesOf(bytes: number[]): Point[][] {
  let at = 0;
  const refuse = (why: string): never => { throw new RangeError(why); };
  const take = (): number => {
    let value = 0;
    for (let shift = 1; shift < MAX_VARINT; shift *= 128) {
      const byte = bytes[at++] ?? refuse("ink ends early");
      value += (byte & 127) * shift;
      if (byte === 0 && shift > 1) refuse("not the shortest form");
      if (byte < 128) return value;
    }
    return refuse("too long a number");
  };
  const size = (most: number): number => {
    const n = take();
    return n >= 1 && n <= most ? n : refuse("out of bounds");
  };
  let last = { x: 0, y: 0, t: 0 };
  let left = MAX_POINTS;
  const strokes = Array.from({ length: size(MAX_STROKES) }, () => {
    const points = size(left);
    left -= points;
    return Array.from({ length: points }, () => {
      last = { x: last.x + unzigzag(take()), y: last.y + unzigzag(take()), t: last.t + take() };
      if (Math.abs(last.x) > MAX_XY || Math.abs(last.y) > MAX_XY || last.t > MAX_T) refuse("out of bounds");
      return { x: last.x / GRAIN, y: last.y / GRAIN, t: last.t };
    });
  });
  return at === bytes.length ? strokes : refuse("bytes left over");
}

/** The same ink in a box of another size, kept in proportion and centred. */
export function fitInk(ink: Ink, width: number, height: number): Ink {
  if (ink.width === 0 || ink.height === 0) return { width, height, strokes: [] };
  const scale = Math.min(width / ink.width, height / ink.height);
  const [left, top] = [(width - ink.width * scale) / 2, (height - ink.height * scale) / 2];
  const strokes = ink.strokes.map((stroke) => stroke.map(({ x, y, t }) => ({ x: left + x * scale, y: top + y * scale, t })));
  return { width, height, strokes };
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number) => (value % 2 ? -(value + 1) / 2 : value / 2);

function put(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function toBase64Url(bytes: number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(at, at + 3);
    const bits = (a << 16) | (b << 8) | c;
    const four = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 63]).join("");
    text += four.slice(0, Math.min(4, bytes.length - at + 1));
  }
  return text;
}

function fromBase64Url(text: string): number[] | null {
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push((bits >> held) & 255);
      bits &= (1 << held) - 1;
    }
  }
  // One text for one list of bytes: no lone letter at the end, no bits left over.
  return held >= 6 || bits !== 0 ? null : bytes;
}
