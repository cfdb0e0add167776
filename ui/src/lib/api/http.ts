// Owns the transport of the console: HTTP on the same origin, session in a cookie, the CSRF token in a header.
// Never retries but once, for a token that another tab made old; never interprets: a refusal is thrown as it came.
import { asRefusal, type Office, type Refusal } from "./desk";
import type { Me } from "./office";

const ROOT = "/office/v1";
const part = encodeURIComponent;

/** What is left out is not asked. */
function asked(query: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

class Http implements Office {
  #me: Me | null = null;

  login = async (login: string, password: string) => (this.#me = await this.#send<Me>("POST", "/login", { login, password }));
  logout = () => this.#say("POST", "/logout");
  me = async () => (this.#me = await this.#send<Me>("GET", "/me"));
  changePassword = (old: string, next: string) => this.#say("POST", "/password", { old, new: next });
  jobs: Office["jobs"] = (query) => this.#call("GET", `/jobs${asked(query)}`);
  file: Office["file"] = (list, query) => `${ROOT}/${list}.csv${asked(query)}`;
  createJob: Office["createJob"] = (request) => this.#call("POST", "/jobs", request);
  customers: Office["customers"] = (q) => this.#call("GET", `/customers${asked({ q })}`);
  machines: Office["machines"] = (q, customer) => this.#call("GET", `/machines${asked({ q, customer })}`);
  job: Office["job"] = (job) => this.#call("GET", `/jobs/${part(job)}`);
  history: Office["history"] = (job) => this.#call("GET", `/jobs/${part(job)}/history`);
  assign: Office["assign"] = (job, request) => this.#say("POST", `/jobs/${part(job)}/assign`, request);
  cancel: Office["cancel"] = (job, note) => this.#say("POST", `/jobs/${part(job)}/cancel`, { note });
  card: Office["card"] = (job, card) => this.#call("GET", `/jobs/${part(job)}/cards/${part(card)}`);
  cardFile: Office["cardFile"] = (job, card) => `${ROOT}/jobs/${part(job)}/cards/${part(card)}/file`;
  photo: Office["photo"] = (job, sha256) => `${ROOT}/jobs/${part(job)}/blobs/${part(sha256)}`;
  exceptions: Office["exceptions"] = () => this.#call("GET", "/exceptions");
  decide: Office["decide"] = (exception, request) => this.#say("POST", `/exceptions/${part(exception)}/decide`, request);
  devices: Office["devices"] = () => this.#call("GET", "/devices");
  enrolCode: Office["enrolCode"] = (user) => this.#call("POST", "/devices/code", { user });
  keyCode: Office["keyCode"] = (device) => this.#call("POST", `/devices/${part(device)}/code`);
  confirmDevice: Office["confirmDevice"] = (device, digits) => this.#say("POST", `/devices/${part(device)}/confirm`, { digits });
  revokeDevice: Office["revokeDevice"] = (device) => this.#say("POST", `/devices/${part(device)}/revoke`);
  users: Office["users"] = () => this.#call("GET", "/users");
  addUser: Office["addUser"] = (request) => this.#call("POST", "/users", request);
  setRoles: Office["setRoles"] = (user, roles) => this.#say("POST", `/users/${part(user)}/roles`, { roles });
  disableUser: Office["disableUser"] = (user) => this.#say("POST", `/users/${part(user)}/disable`);
  enableUser: Office["enableUser"] = (user) => this.#say("POST", `/users/${part(user)}/enable`);
  resetPassword: Office["resetPassword"] = (user) => this.#call("POST", `/users/${part(user)}/password`);

  async #say(method: string, path: string, body?: unknown): Promise<void> {
    await this.#call(method, path, body);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    try {
      return await this.#send<T>(method, path, body);
    } catch (thrown) {
      const { code, detail } = asRefusal(thrown);
      if (code !== "forbidden" || detail !== "csrf") throw thrown;
      await this.#sameAgain();
      return this.#send<T>(method, path, body);
    }
  }

  /** Somebody signed in anew in another tab: the token is asked for again, unless it is somebody else's. */
  async #sameAgain(): Promise<void> {
    const before = this.#me?.user;
    const now = await this.#send<Me>("GET", "/me");
    if (now.user !== before) throw { code: "unauthorised" } satisfies Refusal;
    this.#me = now;
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (method !== "GET" && this.#me) headers["x-csrf-token"] = this.#me.csrf;
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${ROOT}${path}`, { method, headers, credentials: "same-origin", cache: "no-store", ...sent }).catch((): never => {
      throw { code: "unreachable" } satisfies Refusal;
    });
    const json: unknown = await answer.json().catch(() => null);
    if (answer.ok) return json as T;
    throw asRefusal(json ?? { code: answer.status >= 500 ? "internal" : "malformed" });
  }
}

export const http = (): Office => new Http();
