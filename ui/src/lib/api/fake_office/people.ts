// Owns the people, units and devices of the fake office. Never a real person.
import type { DeviceLine, Me, UnitView, UserLine } from "../office";

export const NOW = () => Date.now();
const HOUR = 3_600_000;

export const units = (): UnitView[] => [
  { unit: "un-yl", parent: null, name: "云岭分公司" },
  { unit: "un-cg", parent: "un-yl", name: "云岭城关服务站" },
  { unit: "un-sb", parent: "un-yl", name: "石砭服务站" },
];
export const unitName = (unit: string): string => units().find((one) => one.unit === unit)?.name ?? "";

const user = (id: string, login: string, name: string, unit: string, roles: UserLine["roles"][number]["role"][], more: Partial<UserLine> = {}): UserLine => ({
  user: id, login, name, unit, unit_name: unitName(unit), roles: roles.map((role) => ({ unit, role })), disabled: false, console: roles.some((role) => role !== "technician"), devices: roles.includes("technician") ? 1 : 0, last_act: null, ...more,
});

export const users = (): UserLine[] => [
  user("u-chen", "chenguodong", "陈国栋", "un-cg", ["technician", "supervisor"]),
  user("u-he", "helixin", "何立新", "un-sb", ["technician"], { disabled: true, devices: 0, last_act: { act: "account_disabled", by: { user: "u-lin", name: "林晓燕" }, at: NOW() - 70 * HOUR } }),
  user("u-lin", "linxiaoyan", "林晓燕", "un-yl", ["information_administrator", "call_back_agent"]),
  user("u-luo", "luoxiaojun", "罗小军", "un-sb", ["technician"], { devices: 2 }),
  user("u-qin", "qinyongsheng", "秦永胜", "un-cg", ["technician"]),
  user("u-abdu", "abdurehim", "阿卜杜热合曼·麦麦提吐尔逊", "un-cg", ["technician"], { devices: 0 }),
  user("u-zhou", "zhoumingyuan", "周明远", "un-yl", ["manager"]),
];

export const me = (): Me => ({
  user: "u-lin", login: "linxiaoyan", name: "林晓燕", unit: "un-yl",
  roles: [{ unit: "un-yl", role: "supervisor" }, { unit: "un-yl", role: "information_administrator" }],
  units: units(), csrf: "fake", org: "衡川重工云岭服务部", zone: "Asia/Shanghai", must_change_password: false,
});

const ref = (id: string) => ({ user: id, name: users().find((one) => one.user === id)?.name ?? "" });

export function devices(): DeviceLine[] {
  const now = NOW();
  const device = (id: string, owner: string, label: string, more: Partial<DeviceLine>): DeviceLine => ({
    device: id, owner: ref(owner), unit: unitName(users().find((one) => one.user === owner)?.unit ?? ""), state: "active", label, app: "0.1.0", enrolled_at: now - 400 * HOUR, seen_at: now - HOUR, unsent: null, marks: [], last_act: { act: "device_confirmed", by: ref("u-lin"), at: now - 399 * HOUR }, ...more,
  });
  return [
    device("d-late", "u-luo", "罗小军的手机（三防）", { seen_at: now - 30 * HOUR, unsent: { ops: 42, blobs: 11, oldest: now - 53 * HOUR } }),
    device("d-qin", "u-qin", "HUAWEI Mate", { seen_at: now - 2 * HOUR, unsent: { ops: 3, blobs: 1, oldest: now - 3 * HOUR } }),
    device("d-chen", "u-chen", "陈国栋 平板", {}),
    device("d-new", "u-abdu", "小米 13", { state: "unconfirmed", enrolled_at: now - 120_000, seen_at: null, last_act: null }),
    device("d-old", "u-luo", "旧手机", { state: "revoked", seen_at: now - 300 * HOUR, marks: ["broken_chain"], last_act: { act: "device_revoked", by: { user: "org", name: "" }, at: now - 299 * HOUR } }),
  ];
}
