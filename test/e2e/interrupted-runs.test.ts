import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { fingerprintOf } from "../../provider/keys/state";
import { delay, type EmulatedKey } from "../emulator";
import { atDepth, inSoak } from "../support/depth";
import { deleteEmptyAttributes, kill, startUp, until } from "../support/processes";
import type { CommandResult } from "../support/run-command";
import { type Scene, sharedScene, startScene, testOfDynamic } from "../support/scene";

// The plugin is told of it.
testOfDynamic(
  "Ctrl-C while Vultr is making a key lets the request finish and records the key",
  async () => {
    await using scene = await startScene();
    const { vultr } = scene;
    const answers = () =>
      vultr.requests.flatMap(({ method, status }) => (method === "POST" ? [status] : []));
    await scene.declare(`
    let previous = [];
    for (const name of ["first", "second", "third"])
      previous = [key(name, {}, { dependsOn: previous })];`);
    // Long enough for the CLI to hear the interrupt before the answer comes.
    vultr.inject(delay({ ms: 3_000, afterWork: true }, { method: "POST" }));
    await using run = startUp(scene);
    await until("a create is under way", () => vultr.liveKeys().length === 1);
    process.kill(-run.pid, "SIGINT");
    const interrupted = await run.result;
    expect(interrupted.code).not.toBe(0);
    expect(interrupted.output).toContain("cancel");
    expect(answers()).toEqual([vultr.switches.createStatus]);
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());

    const next = await scene.up();
    expect(next.output).toContain("+ 2 created");
    expect(next.output).not.toContain("warning");
    expect(answers()).toHaveLength(3);
    expect(scene.idsAtVultr()).toHaveLength(3);
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
  },
);

inSoak(
  "a provider killed during the very first create: the next run names the key it left",
  async () => {
    await using scene = await startScene();
    await scene.declare(`key("deployer");`);
    // An answer that never comes while the provider lives.
    scene.vultr.inject(delay({ ms: 3_600_000, afterWork: true }, { method: "POST" }));
    await using run = startUp(scene);
    await until("the create was carried out", () => scene.vultr.liveKeys().length === 1);
    kill(await run.providerPid());
    expect((await run.result).code).not.toBe(0);
    expect(await scene.keysInState()).toEqual([]);
    const leftovers = scene.vultr.liveKeys();

    expectNamed(leftovers, await scene.up());
    const inState = await scene.idsInState();
    expect(inState).toHaveLength(1);
    expect(scene.idsAtVultr()).toEqual([...leftovers.map(({ id }) => id), ...inState].sort());
    expect(scene.idsAtVultr().every(scene.works)).toBe(true);
  },
);

const keyCount = atDepth({ gate: 10, soak: 20 });
/** A create, a proof and a delete of each key. */
const stepsOfRotation = 3 * keyCount;

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

