// Owns the name under which a form without a record keeps its drafts: the core wants a UUID, so every form has
// one of its own, mixed with the record that it stands on. Never random: a killed app has to find it again.
import type { Id } from "./api/bindings";

const FORMS = {
  enrol: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a01",
  jobs: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a02",
  new_job: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a03",
  add_part: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a04",
  another_visit: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a05",
  note: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a06",
  reassign: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a07",
  wait: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a08",
  not_repaired: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a09",
  charge: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0a",
  consent: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0b",
  meter: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0c",
  propose: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0d",
  faults: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0e",
  new_fault: "5d0c7a10-6f1e-8b3a-9c41-0e6b2f7d1a0f",
} as const;
export type Form = keyof typeof FORMS;

/** The form's own UUID; on a record, one that is the same for the same form and record only. */
export function formRec(form: Form, on?: Id): Id {
  if (on === undefined) return FORMS[form];
  const hex = [0, 1, 2, 3].map((part) => hash(`${part}${FORMS[form]}${on}`).toString(16).padStart(8, "0")).join("");
  // Version 8 of RFC 9562: a UUID by a rule of our own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** FNV-1a, stirred at the end so that near texts lie far apart. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const letter of text) sum = Math.imul(sum ^ letter.charCodeAt(0), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}
