#!/usr/bin/env python3
"""Makes the demo data of an invented department: machines, parts, people and two weeks of jobs.

    python3 make.py                 writes all files beside this script
    python3 make.py --check         checks the files and that this script would write the same bytes
    python3 make.py --seed 7 --out /tmp/other     another department of the same kind

Needs Python 3.11 and openpyxl (only for the two XLSX files). Everything invented is in words/ (CSV, for
reading and editing), the steps are in making/ (one module per kind of data), the columns of every
file in words/columns.csv, from which the tables of README.md are written too. The same seed gives the
same bytes. --check knows the stories of the seed 417, the one that is committed.
"""
import argparse
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
from making import catalogue, fleet, history, lists, paperwork, readme, timeline, words, writing  # noqa: E402

SEED = 417


def tables(seed: int) -> dict[str, list[dict]]:
    """All rows by file. Each kind draws from its own stream, so a new part moves no job."""
    stream = {name: random.Random(f"{seed} {name}") for name in ("parts", "customers", "machines", "jobs", "paper", "late")}
    parts = catalogue.build(stream["parts"])
    owners = fleet.customers(stream["customers"])
    machines = fleet.machines(owners, stream["machines"])
    jobs = history.build(machines, stream["jobs"])
    paper = paperwork.write_up(jobs, parts, stream["paper"])
    return {
        "org": list(words.rows("org")), "people": lists.people_table(), "customers": fleet.customer_table(owners),
        "machines": fleet.machine_table(machines), "parts": catalogue.table(parts), "faults": lists.fault_table(),
        "labour": lists.labour_table(), "warranty_terms": lists.warranty_table(parts),
        "photo_sets": lists.photo_set_table(), "campaigns": lists.campaign_table(parts),
        "jobs": history.job_table(jobs), "visits": history.visit_table(jobs),
        "steps": timeline.step_table(jobs, stream["late"]), **vars(paper)}


def render_all(seed: int) -> dict[str, bytes]:
    """File name → bytes."""
    return {writing.file_name(file): writing.render(file, rows) for file, rows in tables(seed).items()}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--out", type=Path, default=HERE)
    arguments.add_argument("--check", action="store_true", help="check the files instead of writing them")
    chosen = arguments.parse_args()
    files = render_all(chosen.seed)
    if chosen.check:
        from making import checks
        return checks.run(chosen.out, files)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (chosen.out / name).write_bytes(data)
        print(f"{name:22} {len(data):>9,} bytes")
    if chosen.out == HERE:
        readme.refresh(HERE / "README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
