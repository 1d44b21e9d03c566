/** Through the plugin, an interrupted or timed-out create ends at once, and leaves no key that nobody knows of. */
import { delay, type Fault, lateKey } from "../emulator";
import { atDepth } from "../support/depth";
import { kill, startUp, until } from "../support/processes";
import { sharedScene } from "../support/scene";

const scene = sharedScene({ door: "yaml" });

const program = (options = "{}") => `
resources:
  deployer:
    type: vultr-user-api-key:index:VultrUserApiKey
    properties: { userEmail: deployer@example.com }
    options: ${options}
`;

const hour = 3_600_000;

const requestsOf = (what: RegExp) =>
  scene.vultr.requests.filter(({ method, path }) => what.test(`${method} ${path}`)).length;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const steps: { step: string; fault: Fault; isReached: RegExp; deletes: number }[] = [
  {
    step: "the user is looked up",
    fault: delay({ ms: hour }, { method: "GET", path: "/users" }),
    isReached: /^GET .*\/users$/,
    deletes: 0,
  },
  {
    // Only its answer tells the key, which is then deleted: a create is never left alone.
    step: "the key is made",
    fault: delay({ ms: 500, afterWork: true }, { method: "POST" }),
    isReached: /^POST /,
    deletes: 1,
  },
  {
    step: "a late key is waited for",
    fault: lateKey({ ms: hour }),
    isReached: /^GET .*\/account$/,
    deletes: 1,
  },
  {
    step: "the user's keys are listed",
    fault: delay({ ms: hour }, { method: "GET", path: "/users/*/apikeys" }),
    isReached: /^GET .*\/apikeys$/,
    deletes: 0,
  },
  {
    step: "the key is tried",
    fault: delay({ ms: hour }, { method: "GET", path: "/account" }),
    isReached: /^GET .*\/account$/,
    deletes: 1,
  },
];

test.each(steps.slice(0, atDepth({ gate: 3, soak: Infinity })))(
  "Ctrl-C while $step",
  async ({ fault, isReached, deletes }) => {
    const { vultr } = scene;
    await scene.declare(program());
    const [before, deletedBefore] = [requestsOf(isReached), requestsOf(/^DELETE /)];
    vultr.inject(fault);
    await using run = startUp(scene);
    await until("the step is reached", () => requestsOf(isReached) > before);
    process.kill(-run.pid, "SIGINT");
    const { code, output } = await run.result;
    vultr.clearFaults();
    expect(code).not.toBe(0);
    // The plugin's own word, and not that of a limit: the answer that is waited for comes in an hour.
    expect(output).toContain("error: canceled.");
    expect(requestsOf(/^DELETE /) - deletedBefore).toBe(deletes);
    expect(vultr.liveKeys()).toEqual([]);
    expect(await scene.keysInState()).toEqual([]);
    const { stdout } = await scene.run("pulumi", ["stack", "export"]);
    expect(JSON.parse(stdout)).not.toHaveProperty("deployment.pending_operations");
  },
);

test("kill -9 of the CLI ends the create as well, and then the plugin", async () => {
  await scene.declare(program());
  scene.vultr.inject(lateKey({ ms: hour }));
  await using run = startUp(scene);
  await until("a key was made", () => scene.vultr.liveKeys().length === 1);
  const plugin = await run.providerPid();
  kill(run.pid);
  await until("the plugin has ended", () => !isRunning(plugin));
  expect(scene.vultr.liveKeys()).toEqual([]);
  await run.result;
  await scene.succeed(["cancel", "--yes"]);
});

test("customTimeouts end a create, which leaves nothing behind", async () => {
  scene.vultr.inject(lateKey({ ms: hour }));
  const { output } = await scene.failUp(program("{ customTimeouts: { create: 5s } }"));
  // Of the five seconds the proof gets what the requests before it leave.
  expect(output).toMatch(/after [0-5] s Vultr still answers/);
  expect(scene.vultr.liveKeys()).toEqual([]);
  expect(await scene.keysInState()).toEqual([]);
});

test("the next run makes the key", async () => {
  await scene.up(program());
  expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
  expect(scene.idsAtVultr().map(scene.works)).toEqual([true]);
});
