// Owns a small catalogue of parts and faults of the invented maker. Never real numbers.
import type { FaultHit, PartHit } from "../bindings";

export type Part = PartHit & { pinyin: string; models: string[]; price: number };
const part = (number: string, name: string, pinyin: string, unit: string, models: string[], van: string | null, price: number, serialised = false, superseded_by: string | null = null): Part =>
  ({ part: `c-${number}`, number, name, pinyin, unit, models, van_stock: van, price, serialised, superseded_by, fits: false, auxiliary: unit === "litre" });

export const catalogue: Part[] = [
  part("HC-60210-00417", "主液压泵总成", "zyybzc", "piece", ["HCE215-9"], null, 3_860_000, true),
  part("HC-60210-00380", "主液压泵总成（旧款）", "zyybzcjk", "piece", ["HCE215-9"], null, 3_720_000, true, "HC-60210-00417"),
  part("HC-15607-0012", "液压油回油滤芯", "yyyhylx", "piece", ["HCE215-9", "HCE365-8", "HCE485-7"], "3", 28_000),
  part("HC-15607-0008", "先导滤芯", "xdlx", "piece", ["HCE215-9", "HCE75-10"], "1", 12_500),
  part("HC-15201-0106", "机油滤清器", "jylqq", "piece", ["HCE215-9", "HCE75-10", "HCL956"], "6", 9_800),
  part("HC-15301-0044", "柴油滤清器", "cylqq", "piece", ["HCE215-9", "HCE75-10", "HCL956"], "4", 11_600),
  part("HC-30118-2207", "涡轮增压器总成", "wlzyqzc", "piece", ["HCE365-8", "HCE485-7"], null, 986_000, true),
  part("HC-81140-0033", "支重轮总成", "zzlzc", "piece", ["HCE365-8", "HCE215-9"], "0", 124_000),
  part("HC-81177-0009", "涨紧油缸密封修理包", "zjygmfxlb", "set", ["HCE365-8"], "1", 36_000),
  part("HC-77012-0451", "破碎锤活塞", "pscshs", "根", ["HCE215-9"], null, 462_000, true),
  part("HC-90330-0120", "46 号抗磨液压油", "46hkmyyy", "litre", ["HCE215-9", "HCE365-8", "HCE75-10", "HCL956"], "60", 2_600),
  part("HC-42055-0870", "变速箱换挡电磁阀", "bsxhddcf", "piece", ["HCL956"], "2", 158_000, true),
];

export function findParts(search: string, model: string | null): Part[] {
  const fits = (row: Part) => model !== null && row.models.includes(model);
  const want = search.toLowerCase().replace(/[\s-]/g, "");
  return catalogue
    .map((row) => ({ ...row, fits: fits(row) }))
    .filter((row) => (want === "" ? row.fits : `${row.number.toLowerCase().replace(/-/g, "")} ${row.name} ${row.pinyin}`.includes(want)))
    .sort((a, b) => Number(b.fits) - Number(a.fits));
}

const fault = (code: string, phenomenon: string, place: string, cause: string, action: string, name_en: string, dtc = "", severe = false): FaultHit => ({ code, phenomenon, place, cause, action, name_en, dtc, severe });

export const faults: FaultHit[] = [
  fault("GZ31-001", "热车后动臂无力", "主泵调节器", "调节器阀芯卡滞", "拆洗调节器，换滤芯和液压油", "Boom weak when hot: pump regulator sticking", "", true),
  fault("GZ31-004", "全车动作慢，泵有异响", "主液压泵", "吸油管漏气，泵吸空烧伤", "更换主泵总成，清洗油箱", "All functions slow, pump noisy: cavitation", "", true),
  fault("GZ62-002", "仪表报警，限扭", "后处理 DPF", "DPF 压差高", "再生，必要时清灰", "DPF differential pressure high, derated", "SPN 3251 FMI 0"),
  fault("GZ13-001", "早上不着车", "燃油管路", "柴油结蜡", "换低凝点柴油，热化滤芯", "No start in the morning: waxed fuel"),
  fault("GZ24-003", "回转时咯噔响", "回转支承", "滚道剥落", "更换回转支承", "Knock when slewing: raceway spalled", "", true),
];

export function findFaults(search: string): FaultHit[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return faults.filter((row) => words.every((word) => Object.values(row).join(" ").toLowerCase().includes(word)));
}
