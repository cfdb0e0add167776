//! Jobs, visits and steps, in the order in which they happened. A status is never imported: it is folded from
//! the steps.
//!
//! A visit that served several jobs becomes one visit record a job, with the same number.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::code::Code as _;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::rules::visit_state::VisitStep;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::plan::{Plan, Stop, also, row_by_row};
use super::report::Code;
use super::rows::Row;
use crate::hub::office::Wanted;

/// Where jobs and visits stand in time, which what hangs on them needs.
#[derive(Default)]
pub(super) struct Times {
    /// Jobs of a visit, by its number, with the number of the visit within the job.
    jobs_of: BTreeMap<String, Vec<(String, i64)>>,
    /// The last step of a visit.
    end_of: BTreeMap<String, i64>,
    begin_of: BTreeMap<String, i64>,
    /// When a job was reported, and its last visit.
    reported: BTreeMap<String, i64>,
    last_visit: BTreeMap<String, String>,
}

impl Times {
    /// When what was done on a visit of a job was done: at the end of the visit, else at the report.
    pub(super) fn done(&self, job: &str, visit: Option<&str>) -> i64 {
        let visit = visit.or_else(|| self.last_visit.get(job).map(String::as_str));
        let end = visit.and_then(|visit| self.end_of.get(visit)).copied();
        end.or_else(|| self.reported.get(job).copied()).unwrap_or(0)
    }

    /// No earlier than the job itself.
    pub(super) fn order(&self, job: &str, at: i64) -> i64 {
        at.max(self.reported.get(job).copied().unwrap_or(at))
    }
}

/// The id of a visit of a job.
pub(super) fn visit_id(plan: &Plan<'_>, visit: &str, job: &str) -> RecordId {
    plan.id(Visit::KIND, &format!("{visit} {job}"))
}

fn times(plan: &Plan<'_>) -> Times {
    let mut times = Times::default();
    for row in plan.tables.rows("jobs") {
        times.reported.insert(row.or_empty("job_number"), row.time("reported_at").unwrap_or(0));
    }
    for row in plan.tables.rows("steps") {
        if let (Some(visit), Some(at)) = (row.own("visit_number"), row.time("at")) {
            let (begin, end) =
                (times.begin_of.entry(visit.clone()).or_insert(at), times.end_of.entry(visit).or_insert(at));
            *begin = at.min(*begin);
            *end = at.max(*end);
        }
    }
    let mut count: BTreeMap<String, i64> = BTreeMap::new();
    let mut visits: Vec<&Row> = plan.tables.rows("visits").iter().collect();
    visits.sort_by_key(|row| row.or_empty("visit_number"));
    for row in visits {
        let visit = row.or_empty("visit_number");
        for job in row.list("job_numbers") {
            let number = count.entry(job.clone()).or_default();
            *number += 1;
            times.last_visit.insert(job.clone(), visit.clone());
            times.jobs_of.entry(visit.clone()).or_default().push((job, *number));
        }
    }
    times
}

/// Plans the three tables.
pub(super) fn plan(plan: &mut Plan<'_>) -> Result<Times, ApiError> {
    let times = times(plan);
    let tables = plan.tables;
    let helpers = crew(plan, &times);
    row_by_row(tables.rows("jobs"), |row| job(plan, row, &helpers))?;
    row_by_row(tables.rows("visits"), |row| visit(plan, row, &times))?;
    let mut steps: Vec<Row> = tables.rows("steps").to_vec();
    // A step that was entered late came when it was entered, behind those that it had been forgotten among.
    steps.sort_by_key(|row| (row.time("entered_at").or(row.time("at")), row.time("at"), row.line));
    let mut seen = Seen::default();
    row_by_row(&steps, |row| step(plan, row, &times, &mut seen))?;
    Ok(times)
}

