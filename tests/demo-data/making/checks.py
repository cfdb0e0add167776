"""Holds the finished files to what was promised: counts, shares, references, times, meters, bytes.
Reads the files as an import would; knows nothing of how they were made but the step table."""
import re
from collections import Counter, defaultdict
from pathlib import Path

from . import words, writing
from .paperwork import CROCKFORD, tag_code
from .timeline import TRANSITIONS, VISIT_ORDER

Tables = dict[str, list[dict[str, str]]]
COUNTS = {"machines": 2000, "customers": 400, "parts": 20_000, "people": 10, "jobs": 60}
SHARES = {"repair": 27, "service": 12, "inspection": 9, "phone": 5, "campaign": 3, "rework": 2,
          "handover": 2, "customer": 7}
LIMIT_BYTES = 6_000_000
VISIT_NEXT = {"": {"accepted", "reassignment_asked"}, "reassignment_asked": {"accepted"}, "accepted": {"departed", "arrived"}, "departed": {"arrived"}, "arrived": {"working"},
              "working": {"paused", "left"}, "paused": {"working"}, "left": {"back"}, "back": set()}


def run(folder: Path, files: dict[str, bytes]) -> int:
    """Prints what is wrong, one line each; 0 when nothing is."""
    wrong = [f"{name}: differs from what make.py writes" for name, data in files.items()
             if not (folder / name).is_file() or not writing.same((folder / name).read_bytes(), data)]
    if wrong:
        print(*wrong, sep="\n")
        return 1
    names = dict.fromkeys(row["file"] for row in words.rows("columns"))
    tables = {name: writing.read(folder, name) for name in names}
    size = sum(len(data) for data in files.values())
    wrong += [f"files: {size:,} bytes are more than {LIMIT_BYTES:,}"] if size > LIMIT_BYTES else []
    for check in (counts, shares, cells, references, customers, machines, parts, faults, job_steps, visit_steps,
                  one_place_at_a_time, readings, part_lines, old_parts, money, signoffs, stories):
        wrong += [f"{check.__name__}: {line}" for line in check(tables)]
    print(*(wrong or [f"demo data: {len(files)} files, {size:,} bytes, all checks passed"]), sep="\n")
    return 1 if wrong else 0


def counts(t: Tables) -> list[str]:
    found = [f"{name} has {len(t[name])} rows, not {n}" for name, n in COUNTS.items() if len(t[name]) != n]
    if len(t["faults"]) < 300:
        found.append(f"only {len(t['faults'])} faults")
    models = Counter(m["model"] for m in t["machines"])
    found += [f"{models[m['model']]} of {m['model']}, not {m['count']}" for m in words.rows("models")
              if models[m["model"]] != int(m["count"])]
    kinds = Counter(c["kind"] for c in t["customers"])
    return found + ([f"{kinds['owner']} owners are not 60 %"] if kinds["owner"] != 240 else [])


def shares(t: Tables) -> list[str]:
    by_phone = {s["job_number"] for s in t["steps"] if s["step"] == "solved_by_phone"}
    group = {"first_service": "service", "periodic": "service"}
    seen = Counter("phone" if j["job_number"] in by_phone else group.get(j["job_type"], j["job_type"]) for j in t["jobs"])
    seen["customer"] = sum(j["payer"] == "customer" for j in t["jobs"])
    found = [f"{seen[name]} jobs are {name}, not {n}" for name, n in SHARES.items() if seen[name] != n]
    states = {j["state"] for j in t["jobs"]}
    missing = _codes("job_state") - states
    return found + ([f"no job is {', '.join(sorted(missing))}"] if missing else [])


def _codes(name: str) -> set[str]:
    return next(set(row["codes"].split()) for row in words.rows("codes") if row["list"] == name)


TYPES = {"integer": r"-?\d+", "decimal": r"\d+(\.\d+)?", "money": r"\d+\.\d\d", "date": r"\d{4}-\d\d-\d\d",
         "time": r"\d{4}-\d\d-\d\d \d\d:\d\d", "phone": r"1290000\d{4}", "yes/no": "是|否"}


