"""Customers and their machines: who owns what, when it was built and sold, what its meters show.
Knows nothing of jobs; history.py picks machines from here."""
import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from . import words

TODAY = date(2026, 11, 8)          # the archive is as of the evening before the first job
OWNERS, FLEETS = 240, {"rental": 44, "quarry": 36, "cooperative": 36, "contractor": 44}
OWNER_TASTE = {"E07": 34, "E21": 27, "L95": 14, "T18": 9, "G80": 8, "D33": 4, "Q25": 4}
FLEET_TASTE = {                    # which kind of fleet buys which model
    "E07": {"rental": 5, "contractor": 4, "cooperative": 0.6}, "E21": {"rental": 5, "contractor": 4, "quarry": 1.6},
    "E37": {"quarry": 6, "rental": 1.5, "contractor": 1}, "L95": {"quarry": 4, "contractor": 3, "rental": 2},
    "Q25": {"rental": 5, "contractor": 2}, "T18": {"cooperative": 1}, "G80": {"cooperative": 1},
    "D33": {"quarry": 5, "contractor": 2}, "Y60": {"contractor": 1, "rental": 1}, "M90": {"cooperative": 1}}
STREETS = {"rental": ("工业路", "国道旁", "环城路"), "quarry": ("矿山路", "矿区路", "国道旁"),
           "cooperative": ("农机市场", "站前路", "粮站路"), "contractor": ("工业路", "建材市场", "环城路", "站前路")}
NOTES = (("按月结算", "进矿区须登记，自带安全帽", "先打设备科电话", "发票开专票"),
         ("晚上八点后再打电话", "机器常在外县干活", "微信联系", "配件自己垫付过"))
NAME_ENDS = {
    "rental": ("机械租赁有限公司", "工程机械租赁部", "设备租赁有限公司"), "quarry": ("采石场", "石料厂", "建材有限公司"),
    "cooperative": ("农机专业合作社", "种植专业合作社", "农机服务专业合作社"),
    "contractor": ("建筑工程有限公司", "路桥工程有限公司", "土石方工程队", "水利工程有限公司", "市政工程有限公司")}
USE_CLASS = {"rental": "rental", "quarry": "mine"}
YEAR_LETTERS = dict(zip(range(2016, 2027), "GHJKLMNPRST"))
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
IN_STOCK = {"E07": 5, "E21": 5, "L95": 2, "T18": 2}
FIRST_TWO = {"rental": ("E21", "E07"), "quarry": ("E37", "L95"), "cooperative": ("T18", "G80"), "contractor": ("E21", "E07")}
SECOND_MACHINE = {"E07": ("E07", "E21"), "E21": ("E21", "E07", "L95"), "L95": ("L95", "E21"), "Q25": ("Q25",),
                  "T18": ("T18", "G80"), "G80": ("T18", "G80"), "D33": ("D33", "E21")}
# Machines that the stories need: model, year, quarter, running number, sold on, hours last read, kind of customer.
KNOWN = (("E07", 2026, "C", 512, date(2026, 11, 5), 4.5, "owner"),
         ("E21", 2022, "C", 417, date(2022, 10, 18), 6905.0, "owner"),
         ("E21", 2025, "C", 417, date(2025, 9, 5), 1778.0, "owner"),
         ("L95", 2026, "C", 438, date(2026, 11, 4), 6.0, "contractor"))


@dataclass
class Customer:
    code: str
    kind: str
    name: str
    short: str
    town: str
    address: str
    contacts: list[tuple[str, str, str]]
    size: float
    note: str = ""


@dataclass
class Machine:
    key: str
    serial: str
    built: date
    sold: date | None
    customer: Customer | None
    vin: str
    engine: str
    plate: str
    use_class: str
    meters: dict[str, float] = field(default_factory=dict)
    read_on: date | None = None
    contract: str = ""
    per_year: float = 0.0

    @property
    def model(self) -> dict[str, str]:
        return words.models()[self.key]

    @property
    def main_meter(self) -> str:
        return self.model["meters"].split()[0]

    @property
    def delivered(self) -> date | None:
        return self.sold and self.sold + timedelta(days=1 + int(self.serial[-1]) % 4)

    def months_since_sale(self, day: date) -> int:
        return (day.year - self.sold.year) * 12 + day.month - self.sold.month - (day.day < self.sold.day)


