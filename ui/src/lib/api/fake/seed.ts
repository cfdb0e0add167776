// Owns the invented world of the fake: people, jobs and days of the maker 衡川重工. Never a real person,
// machine or number. Every time hangs on today's midnight, so that the day always looks the same.
import type { CardKind, Contact, ContactRole, FaultField, Place, Span, StepKind } from "../bindings";
import { cardLines, digestOf } from "./card";
import { at, midnight, type Job, type Line, type Scene, type State, type Visit } from "./state";
import { issues, machines, outbox, photos } from "./seed_more";

const HOUR = 3_600_000;
export const ME = "程岳";

const span = (from: number, to: number): Span => ({ from: at(from), to: at(to) });
const place = (name: string): Place => ({ name });
let contacts = 0;
const person = (name: string, role: ContactRole, tail: string): Contact => ({ contact: `p-${++contacts}`, name, role, phone: `1290000${tail}` });
const NO_FAULT: Record<FaultField, string> = { findings: "", phenomenon: "", place: "", cause: "", action: "", codes: "" };

export function line(id: string, name: string, number: string, more: Partial<Line> = {}): Line {
  return { id, name, number, unit: "piece", in_catalogue: true, quantity: "1", serialised: false, main_fault: false, payer: "maker", source: "van", fitted: true, serial: "", van: null, price: 28_000, one_sided: null, old: null, ...more };
}
const old = (id: string, tag: string, disposition: NonNullable<Line["old"]>["disposition"], note = "") => ({ id, tag, serial: "", note, disposition });

export function visit(id: string, number: number, window: Span | null, steps: [StepKind, number][], people = [ME]): Visit {
  return {
    id, number, window, people, reassign: null, steps: steps.map(([kind, ms], n) => ({ id: `${id}.s${n}`, kind, at: ms, late: false })),
    sign: { state: "open", kind: "final", language: "zh", lines: [], sealed: null, amending: false, how: null },
  };
}

type Draft = Pick<Job, "id" | "number" | "customer" | "place" | "contacts" | "machine"> & Partial<Job> & { said: string; saidAt: number; by?: string };
function job({ said, saidAt, by = "电话报修 · 贺敏接听", ...rest }: Draft): Job {
  return {
    type: "repair", mode: "passive", priority: "normal", status: "in_progress", waiting: null, waiting_note: null, due: null, now_with: null,
    report: { at: at(saidAt), text: said, by, meter: null }, meters: ["hours"], readings: {}, fault: { ...NO_FAULT }, others: [], charges: [], proposals: [], replaced: {}, lines: [], notes: [], visits: [],
    wanted: { nameplate: 1, meter: 1, before_teardown: 1, fault: 2, test_run: 1 }, campaign: null, receipt: null, ...rest,
  };
}

/** Seals a visit as the past did. */
function seal(state: State, owner: Job, row: Visit, how: "signed" | "refused", signer: string | null, ms: number, kind: CardKind = "final"): void {
  const lines = cardLines(state, owner, row, "zh");
  row.sign = { state: "sealed", kind, language: "zh", lines, sealed: { card: `k-${row.id}`, how, signer, at: ms, digest: digestOf(lines, "", how), seq: ++state.cards, lines, stamp: null }, amending: false, how: null };
}

