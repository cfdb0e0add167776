// Owns the jobs of the fake office: three told whole, the rest enough for a list. Never a real customer.
import type { CustomerView, JobLine, JobView, MachineView } from "../office";
import { users } from "./people";
import { work } from "./work";

const HOUR = 3_600_000;
export const ref = (id: string) => ({ user: id, name: users().find((one) => one.user === id)?.name ?? "" });

export const customers = (): CustomerView[] => [
  { customer: "cu-1", code: "KH0213", name: "云岭县石砭镇宏远砂石有限公司", kind: "quarry", phone: "", address: "石砭镇国道旁49号", county: "云岭县", notes: "进矿先登记，要穿反光衣。", contacts: [{ name: "邓玲", role: "equipment_department", phone: "12900007266" }, { name: "老马", role: "operator", phone: "12900004170" }] },
  { customer: "cu-2", code: "KH0140", name: "曹开福", kind: "owner", phone: "12900001824", address: "石砭镇农机市场98号", county: "云岭县", notes: "", contacts: [] },
  { customer: "cu-3", code: "KH0388", name: "禾田镇丰裕农业机械专业合作社联合社（第三作业队及附属维修点）", kind: "cooperative", phone: "12900003388", address: "禾田镇", county: "云岭县", notes: "", contacts: [{ name: "阿依古丽", role: "owner", phone: "12900003389" }] },
];
export const machines = (): MachineView[] => {
  const machine = (id: string, model: string, serial: string, customer: CustomerView | undefined, more: Partial<MachineView> = {}): MachineView => ({ machine: id, brand: "HC", model, serial, frame_no: "", engine_no: "", plate: "", nickname: "", site: "", delivered_on: null, started_on: null, use_class: "general", customer: customer?.customer ?? null, customer_name: customer?.name ?? "", ...more });
  const [quarry, owner, farm] = customers();
  return [
    machine("m-417", "HCE215-9", "HCE215·22C·00417", quarry, { nickname: "那台215", engine_no: "6D107·884213", site: "石砭镇采石场二采区", delivered_on: "2025-09-24", started_on: "2025-09-28", use_class: "mine" }),
    machine("m-184", "HCT1804", "HCT1804·26B·00184", owner, { nickname: "红拖拉机" }),
    machine("m-080", "HCG80", "HCG80·24A·00080", farm, { plate: "测A·80321" }),
  ];
};

type Seed = [id: string, number: string | null, state: JobLine["state"], customer: number, machine: number, lead: string | null, report: string, more?: Partial<JobLine>];
const SEEDS: Seed[] = [
  ["j-new", "FW20261118-007", "created", 2, 2, null, "割台提不起来，正抢收，越快越好。昨天下午开始慢，今早完全不动。", { priority: "urgent", type: "repair" }],
  ["j-pump", "FW20261116-003", "submitted", 0, 0, "u-chen", "热车后动臂无力，冷车正常。", { sign_off: "signed", card_kind: "final", exceptions: 1 }],
  ["j-refused", "FW20261117-002", "waiting", 1, 1, "u-luo", "霜冻后打不着火，起动机有劲，就是不来油。", { sign_off: "refused", card_kind: "interim", priority: "high" }],
  ["j-walk", null, "in_progress", 1, 1, "u-qin", "路过，用户说油管渗油。", {}],
];

export function lines(): JobLine[] {
  const now = Date.now();
  const made = SEEDS.map((seed, at) => line(seed, now - at * 5 * HOUR));
  const states: JobLine["state"][] = ["dispatched", "closed", "in_progress", "approved", "cancelled", "work_done", "solved_by_phone"];
  for (let n = 0; n < 61; n++) {
    const state = states[n % states.length] ?? "closed";
    made.push(line([`j-${n}`, `FW202611${String(15 - (n % 14)).padStart(2, "0")}-${String(n + 10).padStart(3, "0")}`, state, n % 3, n % 3, ["u-chen", "u-luo", "u-qin", "u-abdu"][n % 4] ?? null, "保养到期。"], now - (n + 6) * 7 * HOUR));
  }
  return made;
}

function line([job, number, state, c, m, lead, , more]: Seed, at: number): JobLine {
  const [customer, machine] = [customers()[c], machines()[m]];
  return {
    job, ver: 40 + job.length, number, state, since: at, type: "periodic", priority: "normal", customer: customer?.name ?? "", model: machine?.model ?? "", serial: machine?.serial ?? "", site: machine?.site || customer?.address || "",
    lead: lead === null ? null : ref(lead), reported_at: at - 3 * HOUR, plan_from: at + 2 * HOUR, plan_to: at + 4 * HOUR, due: at + 30 * HOUR, sign_off: null, card_kind: null, exceptions: 0,
    unsent: lead === "u-luo" ? { ops: 42, blobs: 11, oldest: Date.now() - 53 * HOUR } : lead === "u-qin" ? { ops: 3, blobs: 1, oldest: Date.now() - 3 * HOUR } : null, ...more,
  };
}

/** A job whole; null when there is none. */
export function whole(line: JobLine | undefined): JobView | null {
  if (!line) return null;
  const seed = SEEDS.find(([job]) => job === line.job);
  const told = work(line.job);
  const [customer, machine] = [customers().find((one) => one.name === line.customer) ?? null, machines().find((one) => one.serial === line.serial) ?? null];
  return {
    job: {
      job: line.job, ver: line.ver, void: false, number: line.number, state: line.state, since: line.since, waiting_for: line.state === "waiting" ? "parts" : null, type: line.type, mode: "passive", priority: line.priority, payer_hint: "maker", brand: "HC", campaign: "", follows: null,
      report: seed?.[6] ?? "保养到期。", report_meter: "1812.5", reported_at: line.reported_at, contact: { name: "老马", role: "operator", phone: "12900004170" }, site: line.site, plan_from: line.plan_from, plan_to: line.plan_to, due: line.due, lead: line.lead, crew: line.job === "j-pump" ? [ref("u-qin")] : [],
      reassign_reason: line.job === "j-pump" ? "罗小军去送发动机，陈国栋离得近。" : "", findings: told.findings, cause: told.cause, action: told.action, made_by: ref("u-lin"), made_at: (line.reported_at ?? 0) + 60_000,
    },
    customer, machine, ...told.records,
    unsent: line.unsent, earlier: line.job === "j-pump" ? [{ person: ref("u-luo"), until: Date.now() - 26 * HOUR, unsent: { ops: 42, blobs: 11, oldest: Date.now() - 53 * HOUR }, untold: true }] : [], exceptions: told.exceptions, may: { assign: !["closed", "cancelled", "approved", "submitted", "solved_by_phone"].includes(line.state), cancel: !["closed", "cancelled", "approved", "submitted", "solved_by_phone"].includes(line.state) },
  };
}
