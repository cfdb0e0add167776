// Owns the fake's read models of charges, other faults, proposals and the fault catalogue. Never changes anything.
import type { ChargeRow, FaultsView, Money, OtherFault, Proposal, ProposeView } from "../bindings";
import { findFaults } from "./catalogue";
import { at, dataOfRec, type Charge, type Job, type OtherFault as OtherRec, type State } from "./state";

const text = (state: State, rec: string, name: string, value: string) => ({ value, draft: state.drafts[rec]?.[name] ?? null });

export const chargeRow = (state: State, row: Charge): ChargeRow => ({
  charge: row.id, code: row.code, label: row.label, quantity: row.quantity, amount: { minor: row.minor, currency: "CNY" }, payer: row.payer,
  agreed: row.agreed_by !== null, agreed_by: row.agreed_by, data: dataOfRec(state, row.id),
});

export function customerPays(job: Job): Money | null {
  const charges = job.charges.filter((row) => row.payer === "customer").reduce((sum, row) => sum + row.minor, 0);
  const parts = job.lines.filter((row) => row.fitted && row.payer === "customer").reduce((sum, row) => sum + row.price * Number(row.quantity), 0);
  return charges + parts ? { minor: charges + parts, currency: "CNY" } : null;
}

export const otherFault = (state: State, row: OtherRec): OtherFault => ({
  fault: row.id, phenomenon: text(state, row.id, "phenomenon", row.phenomenon), place: text(state, row.id, "place", row.place), cause: text(state, row.id, "cause", row.cause),
  action: text(state, row.id, "action", row.action), codes: text(state, row.id, "codes", row.codes), data: dataOfRec(state, row.id),
});

export const proposals = (state: State, job: Job): Proposal[] =>
  job.proposals.map((row) => ({ ...row, at: at(row.at), data: dataOfRec(state, `${job.id}.${row.field}`) }));

export function proposeView(state: State, job: Job, canEdit: boolean): ProposeView {
  const machine = state.machines.find((row) => row.line.machine === job.machine)?.line;
  const contact = job.contacts[0];
  const values: [string, string | number | null | undefined][] = [
    ["customer_name", job.customer], ["contact_name", contact?.name], ["contact_phone", contact?.phone], ["site", job.place.name], ["machine_model", machine?.model], ["machine_serial", machine?.serial],
    ["type", job.type], ["campaign", job.campaign], ["plan_from", job.visits[0]?.window?.from.ms], ["due", job.due], ["priority", job.priority], ["report", job.report.text],
  ];
  return { job: job.id, number: job.number, can_edit: canEdit, fields: values.map(([field, value]) => ({ field, value: String(value ?? "") })), proposals: proposals(state, job) };
}

export function faultsView(search: string, limit: number): FaultsView {
  const found = findFaults(search);
  return { here: true, hits: found.slice(0, limit), total: found.length };
}