describe(`kill -9 in the middle of a rotation of ${keyCount} keys`, () => {
  const scene = sharedScene();
  let userIds: string[];
  let generation = 0;

  const declareNext = () => {
    generation += 1;
    return scene.declare(`
      const userIds = ${JSON.stringify(userIds)};
      for (let at = 0; at < ${keyCount}; at += 1)
        key("key" + at, { userId: userIds[at % 3], rotationTrigger: ${generation} });`);
  };

  /** Of each key as many in every run, unlike lists, which keys may share. */
  const steps = () =>
    scene.vultr.requests.filter(({ method, path }) => method !== "GET" || path === "/account")
      .length;

  beforeAll(async () => {
    userIds = [scene.user.id, scene.vultr.addUser().id, scene.vultr.addUser().id];
    await declareNext();
    await scene.up();
  });

  test.each(kills)(
    "$parallel, of $victim, $percent% of the way",
    async ({ victim, percent, flags, atMost }) => {
      const point = steps() + Math.max(1, Math.round((stepsOfRotation * percent) / 100));
      await declareNext();
      await using run = startUp(scene, flags);
      let hasEnded = false;
      void run.result.finally(() => (hasEnded = true));
      await until("the point is reached", () => steps() >= point || hasEnded);
      if (victim !== "the CLI") kill(await run.providerPid());
      if (victim !== "the provider") kill(run.pid);
      expect((await run.result).code).not.toBe(0);
      if (victim === "the CLI") await quiet(scene);
      await run.killRemaining();

      const unrecorded = await unrecordedKeys(scene);
      await expectOnePerInterruptedCreate(unrecorded, scene);
      expect(unrecorded.length).toBeLessThanOrEqual(atMost);

      if (victim !== "the provider") await scene.succeed(["cancel", "--yes"]);
      expectNamed(unrecorded, await scene.up());
      await expectAllInOrder(scene);
      expect(await unrecordedKeys(scene)).toEqual(unrecorded);
      // A person reads the note, and revokes what nobody holds.
      for (const { id } of unrecorded) scene.vultr.deleteKey(id);
    },
  );

  test("a CLI that is killed while it writes the state leaves a file that people delete", async () => {
    await truncate(join(scene.folder, "state/.pulumi/stacks/project/test.json.attrs"));
    const { output } = await scene.fail(["stack", "export"]);
    expect(output).toContain("failed to load checkpoint: EOF");
    deleteEmptyAttributes(scene);
    expect(await unrecordedKeys(scene)).toEqual([]);
  });
});

/**
 * Lets a provider that outlived its CLI do what it still does: waits until a second passes without a
 * request. What it would do later it does not, since it is ended then: nothing depends on the second.
 */
async function quiet({ vultr }: Scene): Promise<void> {
  for (let before = -1; before !== vultr.requests.length;) {
    before = vultr.requests.length;
    await sleep(1_000);
  }
}

/** Live keys that the stack's state does not hold. */
async function unrecordedKeys(scene: Scene): Promise<EmulatedKey[]> {
  const recorded = new Set(await scene.idsInState());
  return scene.vultr.liveKeys().filter(({ id }) => !recorded.has(id));
}

/** An interrupted create may leave one key that state does not know, not two: each is of another resource. */
async function expectOnePerInterruptedCreate(unrecorded: readonly EmulatedKey[], scene: Scene) {
  const current = (await scene.keysInState()).filter((key) => key.delete !== true);
  const names = current.map(({ urn }) => urn.split("::").at(-1) ?? "");
  const owners = unrecorded.map((key) =>
    names.filter((name) => key.name.startsWith(`${name}-test-`)),
  );
  expect(owners.map((each) => each.length)).toEqual(unrecorded.map(() => 1));
  expect(new Set(owners.flat()).size).toBe(unrecorded.length);
}

/** State holds a key of each resource and no others; each authenticates and is the one that Vultr has. */
async function expectAllInOrder({ vultr, keysInState }: Scene): Promise<void> {
  const inState = await keysInState();
  expect(inState.filter((key) => key.delete !== true)).toHaveLength(keyCount);
  expect(inState).toHaveLength(keyCount);
  for (const { outputs } of inState) {
    const { apiKey = "" } = vultr.liveKeys().find(({ id }) => id === outputs?.["keyId"]) ?? {};
    expect(vultr.authenticates(apiKey)).toBe(true);
    expect(outputs?.["fingerprint"]).toBe(fingerprintOf(apiKey));
  }
}

/** A leftover lives on, and the next run names it: neutrally, and without a command that deletes it. */
function expectNamed(leftovers: readonly EmulatedKey[], { output }: CommandResult): void {
  for (const { id, name } of leftovers)
    expect(output).toContain(`another API key "${name}" (${id}), which this run does not know`);
  if (leftovers.length > 0)
    expect(output).toContain("`npx pulumi-vultr-user-api-key audit --stack <stack>` tells");
  expect(output).not.toContain("DELETE");
}