def customers(rng: random.Random) -> list[Customer]:
    """400 customers; codes in the order in which they once came, not by kind."""
    kinds = ["owner"] * OWNERS + [kind for kind, n in FLEETS.items() for _ in range(n)]
    rng.shuffle(kinds)
    phones = iter(rng.sample(range(9000), 3 * len(kinds)))
    names_left = _company_names(rng)
    taken: set[str] = set()
    return [_customer(i + 1, kind, phones, names_left, taken, rng) for i, kind in enumerate(kinds)]


def _company_names(rng: random.Random) -> dict[str, list[tuple[str, str]]]:
    """(short word, full name) for each fleet customer, by kind; a word is used once."""
    firms = rng.sample(words.names("company_word"), FLEETS["rental"] + FLEETS["contractor"])
    short = {"rental": firms[:FLEETS["rental"]], "contractor": firms[FLEETS["rental"]:],
             "quarry": words.names("quarry_word"), "cooperative": words.names("coop_word")}
    return {kind: [(w, f"云岭县{w}{end}") for w, end in zip(short[kind], _cycle(ends))] for kind, ends in NAME_ENDS.items()}


def _cycle(items: tuple[str, ...]):
    while True:
        yield from items


def person(rng: random.Random, women: float = 0.15) -> str:
    given = words.names("given_f") if rng.random() < women else words.names("given_m")
    return rng.choice(words.names("surname")) + rng.choice(given)


def _fresh_person(taken: set[str], rng: random.Random, women: float = 0.15) -> str:
    while True:
        name = person(rng, women)
        if name not in taken:
            taken.add(name)
            return name


def _customer(number: int, kind: str, phones, names_left: dict[str, list[tuple[str, str]]], taken: set[str],
              rng: random.Random) -> Customer:
    town = rng.choices([t["town"] for t in words.rows("towns")], (9, 5, 5, 3, 3, 4, 2, 3, 2, 3, 2, 3))[0]
    people = [_fresh_person(taken, rng, 0.07) for _ in range(3)]
    if kind == "owner":
        roles = ("owner", "operator", rng.choice(("operator", "operator", "site_manager")))
        surname = people[0][0]
        if roles[2] == "operator" and rng.random() < 0.3:   # his wife or brother drives the second shift
            people[2] = surname + people[2][1:]
        woman = people[0][1:] in words.names("given_f")
        name, short = people[0], people[0][-1] + "姐" if woman else rng.choice("老老老小大") + surname
        address = f"云岭县{town}{rng.choice(('新街', '老街', '河边', '上寨', '下坝', '大坪', '岩脚', '半坡'))}村{rng.randint(1, 12)}组"
    else:
        roles = {"rental": ("owner", "equipment_department", "operator"), "quarry": ("site_manager", "equipment_department", "operator"),
                 "cooperative": ("owner", "site_manager", "operator"), "contractor": ("owner", "equipment_department", "site_manager")}[kind]
        short, name = names_left[kind].pop(0)
        address = f"云岭县{town}{rng.choice(STREETS[kind])}{rng.randint(2, 188)}号"
    contacts = [(person_name, role, f"1290000{next(phones):04d}") for person_name, role in zip(people, roles)]
    note = rng.choice(NOTES[kind == "owner"]) if rng.random() < 0.15 else ""
    return Customer(f"KH{number:04d}", kind, name, short, town, address, contacts, rng.lognormvariate(0, 0.55), note)


def machines(owners: list[Customer], rng: random.Random) -> list[Machine]:
    """2,000 machines, each model in its number, spread over the customers and the last few in stock."""
    units = _owner_demand(owners, rng)
    units += _fleet_demand(owners, units, rng)
    order = list(words.models())
    units.sort(key=lambda unit: (order.index(unit[0]), unit[1].code if unit[1] else "~"))
    used: set[str] = set()
    known = list(KNOWN)
    out = []
    for key, customer in units:
        fixed = known.pop(0) if known and key == known[0][0] and customer and customer.kind == known[0][6] else None
        out.append(_machine(key, customer, fixed, used, rng))
    return sorted(out, key=lambda m: (order.index(m.key), m.built, m.serial))


