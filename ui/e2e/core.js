// Owns the real thing behind a browser: a server process with the demo department, and the bridge over the
// real core. Never a test. The programs are the workspace's own: build it first.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
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
    /** What a person types at enrolment. */
    code(login) {
      const line = run("device", "code", login).split("\n").find((one) => one.startsWith("to type"));
      return line.trim().split(/\s+/).pop();
    },
    confirm: (digits) => run("device", "confirm", digits),
    /** Every op that the office holds. */
    ops: () => run("export").split("\n").filter(Boolean).map((line) => JSON.parse(line).op).filter(Boolean),
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
      return { url: `${url}/`, end: () => end(child) };
    },
    async restart() { await end(running.child); running = await listening("bridge", args); },
    async stop() { await end(running.child); rmSync(folder, { recursive: true }); },
  };
}
