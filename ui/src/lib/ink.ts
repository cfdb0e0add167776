// Owns the compact form of ink: strokes as delta-varint bytes in base64url, in quarter pixels, with the
// size of the box they were drawn in. Never draws: the pad does.
export type Point = { x: number; y: number; t: number };
export type Ink = { width: number; height: number; strokes: Point[][] };

const VERSION = 1;
const GRAIN = 4;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** `v, width, height, strokes, then per stroke: points, then per point: dx, dy, ms since the point before`, all varints. */
export function encodeInk(ink: Ink): string {
  const bytes: number[] = [VERSION];
  put(bytes, Math.round(ink.width));
  put(bytes, Math.round(ink.height));
  put(bytes, ink.strokes.length);
  let time = Math.round(ink.strokes[0]?.[0]?.t ?? 0);
  for (const stroke of ink.strokes) {
    put(bytes, stroke.length);
    let last = { x: 0, y: 0 };
    for (const point of stroke) {
      const next = { x: Math.round(point.x * GRAIN), y: Math.round(point.y * GRAIN) };
      const passed = Math.max(0, Math.round(point.t) - time);
      put(bytes, zigzag(next.x - last.x));
      put(bytes, zigzag(next.y - last.y));
      put(bytes, passed);
      time += passed;
      last = next;
    }
  }
  return toBase64Url(bytes);
}

/** Null when the text is not ink of this version. */
export function decodeInk(text: string): Ink | null {
  const bytes = fromBase64Url(text);
  if (!bytes || bytes[0] !== VERSION) return null;
  let at = 1;
  const take = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("ink ends early");
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  try {
    const [width, height, count] = [take(), take(), take()];
    let time = 0;
    const strokes = Array.from({ length: count }, () => {
      const last = { x: 0, y: 0 };
      return Array.from({ length: take() }, () => {
        last.x += unzigzag(take());
        last.y += unzigzag(take());
        time += take();
        return { x: last.x / GRAIN, y: last.y / GRAIN, t: time };
      });
    });
    return { width, height, strokes };
  } catch {
    return null;
  }
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
  return bytes;
}