def cells(t: Tables) -> list[str]:
    """Every cell against its column: required, type, code."""
    found = []
    for column in words.rows("columns"):
        pattern = TYPES.get(column["type"].split()[0])
        codes = set().union(*(_codes(n) for n in column["codes"].split(" or ") if n in _code_lists()))
        for number, row in enumerate(t[column["file"]], 2):
            text, place = row[column["field"]], f"{column['file']} row {number} {column['header']}"
            if not text and column["required"] == "yes":
                found.append(f"{place} is empty")
            elif text and pattern and not re.fullmatch(pattern, text):
                found.append(f"{place}: {text!r} is no {column['type']}")
            elif text and codes and not codes.issuperset(text.split(";")):
                found.append(f"{place}: {text!r} is not in the list {column['codes']}")
    return found[:20]


def _code_lists() -> set[str]:
    return {row["list"] for row in words.rows("codes")}


def references(t: Tables) -> list[str]:
    """Every natural key points at a row; own keys are unique."""
    keys = {"org": "code", "people": "login", "customers": "customer_code", "machines": "serial", "parts": "part_number",
            "faults": "fault_code", "labour": "operation", "jobs": "job_number", "visits": "visit_number", "campaigns": "campaign"}
    known = {file: {row[key] for row in t[file]} for file, key in keys.items()}
    found = [f"{file} has a key twice" for file in keys if len(known[file]) != len(t[file])]
    for column in words.rows("columns"):
        if column["codes"] in known:
            for row in t[column["file"]]:
                found += [f"{column['file']}.{column['field']}: no {column['codes']} {key!r}"
                          for key in filter(None, row[column["field"]].split(";")) if key not in known[column["codes"]]]
    return found[:20]


def customers(t: Tables) -> list[str]:
    phones = Counter(c[f"contact{i}_phone"] for c in t["customers"] for i in (1, 2, 3))
    owned = Counter(m["customer_code"] for m in t["machines"])
    found = [f"phone {p} is used {n} times" for p, n in phones.items() if n > 1]
    found += [f"{c['customer_code']} has no machine" for c in t["customers"] if not owned[c["customer_code"]]]
    return found + [f"owner {c['customer_code']} has {owned[c['customer_code']]} machines" for c in t["customers"]
                    if c["kind"] == "owner" and owned[c["customer_code"]] > 2]