function working(t: number): Job[] {
  const pump = job({
    id: "j-pump", number: "YL-261118-03", customer: "青石湾采石场", place: place("云岭县青石镇青石湾采石场 3 号台阶"), machine: "m-417", priority: "urgent", campaign: "HD-2611", due: t + 18 * HOUR,
    contacts: [person("段长河", "operator", "4170"), person("沈玉兰", "owner", "2168"), person("罗工", "equipment_department", "7733")], saidAt: t - 14 * HOUR,
    said: "全车动作慢，热车后大臂举不起来，液压油温高。昨天下午开始，今天停机等修。",
    fault: { findings: "", phenomenon: "热车后全车动作无力，大臂举升缓慢，泵有异响", place: "主液压泵", cause: "", action: "", codes: "" }, readings: {},
    visits: [visit("v-pump", 1, span(t + 8 * HOUR, t + 10 * HOUR), [["accept", t - 12 * HOUR], ["depart", t + 7.2 * HOUR], ["work", t + 8.6 * HOUR]])],
    notes: [{ id: "n-1", text: "进场要先到门卫登记，戴安全帽。", at: t - 12 * HOUR, by: "林素" }, { id: "n-2", text: "泵出口压力实测 21 MPa，标准 34.3。", at: t + 8.9 * HOUR, by: ME }],
    lines: [
      line("l-pump", "主液压泵总成", "HC-60210-00417", { unit: "piece", serialised: true, main_fault: true, source: "station", serial: "P9K·2611·0032", price: 3_860_000, old: { ...old("o-pump", "7K3P9QF4", "return_urgent", "柱塞滑靴烧伤，壳体内有铜屑"), due_on: "2026-11-28" } }),
      line("l-filter", "液压油回油滤芯", "HC-15607-0012", { quantity: "2", payer: "customer", van: "3", old: { ...old("o-filter", "7K3P9QG8", "customer_leaves"), replaces: "7K3P9QE1" } }),
    ],
    others: [{ id: "f-swing", phenomenon: "回转时有咯噔声", place: "回转支承", cause: "", action: "", codes: "" }],
    charges: [
      { id: "c-trip", code: "trip", label: null, quantity: null, minor: 26_000, payer: "customer", agreed_by: "沈玉兰" },
      { id: "c-labour", code: "labour", label: "更换滤芯、清洗油箱", quantity: "3", minor: 45_000, payer: "customer", agreed_by: null },
    ],
    proposals: [{ field: "site", value: "云岭县青石镇青石湾采石场 5 号台阶", at: t + 8.9 * HOUR, state: "pending" }, { field: "contact_phone", value: "12900004171", at: t - 6 * HOUR, state: "declined" }],
  });
  const ready = job({
    id: "j-ready", number: "YL-261118-04", customer: "青石湾采石场", place: place("云岭县青石镇青石湾采石场 1 号料仓"), machine: "m-1203", contacts: [person("马建国", "operator", "1203"), person("沈玉兰", "owner", "2168")],
    saidAt: t - 6 * HOUR, said: "装载机前进二挡有时挂不上，重新点火后恢复。", readings: { hours: { value: "2406.5", reason: null } },
    fault: { findings: "", phenomenon: "前进二挡间歇挂不上", place: "变速箱换挡电磁阀", cause: "电磁阀线圈受潮，热态断路", action: "更换二挡电磁阀，插头做防水处理，试车两小时正常", codes: "SPN 738 FMI 5" },
    visits: [visit("v-ready", 1, span(t + 9 * HOUR, t + 11 * HOUR), [["accept", t - 5 * HOUR], ["depart", t + 7.2 * HOUR], ["arrive", t + 8.3 * HOUR], ["work", t + 9 * HOUR]])], wanted: { nameplate: 1, fault: 1 },
    lines: [line("l-valve", "变速箱换挡电磁阀", "HC-42055-0870", { serialised: true, main_fault: true, serial: "EV·5520·118", van: "2", old: { ...old("o-valve", "7K3P9QH2", "return_routine"), serial: "EV·4406·031" } })],
  });
  return [pump, ready];
}

