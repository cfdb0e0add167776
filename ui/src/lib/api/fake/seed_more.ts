// Owns the rest of the fake's world: machines with their history, photos, what waits to be sent, what needs
// the technician. Never a real machine.
import type { HistoryRow, MeterKind, PhotoPhase } from "../bindings";
import { picture } from "./pictures";
import { at, dayOf, type Entry, type IssueRec, type Machine, type Photo } from "./state";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Row = [id: string, model: string, serial: string, nickname: string | null, customer: string, meters: [MeterKind, string][], delivered: number];
const ROWS: Row[] = [
  ["m-417", "HCE215-9", "HCE215·22C·00417", "尾号417 那台215", "青石湾采石场", [["hours", "1812.5"]], 420],
  ["m-088", "HCE365-8", "HCE365·21A·00088", null, "顺达土石方工程队", [["hours", "5188"]], 1500],
  ["m-1203", "HCL956", "HCL956·23B·01203", "新铲车", "青石湾采石场", [["hours", "2398"]], 700],
  ["m-655", "HCE75-10", "HCE075·25A·00655", null, "周大山", [["hours", "12"]], 60],
  ["m-510", "HCE485-7", "HCE485·23C·00510", null, "白水河水库工程项目部", [["hours", "4002.7"], ["travel_hours", "611"]], 900],
  ["m-209", "HCE215-9", "HCE215·20B·00209", "打锤的215", "顺达土石方工程队", [["hours", "3104"]], 2000],
  ["m-772", "HCG190", "HCG190·24A·00772", null, "云岭县水利工程处", [["hours", "1165"], ["km", "8420"]], 500],
  ["m-1804", "HCT1804", "HCT1804·24C·00136", "红拖拉机", "南坪农机专业合作社", [["hours", "498"], ["hectares", "612"]], 380],
  ["m-new", "HCE215-9", "HCE215·26B·01877", null, "云岭县水利工程处", [], 1],
];

const past = (t: number, days: number, number: string, technician: string, hours: string, fault: string, parts: string[]): HistoryRow =>
  ({ at: at(t - days * DAY + 10 * HOUR), number, technician, meter: { meter: "hours", value: hours }, fault, parts, job_type: "repair" });

function history(t: number, id: string): HistoryRow[] {
  if (id === "m-new") return [];
  if (id !== "m-417") return [past(t, 40, "YL-261009-02", "吴宏", "1790", "定期保养", ["机油滤清器", "柴油滤清器"])];
  return [
    past(t, 24, "YL-261025-02", "吴宏", "1760", "大臂油缸内泄，举升慢", ["大臂油缸密封修理包"]),
    past(t, 96, "YL-260814-05", "程岳", "1502", "1500 小时保养", ["机油滤清器", "柴油滤清器", "先导滤芯", "46 号抗磨液压油 20 升"]),
    past(t, 150, "YL-260621-01", "程岳", "1311", "油温高，散热器堵", []),
    past(t, 290, "YL-260201-03", "韩松", "702", "回转马达漏油", ["回转马达油封"]),
    past(t, 400, "YL-251014-02", "韩松", "250", "250 小时首保", ["机油滤清器", "柴油滤清器"]),
  ];
}

export function machines(t: number): Machine[] {
  return ROWS.map(([id, model, serial, nickname, customer, meters, days]) => ({
    line: { machine: id, model, serial, nickname }, engine: id === "m-new" ? null : `YC6·${serial.slice(-5)}·7A`, frame: id === "m-772" ? "LHC772000P0000417" : null, customer,
    place: { name: "云岭县" }, delivered: dayOf(t - days * DAY), meters: meters.map(([meter, value]) => ({ meter, value, at: at(t - 24 * DAY) })),
    history: history(t, id), campaigns: id === "m-417" ? [{ number: "HD-2609", name: "回转马达进油管改走向" }] : [],
  }));
}

export function photos(t: number): Photo[] {
  const rows: [string, string, PhotoPhase, string | null][] = [
    ["p-plate-1", "j-pump", "nameplate", null], ["p-before-1", "j-pump", "before_teardown", null], ["p-fault-1", "j-pump", "fault", null], ["p-old-1", "j-pump", "old_part", "o-pump"],
    ["p-plate-2", "j-ready", "nameplate", null], ["p-fault-2", "j-ready", "fault", null], ["p-new-2", "j-ready", "new_part", "l-valve"], ["p-old-2", "j-ready", "old_part", "o-valve"],
    ["p-fault-3", "j-held", "fault", null], ["p-run-3", "j-held", "test_run", null],
  ];
  return rows.map(([id, job, phase, of], n) => ({ id, job, phase, of, at: t + (8.7 + n / 60) * HOUR, by: "程岳", url: picture(phase) }));
}

export function outbox(needsYou: boolean): Entry[] {
  const entry = (rec: string, job: string, kind: Entry["kind"] = "entry", bytes = 700, data: Entry["data"] = "waiting"): Entry => ({ rec, job, kind, bytes, data });
  return [
    entry("v-pump.s1", "j-pump"), entry("v-pump.s2", "j-pump"), entry("n-2", "j-pump"), entry("l-pump", "j-pump", "entry", 1400), entry("l-filter", "j-pump", "entry", 1300),
    entry("p-plate-1", "j-pump", "photo", 412_000), entry("p-before-1", "j-pump", "photo", 388_000), entry("p-fault-1", "j-pump", "photo", 455_000),
    entry("p-old-1", "j-pump", "photo", 402_000),
    entry("v-ready.s3", "j-ready"), entry("l-valve", "j-ready", "entry", 1500), entry("p-fault-2", "j-ready", "photo", 397_000),
    entry("k-v-done", "j-done", "card", 18_400), entry("v-moved.s2", "j-moved", "entry", 700, needsYou ? "needs_you" : "waiting"), entry("j-walkup", "j-walkup", "entry", 2100),
  ];
}

export function issues(t: number): IssueRec[] {
  return [
    { id: "i-clash", code: "clash", facts: { kind: "fault", field: "phenomenon" }, job: "j-pump", field: "phenomenon", at: t + 8.2 * HOUR, actions: ["keep_mine", "keep_theirs", "send_to_office"], values: [
      { value: "热车后全车动作无力，大臂举升缓慢，泵有异响", by: "程岳", at: at(t + 8.7 * HOUR), mine: true },
      { value: "全车动作慢，怀疑主泵或主阀，请先测压力", by: "林素", at: at(t + 8.05 * HOUR), mine: false },
    ] },
    { id: "i-late", code: "late", facts: { kind: "job", count: "3", now_with: "吴宏" }, job: "j-moved", field: null, at: t + 8.9 * HOUR, actions: ["seen"], values: [] },
    { id: "i-parked", code: "not_yours", facts: { kind: "note" }, job: "j-pump", field: null, at: t + 7.4 * HOUR, actions: ["send_to_office"], values: [] },
    { id: "i-step", code: "impossible", facts: { kind: "job", count: "1" }, job: "j-pump", field: null, at: t + 8.6 * HOUR, actions: ["seen"], values: [] },
  ];
}
