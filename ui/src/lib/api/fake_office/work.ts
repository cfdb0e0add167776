// Owns what the technicians of the fake office did: one job with everything in it, one refused, the rest bare.
// Never a real name, phone or place.
import type { CardLine, ExceptionLine, JobView, PhotoView, StepLine } from "../office";
import { users } from "./people";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const ref = (id: string) => ({ user: id, name: users().find((one) => one.user === id)?.name ?? "" });
const start = () => Date.now() - 44 * HOUR;

type Records = Pick<JobView, "steps" | "visits" | "faults" | "parts" | "old_parts" | "readings" | "photos" | "notes" | "charges" | "cards" | "receipt">;
export type Told = { findings: string; cause: string; action: string; records: Records; exceptions: ExceptionLine[] };

const step = (id: string, code: StepLine["code"], minutes: number, more: Partial<StepLine> = {}): StepLine => ({ step: `s-${id}`, code, at: start() + minutes * MINUTE, late: false, impossible: false, counted: true, void: false, reason: null, note: "", place: null, by: ref("u-chen"), ...more });
const photo = (id: string, phase: PhotoView["phase"], state: "stored" | "absent" | "partial", minutes: number): PhotoView => ({ photo: id, phase, blob: { sha256: id.padEnd(64, "0"), size: 412_000, state }, width: 2048, height: 1536, of: null, visit: "v-1", taken_at: start() + minutes * MINUTE, note: "", by: ref("u-chen"), void: false });

export const card = (id: string, more: Partial<CardLine>): CardLine => ({ card: id, visit: "v-1", kind: "final", how: "signed", signer: "邓玲", signed_at: start() + 400 * MINUTE, by: ref("u-chen"), blob: { sha256: "bd2a0992".padEnd(64, "4"), size: 6120, state: "stored" }, amends: null, countersigns: [], verdict: "valid", ...more });

const bare = (): Told => ({ findings: "", cause: "", action: "", exceptions: [], records: { steps: [], visits: [], faults: [], parts: [], old_parts: [], readings: [], photos: [], notes: [], charges: [], cards: [], receipt: null } });

export function work(job: string): Told {
  if (job === "j-pump") return pump();
  if (job !== "j-refused") return bare();
  const told = bare();
  told.records.visits = [{ visit: "v-2", number: 1, place: "field", state: "left", since: start(), lead: ref("u-luo"), crew: [], planned_from: null, planned_to: null, vehicle: "测A·5K108", odometer_out: null, odometer_in: null, cannot_complete: "parts", reassign_asked: "too_far", steps: [step("r1", "departed", 0), step("r2", "arrived", 60)], forgotten: ["working"] }];
  told.records.cards = [card("c-refused", { kind: "interim", how: "refused", signer: "", verdict: "changed" }), card("c-await", { kind: "interim", how: "absent", signer: "", verdict: "awaited", blob: { sha256: "0".repeat(64), size: 5000, state: "absent" } })];
  return told;
}

