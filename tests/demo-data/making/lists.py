"""Tables that are written by hand in ../words/ and only need numbers, codes or lookups here."""
from itertools import groupby

from . import words
from .catalogue import Part


def fault_table() -> list[dict]:
    """Rows of faults.csv; a code is GZ + part group + order within the group."""
    rows = sorted(words.joined("faults_"), key=lambda row: row["group"])
    out = []
    for group, members in groupby(rows, key=lambda row: row["group"]):
        for i, row in enumerate(members, 1):
            out.append({**row, "fault_code": f"GZ{group}-{i:03d}", "part_group": group, "name_en": row["en"],
                        "families": row["families"].split()})
    return out


def labour_table() -> list[dict]:
    """Rows of labour.csv; a code is GS + part group + order within the group."""
    out = []
    for group, members in groupby(words.rows("labour"), key=lambda row: row["group"]):
        for i, row in enumerate(members, 1):
            out.append({"operation": f"GS{group}-{i:02d}", "part_group": group, "name_zh": row["zh"], "name_en": row["en"],
                        "families": row["families"].split(), "hours": row["hours"], "people": row["people"],
                        "note": row["note"]})
    return out


def warranty_table(parts: list[Part]) -> list[dict]:
    """Rows of warranty_terms.csv; a term on a part names the numbers now in force."""
    out = []
    for row in words.rows("warranty_terms"):
        row = {**row, "covers": row["covers"].split(), "use_class": row["use_class"].split(), "excludes": row["excludes"].split(";"),
               "applies_value": [row["applies_value"]]}
        if row["applies_to"] == "part_group":
            row["applies_value"] = _groups(row["applies_value"][0])
        if row["applies_to"] == "part":
            row["applies_value"] = [p.number for p in parts if p.zh == row["applies_value"][0] and p.current]
        out.append(row | {flag: row[flag] == "yes" for flag in ("extends_by_downtime", "holiday_roll")})
    return out


def _groups(span: str) -> list[str]:
    """'10-18' → all part groups from 10 to 18."""
    first, _, last = span.partition("-")
    return [row["group"] for row in words.rows("groups") if first <= row["group"] <= (last or first)]


def photo_set_table() -> list[dict]:
    """Rows of photo_sets.csv: one for each brand, job type and phase, with the least number of photos."""
    phases = {row["phase"]: row for row in words.rows("photo_phases")}
    out = []
    for row in words.rows("photo_sets"):
        for order, wanted in enumerate(row["phases"].split(), 1):
            phase = phases[wanted[:-1]]
            out.append({"brand": row["brand"], "job_type": row["job_type"], "order": order, "phase": wanted[:-1],
                        "at_least": int(wanted[-1]), "hint_zh": phase["hint_zh"], "hint_en": phase["hint_en"]})
    return out


def people_table() -> list[dict]:
    """Rows of people.csv."""
    return [{**row, "roles": row["roles"].split(), "skills": row["skills"].split()} for row in words.rows("people")]


def campaign_table(parts: list[Part]) -> list[dict]:
    """Rows of campaigns.csv; the part is named by its number."""
    return [row | {"part_number": find_part(parts, row["model"], row["part"]).number} for row in words.rows("campaigns")]


def find_part(parts: list[Part], model: str, name: str) -> Part:
    """The part in force of that name on that model; 'name|spec' picks one of several sizes."""
    zh, _, spec = name.partition("|")
    found = [p for p in parts if p.current and (model in p.fits or not p.fits)
             and (p.zh == zh or p.zh.split("(")[0] == zh) and p.spec.startswith(spec)]
    if not found:
        raise SystemExit(f"no part {name!r} for {model}")
    return min(found, key=lambda p: (p.zh != zh, p.number))