function planned(t: number): Job[] {
  return [
    job({ id: "j-over", number: "YL-261117-02", customer: "顺达土石方工程队", place: place("云岭县西河镇环城路改造二标"), machine: "m-088", status: "dispatched", priority: "urgent", due: t - 6 * HOUR, contacts: [person("石顺达", "owner", "0088")], saidAt: t - 30 * HOUR,
      said: "左侧行走跑偏，履带涨不紧，油缸漏油。", visits: [visit("v-over", 1, span(t - 9 * HOUR, t - 7 * HOUR), [["accept", t - 28 * HOUR]])] }),
    job({ id: "j-track", number: "YL-261118-05", customer: "云岭县城乡建设投资集团有限公司白水河水库工程项目部", place: place("云岭县白水镇白水河水库大坝左岸取料场（从新修的施工便道进，导航会走错）"), machine: "m-510", status: "dispatched", priority: "high", due: t + 20 * HOUR,
      contacts: [person("孟庆山", "site_manager", "5100"), person("水库项目部设备物资科值班室", "equipment_department", "5188")], saidAt: t - 3 * HOUR, said: "右侧支重轮漏油，行走有异响。项目部要求今天必须到场看一下，坝面碾压等着用。", visits: [visit("v-track", 1, span(t + 14 * HOUR, t + 16 * HOUR), [])] }),
    job({ id: "j-service", number: "YL-261118-06", customer: "周大山", place: place("云岭县南坪镇大石村"), machine: "m-655", status: "dispatched", type: "first_service", mode: "active", contacts: [person("周大山", "owner", "0655")], saidAt: t - 26 * HOUR, by: "系统计划 · 250 小时首保",
      said: "250 小时首保，用户约下午。", wanted: { nameplate: 1, meter: 1 }, visits: [visit("v-service", 1, span(t + 16.5 * HOUR, t + 18 * HOUR), [["accept", t - 20 * HOUR]])] }),
    job({ id: "j-tractor", number: "YL-261119-01", customer: "南坪农机专业合作社", place: place("云岭县南坪镇坝子村"), machine: "m-1804", status: "dispatched", type: "periodic", meters: ["hours", "hectares"], contacts: [person("白秀英", "site_manager", "1804")], saidAt: t - 20 * HOUR, by: "系统计划 · 500 小时定保",
      said: "500 小时定保，深耕前做完。", wanted: { meter: 1 }, visits: [visit("v-tractor", 1, span(t + 32.5 * HOUR, t + 34 * HOUR), [["accept", t - 18 * HOUR]])] }),
    job({ id: "j-new", number: "YL-261119-02", customer: "云岭县水利工程处", place: place("云岭县白水镇河道管理所"), machine: "m-new", status: "dispatched", type: "commissioning", mode: "active", contacts: [person("方小雨", "equipment_department", "0990")], saidAt: t - 8 * HOUR, by: "主管派工 · 林素",
      said: "新机到货，安装调试并交机培训。", wanted: { nameplate: 1, whole_machine: 2 }, visits: [visit("v-new", 1, span(t + 37 * HOUR, t + 40 * HOUR), [])] }),
  ];
}

function past(t: number): Job[] {
  const done = (from: number): [StepKind, number][] => [["accept", from - HOUR], ["depart", from], ["arrive", from + 0.8 * HOUR], ["work", from + HOUR], ["leave", from + 3 * HOUR], ["back", from + 4 * HOUR]];
  const filled = { findings: "", phenomenon: "冷却液温度报警", place: "散热器", cause: "散热片被粉尘堵死", action: "拆下清洗散热器和中冷器，试车正常", codes: "" };
  const hours = (value: string) => ({ hours: { value, reason: null } });
  return [
    job({ id: "j-hammer", number: "YL-261116-01", customer: "顺达土石方工程队", place: place("云岭县西河镇石料场"), machine: "m-209", status: "waiting", waiting: "parts", waiting_note: "破碎锤活塞，急件已报，物流说后天到。", due: t + 60 * HOUR, meters: ["hours", "hammer_hours"], contacts: [person("石顺达", "owner", "0088"), person("岳师傅", "operator", "2090")], saidAt: t - 60 * HOUR,
      said: "破碎锤打击无力，回油管抖。", replaced: { hours: { id: "r-hours", old: "3120", value: "0.5", reason: "no_display" } }, readings: { ...hours("12"), hammer_hours: { value: "", reason: "not_fitted" } }, fault: { ...filled, phenomenon: "破碎锤打击无力", place: "破碎锤活塞", cause: "活塞拉伤", action: "拆检确认，订活塞" }, visits: [visit("v-hammer", 1, span(t - 40 * HOUR, t - 38 * HOUR), done(t - 40 * HOUR))] }),
    job({ id: "j-moved", number: "YL-261117-04", customer: "云岭县水利工程处", place: place("云岭县白水镇三岔河"), machine: "m-772", now_with: "吴宏", contacts: [person("方小雨", "equipment_department", "0990")], saidAt: t - 32 * HOUR,
      said: "空调不制冷，驾驶室进灰。", readings: hours("1180"), fault: { ...filled, phenomenon: "空调不制冷", place: "压缩机皮带", cause: "", action: "" }, visits: [visit("v-moved", 1, span(t - 10 * HOUR, t - 8 * HOUR), [["accept", t - 20 * HOUR], ["depart", t - 11 * HOUR], ["arrive", t - 10 * HOUR]])] }),
    job({ id: "j-held", number: "YL-261117-01", customer: "青石湾采石场", place: place("云岭县青石镇青石湾采石场"), machine: "m-088", status: "submitted", contacts: [person("段长河", "operator", "4170")], saidAt: t - 34 * HOUR, said: "水温高。", readings: hours("5210"), fault: filled,
      receipt: { code: "5F3K-9QXV", at: at(t - 6.3 * HOUR) }, visits: [visit("v-held", 1, span(t - 16 * HOUR, t - 14 * HOUR), done(t - 16 * HOUR), [ME, "吴宏"])] }),
    job({ id: "j-done", number: "YL-261118-01", customer: "周大山", place: place("云岭县南坪镇大石村"), machine: "m-655", status: "submitted", contacts: [person("周大山", "owner", "0655")], saidAt: t - 10 * HOUR, said: "大灯不亮。", readings: hours("246"), fault: { ...filled, phenomenon: "大灯不亮", place: "保险丝", cause: "保险丝烧断", action: "更换保险丝" }, visits: [visit("v-done", 1, span(t + 3 * HOUR, t + 4 * HOUR), done(t + 3 * HOUR))] }),
    job({ id: "j-returned", number: "YL-261112-03", customer: "南坪农机专业合作社", place: place("云岭县南坪镇坝子村"), machine: "m-1804", status: "returned", contacts: [person("白秀英", "site_manager", "1804")], saidAt: t - 150 * HOUR, said: "提升器不起。", readings: hours("498"), fault: { ...filled, phenomenon: "提升器不起", place: "提升阀" }, visits: [visit("v-returned", 1, span(t - 146 * HOUR, t - 144 * HOUR), done(t - 146 * HOUR))], notes: [{ id: "n-9", text: "铭牌照片看不清，请补一张。", at: t - 50 * HOUR, by: "贺敏" }] }),
    job({ id: "j-closed", number: "YL-261105-02", customer: "顺达土石方工程队", place: place("云岭县西河镇"), machine: "m-209", status: "closed", contacts: [person("石顺达", "owner", "0088")], saidAt: t - 320 * HOUR, said: "发动机机油压力低。", readings: hours("3050"), fault: filled, visits: [visit("v-closed", 1, span(t - 316 * HOUR, t - 314 * HOUR), done(t - 316 * HOUR))] }),
    job({ id: "j-walkup", number: "YL-7K3P-0012", customer: "云岭县顺风砂石厂", place: place("云岭县青石镇顺风砂石厂"), machine: null, status: "created", contacts: [person("葛老板", "owner", "6612")], saidAt: t + 8.1 * HOUR, by: `现场建单 · ${ME}`, said: "路过被拦下，挖机回转有异响，请顺便看看。", visits: [visit("v-walkup", 1, null, [["accept", t + 8.1 * HOUR]])], wanted: { nameplate: 1 } }),
  ];
}