/// Everybody besides the lead who was on a visit of a job.
fn crew(plan: &Plan<'_>, times: &Times) -> BTreeMap<String, BTreeSet<UserId>> {
    let mut crew: BTreeMap<String, BTreeSet<UserId>> = BTreeMap::new();
    for row in plan.tables.rows("visits") {
        let logins = row.list("helpers").into_iter().chain(row.own("technician"));
        let people: Vec<UserId> =
            logins.filter_map(|login| plan.people.get(&login.to_lowercase()).copied()).collect();
        for (job, _) in times.jobs_of.get(&row.or_empty("visit_number")).into_iter().flatten() {
            crew.entry(job.clone()).or_default().extend(&people);
        }
    }
    crew
}

fn job(plan: &mut Plan<'_>, row: &Row, helpers: &BTreeMap<String, BTreeSet<UserId>>) -> Result<(), Stop> {
    let number = row.or_empty("job_number");
    let machine = plan.reference(row, ("serial", "出厂编号"), Machine::KIND)?;
    let archive = machine.map(|rec| plan.fields(rec)).transpose()?.flatten().unwrap_or_default();
    let of_machine = |field: &str| archive.get(field).and_then(|value| value.as_str()).map(str::to_owned);
    let named = plan.reference(row, ("customer_code", "客户编号"), "customer")?;
    let follows = plan.reference(row, ("original_job", "原服务单号"), Job::KIND)?;
    let assignee = plan.person(row, ("technician", "主修人员"))?;
    let crew = helpers.get(&number).into_iter().flatten().copied().filter(|user| Some(*user) != assignee);
    let reported = row.time("reported_at");
    let mut set = Job {
        number: Some(number.clone()),
        job_type: row.own("job_type"),
        mode: row.own("mode"),
        machine,
        customer: named.or_else(|| of_machine("customer")?.parse().ok()),
        assignee,
        crew: crew.collect(),
        brand: of_machine("brand"),
        reported_at: reported.map(Timestamp),
        report: row.own("report"),
        report_meter: row.own("report_reading"),
        contact_name: row.own("reported_by"),
        contact_phone: row.own("reported_phone"),
        site: row.own("site"),
        plan_from: row.time("due_at").map(Timestamp),
        priority: row.own("priority"),
        campaign: row.own("campaign"),
        follows,
        ..Job::default()
    }
    .to_fields();
    also(
        &mut set,
        [
            ("payer", row.text("payer").map(Into::into)),
            ("station", row.text("station").map(Into::into)),
            ("merged_into", row.text("merged_into").map(Into::into)),
        ],
    );
    let wanted = Wanted { at: reported.map(Timestamp), ..plan.wanted(Job::KIND, &number, set) };
    plan.push("jobs", row, reported.unwrap_or(0), vec![wanted]);
    Ok(())
}

fn visit(plan: &mut Plan<'_>, row: &Row, times: &Times) -> Result<(), Stop> {
    let number = row.or_empty("visit_number");
    let lead = plan.person(row, ("technician", "主修人员"))?;
    let crew = plan.people_of(row, ("helpers", "协修人员"))?;
    let mut records = Vec::new();
    let mut order = 0;
    for (job, n) in times.jobs_of.get(&number).into_iter().flatten() {
        let rec = plan.id(Job::KIND, job);
        if plan.fields(rec)?.is_none() {
            plan.tell(row, "服务单号", Code::UnknownReference);
            return Err(Stop::Row);
        }
        let mut set = Visit {
            number: Some(*n),
            place: row.own("kind"),
            lead,
            crew: crew.clone(),
            vehicle: row.own("van_plate"),
            odometer_out: row.int("odometer_out").map(|km| km.to_string()),
            odometer_in: row.int("odometer_in").map(|km| km.to_string()),
            ..Visit::default()
        }
        .to_fields();
        also(
            &mut set,
            [
                ("visit_number", Some(number.clone().into())),
                ("from_station", row.text("from_station").map(Into::into)),
                ("site", row.text("site").map(Into::into)),
                ("standard_km", row.int("standard_km").map(Into::into)),
            ],
        );
        let begin = times.begin_of.get(&number).copied().unwrap_or_else(|| times.done(job, None));
        order = times.order(job, begin).max(order);
        let wanted = plan.wanted(Visit::KIND, &format!("{number} {job}"), set);
        records.push(Wanted {
            job: Some(rec),
            user: lead.unwrap_or(plan.by),
            at: Some(Timestamp(order)),
            ..wanted
        });
    }
    plan.push("visits", row, order, records);
    Ok(())
}

