/** The audit over a large account and the states that the real engine leaves, runs that broke included. */
import { delay, respond } from "../emulator";
import { atDepth } from "../support/depth";
import { kill, startUp, until } from "../support/processes";
import { installedCommand } from "../support/project";
import type { CommandOptions } from "../support/run-command";
import { sharedScene } from "../support/scene";

const userCount = atDepth({ gate: 60, soak: 2_000 });

const scene = sharedScene({ emulator: { users: userCount } });
let command: string;

/** Resources of each stack with the generation of their key. */
const stacks: Record<string, Record<string, object>> = {
  production: { deployer: { rotationTrigger: 1 }, runner: { rotationTrigger: 1 } },
  staging: { hook: { rotationTrigger: 1 }, soon: { expiresIn: "20d" }, removed: {} },
  dns: { short: { expiresIn: "1s", verify: false } },
};

const declareStacks = () =>
  scene.declare(`
    const keys = ${JSON.stringify(stacks)}[pulumi.getStack()];
    for (const [name, args] of Object.entries(keys)) key(name, args);`);

async function bump(stack: string, resource: string): Promise<void> {
  const args = stacks[stack]![resource] as { rotationTrigger: number };
  args.rotationTrigger += 1;
  await declareStacks();
}

const keysNamed = (start: string) =>
  scene.vultr.keysOf(scene.user.id).filter(({ name }) => name.startsWith(start));

const idOf = (start: string) => keysNamed(start)[0]?.id ?? "";

const audit = (args: readonly string[], options: Partial<CommandOptions> = {}) =>
  scene.attempt(command, ["audit", ...args], options);

beforeAll(async () => {
  const { vultr, user } = scene;
  command = await installedCommand();
  await declareStacks();
  for (const stack of Object.keys(stacks)) {
    await scene.run("pulumi", ["stack", "init", stack]);
    await scene.up();
  }
  vultr.addKey(user.id, { name: "made by hand" });
  vultr.addKey(user.id, { name: "deployer-production-byhand22" });
  vultr.deleteKey(idOf("removed-"));
  await bump("staging", "hook");
  const refusal = { status: 401, json: { error: "Invalid API token." } };
  vultr.inject(respond(refusal, { method: "DELETE" }));
  await scene.failUp(undefined, ["--stack", "staging"]);
  vultr.clearFaults();
  for (const stack of Object.keys(stacks))
    await scene.run("pulumi", ["stack", "export", "--stack", stack, "--file", `${stack}.json`]);
});

const files = Object.keys(stacks).map((stack) => `${stack}.json`);

/** What a report says of each key: name without its random part, then class and expiry. */
function told(stdout: string): string[] {
  const { keys } = JSON.parse(stdout) as { keys: Record<string, string | undefined>[] };
  return keys
    .filter(({ name }) => name !== "management")
    .map(({ name = "", class: kind, expiry, resource, stack }) => {
      const place = resource === undefined ? "" : ` (${resource} in ${stack})`;
      return `${name.replace(/-[a-z\d]{8}$/, "")}: ${kind}, ${expiry}${place}`;
    })
    .sort();
}

const ofUser = ["--user", "deployer@example.com", "--json"];
const revoking = (id = "") => [...ofUser, "--revoke", id, "--yes"];

async function expectRefusal(args: readonly string[], ...reasons: string[]): Promise<void> {
  const { code, stdout, stderr } = await audit(args);
  for (const reason of reasons) expect(stderr).toContain(reason);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}

