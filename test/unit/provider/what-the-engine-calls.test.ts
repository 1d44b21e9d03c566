import type { KeyState } from "../../../provider/lifecycle/state";
import type * as providerModule from "../../../provider/provider";
import { deadKey, type Emulator, respond, startEmulator } from "../../emulator";
import { rejection } from "../transport/transport-to";

type Provider = typeof providerModule;

jest.setTimeout(30_000); // every test loads the module anew

/** What state holds as the provider's text. */
const providerText = 'exports.handler=()=>require("pulumi-vultr-user-api-key/provider")';

/** The module as a new process loads it, configured for an account with one user. */
async function startProvider(
  settings: (vultr: Emulator) => Record<string, string | undefined> = () => ({}),
) {
  const vultr = await startEmulator({ requestsPerSecond: null });
  const config: Record<string, string | undefined> = {
    "vultr:apiUrl": vultr.url,
    "vultr:apiKey": vultr.rootApiKey,
    ...settings(vultr),
  };
  jest.resetModules();
  const provider: Provider = await import("../../../provider/provider");
  provider.configure({ config: { get: (key) => config[key] } });
  const args = { userId: vultr.addUser().id, resourceName: "deployer", __provider: providerText };
  return { vultr, provider, args, [Symbol.asyncDispose]: () => vultr.close() };
}

/** Everything that goes to standard output, which the engine shows. */
function listen(): string[] {
  const lines: string[] = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
  return lines;
}

beforeAll(() => {
  // Settings of whoever runs the tests would come before the ones that a test leaves out.
  for (const name of ["VULTR_API_KEY", "VULTR_API_URL"]) Reflect.deleteProperty(process.env, name);
});

afterEach(() => jest.restoreAllMocks());

it("a key lives from check to delete", async () => {
  await using scene = await startProvider();
  const { vultr, provider, args } = scene;
  expect(await provider.check({}, args)).toEqual({ inputs: args, failures: [] });

  const { id, outs } = await provider.create(args);
  expect(outs).not.toHaveProperty("__provider"); // the engine puts it back itself
  expect(await provider.read(id, outs)).toEqual({ id, props: outs });

  const changed = { ...args, rotateAfter: "30d" };
  expect(await provider.diff(id, outs, changed)).toEqual({
    changes: true,
    replaces: [],
    deleteBeforeReplace: false,
  });
  const updated = await provider.update(id, outs, changed);
  expect(updated.outs).toEqual({ ...outs, rotateAfter: "30d" });

  await provider.delete(id, updated.outs);
  expect(vultr.liveKeys()).toEqual([]);
});

it("a rotation is recognised from check and diff, so its key is named after the old one", async () => {
  await using scene = await startProvider();
  const { provider, args } = scene;
  const { id, outs } = await provider.create(args);
  const news = { ...args, rotationTrigger: 2 };
  await provider.check(args, news);
  expect(await provider.diff(id, outs, news)).toMatchObject({ replaces: ["rotationTrigger"] });
  const successor = await provider.create(news);
  expect(successor.outs.name).toContain(`-after-${outs.keyId.slice(0, 8)}`);
});

it("a check and a diff need no credential and send nothing", async () => {
  await using scene = await startProvider(() => ({ "vultr:apiKey": undefined }));
  const { vultr, provider, args } = scene;
  await provider.check({}, args);
  const state = { ...args, keyId: "k", name: "ci", createdAt: "2026-01-01T00:00:00Z" };
  await provider.diff("id", state, args);
  expect(vultr.requests).toEqual([]);
});

it("settings are checked with the args", async () => {
  await using scene = await startProvider(() => ({ "vultr:requestsPerSecond": "many" }));
  const { failures } = await scene.provider.check({}, scene.args);
  expect(failures).toEqual([
    { property: "", reason: expect.stringContaining("vultr:requestsPerSecond") as string },
  ]);
});

it("a missing credential is told when it is needed, and may come later in the run", async () => {
  await using scene = await startProvider(() => ({ "vultr:apiKey": undefined }));
  const { vultr, provider, args } = scene;
  const error = await rejection(provider.create(args));
  expect((error as Error).message).toContain("no Vultr management key is set");
  const config = new Map([
    ["vultr:apiUrl", vultr.url],
    ["vultr:apiKey", vultr.rootApiKey],
  ]);
  provider.configure({ config: { get: (key) => config.get(key) } });
  expect((await provider.create(args)).outs.userId).toBe(args.userId);
});

