"""Steps of jobs and visits in their legal order. TRANSITIONS is also what checks.py holds the
finished files against. Times come from history.py, reasons from the plan."""
import random
from datetime import datetime, timedelta

from .history import OFFICE, SNAPSHOT, SUPERVISOR, Job, Visit

TRANSITIONS = {                      # job step → the steps that may follow it
    "": {"triaged"},
    "triaged": {"solved_by_phone", "dispatched", "cancelled", "merged"},
    "solved_by_phone": {"closed", "dispatched"},
    "dispatched": {"dispatched", "started", "cancelled", "merged"},
    "started": {"waiting", "work_done", "not_repaired"},
    "waiting": {"resumed", "cancelled"},
    "resumed": {"waiting", "work_done", "not_repaired"},
    "work_done": {"submitted"},
    "submitted": {"review_started"},
    "review_started": {"returned", "approved"},
    "returned": {"submitted"},
    "approved": {"closed"},
    "closed": {"reopened"},
    "reopened": {"dispatched", "started", "submitted"},
    "cancelled": set(), "merged": set(), "not_repaired": {"reopened"}}
STATE_AFTER = {"started": "in_progress", "resumed": "in_progress", "review_started": "in_review", "": "created"}
VISIT_ORDER = ("accepted", "departed", "arrived", "working", "paused", "left", "back")
NOT_FINISHED = ("waiting", "not_repaired", "in_progress")


def add_steps(job: Job, rng: random.Random) -> None:
    """All steps of one job up to the snapshot."""
    if job.end == "created":
        return
    clock = job.reported + timedelta(minutes=rng.randint(3, 8))
    _step(job, "triaged", clock, OFFICE if clock.weekday() < 5 else SUPERVISOR)
    if job.end == "triaged":
        return
    if not job.visits:
        _finish_at_desk(job, clock, rng)
        return
    clock += timedelta(minutes=rng.randint(4, 9))
    if job.story == "reassign":
        _step(job, "dispatched", clock, SUPERVISOR, note="先派陈国栋")
        clock += timedelta(minutes=rng.randint(14, 20))
    _step(job, "dispatched", clock, SUPERVISOR)
    for index, visit in enumerate(job.visits):
        asked = clock if index == 0 else visit.depart - timedelta(minutes=rng.randint(50, 90))
        visit.times.setdefault("accepted", asked + timedelta(minutes=rng.randint(2, 6)))
        if visit.happened:
            _on_site(job, visit, index)
    if job.end not in (*NOT_FINISHED, "work_done", "dispatched"):
        _review(job, rng)


def signed_at(job: Job, visit: Visit) -> datetime:
    """When the customer was shown the card of this job and visit."""
    return visit.times[f"done {job.plan['id']}"] + timedelta(minutes=3)


def _step(job: Job, step: str, at: datetime, by: str, reason: str = "", note: str = "") -> None:
    if at > SNAPSHOT:
        raise SystemExit(f"{job.plan['id']}: {step} lies after the snapshot")
    job.steps.append({"step": step, "at": at, "by": by, "reason": reason, "note": note})


def _finish_at_desk(job: Job, clock: datetime, rng: random.Random) -> None:
    """Jobs that no one drove to."""
    if job.end in ("closed", "solved_by_phone"):
        clock += timedelta(minutes=rng.randint(9, 26))
        _step(job, "solved_by_phone", clock, SUPERVISOR)
        if job.end == "closed":
            _step(job, "closed", clock + timedelta(hours=rng.randint(5, 7)), OFFICE, note="回访确认已好")
    elif job.end in ("cancelled", "merged"):
        note = job.plan["finding"]
        _step(job, job.end, clock + timedelta(minutes=rng.randint(25, 50)), SUPERVISOR, note=note)


def _on_site(job: Job, visit: Visit, index: int) -> None:
    tech = visit.techs[0]
    done = visit.times[f"done {job.plan['id']}"]
    first_on_site = visit.times["working"] + timedelta(minutes=2 * visit.jobs.index(job))
    _step(job, "resumed" if index else "started", first_on_site, tech)
    if job.end == "in_progress":
        return
    if index + 1 < len(job.visits):
        _step(job, "waiting", done, tech, "parts", "增压器无件，现场急要")
    elif job.end == "waiting":
        _step(job, "waiting", done, tech, job.plan["end"].partition(":")[2])
    elif job.end == "not_repaired":
        _step(job, "not_repaired", done, tech, note=job.plan["finding"])
    else:
        _step(job, "work_done", done, tech)


def _review(job: Job, rng: random.Random) -> None:
    sealed = signed_at(job, job.visits[-1]) + timedelta(minutes=1)
    _step(job, "submitted", sealed, job.visits[-1].techs[0])
    if job.end == "submitted":
        return
    clock = _office_morning(sealed, rng)
    _step(job, "review_started", clock, SUPERVISOR)
    if job.end == "in_review":
        return
    clock += timedelta(minutes=rng.randint(6, 40))
    if job.end == "returned":
        _step(job, "returned", clock, SUPERVISOR, note="补拍护罩撞痕和报价同意记录")
        return
    _step(job, "approved", clock, SUPERVISOR)
    if job.end == "approved":
        return
    _step(job, "closed", clock + timedelta(hours=rng.randint(4, 6), minutes=rng.randint(0, 59)), OFFICE)
    if job.end == "reopened":
        _step(job, "reopened", datetime(2026, 11, 20, 9, 5), SUPERVISOR, note="服务活动缺新件照片，补传后再关")


def _office_morning(after: datetime, rng: random.Random) -> datetime:
    """The next working day between 08:20 and 10:30."""
    day = after.date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 8, 20) + timedelta(minutes=rng.randint(0, 130))


def job_step_rows(job: Job) -> list[dict]:
    return [{"job_number": job.number, "visit_number": "", "entered_at": "", **step} for step in job.steps]


def visit_step_rows(visit: Visit, rng: random.Random) -> list[dict]:
    """Steps of a visit; a few were forgotten in the field and entered on leaving (补录)."""
    if not visit.happened:
        stops = ["accepted"]
    elif visit.jobs[0].end == "in_progress":
        stops = ["accepted", "departed", "arrived", "working"]
    else:
        stops = ["accepted", "departed", "arrived", "working", "left", "back"]
    moments = [(visit.times[s], s) for s in stops if s in visit.times]   # a workshop stay has no trip
    if "left" in stops:
        for begin, end in visit.pauses:
            moments += [(begin, "paused"), (end, "working")]
    rows = []
    if visit.jobs[0].story == "reassign":   # the first man sent asked to be relieved
        asked = visit.times["accepted"] - timedelta(minutes=14)
        rows.append({"job_number": "", "visit_number": visit.number, "step": "reassignment_asked", "at": asked, "by": SUPERVISOR,
                     "reason": "", "entered_at": "", "note": "在城外办事赶不到，请改派"})
    for at, step in sorted(moments):
        late = "left" in stops and step in ("arrived", "working") and rng.random() < 0.1
        rows.append({"job_number": "", "visit_number": visit.number, "step": step, "at": at, "by": visit.techs[0], "reason": "",
                     "entered_at": visit.times["left"] + timedelta(minutes=4) if late else "", "note": ""})
    return rows


def step_table(jobs: list[Job], rng: random.Random) -> list[dict]:
    """Rows of steps.csv, in the order of time."""
    visits = {visit.number: visit for job in jobs for visit in job.visits}
    rows = [row for job in jobs for row in job_step_rows(job)]
    rows += [row for number in sorted(visits) for row in visit_step_rows(visits[number], rng)]
    return sorted(rows, key=lambda row: row["at"])
