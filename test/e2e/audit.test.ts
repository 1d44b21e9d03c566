/** The audit over a large account and the states that the real engine leaves, runs that broke included. */
import { join } from "node:path";

import { delay, type EmulatedUser, type Emulator, respond, startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { kill, startUp, until } from "../support/processes";
import { createProject, installedCommand, type Project, up } from "../support/project";
import type { CommandOptions } from "../support/run-command";

const usersPerPage = 500;
const userCount = atDepth({ gate: 60, soak: 2_000 });

interface ReportedKey {
  class: string;
  expiry: string;
  keyId: string;
  name: string;
  stack?: string;
  resource?: string;
}

let vultr: Emulator;
let user: EmulatedUser;
let project: Project;
let command: string;

/** Resources of each stack with the generation of their key. */
const stacks: Record<string, Record<string, object>> = {
  production: { deployer: { rotationTrigger: 1 }, runner: { rotationTrigger: 1 } },
  staging: { hook: { rotationTrigger: 1 }, soon: { expiresIn: "20d" }, removed: {} },
  dns: { short: { expiresIn: "1s", verify: false }, cut: { rotationTrigger: 1 } },
};

const program = () => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const userId = "${user.id}";
  const keys = ${JSON.stringify(stacks)}[pulumi.getStack()];
  for (const [name, args] of Object.entries(keys)) new VultrUserApiKey(name, { userId, ...args });
`;

async function bump(stack: string, resource: string): Promise<void> {
  const args = stacks[stack]![resource] as { rotationTrigger: number };
  args.rotationTrigger += 1;
  await project.write(program());
}

const ofStack = (stack: string) => [...up, "--stack", stack];

/** Bumps a key and kills the provider when Vultr has made the new one. */
async function killInRotation(stack: string, resource: string): Promise<void> {
  await bump(stack, resource);
  const before = vultr.liveKeys().length;
  vultr.inject(delay({ ms: 3_600_000, afterWork: true }, { method: "POST" }));
  await using run = startUp(project, ["--stack", stack]);
  await until("Vultr has made the new key", () => vultr.liveKeys().length > before);
  kill(await run.providerPid());
  expect((await run.result).code).not.toBe(0);
}

/** Bumps a key; the old one cannot be revoked. */
async function failToRevoke(stack: string, resource: string): Promise<void> {
  await bump(stack, resource);
  vultr.inject(
    respond({ status: 401, json: { error: "Invalid API token." } }, { method: "DELETE" }),
  );
  expect((await project.pulumi(ofStack(stack))).code).not.toBe(0);
  vultr.clearFaults();
}

const keyNamed = (start: string) =>
  vultr.keysOf(user.id).filter(({ name }) => name.startsWith(start));

const audit = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
  project.attempt(command, ["audit", ...args], options);

beforeAll(async () => {
  vultr = await startEmulator({ users: userCount });
  user = vultr.addUser({ email: "deployer@example.com" });
  project = await createProject({ vultr, program: "" });
  command = await installedCommand();
  await project.write(program());
  for (const stack of Object.keys(stacks)) {
    await project.run("pulumi", ["stack", "init", stack]);
    await project.succeed(up);
  }
  vultr.addKey(user.id, { name: "made by hand" });
  vultr.deleteKey(keyNamed("removed-")[0]?.id ?? "");
  await failToRevoke("staging", "hook");
  // An interrupted successor beside the one that the next run recorded.
  await killInRotation("dns", "cut");
  await failToRevoke("dns", "cut");
  // An interrupted successor, and nobody has rotated since.
  await killInRotation("production", "runner");
  for (const stack of Object.keys(stacks))
    await project.run("pulumi", ["stack", "export", "--stack", stack, "--file", `${stack}.json`]);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await vultr.close();
});

const files = Object.keys(stacks).map((stack) => `${stack}.json`);

/** What a report says of each key: name without its random parts, then class and expiry. */
function told(stdout: string): string[] {
  const { keys } = JSON.parse(stdout) as { keys: ReportedKey[] };
  return keys
    .filter(({ name }) => name !== "management")
    .map((key) => {
      const name = key.name.replace(/-[a-z\d]{8}/, "").replace(/-after-.*/, " again");
      const place = key.resource === undefined ? "" : ` (${key.resource} in ${key.stack ?? ""})`;
      return `${name}: ${key.class}, ${key.expiry}${place}`;
    })
    .sort();
}

test("an interrupted audit changes nothing", async () => {
  const before = vultr.requests.length;
  // Vultr stops answering in the middle, so that the audit is at its work when it is interrupted.
  const middle = { path: "/users/*/apikeys", skip: 20, count: Infinity };
  vultr.inject(delay({ ms: 3_600_000 }, middle));
  const interrupted = audit([...files, "--revoke-orphans", "--yes"], {
    onStart: (child) => {
      void until("it is at its work", () => vultr.requests.length >= before + 25).then(() =>
        child.kill("SIGINT"),
      );
    },
  });
  expect((await interrupted).code).not.toBe(0);
  vultr.clearFaults();
  const sent = vultr.requests.slice(before);
  expect(sent.length).toBeLessThan(userCount);
  expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

test(`every key of ${userCount.toLocaleString("en")} users is told of, and one list after the other is read at the limit`, async () => {
  const before = vultr.requests.length;
  const startedMs = Date.now();
  const result = await audit([...files, "--json"]);
  const seconds = (Date.now() - startedMs) / 1_000;
  expect(result.code).toBe(1);
  expect(told(result.stdout)).toEqual([
    "cut again: managed, never (cut in project/dns)",
    "cut again: orphan, never (cut in project/dns)",
    "cut: pending-deletion, never (cut in project/dns)",
    "deployer: managed, never (deployer in project/production)",
    "hook again: managed, never (hook in project/staging)",
    "hook: pending-deletion, never (hook in project/staging)",
    "made by hand: unmanaged, never",
    "removed: missing, never (removed in project/staging)",
    "runner again: suspected-orphan, never (runner in project/production)",
    "runner: managed, never (runner in project/production)",
    "short: managed, expired (short in project/dns)",
    "soon: managed, expiring (soon in project/staging)",
  ]);
  // Said every five seconds: a few dozen users may be read by then.
  const progress = `^Read the keys of \\d+ of ${userCount + 2} users …$`;
  expect(result.stderr).toMatch(
    new RegExp(atDepth({ gate: "^Listing the account's users …$", soak: progress }), "m"),
  );
  const sent = vultr.requests.slice(before);
  expect(sent).toHaveLength(userCount + 2 + Math.ceil((userCount + 2) / usersPerPage));
  expect(sent.filter(({ status }) => status !== 200)).toEqual([]);
  if (process.env["REPORT"] !== undefined)
    process.stderr.write(
      `audit of ${userCount} users: ${seconds.toFixed(1)} s, ${(sent.length / seconds).toFixed(1)} requests a second\n`,
    );
});

test("--revoke-orphans removes the proven orphan, and one that a fresh state proves", async () => {
  const only = ["--user", "deployer@example.com", "--revoke-orphans", "--yes", "--json"];
  const before = vultr.keysOf(user.id).length;

  const fromFiles = await audit([...files, ...only]);
  expect(fromFiles.stderr).toMatch(/^Revoked cut-\w{8}-after-\w{8} /m);
  expect(vultr.keysOf(user.id)).toHaveLength(before - 1);

  const stackOptions = Object.keys(stacks).flatMap((stack) => ["--stack", stack]);
  const fresh = await audit([...stackOptions, ...only]);
  expect(fresh.stderr).toMatch(/^Revoked runner-\w{8}-after-\w{8} /m);
  expect(vultr.keysOf(user.id)).toHaveLength(before - 2);
  expect(keyNamed("runner-")).toHaveLength(1);

  const nothing = await audit([...stackOptions, ...only]);
  expect(nothing.stderr).not.toContain("Revoked");
  expect(told(nothing.stdout).filter((line) => line.includes("orphan"))).toEqual([]);
  expect(nothing.code).toBe(1); // others are pending deletion still
});

test("a table for people, and state from standard input", async () => {
  const args = ["-", "--user", user.id, "--fail-on", "orphan"];
  const piped = await project.attempt("sh", [
    "-c",
    `"$0" audit ${args.join(" ")} < ${join(project.folder, "production.json")}`,
    command,
  ]);
  expect(piped.code).toBe(0);
  expect(piped.stdout).toMatch(/^USER +NAME +KEY +STATUS +EXPIRES +RESOURCE +NOTE$/m);
  expect(piped.stdout).toMatch(/1 user, compared with project\/production: 2 managed/);
});
