// Owns which icon and meaning a seal's check has. Never holds words: i18n does.
import type { CardVerdict, FindingOutcome } from "$lib/api/office";
import type { IconName } from "$lib/components/icons";
import type { Meaning } from "$lib/components/states";

type Look = { icon: IconName; meaning: Meaning };

export const verdictLook: Record<CardVerdict, Look> = {
  valid: { icon: "seal", meaning: "good" },
  changed: { icon: "danger", meaning: "danger" },
  missing: { icon: "hourglass", meaning: "attention" },
  awaited: { icon: "hourglass", meaning: "plain" },
  too_new: { icon: "alert", meaning: "attention" },
};

export const findingLook: Record<FindingOutcome, Look> = {
  held: { icon: "check", meaning: "good" },
  note: { icon: "note", meaning: "plain" },
  missing: { icon: "hourglass", meaning: "attention" },
  failed: { icon: "danger", meaning: "danger" },
};
