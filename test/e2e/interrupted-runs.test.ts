import { setTimeout as sleep } from "node:timers/promises";

import { delay, type EmulatedKey, type Emulator, startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { kill, startUp, until } from "../support/processes";
import { fingerprintOf } from "../../provider/keys/state";
import { createProject, type ExportedResource, type Project, up } from "../support/project";
import type { CommandResult } from "../support/run-command";

const chain = (userId: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  let previous = [];
  for (const name of ["first", "second", "third"])
    previous = [new VultrUserApiKey(name, { userId: "${userId}" }, { dependsOn: previous })];
`;

test("Ctrl-C while Vultr is making a key lets the request finish and records the key", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: chain(user.id) });

  // Long enough for the CLI to hear the interrupt before the answer comes.
  vultr.inject(delay({ ms: 3_000, afterWork: true }, { method: "POST" }));
  await using run = startUp(project);
  await until("a create is under way", () => vultr.liveKeys().length === 1);
  process.kill(-run.pid, "SIGINT");
  const interrupted = await run.result;
  expect(interrupted.code).not.toBe(0);
  expect(interrupted.output).toContain("cancel");
  expect(postsTo(vultr)).toMatchObject([{ status: vultr.switches.createStatus }]);
  expect(await keyIdsInState(project)).toEqual(idsOf(vultr.liveKeys()));

  const next = await project.succeed(up);
  expect(next.output).toContain("+ 2 created");
  expect(next.output).not.toContain("warning");
  expect(postsTo(vultr)).toHaveLength(3);
  expect(vultr.liveKeys()).toHaveLength(3);
  expect(await keyIdsInState(project)).toEqual(idsOf(vultr.liveKeys()));
});

test("a provider killed during the very first create: the next run names the key it left", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  const program = rotation([user.id], 1, 1);
  await using project = await createProject({ vultr, program });

  // An answer that never comes while the provider lives.
  vultr.inject(delay({ ms: 3_600_000, afterWork: true }, { method: "POST" }));
  await using run = startUp(project);
  await until("the create was carried out", () => vultr.liveKeys().length === 1);
  kill(await run.providerPid());
  const interrupted = await run.result;
  expect(interrupted.code).not.toBe(0);
  expect(await project.keysInState()).toEqual([]);
  const [leftover] = vultr.liveKeys();

  const next = await project.succeed(up);
  expectNamed([leftover!], next);
  const [created, ...others] = await keyIdsInState(project);
  expect(others).toEqual([]);
  expect(idsOf(vultr.liveKeys())).toEqual([leftover?.id, created].sort());
  expect(vultr.liveKeys().every((key) => vultr.authenticates(key.apiKey))).toBe(true);
});

const keyCount = atDepth({ gate: 10, soak: 20 });

const rotation = (userIds: string[], generation: number, count = keyCount) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const userIds = ${JSON.stringify(userIds)};
  for (let at = 0; at < ${count}; at += 1)
    new VultrUserApiKey("key" + at, { userId: userIds[at % userIds.length], rotationTrigger: ${generation} });
`;

describe(`kill -9 in the middle of a rotation of ${keyCount} keys`, () => {
  let vultr: Emulator;
  let project: Project;
  let userIds: string[];
  let generation = 1;
  /** Steps of a rotation that nothing disturbs. */
  let stepsOfRotation = 0;

  /** Creates, proofs and deletes: of each key as many in every run, unlike lists, which keys may share. */
  const steps = () =>
    vultr.requests.filter(({ method, path }) => method !== "GET" || path === "/account").length;

  const rotate = async () => {
    generation += 1;
    await project.write(rotation(userIds, generation));
  };

  beforeAll(async () => {
    vultr = await startEmulator();
    userIds = [vultr.addUser().id, vultr.addUser().id, vultr.addUser().id];
    project = await createProject({ vultr, program: rotation(userIds, generation) });
    await project.succeed(up);
    const before = steps();
    await rotate();
    await project.succeed(up);
    stepsOfRotation = steps() - before;
  });

  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await vultr.close();
  });

  /** As many creates can be interrupted as the engine has at work. */
  const manyAtOnce = { parallel: "as the engine likes", flags: [], atMost: keyCount };
  const oneAtATime = { parallel: "one at a time", flags: ["--parallel", "1"], atMost: 1 };

  const victims = ["the provider", "the CLI", "both"] as const;
  const points = 10;
  const killsAlongTheWay = Array.from({ length: points }, (_, at) => ({
    victim: victims[at % victims.length] ?? "both",
    percent: Math.round(((at + 0.5) / points) * 100),
  }));
  const kills = atDepth({
    gate: [
      { ...manyAtOnce, victim: "the provider", percent: 25 },
      { ...manyAtOnce, victim: "the CLI", percent: 75 },
      { ...oneAtATime, victim: "both", percent: 50 },
    ],
    soak: [manyAtOnce, oneAtATime].flatMap((way) =>
      killsAlongTheWay.map((each) => ({ ...way, ...each })),
    ),
  });

  test.each(kills)(
    "$parallel, of $victim, $percent% of the way",
    async ({ victim, percent, flags, atMost }) => {
      const point = steps() + Math.max(1, Math.round((stepsOfRotation * percent) / 100));
      await rotate();
      await using run = startUp(project, flags);
      let hasEnded = false;
      void run.result.finally(() => (hasEnded = true));
      await until("the point is reached", () => steps() >= point || hasEnded);
      if (victim !== "the CLI") kill(await run.providerPid());
      if (victim !== "the provider") kill(run.pid);
      const interrupted = await run.result;
      expect(interrupted.code).not.toBe(0);
      if (victim === "the CLI") await quiet(vultr);
      const survivors = await run.killRemaining();

      const unrecorded = await unrecordedKeys(vultr, project);
      expectOnePerInterruptedCreate(unrecorded, await project.keysInState());
      expect(unrecorded.length).toBeLessThanOrEqual(atMost);

      if (victim !== "the provider") await project.succeed(["cancel", "--yes"]);
      const next = await project.succeed(up);
      const inState = await project.keysInState();
      expect(inState.filter((key) => key.delete !== true)).toHaveLength(keyCount);
      expect(inState).toHaveLength(keyCount);
      expectAllAuthenticate(vultr, inState);
      expectNamed(unrecorded, next);
      expect(idsOf(await unrecordedKeys(vultr, project))).toEqual(idsOf(unrecorded));
      if (process.env["REPORT"] !== undefined)
        process.stderr.write(
          `kill -9 of ${victim} at ${percent}%: ${unrecorded.length} keys not in state, ${survivors} processes survived\n`,
        );
      // A person reads the note, and revokes what nobody holds.
      for (const { id } of unrecorded) vultr.deleteKey(id);
    },
  );
});

