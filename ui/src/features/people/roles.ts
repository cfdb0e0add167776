// Owns roles as words, and their order on the screen. Never decides what a role may do.
import type { Role, RoleAt } from "$lib/api/office";
import { t } from "$lib/i18n/i18n.svelte";

export const ROLES: readonly Role[] = ["technician", "supervisor", "manager", "information_administrator", "statistician", "call_back_agent"];

/** Each role once, in order. */
export const rolesOf = (roles: readonly RoleAt[]): string => ROLES.filter((one) => roles.some(({ role }) => role === one)).map((role) => t(`role.${role}`)).join(t("list.comma"));
