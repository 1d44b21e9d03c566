import type { KeyState } from "../../../provider/keys/state";
import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, failureOf, type Run, startRun } from "../lifecycle/run";
import { rejection } from "../transport/transport-to";

/** Settings as the engine hands them over, in place of the environment's. */
const configuredWith = (settings: Record<string, string>) => ({
  config: { get: (name: string) => settings[name] },
});

// The clock is real, and nothing is waited for.
assume({ newKey: "at-once", emptyAllowlist: "allow", deletedKeyListedForMs: 0 });

it("where an interrupted run deleted first, the next one makes the key, though diff sees no change", async () => {
  await using run = await startRun();
  const { outs: old } = await run.make();
  run.nextRun();
  await run.end(old); // a cascade that comes before the key's check
  run.nextRun();
  expect((await run.known()).failures).toEqual([]);
  expect(await run.provider.diff("id", old, run.args())).toMatchObject({ changes: false });
  expect((await run.provider.check({}, run.args())).failures).toEqual([]);
  const { outs } = await run.create(run.args());
  expect(outs).not.toHaveProperty("previousKeyId");
  expect(run.names()).toEqual([outs.name]);
});

describe("in a run in which a key could not be made or proven, no key is revoked", () => {
  type Step = (run: Run, state: KeyState) => Promise<unknown>;

  const failToMake = ({ vultr, make }: Run) => {
    vultr.inject(respond({ status: 400 }, { method: "POST" }));
    return rejection(make());
  };
  const forbid = ({ vultr }: Run) => {
    vultr.inject(respond({ status: 403 }, { method: "GET" }));
  };
  const refuseToRotate: Step = async ({ known, provider, args, vultr }, state) => {
    const news = args({ rotationTrigger: 2 });
    await known({ rotationTrigger: 2 });
    return rejection(provider.diff("id", { ...state, apiKey: vultr.rootApiKey }, news));
  };
  const failToProve: Step = ({ vultr, update }, { verifiedAt: _, ...unproven }) => {
    vultr.inject(respond({ status: 418 }, { path: "/account" }));
    return rejection(update(unproven));
  };

  /** What is said when a key of ours is to end after this, and whether it lives on. */
  async function endAfter(step: Step) {
    await using run = await startRun();
    const [key, other] = [run.vultr.addKey(run.userId), run.vultr.addKey(run.userId)];
    await step(run, run.stateOf(other));
    run.vultr.clearFaults();
    const end = run.end({ keyId: key.id, userId: run.userId, apiKey: key.apiKey });
    const said = await end.catch((error: unknown) => (error as Error).message);
    return { said, lives: run.isAlive(key) };
  }

  it.each<[what: string, step: Step]>([
    ["a check that found a mistake", ({ known }) => known({ name: "" })],
    ["a diff that refused", refuseToRotate],
    ["a create", failToMake],
    [
      "a create, though that of another succeeds",
      (run) => failToMake(run).then(() => run.make({}, "other")),
    ],
    [
      "a check that found a second resource of the same identity, though the first one's create succeeds",
      async ({ known, make }) => {
        await known();
        await known();
        await make();
      },
    ],
    ["an update", failToProve],
  ])("after %s that failed", async (_what, step) => {
    const said = containing("and then no key is revoked");
    expect(await endAfter(step)).toEqual({ said, lives: true });
  });

  it.each<[what: string, step: Step]>([
    ["a check that found no mistake", ({ known }) => known()],
    [
      "a create that succeeds at another try, as a hook can ask for",
      (run) => failToMake(run).then(() => run.create(run.args())),
    ],
    [
      "a read that failed, which makes nothing",
      (run, state) => {
        forbid(run);
        return rejection(run.read(state));
      },
    ],
    [
      "a deletion that failed, which makes nothing",
      (run, { apiKey: _, ...state }) => {
        forbid(run);
        return rejection(run.end(state));
      },
    ],
  ])("but after %s keys are revoked as usual", async (_what, step) => {
    expect(await endAfter(step)).toEqual({ said: undefined, lives: false });
  });
});

it("settings that are missing are told when they are needed, and may come later in the run", async () => {
  await using run = await startRun({ environment: { VULTR_API_KEY: "" } });
  expect(await failureOf(run.make())).toContain("no Vultr management key is set");
  run.provider.configure(configuredWith({ "vultr:apiKey": run.vultr.rootApiKey }));
  expect((await run.make()).outs.userId).toBe(run.userId);
});

describe("what goes wrong is told as message and hint, without a stack", () => {
  it("by every verb that talks to Vultr", async () => {
    await using run = await startRun();
    run.vultr.inject(respond({ status: 403 }, { count: Infinity }));
    const { verifiedAt: _, ...state } = run.stateOf(run.vultr.addKey(run.userId));
    const message = expect.stringMatching(/^could not .*manage_users/) as string;
    const { read, end, update, make } = run;
    for (const verb of [() => read(state), () => end(state), () => update(state), () => make()])
      expect(await rejection(verb())).toMatchObject({ name: "", stack: "", message });
  });

  it("but a bug keeps its stack, since it is ours to find", async () => {
    await using run = await startRun();
    const get = () => {
      throw new TypeError("x is not a function");
    };
    run.provider.configure({ config: { get } });
    const { message, stack } = (await rejection(run.create(run.args()))) as Error;
    expect(message).toContain("Please open an issue");
    expect(stack).toContain("what-the-engine-calls");
  });
});

it("the line that loads the provider is an input alone: the engine puts it back itself", async () => {
  await using run = await startRun();
  const inputs = { ...run.args(), __provider: "text" };
  expect(await run.provider.check({}, inputs)).toEqual({ inputs, failures: [] });
  const { outs } = await run.create(inputs);
  expect(outs).not.toHaveProperty("__provider");
});