def _owner_demand(owners: list[Customer], rng: random.Random) -> list[tuple[str, Customer]]:
    units = []
    for customer in (c for c in owners if c.kind == "owner"):
        first = rng.choices(list(OWNER_TASTE), list(OWNER_TASTE.values()))[0]
        units.append((first, customer))
        if rng.random() < 0.35:   # a farmer adds a combine, an earth mover another excavator
            units.append((rng.choice(SECOND_MACHINE[first]), customer))
    return units


def _fleet_demand(owners: list[Customer], owned: list[tuple[str, Customer]],
                  rng: random.Random) -> list[tuple[str, Customer | None]]:
    """What is left of each model: a few in stock, two for every fleet, the rest by size and taste."""
    left = {key: int(model["count"]) for key, model in words.models().items()}
    units: list[tuple[str, Customer | None]] = [(key, None) for key, n in IN_STOCK.items() for _ in range(n)]
    units += [(key, c) for c in owners for key in FIRST_TWO.get(c.kind, ())]
    for key, _ in owned + units:
        left[key] -= 1
    for key, count in left.items():
        fleets = [c for c in owners if c.kind in FLEET_TASTE[key]]
        weights = [FLEET_TASTE[key][c.kind] * c.size for c in fleets]
        units += [(key, customer) for customer in rng.choices(fleets, weights, k=count)]
    return units


def _machine(key: str, customer: Customer | None, fixed: tuple | None, used: set[str], rng: random.Random) -> Machine:
    model = words.models()[key]
    while True:
        year, quarter, number = fixed[1:4] if fixed else _production(model, customer is None, rng)
        serial = f"{model['serial_prefix']}·{year % 100:02d}{quarter}·{number:05d}"
        built = _day_in_quarter(year, quarter, rng)
        sold = fixed[4] if fixed else built + timedelta(days=int(rng.triangular(12, 260, 55)))
        if fixed or serial not in used and built <= TODAY - timedelta(days=10) and sold <= TODAY - timedelta(days=9):
            break
    used.add(serial)
    machine = Machine(key, serial, built, sold if customer else None, customer, _vin(model, year, quarter, number),
                      f"{model['engine']}{year % 100:02d}{quarter}{rng.randint(1000, 89999):05d}", "", "normal")
    if customer:
        _put_to_use(machine, fixed, used, rng)
    return machine


def _production(model: dict[str, str], new: bool, rng: random.Random) -> tuple[int, str, int]:
    """Year, quarter and running number in that year; numbers grow through the year."""
    if new:
        year, quarter = 2026, rng.choice((1, 2))
    else:
        years = range(int(model["first_year"]), 2027)
        weights = [(0.45 + 0.09 * (y - years[0])) * (0.8 if y == 2026 else 1) for y in years]
        year, quarter = rng.choices(years, weights)[0], rng.randint(0, 3)
    per_quarter = int(model["per_quarter"])
    return year, "ABCD"[quarter], quarter * per_quarter + rng.randint(1, per_quarter)


def _day_in_quarter(year: int, quarter: str, rng: random.Random) -> date:
    return date(year, 3 * "ABCD".index(quarter) + 1, 1) + timedelta(days=rng.randint(2, 88))


def _vin(model: dict[str, str], year: int, quarter: str, number: int) -> str:
    """17 places like a true one, but with a Q, which no true VIN has: it belongs to nobody."""
    wmi = {row["brand"]: row["wmi"] for row in words.rows("brands")}[model["brand"]]
    body = f"{YEAR_LETTERS[year]}Y{'ABCD'.index(quarter) + 1}{number:05d}"
    check = "0123456789X"[sum((i + 2) * ord(c) for i, c in enumerate(wmi + model["vds"] + body)) % 11]
    return wmi + model["vds"] + check + body


