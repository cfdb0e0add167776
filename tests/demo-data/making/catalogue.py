"""The parts catalogue: assemblies × their components × sides and sizes, older revisions, standard
hardware. Nothing here is drawn at random except prices' last digits and which hoses are kept."""
import random
import re
from dataclasses import dataclass

from . import pinyin, words

TOTAL = 20_000
REVISED_EVERY, TWICE_REVISED_EVERY = 7, 43


@dataclass
class Part:
    number: str
    group: str
    zh: str
    en: str
    spec: str
    unit: str
    price: float
    flags: str
    fits: tuple[str, ...] = ()
    superseded_by: str = ""
    supersedes: str = ""

    @property
    def current(self) -> bool:
        return not self.superseded_by


def build(rng: random.Random) -> list[Part]:
    """Exactly TOTAL parts, ordered by number."""
    specific = _with_old_revisions(_model_parts(rng), rng) + _fluids()
    hardware = _hardware(rng)
    if len(specific) + len(hardware) < TOTAL:
        raise SystemExit(f"catalogue: only {len(specific)} + {len(hardware)} parts for {TOTAL}")
    kept = sorted(rng.sample(range(len(hardware)), TOTAL - len(specific)))
    parts = specific + _numbered([hardware[i] for i in kept])
    return sorted(parts, key=lambda part: part.number)


def neat(yuan: float) -> float:
    """A price as a price list has it: no odd cents on dear parts."""
    for above, step in ((1000, 10), (100, 1), (10, 0.5), (0, 0.05)):
        if yuan >= above:
            return max(round(round(yuan / step) * step, 2), 0.05)
    return 0.05


def _components() -> dict[str, list[dict[str, str]]]:
    by_kind: dict[str, list[dict[str, str]]] = {}
    for row in words.joined("components_"):
        for kind in row["kinds"].split():
            by_kind.setdefault(kind, []).append(row)
    return by_kind


def _model_parts(rng: random.Random) -> list[Part]:
    """All parts that belong to an assembly, numbered from 50 in each group and model."""
    components = _components()
    parts: list[Part] = []
    used: dict[str, int] = {}
    for assembly in words.rows("assemblies"):
        for keys, price in zip(assembly["models"].split(), assembly["prices"].split()):
            for row in components[assembly["kind"]]:
                for zh, en, spec in _variants(assembly, row):
                    size = _size_factor(spec, row["specs"].split("|")[0])
                    yuan = neat(float(price) * float(row["share"]) * size * rng.uniform(0.985, 1.015))
                    number = _next_number(assembly["group"], keys.split("+")[0], used)
                    fits = tuple(words.models()[key]["model"] for key in keys.split("+"))
                    parts.append(Part(number, assembly["group"], zh, en, spec, row["unit"], yuan, row["flags"], fits))
    return parts


def _variants(assembly: dict[str, str], row: dict[str, str]) -> list[tuple[str, str, str]]:
    own_name = row["zh"].startswith("=")
    zh = row["zh"][1:] if own_name else assembly["zh"] + row["zh"]
    en = row["en"] if own_name else f"{assembly['en']} {row['en']}"
    sides = [side.split("/", 1) for side in row["sides"].split("|")] if row["sides"] else [("", "")]
    specs = row["specs"].split("|")
    return [(f"{zh}({side[0]})" if side[0] else zh, f"{en}, {side[1]}" if side[1] else en, spec)
            for side in sides for spec in specs]


def _size_factor(spec: str, first: str) -> float:
    """A longer hose or thicker shim costs more than the first of its row, a wide track shoe too."""
    if spec.startswith("加宽"):
        return 1.07
    grows = spec[:1] in tuple("LδMφ") and spec != first
    return (_size(spec) / _size(first)) ** 0.5 if grows else 1.0


def _next_number(group: str, key: str, used: dict[str, int]) -> str:
    """HC31-02150: group 31, model 021, items 50, 51 … 99, 00 … 49."""
    place = f"HC{group}-{words.models()[key]['number_code']}"
    item = used.get(place, 0)
    used[place] = item + 1
    if item >= 100:  # a second block of a hundred: 021 → 521
        return f"HC{group}-{(int(place[-3:]) + 500 + 10 * (item // 100 - 1)):03d}{item % 100:02d}"
    return f"{place}{(item + 50) % 100:02d}"