/// Steps seen so far.
#[derive(Default)]
struct Seen {
    /// How often the same step of the same subject was taken in the same minute.
    times: BTreeMap<String, u32>,
    /// The steps of a subject with the moments at which they were taken.
    of: BTreeMap<RecordId, Vec<(i64, RecordId)>>,
}

fn step(plan: &mut Plan<'_>, row: &Row, times: &Times, seen: &mut Seen) -> Result<(), Stop> {
    let (code, at) = (row.or_empty("step"), row.time("at").unwrap_or(0));
    let by = plan.person(row, ("by", "操作人"))?.unwrap_or(plan.by);
    let (name, is_visit) = match (row.own("visit_number"), row.own("job_number")) {
        (Some(visit), _) => (visit, true),
        (None, Some(job)) => (job, false),
        (None, None) => {
            plan.tell(row, "服务单号", Code::CellMissing);
            return Err(Stop::Row);
        }
    };
    let is_step =
        if is_visit { VisitStep::from_code(&code).is_some() } else { JobStep::from_code(&code).is_some() };
    if !is_step {
        plan.tell(row, "步骤", Code::UnknownWord);
        return Err(Stop::Row);
    }
    let jobs = if is_visit {
        times.jobs_of.get(&name).cloned().unwrap_or_default()
    } else {
        vec![(name.clone(), 0)]
    };
    let (column, mut records, mut order) = (if is_visit { "外出编号" } else { "服务单号" }, Vec::new(), 0);
    for (number, _) in &jobs {
        let job = plan.id(Job::KIND, number);
        let subject = if is_visit { visit_id(plan, &name, number) } else { job };
        if plan.fields(subject)?.is_none() {
            plan.tell(row, column, Code::UnknownReference);
            return Err(Stop::Row);
        }
        order = times.order(number, row.time("entered_at").unwrap_or(at));
        let wanted = step_of(plan, row, (subject, is_visit), seen);
        records.push(Wanted { job: Some(job), user: by, at: Some(Timestamp(order)), ..wanted });
    }
    if records.is_empty() {
        plan.tell(row, column, Code::UnknownReference);
        return Err(Stop::Row);
    }
    plan.push("steps", row, order, records);
    Ok(())
}

/// The record of one step of one subject.
fn step_of(plan: &Plan<'_>, row: &Row, (subject, is_visit): (RecordId, bool), seen: &mut Seen) -> Wanted {
    let (code, at) = (row.or_empty("step"), row.time("at").unwrap_or(0));
    let again = seen.times.entry(format!("{subject} {code} {at}")).or_default();
    *again += 1;
    let key = format!("{subject} {code} {at} {again}");
    let earlier = seen.of.entry(subject).or_default();
    let is_late = row.time("entered_at").is_some();
    let after =
        earlier.iter().filter(|(when, _)| *when <= at).max_by_key(|(when, _)| *when).map(|(_, rec)| *rec);
    let rec = plan.id(Step::KIND, &key);
    earlier.push((at, rec));
    let step = Step {
        subject: Some(subject),
        of: Some(if is_visit { "visit" } else { "job" }.to_owned()),
        step: Some(code),
        at: Some(Timestamp(at)),
        late: is_late,
        after: after.filter(|_| is_late),
        reason: row.own("reason"),
        note: row.own("note"),
        place: None,
        rest: Fields::new(),
    };
    plan.wanted(Step::KIND, &key, step.to_fields())
}