def _put_to_use(machine: Machine, fixed: tuple | None, used: set[str], rng: random.Random) -> None:
    """Plate, use class and meters as of the last reading; hours grow with age and hard use."""
    customer, model = machine.customer, machine.model
    machine.use_class = USE_CLASS.get(customer.kind, "normal")
    if machine.key in ("Q25", "T18") or machine.key == "D33" and machine.use_class != "mine":
        machine.plate = _plate(used, rng)
    if machine.use_class != "normal" and customer.size > 2.2 and machine.sold.year >= 2024:
        machine.contract = "YB-DL"
    age = (TODAY - machine.sold).days / 365.25
    tired = max(0.45, 1 - 0.055 * max(age - 3, 0))                 # old machines stand more
    hard = {"rental": 1.12, "mine": 1.28, "normal": 0.86}[machine.use_class]
    machine.per_year = min(float(model["hours_a_year"]) * hard * rng.lognormvariate(0, 0.22), 4200)
    hours = fixed[5] if fixed else machine.per_year * tired * age + rng.uniform(2, 9)
    if fixed:
        machine.per_year = hours / age
    machine.read_on = max(machine.delivered, TODAY - timedelta(days=int(rng.triangular(1, 150, 20))))
    if fixed:
        machine.read_on = max(date(2026, 10, 30), machine.delivered)
    else:
        hours *= 1 - (TODAY - machine.read_on).days / 365.25 / age
    _fill_meters(machine, max(round(hours, 1), 1.5), rng)


def _fill_meters(machine: Machine, hours: float, rng: random.Random) -> None:
    meters = machine.meters
    if machine.key == "Q25":
        meters.update(upper_hours=hours, km=float(int(hours * rng.uniform(9, 17)) + 60))
    elif machine.key == "D33":
        speed = rng.uniform(6, 9) if machine.use_class == "mine" else rng.uniform(17, 24)
        meters.update(hours=hours, km=float(int(hours * speed) + 40))
    else:
        meters["hours"] = hours
    if machine.key == "G80":
        meters["hectares"] = round(hours * rng.uniform(0.75, 1.05), 1)
    if machine.key in ("E21", "E37") and machine.built.year >= 2023:
        meters["travel_hours"] = round(hours * rng.uniform(0.06, 0.15), 1)
    if machine.key in ("E21", "E37") and machine.use_class == "mine" and rng.random() < 0.5:
        meters["hammer_hours"] = round(hours * rng.uniform(0.15, 0.5), 1)


def _plate(used: set[str], rng: random.Random) -> str:
    letters = PLATE_LETTERS.replace("O", "").replace("I", "")
    while True:
        plate = "测A·" + rng.choice("BCDEFGH123456789") + "".join(rng.choices(letters[-10:] * 3 + letters[:24], k=4))
        if plate not in used:
            used.add(plate)
            return plate


def customer_table(owners: list[Customer]) -> list[dict]:
    """Rows of customers.xlsx, the three contacts side by side as departments keep them."""
    rows = []
    for c in owners:
        row = {"customer_code": c.code, "name": c.name, "short_name": c.short, "kind": c.kind, "county": "云岭县",
               "town": c.town, "address": c.address, "note": c.note}
        for i, (name, role, phone) in enumerate(c.contacts, 1):
            row |= {f"contact{i}_name": name, f"contact{i}_role": role, f"contact{i}_phone": phone}
        rows.append(row)
    return rows


def machine_table(fleet: list[Machine]) -> list[dict]:
    """Rows of machines.xlsx."""
    return [{
        "serial": m.serial, "tail": m.serial[-3:], "brand": m.model["brand"], "model": m.model["model"],
        "family": m.model["family"], "vin": m.vin, "engine_number": m.engine, "plate": m.plate,
        "customer_code": m.customer.code if m.customer else "", "customer_name": m.customer.name if m.customer else "",
        "built_on": m.built.isoformat(), "sold_on": m.sold.isoformat() if m.sold else "",
        "delivered_on": m.delivered.isoformat() if m.delivered else "",
        "sale_state": "sold" if m.customer else "in_stock", "use_class": m.use_class, "contract": m.contract,
        **{meter: _figure(m.meters.get(meter)) for meter in METERS},
        "read_on": m.read_on.isoformat() if m.read_on else "",
        "station": _station(m.customer.town) if m.customer else "HC-XN-YL-01"} for m in fleet]


METERS = ("hours", "travel_hours", "upper_hours", "hammer_hours", "km", "hectares")


def _figure(value: float | None) -> float | int | str:
    if value is None:
        return ""
    return int(value) if value == math.floor(value) else value


def _station(town: str) -> str:
    row = next(t for t in words.rows("towns") if t["town"] == town)
    return "HC-XN-YL-" + min(("01", "02", "03"), key=lambda s: int(row[f"km_{s}"]))
