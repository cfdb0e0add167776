// Owns the crossing between an amount as people type it and minor units. Never a float: digits are moved.

/** `1,200.5` = 120050; null when it is no amount. */
export function toMinor(text: string): number | null {
  const plain = text.replace(/[\s,¥￥]/g, "");
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
