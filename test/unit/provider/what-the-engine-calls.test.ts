import type * as providerModule from "../../../provider/doors/dynamic";
import type { KeyState } from "../../../provider/keys/state";
import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, failureOf, opened, type Run, startRun } from "../lifecycle/run";
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
  const forbidden = respond({ status: 403 }, { method: "GET" });

  it.each<
    [what: string, fails: (run: Run, state: KeyState) => Promise<unknown>, isFailure: boolean]
  >([
    ["a check that found a mistake", ({ known }) => known({ name: "" }), true],
    ["a check that found none", ({ known }) => known(), false],
    [
      "a diff that refused",
      async ({ known, provider, args, vultr }, state) => {
        await known({ rotationTrigger: 2 });
        const own = { ...state, apiKey: vultr.rootApiKey };
        return rejection(provider.diff("id", own, args({ rotationTrigger: 2 })));
      },
      true,
    ],
    [
      "a create",
      ({ vultr, make }) => {
        vultr.inject(respond({ status: 400 }, { method: "POST" }));
        return rejection(make());
      },
      true,
    ],
    [
      "a create that succeeds at another try, as a hook can ask for",
      async ({ vultr, make, create, args }) => {
        vultr.inject(respond({ status: 400 }, { method: "POST" }));
        await rejection(make());
        await create(args());
      },
      false,
    ],
    [
      "a create, though that of another resource succeeds",
      async ({ vultr, make }) => {
        vultr.inject(respond({ status: 400 }, { method: "POST" }));
        await rejection(make());
        await make({}, "other");
      },
      true,
    ],
    [
      "a check that found a second resource of the same identity, though the first one's create succeeds",
      async ({ known, make }) => {
        await known();
        await known();
        await make();
      },
      true,
    ],
    [
      "an update",
      ({ vultr, update }, { verifiedAt: _, ...unproven }) => {
        vultr.inject(respond({ status: 418 }, { path: "/account" }));
        return rejection(update(unproven));
      },
      true,
    ],
    [
      "a read, which makes nothing",
      ({ vultr, read }, state) => {
        vultr.inject(forbidden);
        return rejection(read(state));
      },
      false,
    ],
    [
      "a deletion, which makes nothing",
      ({ vultr, end }, { apiKey: _, ...state }) => {
        vultr.inject(forbidden);
        return rejection(end(state));
      },
      false,
    ],
  ])("after %s", async (_what, fails, isFailure) => {
    await using run = await startRun();
    const [key, other] = [run.vultr.addKey(run.userId), run.vultr.addKey(run.userId)];
    await fails(run, run.stateOf(other));
    run.vultr.clearFaults();
    const end = run.end({ keyId: key.id, userId: run.userId, apiKey: key.apiKey });
    if (isFailure) expect(await failureOf(end)).toContain("and then no key is revoked");
    else await end;
    expect(run.isAlive(key)).toBe(isFailure);
  });
});

describe("settings", () => {
  it("of an explicit provider with an empty credential are told in the preview", async () => {
    await using run = await startRun();
    const empty = { "vultr:isExplicitProvider": "true", "vultr:apiKey": "" };
    run.provider.configure(configuredWith(empty));
    const { failures } = await run.provider.check({}, run.args());
    expect(failures).toEqual([{ property: "", reason: containing("has an empty apiKey") }]);
    expect(await failureOf(run.create(run.args()))).toContain("has an empty apiKey");
    expect(run.sent()).toEqual([]);
  });

  it("that are missing are told when they are needed, and may come later in the run", async () => {
    await using run = await startRun({ environment: { VULTR_API_KEY: "" } });
    expect(await failureOf(run.make())).toContain("no Vultr management key is set");
    run.provider.configure(configuredWith({ "vultr:apiKey": run.vultr.rootApiKey }));
    expect((await run.make()).outs.userId).toBe(run.userId);
  });
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

// The last one: what is loaded after it has other classes of errors.
it("the exported verbs carry a key from check to delete, and print what people must know", async () => {
  const lines: string[] = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
  await using run = await startRun();
  /** The module as a new process loads it. */
  const load = async () => {
    jest.resetModules();
    const loaded: typeof providerModule = await import("../../../provider/doors/dynamic");
    const { url, rootApiKey } = run.vultr;
    loaded.configure(configuredWith({ "vultr:apiUrl": url, "vultr:apiKey": rootApiKey }));
    return loaded;
  };
  const provider = await load();
  const args = { ...run.args(), __provider: "text" };
  expect(await provider.check({}, args)).toEqual({ inputs: args, failures: [] });
  const created = await provider.create(args);
  const { id } = created;
  const outs = opened(created.outs);
  expect(outs).not.toHaveProperty("__provider"); // the engine puts it back itself
  expect(await provider.read(id, outs)).toEqual({ id, props: created.outs });

  const changed = { ...args, rotateAfter: "30d" };
  await provider.check(args, changed);
  const change = { changes: true, replaces: [], deleteBeforeReplace: false };
  expect(await provider.diff(id, outs, changed)).toEqual(change);
  const updated = opened((await provider.update(id, outs, changed)).outs);
  expect(updated).toEqual({ ...outs, rotateAfter: "30d" });
  const next = await load();
  await next.check(changed, changed);
  await next.diff(id, { ...updated, createdAt: "2020-01-01T00:00:00Z" }, changed);
  expect(lines).toEqual([containing("is due for rotation")]);

  // A program that no longer declares the key is another run, in another process.
  await (await load()).delete(id, updated);
  expect(run.names()).toEqual([]);
  jest.restoreAllMocks();
});