/** Language and theme of a device that is new: what the address asks for, so that a screen without settings can be looked at in each. */
function dressAsked(): Pick<State, "language" | "theme"> {
  const asked = new URLSearchParams(typeof location === "undefined" ? "" : location.search);
  const [language, theme] = [asked.get("language"), asked.get("theme")];
  return { language: language === "en" ? "en" : "zh", theme: theme === "dark" || theme === "sunlight" ? theme : "light" };
}

export function seed(scene: Scene, now: number): State {
  contacts = 0;
  const t = midnight(now);
  const enrolling = scene === "enrol" || scene === "waiting";
  const jobs = scene === "empty" || scene === "never" || enrolling ? [] : [...working(t), ...planned(t), ...past(t)];
  const full = jobs.length > 0;
  const state: State = {
    scene, enrolment: scene === "enrol" ? "none" : scene === "waiting" ? "waiting_for_office" : "active", address: null, ...dressAsked(), wifi_only: true, last_place: null, handed_over: null,
    last_exchange: scene === "never" || enrolling ? null : t + 8.2 * HOUR, jobs, machines: machines(t), photos: full ? photos(t) : [], issues: full && scene === "day" ? issues(t) : [],
    outbox: full && scene !== "synced" && scene !== "recovered" ? outbox(scene === "day") : [], drafts: {}, next: 100, cards: 0,
  };
  const find = (id: string) => jobs.find((row) => row.id === id);
  const [held, done, ready] = [find("j-held"), find("j-done"), find("j-ready")];
  if (held?.visits[0]) seal(state, held, held.visits[0], "signed", "段长河", t - 12.9 * HOUR);
  if (done?.visits[0]) seal(state, done, done.visits[0], "refused", null, t + 6 * HOUR);
  const prepared = ready?.visits[0];
  if (ready && prepared) prepared.sign = { ...prepared.sign, state: "prepared", lines: cardLines(state, ready, prepared, "zh") };
  return state;
}

