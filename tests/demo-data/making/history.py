"""The sixty jobs: reads words/job_plan.csv, picks a machine for each, and lays out times.
What a visit consumed and who signed is added in paperwork.py; words/ holds every sentence."""
import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from . import words
from .fleet import Customer, Machine

YEAR = 2026
SNAPSHOT = datetime(2026, 11, 22, 17, 0)    # the office exported its files at this moment
TECHS = {"cgd": "chenguodong", "qys": "qinyongsheng", "yjp": "yangjianping", "lxj": "luoxiaojun",
         "zwb": "zhaowenbin", "hlx": "helixin", "mxd": "maxiaodong"}
SUPERVISOR, OFFICE = "chenguodong", "linxiaoyan"
# months and meter for the machine as a whole, only to choose believable machines for the plan
COVER = {"excavator": (24, "hours", 3000), "loader": (18, "hours", 3000), "truck_crane": (18, "upper_hours", 2000),
         "tractor": (24, "hours", 1500), "combine": (12, "hours", 600), "dump_truck": (18, "km", 100_000)}


@dataclass
class Visit:
    jobs: list["Job"]
    techs: list[str]
    depart: datetime
    km: int
    station: str
    number: str = ""
    times: dict[str, datetime] = field(default_factory=dict)
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    odometer: tuple[int, int] | None = None

    @property
    def in_workshop(self) -> bool:
        return self.jobs[0].story == "workshop"

    @property
    def site(self) -> str:
        if self.in_workshop:
            return next(o["name_zh"] for o in words.rows("org") if o["code"] == self.station)
        return self.jobs[0].site

    @property
    def happened(self) -> bool:
        return self.depart <= SNAPSHOT


@dataclass
class Job:
    plan: dict[str, str]
    machine: Machine
    reported: datetime
    reading: float
    number: str = ""
    visits: list[Visit] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)
    linked: dict[str, "Job"] = field(default_factory=dict)

    @property
    def customer(self) -> Customer:
        return self.machine.customer

    @property
    def end(self) -> str:
        return self.plan["end"].partition(":")[0]

    @property
    def story(self) -> str:
        return self.plan["story"].partition(":")[0]

    @property
    def site(self) -> str:
        return f"云岭县{self.customer.town}石料厂二级平台" if self.story == "pump" else self.customer.address

    def minutes(self, visit_index: int) -> float:
        """Standard hours of the work of one visit, in minutes."""
        return 60 * sum(float(op["hours"]) * times for op, times in operations(self, visit_index))


def moment(text: str) -> datetime:
    """'11-09 07:40' of the demo year."""
    return datetime.strptime(f"{YEAR}-{text}", "%Y-%m-%d %H:%M")


def build(fleet: list[Machine], rng: random.Random) -> list[Job]:
    """All jobs, numbered, with visits and steps."""
    jobs: dict[str, Job] = {}
    for plan in words.rows("job_plan"):
        machine = _pick(plan, fleet, jobs, rng)
        reported = moment(plan["reported"])
        reading = reading_at(machine, reported.date(), plan["id"])
        plan = _with_service_due(plan, reading)
        jobs[plan["id"]] = Job(plan, machine, reported, reading)
    for job in jobs.values():
        kind, _, other = job.plan["story"].partition(":")
        if other:
            job.linked[kind] = jobs[other]
    ordered = sorted(jobs.values(), key=lambda job: job.reported)
    _number(ordered)
    visits = _visits(jobs, rng)
    _number_visits(visits, rng)
    from .timeline import add_steps
    for job in ordered:
        add_steps(job, rng)
    return ordered


def _with_service_due(plan: dict[str, str], reading: float) -> dict[str, str]:
    """Fills {mark}, the nearest 250 hours, and {due}, the service of that mark."""
    mark = max(round(reading / 250) * 250, 250)
    due = next(every for every in (2000, 1000, 500, 250) if mark % every == 0)
    return {key: text.replace("{mark}", str(mark)).replace("{due}", str(due)) for key, text in plan.items()}


def reading_at(machine: Machine, day: date, plan_id: str) -> float:
    """Main meter on a day, carried on from the archive's last reading."""
    fixed = {"J21": 1820.0, "J18": 1846.0}.get(plan_id)
    if fixed:
        return fixed
    last = machine.meters[machine.main_meter]
    factor = 1.0 if machine.main_meter != "km" else last / max(machine.meters["hours"], 1)
    days = max((day - machine.read_on).days, 0)
    return float(round(last + min(machine.per_year / 365 * days, 9.5 * days) * factor))


def in_warranty(machine: Machine, day: date) -> bool:
    """Whether the machine as a whole is within months and meter on that day."""
    months, meter, limit = COVER[machine.model["family"]]
    reading = reading_at(machine, day, "") if meter == machine.main_meter else machine.meters[meter]
    return machine.months_since_sale(day) < months - 1 and reading < limit * 0.95


