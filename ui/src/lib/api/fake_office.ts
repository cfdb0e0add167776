// Owns the fake office: deterministic, in memory, answering the console as the server would as far as a screen can
// see. For tests and design; never shipped in a real build.
import type { Office, Refusal } from "./desk";
import { cardView } from "./fake_office/card";
import { customers, lines, machines, ref, whole } from "./fake_office/jobs";
import { devices, me, unitName, units, users } from "./fake_office/people";
import { exceptions, work } from "./fake_office/work";
import { picture } from "./fake/pictures";
import type { JobLine, JobsQuery, JobView, OfficeAct, Role } from "./office";

const PAGE = 50;
const TOTAL_MAX = 1000;
const refuse = (code: Refusal["code"], detail?: string): never => {
  throw { code, ...(detail === undefined ? {} : { detail }) } satisfies Refusal;
};
const asked = (name: string): string | null => (typeof location === "undefined" ? null : new URLSearchParams(location.search).get(name));

class FakeOffice implements Office {
  #signedIn = asked("scene") !== "out";
  readonly #empty = asked("scene") === "empty";
  readonly #me = me();
  #lines = this.#empty ? [] : lines();
  #devices = this.#empty ? [] : devices();
  #users = users();
  readonly #decided = new Set<string>();

  constructor() {
    const role = asked("role") as Role | null;
    if (role) this.#me.roles = [{ unit: "un-yl", role }];
    this.#me.must_change_password = asked("scene") === "once";
  }

  #in<T>(answer: () => T): Promise<T> {
    if (asked("scene") === "lost" && document.documentElement.dataset.lost === "1") this.#signedIn = false;
    return this.#signedIn ? Promise.resolve().then(answer) : Promise.resolve().then(() => refuse("unauthorised"));
  }
  async login(login: string, password: string) {
    if (login !== this.#me.login || password !== "fieldcard") refuse("wrong_password");
    delete document.documentElement.dataset.lost;
    this.#signedIn = true;
    return this.#me;
  }
  async logout() { this.#signedIn = false; }
  me = () => this.#in(() => ({ ...this.#me }));
  async changePassword(old: string, next: string) {
    if (old !== "fieldcard") refuse("wrong_password");
    if (next.length < 12) refuse("invalid_value", "password");
    this.#me.must_change_password = false;
  }
  jobs: Office["jobs"] = (query) => this.#in(() => {
    const found = this.#lines.filter((line) => fits(line, query)).sort(order(query));
    const from = query.after ? Number(query.after) : 0;
    return { jobs: found.slice(from, from + PAGE), total: found.length, total_max: TOTAL_MAX, next: found.length > from + PAGE ? String(from + PAGE) : null };
  });
  file: Office["file"] = (list, query) => `data:text/csv,${encodeURIComponent(list === "jobs" ? this.#lines.filter((line) => fits(line, query)).map((line) => line.number).join("\n") : list)}`;
  createJob: Office["createJob"] = (request) => this.#in(() => {
    const [customer, machine] = [customers().find((one) => one.customer === request.customer), machines().find((one) => one.machine === request.machine)];
    const made: JobLine = {
      job: `j-made-${this.#lines.length}`, ver: 1, number: "FW20261118-008", state: request.assignee ? "dispatched" : "created", since: Date.now(), type: request.type ?? null, priority: request.priority ?? "normal", customer: customer?.name ?? request.customer_name ?? "", model: machine?.model ?? "", serial: machine?.serial ?? request.machine_serial ?? "",
      site: request.site ?? "", lead: request.assignee ? ref(request.assignee) : null, reported_at: Date.now(), plan_from: request.plan_from ?? null, plan_to: request.plan_to ?? null, due: request.due ?? null, sign_off: null, card_kind: null, exceptions: 0, unsent: null,
    };
    this.#lines.unshift(made);
    return { job: made.job, number: made.number ?? "" };
  });
  customers: Office["customers"] = (words) => this.#in(() => ({ customers: customers().filter((one) => JSON.stringify(one).includes(words)), more: false }));
  machines: Office["machines"] = (words, customer) => this.#in(() => ({ machines: machines().filter((one) => (!customer || one.customer === customer) && JSON.stringify(one).toLowerCase().includes(words.toLowerCase())), more: false }));
  job = (job: string) => this.#in(() => this.#job(job));
  history: Office["history"] = (job) => this.#in(() => ({ entries: history(this.#job(job)) }));
  assign: Office["assign"] = (job, request) => this.#in(() => {
    const line = this.#line(job);
    if (request.ver !== line.ver) refuse("stale");
    Object.assign(line, { lead: request.assignee ? ref(request.assignee) : null, state: request.assignee ? "dispatched" : "triaged", ver: line.ver + 1 });
  });
  cancel: Office["cancel"] = (job) => this.#in(() => { Object.assign(this.#line(job), { state: "cancelled", ver: this.#line(job).ver + 1 }); });
  card: Office["card"] = (job, card) => this.#in(() => cardView(this.#job(job).cards.find((line) => line.card === card) ?? refuse("not_found")));
  cardFile = (_: string, card: string) => `data:application/octet-stream,${card}`;
  photo: Office["photo"] = (job, sha256) => picture(work(job).records.photos.find((photo) => photo.blob?.sha256 === sha256)?.phase ?? "other");
  exceptions: Office["exceptions"] = () => this.#in(() => ({ exceptions: this.#empty ? [] : exceptions().filter((line) => !this.#decided.has(line.exception)) }));
  decide: Office["decide"] = (exception) => this.#in(() => { this.#decided.add(exception); });
  devices: Office["devices"] = () => this.#in(() => ({ devices: this.#devices.map((device) => ({ ...device })), no_backup_since: null, restored_at: null }));
  enrolCode: Office["enrolCode"] = (user) => this.#in(() => codeFor(user));
  keyCode: Office["keyCode"] = (id) => this.#in(() => codeFor(this.#devices.find((device) => device.device === id)?.owner.user ?? refuse("not_found")));
  confirmDevice: Office["confirmDevice"] = (id, digits) => this.#in(() => {
    if (digits !== "407318") refuse("invalid_value", "digits");
    for (const device of this.#devices) if (device.device === id) Object.assign(device, { state: "active", last_act: did("device_confirmed") });
  });
  revokeDevice: Office["revokeDevice"] = (id) => this.#in(() => { for (const device of this.#devices) if (device.device === id) Object.assign(device, { state: "revoked", last_act: did("device_revoked") }); });
  users: Office["users"] = () => this.#in(() => ({ users: this.#users.map((user) => ({ ...user })), units: units() }));
  addUser: Office["addUser"] = (request) => this.#in(() => {
    if (this.#users.some((user) => user.login === request.login)) refuse("invalid_value", "login");
    const user = `u-${request.login}`;
    this.#users.push({ user, login: request.login, name: request.name, unit: request.unit, unit_name: unitName(request.unit), roles: request.roles.map((role) => ({ unit: request.unit, role })), disabled: false, console: request.console ?? false, devices: 0, last_act: did("account_added") });
    return { user, password: request.console ? "k7mq-x2rw-9t4h" : null };
  });
  setRoles: Office["setRoles"] = (id, roles) => this.#in(() => { Object.assign(this.#user(id), { roles, last_act: did("roles_changed") }); });
  disableUser: Office["disableUser"] = (id) => this.#in(() => { Object.assign(this.#user(id), { disabled: true, last_act: did("account_disabled") }); });
  enableUser: Office["enableUser"] = (id) => this.#in(() => { Object.assign(this.#user(id), { disabled: false, last_act: did("account_enabled") }); });
  resetPassword: Office["resetPassword"] = (id) => this.#in(() => { Object.assign(this.#user(id), { last_act: did("password_reset") }); return { password: "k7mq-x2rw-9t4h" }; });

  #line = (job: string) => this.#lines.find((line) => line.job === job) ?? refuse("not_found");
  #job = (job: string) => whole(this.#line(job)) ?? refuse("not_found");
  #user = (id: string) => this.#users.find((user) => user.user === id) ?? refuse("not_found");
}

