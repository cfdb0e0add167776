// Owns the card of the fake office as the customer saw it: signed, and one whose bytes were bent. Never real ink.
import type { CardDocument, CardLine, CardRow, CardView, Finding } from "../office";

const row = (field: string, label: string, value: string): CardRow => ({ field, label, value });

const document = (at: number, refused: boolean): CardDocument => ({
  org: "衡川重工云岭服务部", kind: refused ? "interim" : "final", number: refused ? "FW20261117-002" : "FW20261116-003", language: "zh-CN", zone: "Asia/Shanghai",
  content: [
    row("machine.customer", "用户", "云岭县石砭镇宏远砂石有限公司"), row("machine.model", "机型", "HCE215-9"), row("machine.serial", "出厂编号", "HCE215·22C·00417"), row("machine.meter", "仪表读数", "3.5 小时"), row("report.text", "报修内容", "热车后动臂无力，冷车正常。"),
    row("done.phenomenon", "故障现象", "热车后动臂无力"), row("done.place", "故障部位", "主泵调节器"), row("done.cause", "故障原因", "阀芯卡滞"), row("done.action", "处理措施", "更换主泵总成和先导滤芯，清洗油箱，换油，试机 40 分钟正常。"), row("times.arrived", "到达现场", "09:02 补录"),
  ],
  parts: [[row("parts.name", "换件", "主泵总成 HC31-02150B"), row("parts.quantity", "数量", "1 套"), row("parts.payer", "费用归属", "三包")], [row("parts.name", "换件", "先导滤芯 HC60-11002"), row("parts.quantity", "数量", "2 件"), row("parts.payer", "费用归属", "保外")]],
  old_parts: [[row("old_parts.name", "旧件", "主泵总成 HC31-02150A"), row("old_parts.tag", "旧件标签", "C0D1 0073"), row("old_parts.disposition", "旧件去向", "紧急返厂")]],
  charges: [row("cost.line", "费用", "先导滤芯 ¥360.00"), row("cost.total", "用户应付合计", "¥480.00")],
  agreed: [{ text: "先导滤芯 2 件，¥360.00", name: "邓玲", at: at - 18_000_000 }],
  attachments: [{ role: "fault", media_type: "image/jpeg", blob: { sha256: "p-3".padEnd(64, "0"), size: 412_000, state: "stored" } }, { role: "old_part", media_type: "image/jpeg", blob: { sha256: "p-5".padEnd(64, "0"), size: 390_000, state: "stored" } }],
  consent: "本人已阅读以上内容，确认服务情况属实。", consent_at: refused ? null : at, how: refused ? "refused" : "signed", reason: refused ? "disputes_cost" : null, witness: refused ? "门卫老李 129 0000 0001" : null,
  signers: refused ? [] : [{ name: "邓玲", role: "设备科", authority: "listed", identified: "known" }], words: refused ? "油管的钱不该我出。" : "修得快", satisfaction: refused ? null : 5,
  ink: refused ? null : { width: 6800, height: 2600, strokes: [stroke(600, 1400, 1500), stroke(2600, 1300, 1400), stroke(4600, 1500, 1700)] },
  technician: "陈国栋", device: "0193f5a0-6f1e-7b3a-9c41-0e6b2f7d1a01", app: "0.1.0", card_seq: 14, prepared_at: at - 120_000, signed_at: at, clock: "checked", place: [254_312_340, 1_027_654_320, 18], no_place: null,
});

function stroke(x: number, y: number, width: number): [number, number][] {
  return Array.from({ length: 40 }, (_, n) => [Math.round(x + (width * n) / 39), Math.round(y - 500 * Math.sin(n / 4) * (1 - n / 60))]);
}

const finding = (code: Finding["code"], outcome: Finding["outcome"], facts: Finding["facts"] = {}): Finding => ({ code, outcome, facts });

export function cardView(line: CardLine): CardView {
  const at = line.signed_at ?? Date.now();
  const number = line.how === "signed" ? "FW20261116-003" : "FW20261117-002";
  if (line.verdict === "awaited") return { line, number, document: null, findings: [], not_before: null, not_after: null };
  const bent = line.verdict === "changed";
  return {
    line, number, document: document(at, bent), not_before: bent ? null : at - 7_200_000, not_after: bent ? null : at + 7_200_000,
    findings: [
      finding("seal", bent ? "failed" : "held", { key: "9f2c41aa" }), finding("card", "held", { hash: "bd2a0992" }), finding("org_key", "held"), finding("device_key", "held"), finding("checkpoint", "held", { size: "412" }), finding("receipt", "held", { code: "5F3K-9QXV" }),
      finding("time", "held"), finding("attachment", "held", { role: "fault", sha256: "33".repeat(32) }), finding("attachment", bent ? "failed" : "held", { role: "old_part", sha256: "44".repeat(32) }),
    ],
  };
}