def _pick(plan: dict[str, str], fleet: list[Machine], jobs: dict[str, Job], rng: random.Random) -> Machine:
    wanted = plan["pick"]
    if wanted.startswith("="):
        return next(m for m in fleet if m.serial == wanted[1:])
    if wanted.startswith("same:"):
        return jobs[wanted[5:]].machine
    taken = {job.machine.serial for job in jobs.values()} | {row["pick"][1:] for row in words.rows("job_plan")}
    day = moment(plan["reported"]).date()
    wishes = _wishes(plan)
    free = [m for m in fleet if m.customer and m.key == wanted.split()[0] and m.serial not in taken]
    while wishes:                       # the last wish is the first to be given up
        found = [m for m in free if all(_meets(m, wish, day, jobs) for wish in wishes)]
        if found:
            return rng.choice(found)
        wishes.pop()
    raise SystemExit(f"no machine for {plan['id']}: {wanted}")


def _wishes(plan: dict[str, str]) -> list[str]:
    """What the plan asks of the machine, the most important first: warranty, campaign or fleet,
    hours, then a customer near the technician's station, then the kind of customer."""
    tokens = plan["pick"].split()[1:]
    first = [t for t in tokens if t in ("in", "out") or t.startswith(("campaign:", "fleet"))]
    hours = [t for t in tokens if re.fullmatch(r"\d+-\d+", t)]
    kinds = [t for t in tokens if t not in first + hours and t != "any"]
    near = [f"near:{_station_of(plan)}"] if plan["techs"] else []
    return ["any", *first, *hours, *near, *kinds]


def _meets(machine: Machine, token: str, day: date, jobs: dict[str, Job]) -> bool:
    if token in ("in", "out", "any"):
        return token == "any" or in_warranty(machine, day) == (token == "in")
    if token.startswith("near:"):
        return nearest_station(machine) == token[5:]
    if token.startswith("campaign:"):
        row = next(r for r in words.rows("campaigns") if r["campaign"] == token[9:])
        return row["serial_from"] <= machine.serial <= row["serial_to"]
    if token == "fleet":
        return machine.customer.size > 2
    if token.startswith("fleet:"):
        return machine.customer is jobs[token[6:]].customer
    if re.fullmatch(r"\d+-\d+", token):
        low, high = (int(x) for x in token.split("-"))
        return low <= reading_at(machine, day, "") <= high
    return machine.customer.kind == token


def _station_of(plan: dict[str, str]) -> str:
    login = TECHS[plan["techs"].split("+")[0]]
    return next(p["org"] for p in words.rows("people") if p["login"] == login)


def nearest_station(machine: Machine) -> str:
    row = next(t for t in words.rows("towns") if t["town"] == machine.customer.town)
    return "HC-XN-YL-" + min(("01", "02", "03"), key=lambda s: int(row[f"km_{s}"]))


def operations(job: Job, visit_index: int) -> list[tuple[dict, int]]:
    """(labour row, times) of one visit; an operation marked '1>' belongs to the first of two."""
    from .lists import labour_table
    last = len(job.visits) - 1
    out = []
    for token in filter(None, job.plan["labour"].split(";")):
        place, _, rest = token.rpartition(">")
        name, _, times = rest.partition("*")
        if (int(place) - 1 if place else last) == visit_index:
            family = job.machine.model["family"]
            found = [r for r in labour_table() if r["name_zh"] == name and (family in r["families"] or r["families"] == ["all"])]
            if not found:
                raise SystemExit(f"{job.plan['id']}: no labour standard {name} for {family}")
            out.append((found[0], int(times or 1)))
    return out


def _number(ordered: list[Job]) -> None:
    counts: dict[date, int] = {}
    for job in ordered:
        day = job.reported.date()
        counts[day] = counts.get(day, 0) + 1
        job.number = f"FW{day:%Y%m%d}-{counts[day]:03d}"


def _visits(jobs: dict[str, Job], rng: random.Random) -> list[Visit]:
    visits = []
    for job in jobs.values():
        depart = job.plan["depart"]
        if depart.startswith("with:"):
            host = jobs[depart[5:]].visits[-1]
            host.jobs.append(job)
            job.visits.append(host)
            continue
        for text in filter(None, depart.split("|")):
            station = _station_of(job.plan)
            town = next(t for t in words.rows("towns") if t["town"] == job.customer.town)
            km = int(town[f"km_{station[-2:]}"]) + rng.randint(0, 7 if job.customer.kind != "quarry" else 14)
            visit = Visit([job], [TECHS[t] for t in job.plan["techs"].split("+")], moment(text), km, station)
            job.visits.append(visit)
            visits.append(visit)
    for visit in visits:
        _lay_out(visit, rng)
    return sorted(visits, key=lambda v: (v.depart, v.techs[0]))