/**
 * Lets a provider that outlived its CLI do what it still does: waits until a second passes without a
 * request. What it would do later it does not, since it is ended then: nothing depends on the second.
 */
async function quiet(vultr: Emulator): Promise<void> {
  for (let before = -1; before !== vultr.requests.length;) {
    before = vultr.requests.length;
    await sleep(1_000);
  }
}

function postsTo(vultr: Emulator) {
  return vultr.requests.filter((request) => request.method === "POST");
}

function idsOf(keys: readonly { id: string }[]): string[] {
  return keys.map((key) => key.id).sort();
}

function keyIdOf({ outputs }: ExportedResource): string {
  return String(outputs?.["keyId"]);
}

async function keyIdsInState(project: Project): Promise<string[]> {
  return (await project.keysInState()).map(keyIdOf).sort();
}

/** Live keys that the stack's state does not hold. */
async function unrecordedKeys(vultr: Emulator, project: Project): Promise<EmulatedKey[]> {
  const recorded = new Set(await keyIdsInState(project));
  return vultr.liveKeys().filter((key) => !recorded.has(key.id));
}

/** An interrupted create may leave one key that state does not know, not two: each is of another resource. */
function expectOnePerInterruptedCreate(
  unrecorded: readonly EmulatedKey[],
  inState: readonly ExportedResource[],
): void {
  const resources = unrecorded.map((key) => {
    const found = inState.filter(
      ({ urn, delete: isPending }) =>
        isPending !== true && key.name.startsWith(`${urn.split("::").at(-1) ?? ""}-test-`),
    );
    expect(found).toHaveLength(1);
    return found[0]?.urn;
  });
  expect(new Set(resources).size).toBe(unrecorded.length);
}

function expectAllAuthenticate(vultr: Emulator, inState: readonly ExportedResource[]): void {
  const live = new Map(vultr.liveKeys().map((key) => [key.id, key.apiKey]));
  for (const known of inState) {
    const apiKey = live.get(keyIdOf(known)) ?? "";
    expect(vultr.authenticates(apiKey)).toBe(true);
    expect(known.outputs?.["fingerprint"]).toBe(fingerprintOf(apiKey));
  }
}

/** A leftover lives on, and the next run names it: neutrally, and without a command that deletes it. */
function expectNamed(leftovers: readonly EmulatedKey[], { output }: CommandResult): void {
  for (const { id, name } of leftovers)
    expect(output).toContain(`another API key "${name}" (${id}), which this run does not know`);
  if (leftovers.length > 0) expect(output).toContain("`npx pulumi-vultr-user-api-key audit` tells");
  expect(output).not.toContain("DELETE");
}
