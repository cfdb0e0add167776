// Owns the promise that every row of the missing-list lands on the field that mends it, on the real core: each row of
// schema/tables/missing_targets.csv (written by hand; the core is held to it as well), and each row as it is tapped.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { act, ask } from "./core_flows.js";
import { enrolled } from "./stage.js";
import { to } from "./support.js";

const file = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const TABLE = file("../../schema/tables/missing_targets.csv").trim().split("\n").slice(1).map((line) => line.split(","));
const CODES = file("../../schema/tables/requirements.csv").trim().split("\n").slice(1).map((line) => line.split(",")[0]);

let page;
const made = {};
before(async () => {
  ({ page } = await enrolled());
  Object.assign(made, { begun: await bareJob("repair"), done: await bareJob("accident"), campaign: await bareJob("campaign") });
  const { visit } = await about(made.done);
  for (const step of ["work", "back"]) await act(page, { type: `visit.${step}`, visit });
});

/** A walk-up job that lacks what one can lack. */
async function bareJob(job_type) {
  const { rec: job } = await act(page, { type: "job.create", customer: "老赵砂场", place: "", phone: "", serial: "", model: "", job_type, report: "回转异响" });
  for (const phenomenon of ["异响", "漏油"]) await act(page, { type: "fault.add", job, phenomenon });
  for (const name of ["主泵", "马达"]) await act(page, { type: "part_line.add", job, name, number: `Z-${name}`, serialised: true });
  await act(page, { type: "charge.add", job, code: "labour", amount: 100, currency: "CNY", payer: "customer" });
  const { parts } = await ask(page, { type: "job_page", job });
  await act(page, { type: "part_line.set_removed", line: parts[0].line, removed: false });
  await act(page, { type: "part_line.set_main_fault", line: parts[0].line, main_fault: false });
  return job;
}

async function about(job) {
  const view = await ask(page, { type: "job_page", job });
  return { visit: view.visits[0].visit, fault: view.other_faults[0].fault, charge: view.charges[0].charge, oneSided: view.parts[0].line, line: view.parts[1].line };
}

const focused = (id) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);

test("the table knows every code of the rule", () => {
  assert.deepEqual([...new Set(TABLE.map(([code]) => code))].sort(), [...CODES].sort());
});

for (const [code, on, pattern] of TABLE) {
  test(`${code}: ${on} ${pattern}`, async () => {
    const job = pattern === "step.{visit}.leave" ? made.done : made.begun;
    const { visit, fault, charge, oneSided, line } = await about(job);
    const field = pattern.replace("{visit}", visit).replace("{fault}", fault).replace("{charge}", charge);
    const screens = { job: `/job/${job}`, times: `/job/${job}/times`, propose: `/job/${job}/propose`, part_line: `/line/${["one_sided", "removed"].includes(pattern) ? oneSided : line}` };
    await to(page, `${screens[on]}?at=${encodeURIComponent(field)}`);
    await focused(field);
  });
}

for (const which of ["begun", "done", "campaign"]) {
  test(`every row that stands in the list leads to its field when it is tapped: ${which}`, async () => {
    const { rows } = await ask(page, { type: "missing", job: made[which] });
    assert.ok(rows.length > 8, `only ${rows.length} rows`);
    for (const [at, row] of rows.entries()) {
      await to(page, `/job/${made[which]}/missing`);
      const link = page.locator("main section li a").nth(at);
      await link.waitFor();
      await link.tap();
      await focused(row.target.field);
    }
  });
}

test("a field that is not there is noticed", async () => {
  await to(page, `/job/${made.begun}?at=nowhere`);
  await assert.rejects(page.waitForFunction(() => document.activeElement?.id === "nowhere", null, { timeout: 1500 }));
  assert.deepEqual(page.problems, []);
});