function pump(): Told {
  return {
    findings: "主泵调节器阀芯卡滞，先导压力正常。", cause: "液压油脏，滤芯超期未换。", action: "更换主泵总成和先导滤芯，清洗油箱，换油，试机 40 分钟正常。",
    exceptions: clash(),
    records: {
      steps: [step("j1", "dispatched", -90, { by: ref("u-lin") }), step("j2", "submitted", 405)],
      visits: [{
        visit: "v-1", number: 1, place: "field", state: "back", since: start() + 460 * MINUTE, lead: ref("u-chen"), crew: [ref("u-qin")], planned_from: start() + 60 * MINUTE, planned_to: start() + 180 * MINUTE, vehicle: "测A·3K017", odometer_out: "48210", odometer_in: "48274.5", cannot_complete: null, reassign_asked: null, forgotten: [],
        steps: [step("1", "accepted", -60), step("2", "departed", 0), step("3", "arrived", 52, { late: true, note: "忘了点" }), step("4", "working", 60), step("5", "paused", 150, { impossible: true, counted: false }), step("6", "left", 401), step("7", "back", 460), step("8", "working", 61, { void: true, counted: false })],
      }],
      faults: [{ fault: "f-1", main: true, phenomenon: "热车后动臂无力", place: "主泵调节器", cause: "阀芯卡滞", action: "更换主泵总成", codes: ["SPN 3251 FMI 0"], void: false }, { fault: "f-2", main: false, phenomenon: "先导滤芯堵", place: "先导油路", cause: "超期未换", action: "更换", codes: [], void: false }],
      parts: [
        { part_line: "l-1", visit: "v-1", fault: "f-1", fitted: { part: "HC31-02150B", name: "主泵总成", serial: "ZB26-11873", qty: "1" }, removed: { part: "HC31-02150A", name: "主泵总成", serial: "ZB22-00981", qty: "1" }, unit: "set", source: "station", payer: "maker", main_part: true, auxiliary: false, price: { minor: 4_820_000, currency: "CNY" }, one_sided: null, old_parts: [{ old_part: "o-1", tag: "C0D10073", replaces_tag: "C0D10061", part: "HC31-02150A", name: "主泵总成", serial: "ZB22-00981", qty: "1", disposition: "return_urgent", due_on: "2026-11-28", waiver: false, note: "壳体无磕碰，油口已封堵。", removed_at: start() + 120 * MINUTE, void: false }], void: false },
        { part_line: "l-2", visit: "v-1", fault: "f-2", fitted: { part: "HC60-11002", name: "先导滤芯", serial: "", qty: "2" }, removed: null, unit: "piece", source: "van", payer: "customer", main_part: false, auxiliary: true, price: { minor: 18_000, currency: "CNY" }, one_sided: "added", old_parts: [], void: false },
      ],
      old_parts: [],
      readings: [{ reading: "r-1", visit: "v-1", meter: "hours", value: "3.5", replaced: true, old_value: "1846", photo: null, reason: null, by: ref("u-chen"), void: false }, { reading: "r-2", visit: "v-1", meter: "hammer_hours", value: null, replaced: false, old_value: null, photo: null, reason: "no_display", by: ref("u-chen"), void: false }],
      photos: [photo("p-1", "nameplate", "stored", 53), photo("p-2", "meter", "stored", 54), photo("p-3", "fault", "stored", 70), photo("p-4", "fault", "stored", 71), photo("p-5", "old_part", "stored", 130), photo("p-late", "new_part", "absent", 200), photo("p-half", "test_run", "partial", 390)],
      notes: [{ note: "n-1", text: "下次带 14 号内六角。用户说下周二停机半天，可以顺便做 2000 小时保养。", by: ref("u-chen"), at: start() + 410 * MINUTE, void: false }],
      charges: [
        { charge: "g-1", code: "parts", label: "先导滤芯", qty: "2", unit_price: { minor: 18_000, currency: "CNY" }, amount: { minor: 36_000, currency: "CNY" }, payer: "customer", agreed_by: "邓玲", agreed_at: start() + 90 * MINUTE, void: false },
        { charge: "g-2", code: "trip", label: "", qty: null, unit_price: null, amount: { minor: 12_000, currency: "CNY" }, payer: "customer", agreed_by: null, agreed_at: null, void: false },
        { charge: "g-3", code: "labour", label: "更换主泵", qty: "16.0", unit_price: { minor: 12_000, currency: "CNY" }, amount: { minor: 192_000, currency: "CNY" }, payer: "maker", agreed_by: null, agreed_at: null, void: false },
      ],
      cards: [card("c-pump", { countersigns: [{ countersign: "k-1", how: "stamp", name: "设备科", at: start() + 20 * HOUR, photo: null, verdict: "valid" }, { countersign: "k-2", how: "late_signature", name: "邓玲", at: start() + 44 * HOUR, photo: null, verdict: "missing" }] })],
      receipt: { n: 1, code: "5F3K-9QXV", at: start() + 520 * MINUTE },
    },
  };
}

type Seed = Partial<ExceptionLine> & Pick<ExceptionLine, "exception" | "ver" | "why"> & { said: Partial<ExceptionLine["values"][number]>[] };
const line = ({ said, ...more }: Seed): ExceptionLine => ({
  kind: "job", rec: null, field: null, job: null, number: null, customer: "", can_allow: false, ...more,
  values: said.map((one) => ({ value: null, shown: null, by: null, at: null, withdrawn: false, ...one })),
});
const PUMP = { job: "j-pump", number: "FW20261116-003", customer: "云岭县石砭镇宏远砂石有限公司" };

export function clash(): ExceptionLine[] {
  return [line({ exception: "x-1", ver: 91, why: "clash", rec: "j-pump", field: "cause", ...PUMP, said: [{ value: "液压油脏，滤芯超期未换。", by: ref("u-chen"), at: start() + 300 * MINUTE }, { value: "滤芯不是原厂件，通过精度不够。", by: ref("u-qin"), at: start() + 310 * MINUTE }] })];
}

export function exceptions(): ExceptionLine[] {
  const cao = { customer: "曹开福" };
  return [
    ...clash(),
    line({ exception: "x-2", ver: 92, why: "proposal", rec: "j-refused", field: "plan_from", job: "j-refused", number: "FW20261117-002", ...cao, said: [{ value: start(), by: ref("u-lin"), at: start() - HOUR }, { value: start() + 24 * HOUR, by: ref("u-luo"), at: start() }, { value: start() + 48 * HOUR, by: ref("u-qin"), at: start() + HOUR, withdrawn: true }] }),
    line({ exception: "x-3", ver: 93, why: "late", rec: "j-walk", job: "j-walk", ...cao, said: [{ value: { kind: "note" }, by: ref("u-luo"), at: start() + 5 * HOUR }, { value: { kind: "photo" }, by: ref("u-luo"), at: start() + 5.1 * HOUR }] }),
    line({ exception: "x-5", ver: 95, why: "impossible", rec: "j-walk", job: "j-walk", ...cao, said: [{ value: { kind: "step", step: "arrived" }, by: ref("u-luo"), at: start() + 6 * HOUR }] }),
    line({ exception: "x-6", ver: 96, why: "not_yours", kind: "note", rec: "n-9", job: "j-walk", ...cao, can_allow: true, said: [{ value: { text: "我又去看了一次，油管接头要换 M22 的。" }, by: ref("u-abdu"), at: start() + 5 * HOUR }] }),
    line({ exception: "x-7", ver: 97, why: "recovered", kind: "job", rec: "j-walk", job: "j-walk", ...cao, can_allow: true, said: [{ value: { report: "左履带跑偏" }, by: ref("u-luo"), at: start() + 3 * HOUR }] }),
    line({ exception: "x-4", ver: 94, why: "invalid", kind: "", said: [{}] }),
  ];
}
