// Owns which icon and meaning a device's state has. Never holds words: i18n does.
import type { DeviceStanding } from "$lib/api/office";
import type { IconName } from "$lib/components/icons";
import type { Meaning } from "$lib/components/states";

export const deviceLook: Record<DeviceStanding, { icon: IconName; meaning: Meaning }> = {
  unconfirmed: { icon: "hourglass", meaning: "attention" },
  active: { icon: "check", meaning: "good" },
  revoked: { icon: "lock", meaning: "plain" },
};