def _with_old_revisions(parts: list[Part], rng: random.Random) -> list[Part]:
    """The first issue is revision A. Some parts were improved: B supersedes A, C supersedes B."""
    out = []
    for index, part in enumerate(parts):
        letters = "A"
        if index % TWICE_REVISED_EVERY == 17:
            letters = "ABC"
        elif index % REVISED_EVERY == 4 or part.zh in ("主泵总成", "主泵调节器(前)"):
            letters = "AB"
        chain = [part.number + letter for letter in letters]
        for i, number in enumerate(chain):
            price = part.price if i + 1 == len(chain) else neat(part.price * rng.uniform(0.90, 0.97))
            out.append(Part(number, part.group, part.zh, part.en, part.spec, part.unit, price, part.flags, part.fits,
                            chain[i + 1] if i + 1 < len(chain) else "", chain[i - 1] if i else ""))
    return out


def _fluids() -> list[Part]:
    return [Part(f"HC72-{10 * (i + 1):05d}A", "72", row["zh"], row["en"], row["spec"], row["unit"],
                 float(row["price"]), row["flags"]) for i, row in enumerate(words.rows("fluids"))]


def _hardware(rng: random.Random) -> list[Part]:
    parts: list[Part] = []
    for row in words.rows("hardware"):
        for a in row["a"].split():
            for b in row["b"].split() or [""]:
                if _in_ratio(a, b, row["ratio"]):
                    parts += [_hardware_part(row, a, b, c, i, rng) for i, c in enumerate(row["c"].split() or [""])]
    return parts


def _size(text: str) -> float:
    found = re.search(r"\d+(\.\d+)?", text)
    return float(found.group()) if found else 1.0


def _in_ratio(a: str, b: str, ratio: str) -> bool:
    """Keeps sizes that exist: a bolt M30 × 30 does not, an O-ring 5 × 7 neither."""
    if not ratio:
        return True
    low, high = (float(x) for x in ratio.split("-"))
    return low <= _size(b) / _size(a) <= high


def _hardware_part(row: dict[str, str], a: str, b: str, c: str, c_index: int, rng: random.Random) -> Part:
    yuan = float(row["price"]) * max(_size(a), 1) ** float(row["power_a"]) / 10 ** float(row["power_a"])
    if b and float(row["power_b"]):
        base = _size(row["b"].split()[0])
        yuan *= (_size(b) / base) ** float(row["power_b"])
    yuan = neat(yuan * (1 + 0.22 * c_index) * rng.uniform(0.97, 1.04))
    spec = row["spec"].format(a=a, b=b.replace("/-", ""), c=c)
    flags = row["flags"]
    fits: tuple[str, ...] = ()
    if "m" in flags:
        heavy = "4S" in c                     # spiral hoses belong to machines with 30 MPa and more
        own = [model["model"] for model in words.rows("models")
               if model["brand"] == "HC" and not (heavy and model["family"] in ("tractor", "combine"))]
        fits = tuple(sorted(rng.sample(own, rng.choice((1, 1, 2, 3))), key=own.index))
    return Part("", row["group"], row["zh"], row["en"], spec, row["unit"], yuan, flags.replace("m", ""), fits)


def _numbered(parts: list[Part]) -> list[Part]:
    counters: dict[str, int] = {}
    for part in parts:
        counters[part.group] = counters.get(part.group, 0) + 1
        part.number = f"HC{part.group}-{10000 + counters[part.group]:05d}A"
    return parts


def return_policy(part: Part) -> str:
    """What the maker wants back, by kind and value of the part."""
    supplier = {row["group"]: row["claimed_from"] for row in words.rows("groups")}[part.group] == "supplier"
    if "x" in part.flags:
        return ""
    if "h" in part.flags:
        return "inspect_on_site"
    if "w" in part.flags:
        return "photos_only" if part.price < 3000 else "inspect_on_site"
    if part.price >= 3000 or part.group == "63" and part.price >= 500:
        return "return_urgent"
    if supplier and part.price >= 800:
        return "supplier_collects"
    if part.group in ("51", "53") and part.price >= 200:
        return "destroy_on_site"
    if part.price >= 300:
        return "return_routine"
    return "return_on_notice" if part.price >= 100 else "photos_only"


def table(parts: list[Part]) -> list[dict]:
    """Rows of parts.csv."""
    suppliers = {group: row["code"] for row in words.rows("suppliers") for group in row["groups"].split()}
    return [{
        "part_number": p.number, "name_zh": p.zh, "name_en": p.en, "pinyin": pinyin.full(p.zh),
        "initials": pinyin.initials(p.zh), "specification": p.spec, "unit": p.unit, "part_group": p.group,
        "fits_models": p.fits, "serialised": "s" in p.flags, "wear_part": "w" in p.flags,
        "hazardous": "h" in p.flags, "auxiliary": "x" in p.flags, "price": f"{p.price:.2f}",
        "supplier": suppliers[p.group], "superseded_by": p.superseded_by, "supersedes": p.supersedes,
        "return_policy": return_policy(p)} for p in parts]
