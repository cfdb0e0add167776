// Owns the proof that the console shows each role what the server's table of routes lets it do, no more and no less.
import { expect, test } from "vitest";
import table from "../../../../schema/tables/routes.csv?raw";
import { RIGHTS, type Right } from "./rights";

const [head = [], ...lines] = table.trim().split(/\r?\n/).map((line) => line.split(","));
const ROUTES: Record<Right, string> = {
  jobs: "GET /office/v1/jobs",
  create: "POST /office/v1/jobs",
  dispatch: "POST /office/v1/jobs/{job}/assign",
  cancel: "POST /office/v1/jobs/{job}/cancel",
  exceptions: "GET /office/v1/exceptions",
  devices: "GET /office/v1/devices",
  keep_devices: "POST /office/v1/devices/code",
  people: "GET /office/v1/users",
  keep_people: "POST /office/v1/users",
};
const ROLES = ["supervisor", "manager", "information_administrator", "statistician", "call_back_agent"];

test.each(Object.entries(ROUTES))("%s is for whom %s answers 200", (right, route) => {
  const row = lines.find(([method, path, target]) => `${method} ${path}` === route && (target === "-" || target === "own"));
  expect(row, route).toBeDefined();
  const allowed = ROLES.filter((role) => row?.[head.indexOf(role)] === "200");
  expect([...RIGHTS[right as Right]].sort()).toEqual(allowed.sort());
});