it("what people must know of a preview is printed", async () => {
  await using scene = await startProvider();
  const lines = listen();
  const rule = { rotateAfter: "1d" };
  const state = { ...scene.args, keyId: "k", name: "ci", createdAt: "2020-01-01T00:00:00Z" };
  await scene.provider.diff("id", { ...state, ...rule }, { ...scene.args, ...rule });
  expect(lines).toEqual([expect.stringContaining('API key "ci" is due for rotation')]);
});

describe("what goes wrong is told as message and hint, without a stack", () => {
  it("by every verb that talks to Vultr", async () => {
    await using scene = await startProvider();
    const { vultr, provider, args } = scene;
    vultr.inject(respond({ status: 403 }, { count: Infinity }));
    const state = { ...args, keyId: "k", name: "ci", createdAt: "2026-01-01T00:00:00Z" };
    const unproven: KeyState = { ...state, apiKey: "a-key-of-the-tests" };
    for (const verb of [
      () => provider.create(args),
      () => provider.read("u/k", state),
      () => provider.update("u/k", unproven, args),
      () => provider.delete("u/k", unproven),
    ])
      expect(await rejection(verb())).toMatchObject({
        name: "",
        stack: "",
        message: expect.stringMatching(/^could not .*manage_users/) as string,
      });
  });

  it("with the key that was made and could not be undone, for the engine to keep", async () => {
    await using scene = await startProvider();
    const { vultr, provider, args } = scene;
    vultr.setApiEnabled(args.userId, false); // so that the key is refused without waiting
    vultr.inject(deadKey(), respond({ status: 403 }, { method: "DELETE" }));
    const error = await rejection(provider.create(args));
    const [key] = vultr.liveKeys();
    expect(error).toMatchObject({
      stack: "",
      id: `${args.userId}/${key!.id}`,
      properties: { keyId: key!.id, apiKey: key!.apiKey, __provider: providerText },
      reasons: [(error as Error).message],
    });
  });

  it("but a bug keeps its stack, since it is ours to find", async () => {
    await using scene = await startProvider();
    const get = () => {
      throw new TypeError("x is not a function");
    };
    scene.provider.configure({ config: { get } });
    const error = await rejection(scene.provider.create(scene.args));
    expect((error as Error).message).toContain("Please open an issue");
    expect((error as Error).stack).toContain("what-the-engine-calls");
  });
});

describe("the provider's own key", () => {
  const own = (vultr: Emulator): KeyState => {
    const [key] = vultr.keysOf(vultr.rootUserId);
    const { id: keyId, userId, name, apiKey } = key!;
    return { keyId, userId, name, apiKey, createdAt: "2026-01-01T00:00:00Z" };
  };

  it("is not rotated: the preview says so already", async () => {
    await using scene = await startProvider();
    const state = own(scene.vultr);
    const rotation = scene.provider.diff("id", state, { userId: state.userId, name: "next" });
    const error = await rejection(rotation);
    expect((error as Error).message).toContain("the provider itself authenticates with");
  });

  it.each([
    { what: "with permission", args: { allowSelfRevoke: true, rotationTrigger: 2 } },
    { what: "where it stays", args: {} },
  ])("is diffed $what", async ({ args }) => {
    await using scene = await startProvider();
    const state = own(scene.vultr);
    const { replaces } = await scene.provider.diff("id", state, { userId: state.userId, ...args });
    expect(replaces).toEqual("rotationTrigger" in args ? ["rotationTrigger"] : []);
  });

  it("is replaced by its successor for the rest of the run", async () => {
    await using scene = await startProvider();
    const lines = listen();
    const { vultr, provider } = scene;
    const state = own(vultr);
    const id = `${state.userId}/${state.keyId}`;
    const news = { userId: state.userId, allowSelfRevoke: true, rotationTrigger: 2 };
    await provider.diff(id, state, news);
    const { outs } = await provider.create(news);
    await provider.delete(id, state);
    expect(vultr.keysOf(state.userId).map((key) => key.id)).toEqual([outs.keyId]);
    expect(lines.join()).toContain("Store the new one where vultr:apiKey comes from");
    expect(vultr.requests.at(-1)!.callerKeyId).toBe(outs.keyId);
  });
});