const codeFor = (user: string) => ({ owner: ref(user), typed: "7K3P-9QF4-5F3K-9QXV", url: "https://fieldcard.hengchuan.example", qr: "FIELDCARD:1", modules: qr(), expires_at: Date.now() + 30 * 60_000 });
const did = (act: OfficeAct) => ({ act, by: ref("u-lin"), at: Date.now() });

function fits(line: JobLine, query: Partial<JobsQuery>): boolean {
  const text = `${line.number} ${line.customer} ${line.serial} ${line.site}`.toLowerCase();
  return text.includes((query.q ?? "").toLowerCase()) && (!query.state || query.state.split(",").includes(line.state)) && (!query.lead || line.lead?.user === query.lead) && (!query.exceptions || line.exceptions > 0);
}

function order(query: Partial<JobsQuery>): (a: JobLine, b: JobLine) => number {
  if (query.sort === "due") return (a, b) => (a.due ?? Infinity) - (b.due ?? Infinity);
  if (query.sort === "state") return (a, b) => a.state.localeCompare(b.state);
  return (a, b) => (b.since ?? 0) - (a.since ?? 0);
}

function history({ job, visits, notes }: JobView) {
  const at = job.made_at ?? 0;
  const entry = (pos: number, more: object) => ({ pos, came_at: at + pos * 60_000, done_at: at + pos * 60_000, by: job.made_by, device: null, kind: "job", rec: job.job, act: "set" as const, set: {}, outcome: "applied" as const, why: null, ...more });
  const steps = visits.flatMap((visit) => visit.steps).map((step, n) => entry(20 + n, { by: step.by, device: "陈国栋 平板", kind: "step", act: "create", set: { step: step.code, at: step.at }, came_at: at + 30_000_000 }));
  return [
    entry(90, { by: notes[0]?.by ?? job.made_by, device: "陈国栋 平板", set: { cause: "滤芯不是原厂件，通过精度不够。" }, outcome: "conflict", why: "clash" }),
    ...steps,
    entry(2, { set: { plan_from: job.plan_from, priority: job.priority } }),
    entry(1, { act: "create", set: { number: job.number, type: job.type, report: job.report } }),
  ];
}

/** Squares that look like a QR code; nobody scans the fake. */
function qr(): string[] {
  const eye = (x: number, y: number) => Math.max(Math.abs(x - 3), Math.abs(y - 3));
  return Array.from({ length: 33 }, (_, y) => Array.from({ length: 33 }, (_, x) => {
    const [ex, ey] = [x > 16 ? 32 - x : x, y > 16 ? 32 - y : y];
    if (ex < 8 && ey < 8 && !(x > 16 && y > 16)) return eye(ex, ey) === 3 || eye(ex, ey) < 2 ? "1" : "0";
    return (x * 7 + y * 13 + x * y) % 3 === 0 ? "1" : "0";
  }).join(""));
}

export const fakeOffice = (): Office => new FakeOffice();
