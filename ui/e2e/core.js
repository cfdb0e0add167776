// Owns the real thing behind a browser: a server process with the demo department, and the bridge over the
// real core. Never a test. The programs are the workspace's own: build it first.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TARGET = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug");
const APP = fileURLToPath(new URL("../dist/app", import.meta.url));
const DEMO = join(ROOT, "tests/demo-data");

function program(name) {
  const path = join(TARGET, name);
  if (!existsSync(path)) throw new Error(`${name} is not built: run cargo build --workspace first`);
  return path;
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => probe.once("listening", ready));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Starts a program and waits until it says where it listens. */
async function listening(name, args) {
  const env = { ...process.env, TZ: "Asia/Shanghai" };
  const child = spawn(program(name), args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((heard, failed) => {
    let text = "";
    child.stdout.on("data", (chunk) => { text += chunk; if (text.includes("\n")) heard(text); });
    child.once("exit", (code) => failed(new Error(`${name} ended with ${code}`)));
  });
  return { child, url: /(https?:\/\/\S+)/.exec(line)[1] };
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await gone;
}

/** The last word of the line that begins so. */
const said = (text, begin) => text.split("\n").find((line) => line.startsWith(begin)).trim().split(/\s+/).pop();

const PASSWORD = "山高水长-demo-4171";

/** One call of the console; the demo server's certificate is its own. */
function call(url, method, headers, body) {
  return new Promise((answered, failed) => {
    const asked = request(url, { method, headers: { "content-type": "application/json", ...headers }, rejectUnauthorized: false }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => (answer.statusCode < 300 ? answered({ json: JSON.parse(text || "{}"), headers: answer.headers }) : failed(new Error(`${url}: ${answer.statusCode} ${text}`))));
    });
    asked.on("error", failed);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A server of the demo department. */
export async function office() {
  const folder = mkdtempSync(join(tmpdir(), "fieldcard-office-"));
  chmodSync(folder, 0o700);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const run = (...args) => execFileSync(program("fieldcard-server"), ["--log", "error", "--data", folder, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  run("init", "--org-name", "衡川重工云岭服务部", "--url", url);
  run("import", DEMO);
  let running = null;
  return {
    url,
    run,
    async start() {
      running = await listening("fieldcard-server", ["--log", "error", "--data", folder, "serve", "--no-nightly-backup", "--listen", `127.0.0.1:${port}`]);
    },
    /** Without warning, as a power cut does. */
    async kill() { if (running) await end(running.child); running = null; },
    /** Stands still, as an overloaded machine does: connections are taken, nothing is answered; and goes on. */
    freeze() { running.child.kill("SIGSTOP"); },
    thaw() { running.child.kill("SIGCONT"); },
    /** What a person types at enrolment, and the text of the QR code that he may scan instead. */
    code: (login) => said(run("device", "code", login), "to type"),
    scan: (login) => said(run("device", "code", login), "to scan"),
    /** Gives an account a password, as the administrator does on the command line. */
    passwd: (login, password) => execFileSync(program("fieldcard-server"), ["--log", "error", "--data", folder, "user", "passwd", login, "--password-stdin"], { input: password, encoding: "utf8" }),
    confirm: (digits) => run("device", "confirm", digits),
    /** Every op that the office holds. */
    ops: () => run("export").split("\n").filter(Boolean).map((line) => JSON.parse(line).op).filter(Boolean),
    /** Somebody at a console. */
    async logIn(login) {
      execFileSync(program("fieldcard-server"), ["--log", "error", "--data", folder, "user", "passwd", login, "--password-stdin"], { input: `${PASSWORD}\n` });
      const base = `${url}/office/v1`;
      const { json, headers } = await call(`${base}/login`, "POST", {}, { login, password: PASSWORD });
      const own = { cookie: headers["set-cookie"][0].split(";")[0], "x-csrf-token": json.csrf };
      return { get: async (path) => (await call(base + path, "GET", own)).json, post: async (path, body) => (await call(base + path, "POST", own, body)).json };
    },
    async stop() { await this.kill(); rmSync(folder, { recursive: true }); },
  };
}

/** One device: the bridge over its stores. Killing it leaves the files. */
export async function device() {
  const folder = mkdtempSync(join(tmpdir(), "fieldcard-device-"));
  const args = ["--data", join(folder, "data"), "--state", join(folder, "state"), "--app", APP];
  let running = await listening("bridge", args);
  return {
    get url() { return `${running.url}/`; },
    async kill() { await end(running.child); },
    /** One more instance of the app over the same files. */
    async again() {
      const { child, url } = await listening("bridge", args);
      return { url: `${url}/`, stop: () => end(child) };
    },
    async restart() { await end(running.child); running = await listening("bridge", args); },
    async stop() { await end(running.child); rmSync(folder, { recursive: true }); },
  };
}