def machines(t: Tables) -> list[str]:
    found = []
    if len({m["vin"] for m in t["machines"]}) != len(t["machines"]):
        found.append("a frame number occurs twice")
    for m in t["machines"]:
        year, quarter = int("20" + m["serial"].split("·")[1][:2]), m["serial"].split("·")[1][2]
        month = int(m["built_on"][5:7])
        if len(m["vin"]) != 17 or "Q" not in m["vin"]:
            found.append(f"{m['serial']}: frame number {m['vin']} could be somebody's")
        if not m["built_on"].startswith(str(year)) or "ABCD"[(month - 1) // 3] != quarter:
            found.append(f"{m['serial']}: built on {m['built_on']}")
        if m["plate"] and not re.fullmatch(r"测A·[A-HJ-NP-Z0-9]{5}", m["plate"]):
            found.append(f"{m['serial']}: plate {m['plate']}")
        if (m["sale_state"] == "sold") != bool(m["customer_code"] and m["sold_on"]) or m["sold_on"] and m["sold_on"] < m["built_on"]:
            found.append(f"{m['serial']}: sale does not fit")
        wanted = {x["model"]: x["meters"].split() for x in words.rows("models")}[m["model"]]
        found += [f"{m['serial']}: no {meter}" for meter in wanted if m["customer_code"] and not m[meter]]
    return found[:20]


def parts(t: Tables) -> list[str]:
    by_number = {p["part_number"]: p for p in t["parts"]}
    found = []
    for p in t["parts"]:
        newer = p["superseded_by"]
        if newer and by_number[newer]["supersedes"] != p["part_number"]:
            found.append(f"{p['part_number']} and {newer} do not name each other")
        if not re.fullmatch(r"HC\d\d-\d{5}[ABC]", p["part_number"]):
            found.append(f"number {p['part_number']}")
        if not p["pinyin"] or not p["initials"] or float(p["price"]) <= 0:
            found.append(f"{p['part_number']} lacks pinyin or price")
    same = Counter((p["name_zh"], p["specification"], p["fits_models"], p["part_group"]) for p in t["parts"] if not p["superseded_by"])
    found += [f"twice the same: {' '.join(key)}" for key, n in same.items() if n > 1]
    return found[:20]


def faults(t: Tables) -> list[str]:
    seen = Counter(f["phenomenon"] for f in t["faults"])
    return [f"phenomenon twice: {name}" for name, n in seen.items() if n > 1]


def job_steps(t: Tables) -> list[str]:
    """Legal order, growing times, and the state that the last step leaves."""
    from .timeline import STATE_AFTER
    steps = _grouped(t["steps"], "job_number")
    found = []
    for job in t["jobs"]:
        before, at = "", job["reported_at"]
        for step in steps[job["job_number"]]:
            if step["step"] not in TRANSITIONS[before]:
                found.append(f"{job['job_number']}: {step['step']} after {before or 'created'}")
            if step["at"] < at:
                found.append(f"{job['job_number']}: {step['step']} at {step['at']} is before {at}")
            before, at = step["step"], step["at"]
        if STATE_AFTER.get(before, before) != job["state"]:
            found.append(f"{job['job_number']} is {job['state']} after {before}")
    return found


def visit_steps(t: Tables) -> list[str]:
    steps, found = _grouped(t["steps"], "visit_number"), []
    for visit in t["visits"]:
        before, at = "", ""
        for step in steps[visit["visit_number"]]:
            if step["step"] not in VISIT_NEXT[before]:
                found.append(f"{visit['visit_number']}: {step['step']} after {before}")
            if step["at"] < at:
                found.append(f"{visit['visit_number']}: {step['step']} goes back in time")
            before, at = step["step"], step["at"]
        if not before:
            found.append(f"{visit['visit_number']} has no step")
    return found


def _grouped(rows: list[dict[str, str]], key: str) -> dict[str, list[dict[str, str]]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def one_place_at_a_time(t: Tables) -> list[str]:
    """No technician is on two visits at once."""
    steps, trips = _grouped(t["steps"], "visit_number"), defaultdict(list)
    for visit in t["visits"]:
        moments = [s["at"] for s in steps[visit["visit_number"]] if s["step"] in VISIT_ORDER[1:]]
        if moments:
            for login in filter(None, [visit["technician"], *visit["helpers"].split(";")]):
                trips[login].append((moments[0], moments[-1], visit["visit_number"]))
    return [f"{login}: {b[2]} begins {b[0]} before {a[2]} ends {a[1]}" for login, list_ in trips.items()
            for a, b in zip(sorted(list_), sorted(list_)[1:]) if b[0] < a[1]]


def readings(t: Tables) -> list[str]:
    """Meters never run backwards, from the archive on, unless a new meter was fitted."""
    machine_of = {m["serial"]: m for m in t["machines"]}
    last = {(m["serial"], meter): float(m[meter]) for m in t["machines"] for meter in _codes("meter") if m[meter]}
    found = []
    for r in sorted(t["readings"], key=lambda row: row["at"]):
        key = (r["serial"], r["meter"])
        if not machine_of[r["serial"]][r["meter"]]:
            found.append(f"{r['serial']} has no meter {r['meter']}")
        elif r["event"] != "fitted" and float(r["value"]) < last[key]:
            found.append(f"{r['serial']} {r['meter']} {r['value']} at {r['at']} is below {last[key]}")
        last[key] = float(r["value"])
    return found


def part_lines(t: Tables) -> list[str]:
    """New and old parts fit the machine; in equals out unless nothing comes out; serials where needed."""
    by_number = {p["part_number"]: p for p in t["parts"]}
    machine_of = {m["serial"]: m for m in t["machines"]}
    model_of = {j["job_number"]: machine_of[j["serial"]]["model"] for j in t["jobs"]}
    found = []
    for line in t["part_lines"]:
        place = f"{line['job_number']} line {line['line']}"
        for number, serial in ((line["new_part"], line["new_serial"]), (line["old_part"], line["old_serial"])):
            part = by_number.get(number)
            if part and part["fits_models"] and model_of[line["job_number"]] not in part["fits_models"].split(";"):
                found.append(f"{place}: {number} does not fit {model_of[line['job_number']]}")
            if part and (part["serialised"] == "是") != bool(serial):
                found.append(f"{place}: serial of {number}")
        if line["quantity_out"] not in ("0", line["quantity_in"]) or (line["quantity_out"] == "0") == bool(line["old_part"]):
            found.append(f"{place}: {line['quantity_in']} in, {line['quantity_out']} out")
        if line["new_part"] and by_number[line["new_part"]]["superseded_by"]:
            found.append(f"{place}: {line['new_part']} was superseded")
    return found


def old_parts(t: Tables) -> list[str]:
    lines = {(p["job_number"], p["line"]): p for p in t["part_lines"]}
    found = ["a tag occurs twice"] if len({o["tag"] for o in t["old_parts"]}) != len(t["old_parts"]) else []
    out = {key for key, line in lines.items() if line["quantity_out"] != "0"}
    if {(o["job_number"], o["line"]) for o in t["old_parts"]} != out:
        found.append("old parts and part lines do not match")
    for o in t["old_parts"]:
        line = lines[o["job_number"], o["line"]]
        if (o["part_number"], o["quantity"], o["part_serial"]) != (line["old_part"], line["quantity_out"], line["old_serial"]):
            found.append(f"{o['tag']} differs from its part line")
        if o["tag"] != tag_code(o["tag"][:4], sum(CROCKFORD.index(c) << 5 * i for i, c in enumerate(o["tag"][6:3:-1]))):
            found.append(f"{o['tag']}: check symbol")
        if o["disposition"].startswith("customer") and line["payer"] != "customer":
            found.append(f"{o['tag']}: the customer keeps what the {line['payer']} paid")
    return found


def money(t: Tables) -> list[str]:
    found = [f"{c['job_number']} line {c['line']}: amount" for c in t["charges"]
             if abs(float(c["quantity"]) * float(c["unit_price"]) - float(c["amount"])) > 0.005]
    return found + [f"{c['job_number']}: the customer pays without consent" for name in ("charges", "part_lines")
                    for c in t[name] if (c["payer"] == "customer") != bool(c["consent_at"])]


def signoffs(t: Tables) -> list[str]:
    """A submitted job has a final card, once; a card before it is interim."""
    cards = _grouped(t["signoffs"], "job_number")
    submitted = {s["job_number"] for s in t["steps"] if s["step"] == "submitted"}
    return [f"{j['job_number']}: {[c['card'] for c in cards[j['job_number']]]} cards" for j in t["jobs"]
            if sum(c["card"] == "final" for c in cards[j["job_number"]]) != (j["job_number"] in submitted)]


def stories(t: Tables) -> list[str]:
    """Each story that the product's pages and tests rely on is there."""
    payers = _grouped(t["part_lines"], "job_number")
    visits = Counter(number for v in t["visits"] for number in v["job_numbers"].split(";"))
    turbo = {p["job_number"] for p in t["part_lines"] if p["new_part"].startswith("HC14-")}
    told = {
        "a workshop stay": any(v["kind"] == "workshop" for v in t["visits"]),
        "mixed payer": any({"maker", "customer"} <= {p["payer"] for p in rows} for rows in payers.values()),
        "two visits waiting for a turbo": any(visits[number] == 2 for number in turbo),
        "a refusal": any(s["outcome"] == "refused" for s in t["signoffs"]),
        "a visit given to another": any(s["step"] == "reassignment_asked" for s in t["steps"]),
        "a proxy": any(s["outcome"] == "proxy" for s in t["signoffs"]),
        "stamp three days later": any(s["countersigned_at"] and _days(s["at"], s["countersigned_at"]) == 3 for s in t["signoffs"]),
        "meter replaced at 1846 h": {("removed", "1846.0"), ("fitted", "0.0")} <= {(r["event"], r["value"]) for r in t["readings"]},
        "three cards under one signing": any(n == 3 for b, n in Counter(s["batch"] for s in t["signoffs"]).items() if b),
        "two machines with the tail 417": {"HCE215·22C·00417", "HCE215·25C·00417"} <= {m["serial"] for m in t["machines"]},
        "the pump at 1820 h": any(j["serial"] == "HCE215·25C·00417" and j["report_reading"] == "1820"
                                  and j["job_number"] == "FW20261112-003" for j in t["jobs"])}
    return [f"missing: {name}" for name, there in told.items() if not there]


def _days(first: str, second: str) -> int:
    from datetime import date
    return (date.fromisoformat(second[:10]) - date.fromisoformat(first[:10])).days
