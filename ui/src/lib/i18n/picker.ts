// Owns the crossing between UTC ms and the text of a native date-and-time picker (the device's zone).
// Never formats for reading.
const two = (value: number) => String(value).padStart(2, "0");

export function toPicker(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Null when nothing, or half a date, was picked. */
export function fromPicker(text: string): number | null {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? null : ms;
}
