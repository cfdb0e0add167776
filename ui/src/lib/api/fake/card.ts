// Owns the frozen text of the fake's card: [field, label, value] lines in the card's language.
// Never the real card: crate fieldcard-card makes that.
import type { CardLine, Language, SignHow } from "../bindings";
import { en } from "$lib/i18n/en";
import { zh } from "$lib/i18n/zh";
import { ordered } from "./fold";
import { ZONE, type Job, type State, type Visit } from "./state";

const LABELS = {
  zh: { number: "单号", visit: "外出", model: "机型", serial: "出厂编号", customer: "用户", place: "地点", report: "报修内容", action: "处理措施", fault: "故障", cause: "原因", part: "换件", old: "旧件", parts: "配件费", labour: "工时与路费", total: "用户应付", none: "无", warranty: "三包，不收费", technician: "服务人员", to: "去向" },
  en: { number: "Number", visit: "Visit", model: "Model", serial: "Serial", customer: "Customer", place: "Place", report: "Reported", action: "Action taken", fault: "Fault", cause: "Cause", part: "Part", old: "Old part", parts: "Parts", labour: "Labour and trip", total: "You pay", none: "None", warranty: "Warranty, no charge", technician: "Technician", to: "goes to" },
} as const;

export const CONSENT: Record<Language, string> = {
  zh: "本人已阅读上述服务卡，确认维修内容、换件、旧件去向和费用属实，同意以电子方式签名。",
  en: "I have read this service card. The work, parts, old parts and cost are as stated, and I agree to sign electronically.",
};

const yuan = (minor: number) => `¥ ${(minor / 100).toFixed(2)}`;
const clock = (ms: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "short" }).format(ms);

export function cardLines(state: State, job: Job, visit: Visit, language: Language): CardLine[] {
  const words = LABELS[language];
  const codes: Record<string, string> = language === "zh" ? zh : en;
  const machine = state.machines.find((row) => row.line.machine === job.machine)?.line;
  const lines: CardLine[] = [];
  const put = (field: string, label: string, value: string | undefined) => value && lines.push({ field, label, value });
  put("head.number", words.number, job.number);
  put("head.customer", words.customer, job.customer);
  put("head.place", words.place, job.place.name);
  put("machine.model", words.model, machine?.model);
  put("machine.serial", words.serial, machine?.serial);
  for (const meter of job.meters) put(`machine.${meter}`, codes[`meter.${meter}`] ?? meter, job.readings[meter]?.value && `${job.readings[meter]?.value} ${codes[`meter_unit.${meter}`]}`);
  put("report.text", words.report, job.report.text);
  put("done.fault", words.fault, job.fault.phenomenon);
  put("done.cause", words.cause, job.fault.cause);
  put("done.action", words.action, job.fault.action);
  job.lines.forEach((line, n) => line.fitted && put(`parts.${n + 1}`, `${words.part} ${n + 1}`, `${line.name} × ${line.quantity}\n${codes[`payer.${line.payer}`]}`));
  if (!job.lines.some((line) => line.fitted)) put("parts.none", words.part, words.none);
  job.lines.forEach((line, n) => line.old && put(`old_parts.${n + 1}`, line.name, codes[`disposition.${line.old.disposition}`]));
  const owed = job.lines.filter((line) => line.fitted && line.payer === "customer").reduce((sum, line) => sum + line.price * Number(line.quantity), 0);
  put("cost.parts", words.parts, owed ? yuan(owed) : words.warranty);
  put("cost.labour", words.labour, words.warranty);
  put("cost.total", words.total, yuan(owed));
  for (const step of ordered(visit)) put(`times.${step.kind}.${step.id}`, codes[`step.${step.kind}`] ?? step.kind, `${clock(step.at)}${step.late ? ` (${codes["visit.late"]})` : ""}`);
  put("people.technician", words.technician, visit.people.join(language === "zh" ? "、" : ", "));
  return lines;
}

/** Looks like SHA-256, is not: a fake has no secrets to keep. */
export function digestOf(lines: CardLine[], strokes: string, how: SignHow): string {
  let seed = 0x811c9dc5;
  for (const letter of `${how}${strokes}${lines.map((line) => line.value).join("")}`) seed = Math.imul(seed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return Array.from({ length: 8 }, (_, n) => (Math.imul(seed, n * 2 + 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")).join("");
}