test("an interrupted audit changes nothing", async () => {
  const { vultr } = scene;
  const before = vultr.requests.length;
  // Vultr stops answering in the middle, so that the audit is at its work when it is interrupted.
  const middle = { path: "/users/*/apikeys", skip: 20, count: Infinity };
  vultr.inject(delay({ ms: 3_600_000 }, middle));
  const isAtWork = () => vultr.requests.length >= before + 25;
  const interrupted = await audit([...files, "--revoke", idOf("made by hand"), "--yes"], {
    onStart: (child) => void until("it is at its work", isAtWork).then(() => child.kill("SIGINT")),
  });
  expect(interrupted.code).not.toBe(0);
  vultr.clearFaults();
  const sent = vultr.requests.slice(before);
  expect(sent.length).toBeLessThan(userCount);
  expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

test(`every key of ${userCount.toLocaleString("en")} users is told of, and one list after the other is read at the limit`, async () => {
  const { vultr } = scene;
  const before = vultr.requests.length;
  const result = await audit([...files, "--json"]);
  expect(result.code).toBe(1);
  expect(told(result.stdout)).toEqual([
    "deployer-production: managed, never (deployer in project/production)",
    "deployer-production: unrecorded, never",
    "hook-staging: managed, never (hook in project/staging)",
    "hook-staging: pending-deletion, never (hook in project/staging)",
    "made by hand: unrecorded, never",
    "removed-staging: missing, never (removed in project/staging)",
    "runner-production: managed, never (runner in project/production)",
    "short-dns: managed, expired (short in project/dns)",
    "soon-staging: managed, expiring (soon in project/staging)",
  ]);
  // Said every five seconds: a few dozen users may be read by then.
  const progress = `^Read the keys of \\d+ of ${userCount + 2} users …$`;
  expect(result.stderr).toMatch(
    new RegExp(atDepth({ gate: "^Listing the account's users …$", soak: progress }), "m"),
  );
  const sent = vultr.requests.slice(before);
  // A busy network may squeeze evenly spread requests together: what is turned away is asked again.
  const answered = sent.filter(({ status }) => status !== 429);
  // The user of a missing key is listed twice.
  expect(answered).toHaveLength(userCount + 3 + Math.ceil((userCount + 2) / 500));
  expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
  expect(sent.length - answered.length).toBeLessThan(answered.length / 50);
});

test("a key that a file records lives on, although the stack of the same name has forgotten it", async () => {
  const { vultr } = scene;
  const recorded = keysNamed("deployer-").find(({ name }) => !name.endsWith("byhand22"));
  await scene.succeed(["stack", "select", "production"]);
  const urn = (await scene.keysInState()).find((key) => key.urn.endsWith("::deployer"))!.urn;
  await scene.succeed(["state", "delete", urn, "--yes"]);
  const forgotten = ["--stack", "production", ...revoking(recorded?.id)];
  const reason = "deployer of stack project/production records it as in use";
  await expectRefusal(["production.json", ...forgotten], reason);
  expect(vultr.authenticates(recorded?.apiKey ?? "")).toBe(true);
  await scene.succeed(["stack", "import", "--file", "production.json"]);
});

test("what kill -9 of a create leaves is told, and is revoked once no run can be under way", async () => {
  const { vultr } = scene;
  await bump("production", "runner");
  const before = keysNamed("runner-");
  vultr.inject(delay({ ms: 3_600_000, afterWork: true }, { method: "POST" }));
  await using run = startUp(scene, ["--stack", "production"]);
  await until("Vultr has made the new key", () => keysNamed("runner-").length > before.length);
  const [leftover] = keysNamed("runner-").filter(({ id }) => before.every((key) => key.id !== id));
  const args = ["--stack", "production", ...revoking(leftover?.id)];
  await expectRefusal([...args, "--interrupted"], "stack project/production is locked");
  kill(run.pid);
  await run.result;
  await run.killRemaining();
  vultr.clearFaults();
  const cancel = "cancel organization/project/production";
  await expectRefusal([...args, "--interrupted"], `if it was killed, run \`pulumi ${cancel}\``);
  await scene.succeed(["stack", "select", "staging"]);
  await scene.succeed([...cancel.split(" "), "--yes"]);
  const isPending = "a create of runner of stack project/production was interrupted";
  await expectRefusal(args, isPending, "if no run is under way, add --interrupted");
  expect(vultr.authenticates(leftover?.apiKey ?? "")).toBe(true);

  const revoked = await audit([...args, "--interrupted"]);
  expect(revoked.stderr).toContain(`Revoked ${leftover?.name ?? ""} (${leftover?.id ?? ""}).`);
  expect(keysNamed("runner-")).toEqual(before);
  expect(told(revoked.stdout).filter((line) => line.startsWith("runner"))).toEqual([
    "runner-production: managed, never (runner in project/production)",
  ]);
  expect(keysNamed("deployer-")).toHaveLength(2);
});
