"""What each visit leaves on paper: readings, faults, parts, old parts, charges, notes, signatures.
Times and machines come from history.py; nothing here changes a job."""
import random
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from . import words
from .catalogue import Part, return_policy
from .history import OFFICE, SNAPSHOT, SUPERVISOR, Job, Visit, operations
from .lists import fault_table, find_part
from .timeline import signed_at

LABOUR_RATE = {"customer": 120.0}          # yuan an hour; other payers settle at DEFAULT_RATE
DEFAULT_RATE, KM_RATE, TOLL, TOLL_FROM_KM = 65.0, 2.6, 25.0, 50
DUE_DAYS = {"return_urgent": 14, "return_routine": 30, "supplier_collects": 21, "inspect_on_site": 7}
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CUSTOMER_WORDS = {5: ("来得快，干得好", "师傅实在", "没说的", "干活仔细，讲得清楚", ""), 4: ("好", "可以", "", ""), 3: ("等得有点久", "来晚了点，活还行")}


@dataclass
class Paper:
    """All flat rows of the history, by file."""
    readings: list[dict]
    job_faults: list[dict]
    part_lines: list[dict]
    old_parts: list[dict]
    charges: list[dict]
    notes: list[dict]
    signoffs: list[dict]


def write_up(jobs: list[Job], parts: list[Part], rng: random.Random) -> Paper:
    """Rows for every job and visit that took place."""
    paper = Paper([], [], [], [], [], [], [])
    tags: dict[str, int] = {}
    for job in jobs:
        lines = _part_lines(job, parts, rng)
        paper.part_lines += lines
        paper.old_parts += _old_parts(job, lines, parts, tags, rng)
        paper.job_faults += _faults(job, lines)
        paper.notes += _notes(job, rng)
        for index, visit in enumerate(job.visits):
            if visit.happened:
                paper.readings += _readings(job, visit, index)
                if job.end != "in_progress":
                    paper.charges += _charges(job, visit, index)
                paper.signoffs += _signoffs(job, visit, index, rng)
    for number, row in enumerate(paper.charges):
        row["line"] = 1 + sum(r["job_number"] == row["job_number"] for r in paper.charges[:number])
    return paper


def _part_lines(job: Job, parts: list[Part], rng: random.Random) -> list[dict]:
    """One row a part; fitted on the last visit. Auxiliaries and kits bring nothing back."""
    rows = []
    for line, token in enumerate(filter(None, job.plan["parts"].split(";")), 1):
        name, quantity, payer, fate = re.fullmatch(r"([^*]+)\*(\d+)(?:@(\w+))?(?:!(\w+))?", token).groups()
        part = find_part(parts, job.machine.model["model"], name)
        payer = payer or job.plan["payer"]
        brings_back = "x" not in part.flags and part.group != "91"
        old = part.supersedes if part.supersedes and job.machine.built.year < 2026 else part.number
        visit = job.visits[-1]
        begun = visit.times["working"]
        rows.append({
            "job_number": job.number, "visit_number": visit.number, "line": line, "new_part": part.number,
            "quantity_in": int(quantity), "new_serial": _serial(part, date(2026, 6, 1), rng),
            "source": "station" if part.price >= 800 else "van", "old_part": old if brings_back else "",
            "quantity_out": int(quantity) if brings_back else 0,
            "old_serial": _serial(part, job.machine.built - timedelta(days=70), rng) if brings_back else "",
            "payer": payer, "unit_price": f"{part.price:.2f}", "auxiliary": "x" in part.flags,
            "consent_at": begun - timedelta(minutes=3) if payer == "customer" else "", "note": "",
            "_part": part, "_fate": fate})
    return rows


def _serial(part: Part, about: date, rng: random.Random) -> str:
    """Maker's serial of a serialised part: supplier, day of making, running number."""
    if "s" not in part.flags:
        return ""
    supplier = next(row["code"] for row in words.rows("suppliers") if part.group in row["groups"].split())
    day = about + timedelta(days=rng.randint(0, 55))
    return f"{supplier}-{day:%y%m%d}-{rng.randint(3, 480):04d}"


def _disposition(line: dict, job: Job) -> str:
    if line["_fate"]:
        return line["_fate"]
    if line["payer"] == "customer":
        return "customer_keeps" if line["_part"].price > 500 else "customer_leaves"
    return return_policy(line["_part"])


def _old_parts(job: Job, lines: list[dict], parts: list[Part], tags: dict[str, int], rng: random.Random) -> list[dict]:
    rows = []
    people = {p["login"]: p for p in words.rows("people")}
    for line in lines:
        if not line["quantity_out"]:
            continue
        visit = job.visits[-1]
        fate, day = _disposition(line, job), visit.times["left"].date()
        prefix = people[visit.techs[0]]["tag_prefix"]
        tags[prefix] = tags.get(prefix, 0) + 1
        state, holder, place = _whereabouts(fate, (SNAPSHOT.date() - day).days, visit.techs[0])
        rows.append({
            "tag": tag_code(prefix, tags[prefix]), "job_number": job.number, "line": line["line"], "part_number": line["old_part"],
            "quantity": line["quantity_out"], "part_serial": line["old_serial"], "disposition": fate,
            "due_on": (day + timedelta(days=DUE_DAYS[fate])).isoformat() if fate in DUE_DAYS else "",
            "state": state, "holder": holder, "place": place, "note": ""})
    return rows