def _lay_out(visit: Visit, rng: random.Random) -> None:
    """Arrival, work, lunch, leaving and return, from distance and standard hours."""
    times = visit.times
    travel = timedelta(minutes=int(9 + 1.28 * visit.km + rng.randint(0, 8)))
    if visit.jobs[0].story == "pump":
        travel = timedelta(minutes=50)
    if visit.in_workshop:
        travel = timedelta()
    else:
        times["departed"] = visit.depart
    times["arrived"] = visit.depart + travel
    clock = times["working"] = times["arrived"] + timedelta(minutes=rng.randint(6, 14))
    for job in visit.jobs:
        standard = job.minutes(job.visits.index(visit)) or 40
        clock = _work(visit, clock, standard / len(visit.techs) * rng.uniform(0.88, 1.06), rng)
        times[f"done {job.plan['id']}"] = clock
        clock += timedelta(minutes=rng.randint(4, 9))
    times["left"] = clock + timedelta(minutes=rng.randint(8, 18))
    if not visit.in_workshop:
        times["back"] = times["left"] + travel + timedelta(minutes=rng.randint(-4, 9))


def _work(visit: Visit, begin: datetime, minutes: float, rng: random.Random) -> datetime:
    """End of a stretch of work; a stretch that runs over noon stops for lunch."""
    end = begin + timedelta(minutes=int(minutes))
    noon = datetime.combine(begin.date(), time(12, rng.randint(0, 15)))
    if begin + timedelta(minutes=40) < noon < end - timedelta(minutes=40):
        lunch = timedelta(minutes=rng.randint(30, 45))
        visit.pauses.append((noon, noon + lunch))
        end += lunch
    return end


def _number_visits(visits: list[Visit], rng: random.Random) -> None:
    counts: dict[date, int] = {}
    clocks = {p["login"]: rng.randint(48_000, 165_000) for p in words.rows("people") if p["van_plate"]}
    for visit in visits:
        day = visit.depart.date()
        counts[day] = counts.get(day, 0) + 1
        visit.number = f"WC{day:%Y%m%d}-{counts[day]:03d}"
        if visit.happened and not visit.in_workshop:
            start = clocks[visit.techs[0]] + rng.randint(2, 60)
            clocks[visit.techs[0]] = start + 2 * visit.km + rng.randint(0, 3)
            visit.odometer = (start, clocks[visit.techs[0]])


def state_of(job: Job) -> str:
    """The state in which the snapshot finds the job."""
    from .timeline import STATE_AFTER
    last = job.steps[-1]["step"] if job.steps else ""
    return STATE_AFTER.get(last, last)


def job_table(jobs: list[Job]) -> list[dict]:
    """Rows of jobs.csv."""
    return [_job_row(job) for job in jobs]


def _job_row(job: Job) -> dict:
    plan, contact = job.plan, _reporter(job)
    linked = {kind: other.number for kind, other in job.linked.items()}
    return {
        "job_number": job.number, "job_type": plan["type"], "mode": plan["mode"], "payer": plan["payer"],
        "serial": job.machine.serial, "customer_code": job.customer.code, "reported_at": job.reported,
        "reported_by": contact[0], "reported_phone": contact[2], "report_meter": job.machine.main_meter,
        "report_reading": int(job.reading), "report": plan["report"], "priority": plan["priority"],
        "due_at": _due(job), "site": job.site,
        "technician": job.visits[0].techs[0] if job.visits else "", "station": nearest_station(job.machine),
        "state": state_of(job), "campaign": _campaign(plan), "merged_into": linked.get("merge", ""),
        "original_job": linked.get("rework", "") or linked.get("followup", "")}


def _reporter(job: Job) -> tuple[str, str, str]:
    """Planned work comes from the office itself, a breakdown from the operator."""
    if job.plan["mode"] == "active":
        return ("内勤计划", "", "")
    return next((c for c in job.customer.contacts if c[1] == "operator"), job.customer.contacts[0])


def _due(job: Job) -> datetime | str:
    if not job.visits:
        return ""
    arrived = job.visits[0].times["arrived"]
    return arrived.replace(minute=0) + timedelta(hours=1)


def _campaign(plan: dict[str, str]) -> str:
    return plan["pick"].partition("campaign:")[2]


def visit_table(jobs: list[Job]) -> list[dict]:
    """Rows of visits.csv."""
    vans = {p["login"]: p["van_plate"] for p in words.rows("people")}
    visits = {visit.number: visit for job in jobs for visit in job.visits}
    return [{
        "visit_number": number, "job_numbers": [job.number for job in v.jobs], "kind": "workshop" if v.in_workshop else "field", "technician": v.techs[0],
        "helpers": v.techs[1:], "van_plate": "" if v.in_workshop else vans[v.techs[0]], "from_station": v.station, "site": v.site,
        "standard_km": "" if v.in_workshop else v.km, "odometer_out": v.odometer[0] if v.odometer else "",
        "odometer_in": v.odometer[1] if v.odometer and "back" in v.times and v.jobs[0].end != "in_progress" else ""}
        for number, v in sorted(visits.items())]