def _whereabouts(fate: str, days: int, tech: str) -> tuple[str, str, str]:
    """State, holder and place of an old part some days after it came out."""
    if fate == "customer_keeps":
        return "kept_by_customer", "", "customer"
    if fate == "destroy_on_site":
        return "destroyed", "", ""
    if fate == "photos_only":
        return "inspected", tech, "station"
    if days <= 1:
        return "tagged", tech, "van"
    if fate == "return_urgent" and days >= 5:
        return ("shipped", "", "") if days >= 10 else ("return_requested", SUPERVISOR, "station")
    return ("held" if days >= 5 else "inspected"), SUPERVISOR if days >= 5 else tech, "station"


def tag_code(prefix: str, count: int) -> str:
    """Prefix (4) + counter (3) + check symbol: the sum of 2^i · symbol i from the right, over GF(32), x^5 + x^2 + 1."""
    body = prefix + "".join(CROCKFORD[count >> shift & 31] for shift in (10, 5, 0))
    total = 0
    for i, symbol in enumerate(reversed(body), 1):
        total ^= _times_two(CROCKFORD.index(symbol), i)
    return body + CROCKFORD[total]


def _times_two(value: int, times: int) -> int:
    for _ in range(times):
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return value


def _faults(job: Job, lines: list[dict]) -> list[dict]:
    """The main fault with its main part; the pump story has a second, consequential one."""
    if not job.plan["fault"] or not (job.story == "phone" or any(v.happened for v in job.visits)):
        return []
    wanted = [job.plan["fault"]] + (["热车后动臂无力"] if job.story == "pump" else [])
    table = {row["phenomenon"]: row for row in fault_table()}
    numbers = [r["new_part"] for r in lines if not r["auxiliary"] and r["payer"] == job.plan["payer"]]
    rows = []
    for line, name in enumerate(wanted, 1):
        fault = table[name]
        rows.append({key: fault[key] for key in ("fault_code", "phenomenon", "place", "cause", "action", "spn", "fmi")} | {
            "job_number": job.number, "line": line, "main": line == 1, "main_part": numbers[0] if numbers and line == 1 else "",
            "consequential_parts": numbers[1:] if line == 1 else []})
    return rows


def _readings(job: Job, visit: Visit, index: int) -> list[dict]:
    """Every meter of the machine on arrival; a replaced hour meter is two events."""
    at, machine = visit.times["arrived"] + timedelta(minutes=4), job.machine
    days = (visit.depart.date() - job.reported.date()).days
    more = days * min(machine.per_year / 365, 9) if job.story not in ("meter", "turbo", "pump") else 0
    rows = []
    for meter, last in machine.meters.items():
        main = machine.meters[machine.main_meter]
        value = job.reading + more if meter == machine.main_meter else last * (job.reading + more) / max(main, 1)
        value = int(value) if meter == "km" else round(value, 1)
        rows.append(_reading(job, visit, meter, value, "read", at))
    if job.story == "meter":
        done = visit.times[f"done {job.plan['id']}"]
        rows += [_reading(job, visit, "hours", 1846.0, "removed", done, "旧表停走，拆下时读数"),
                 _reading(job, visit, "hours", 0.0, "fitted", done + timedelta(minutes=1), "新表装上时读数")]
    return rows


def _reading(job: Job, visit: Visit, meter: str, value: float, event: str, at: datetime, note: str = "") -> dict:
    return {"job_number": job.number, "visit_number": visit.number, "serial": job.machine.serial, "meter": meter,
            "value": value, "event": event, "at": at, "note": note}


def _charges(job: Job, visit: Visit, index: int) -> list[dict]:
    """Labour by standard hours; the trip once a vehicle, shared over its jobs."""
    payer = job.plan["payer"]
    rate = LABOUR_RATE.get(payer, DEFAULT_RATE)
    consent = visit.times["working"] - timedelta(minutes=3) if payer == "customer" else ""
    base = {"job_number": job.number, "visit_number": visit.number, "payer": payer, "consent_at": consent}
    rows = [base | _amount("labour", op["operation"], op["name_zh"], float(op["hours"]) * times, "h", rate)
            for op, times in operations(job, index)]
    share = len(visit.jobs)
    if visit.in_workshop:
        return rows
    rows.append(base | _amount("trip", "", "外出里程" + (f"(与同车{share}单分摊)" if share > 1 else ""),
                               round(2 * visit.km / share, 1), "km", KM_RATE))
    if visit.km >= TOLL_FROM_KM:
        rows.append(base | _amount("toll", "", "过路费", 2, "次", TOLL))
    return rows


def _amount(kind: str, operation: str, text: str, quantity: float, unit: str, price: float) -> dict:
    return {"kind": kind, "operation": operation, "description": text, "quantity": quantity, "unit": unit,
            "unit_price": f"{price:.2f}", "amount": f"{quantity * price:.2f}"}


def _notes(job: Job, rng: random.Random) -> list[dict]:
    """The technician's finding, and the notes written by hand for the stories."""
    rows = [_note(job, datetime.strptime(f"2026-{n['at']}", "%Y-%m-%d %H:%M"), n["by"], n["kind"], n["text"])
            for n in words.rows("story_notes") if n["id"] == job.plan["id"]]
    if job.plan["finding"]:
        rows.append(_finding(job, rng))
    return sorted(rows, key=lambda row: row["at"])


def _finding(job: Job, rng: random.Random) -> dict:
    happened = [visit for visit in job.visits if visit.happened]
    text = job.plan["finding"]
    if job.story == "phone":
        solved = next(s for s in job.steps if s["step"] == "solved_by_phone")
        return _note(job, solved["at"], SUPERVISOR, "call", text)
    if not happened:
        return _note(job, job.steps[-1]["at"] + timedelta(minutes=rng.randint(1, 4)), OFFICE, "office", text)
    visit = happened[-1]
    if job.end == "in_progress":
        return _note(job, visit.times["working"] + timedelta(minutes=6), visit.techs[0], "finding", text)
    return _note(job, visit.times[f"done {job.plan['id']}"] - timedelta(minutes=4), visit.techs[0], "finding", text)


def _note(job: Job, at: datetime, by: str, kind: str, text: str) -> dict:
    on_visit = [v for v in job.visits if v.happened and v.times["arrived"] <= at <= v.times["left"]]
    return {"job_number": job.number, "visit_number": on_visit[0].number if on_visit else "", "at": at, "by": by, "kind": kind,
            "text": text}


def _signoffs(job: Job, visit: Visit, index: int, rng: random.Random) -> list[dict]:
    """One card a visit: interim until the work is done, then final."""
    outcome = job.plan["outcome"]
    if not outcome or job.end in ("in_progress", "work_done"):
        return []
    final = index + 1 == len(job.visits) and job.end not in ("waiting", "not_repaired")
    signer = _contact(job, ("equipment_department", "operator", "owner") if job.story == "batch" else ("operator", "owner"))
    row = {"job_number": job.number, "visit_number": visit.number, "card": "final" if final else "interim",
           "outcome": "signed" if outcome == "stamp" else outcome, "signer": signer[0], "signer_role": signer[1],
           "signer_phone": signer[2], "at": signed_at(job, visit), "reason": "", "witness": "", "satisfaction": "",
           "customer_words": "", "batch": "", "countersign": "", "countersigned_at": "", "countersigned_by": "", "paper_number": ""}
    return [row | OUTCOMES.get(outcome, _signed)(job, visit, final, rng)]


def _signed(job: Job, visit: Visit, final: bool, rng: random.Random) -> dict:
    extra: dict = {"batch": f"PQ{visit.depart:%Y%m%d}-001", "at": signed_at(visit.jobs[-1], visit)} if job.story == "batch" else {}
    if final:
        score = rng.choice((5, 5, 5, 4, 4, 3))
        extra |= {"satisfaction": score, "customer_words": rng.choice(CUSTOMER_WORDS[score])}
    return extra


def _stamped(job: Job, visit: Visit, final: bool, rng: random.Random) -> dict:
    """The operator signs; the company's stamp follows three days later as a countersign."""
    later = signed_at(job, visit) + timedelta(days=3)
    stamper = _contact(job, ("equipment_department", "site_manager", "owner"))
    stamp = {"countersign": "stamp", "countersigned_at": later.replace(hour=10, minute=20), "countersigned_by": stamper[0],
             "paper_number": f"00{rng.randint(31000, 32999)}"}
    return {"satisfaction": 4, "customer_words": "单子先签，章等办公室盖"} | stamp


def _refused(job: Job, visit: Visit, final: bool, rng: random.Random) -> dict:
    return {"reason": "不认可保外，认为是质量问题", "witness": "现场安全员 罗正华", "satisfaction": 2, "customer_words": "先把说法给清楚再签"}


def _absent(job: Job, visit: Visit, final: bool, rng: random.Random) -> dict:
    return {"signer": "", "signer_role": "", "signer_phone": "", "reason": "机手下山加油未回，电话不通", "witness": "现场安全员 李顺才"}


def _proxy(job: Job, visit: Visit, final: bool, rng: random.Random) -> dict:
    owner = _contact(job, ("owner", "site_manager"))
    return {"reason": f"{owner[0]}在外地，电话委托机手代签", "satisfaction": 5, "customer_words": "机主说修好就行"}


OUTCOMES = {"stamp": _stamped, "refused": _refused, "absent": _absent, "proxy": _proxy}


def _contact(job: Job, roles: tuple[str, ...]) -> tuple[str, str, str]:
    """The customer's first contact in the wanted role."""
    return next(c for role in roles for c in job.customer.contacts if c[1] == role)
