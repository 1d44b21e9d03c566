import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime";

import type { Properties } from "../../../provider/doors/create-provider";
import type { KeyState } from "../../../provider/keys/state";
import type * as providerModule from "../../../provider/doors/dynamic";
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
  const startAnother = async (): Promise<Provider> => {
    jest.resetModules();
    const loaded: Provider = await import("../../../provider/doors/dynamic");
    loaded.configure({ config: { get: (key) => config[key] } });
    return loaded;
  };
  const provider = await startAnother();
  const resourceUrn = "urn:pulumi:dev::app::pulumi-nodejs:dynamic/vultr:UserApiKey::deployer";
  const userId = vultr.addUser().id;
  const args = { userId, resourceName: "deployer", resourceUrn, __provider: providerText };
  return { vultr, provider, startAnother, args, [Symbol.asyncDispose]: () => vultr.close() };
}

/** The engine's mark of a secret. */
const marked = (value: string) => ({ [specialSigKey]: specialSecretSig, value });

/** Outputs as the engine hands them back: it takes its marks of secrets off. */
function opened<T extends Partial<KeyState>>(outs: T): T {
  const { value } = outs.apiKey as unknown as { value: string };
  expect(outs.apiKey).toEqual(marked(value));
  return { ...outs, apiKey: value };
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

  const created = await provider.create(args);
  const { id } = created;
  const outs = opened(created.outs);
  expect(outs).not.toHaveProperty("__provider"); // the engine puts it back itself
  expect(await provider.read(id, outs)).toEqual({ id, props: created.outs });

  const changed = { ...args, rotateAfter: "30d" };
  await provider.check(args, changed);
  expect(await provider.diff(id, outs, changed)).toEqual({
    changes: true,
    replaces: [],
    deleteBeforeReplace: false,
  });
  const updated = await provider.update(id, outs, changed);
  expect(opened(updated.outs)).toEqual({ ...outs, rotateAfter: "30d" });

  // A program that no longer declares the key is another run, in another process.
  const nextRun = await scene.startAnother();
  await nextRun.delete(id, opened(updated.outs));
  expect(vultr.liveKeys()).toEqual([]);
});

it("a rotation makes the new key first, and revokes the old one last", async () => {
  await using scene = await startProvider();
  const { vultr, provider, args } = scene;
  const created = await provider.create(args);
  const old = opened(created.outs);
  const news = { ...args, rotationTrigger: 2 };
  await provider.check(args, news);
  expect(await provider.diff(created.id, old, news)).toMatchObject({
    replaces: ["rotationTrigger"],
  });
  await provider.check({}, news);
  const { outs } = await provider.create(news);
  expect(outs.previousKeyId).toBe(old.keyId);
  await provider.delete(created.id, old);
  expect(vultr.liveKeys().map((key) => key.id)).toEqual([outs.keyId]);
});

it("told to delete first, it refuses, makes the new key, and revokes the old one then", async () => {
  await using scene = await startProvider();
  const { vultr, provider, args } = scene;
  const created = await provider.create(args);
  const old = opened(created.outs);
  const news = { ...args, rotationTrigger: 2 };
  await provider.check(args, news);
  await provider.diff(created.id, old, news);
  const refusal = await rejection(provider.delete(created.id, old));
  expect((refusal as Error).message).toContain("remove deleteBeforeReplace");
  await provider.create(news);
  await provider.delete(created.id, old);
  expect(vultr.liveKeys()).toHaveLength(1);
});

it("where an interrupted run deleted first, the next one makes the key, though diff sees no change", async () => {
  await using scene = await startProvider();
  const { vultr, provider, args } = scene;
  const created = await provider.create(args);
  const old = opened(created.outs);
  await provider.delete(created.id, old); // a cascade that comes before the key's check

  const nextRun = await scene.startAnother();
  expect((await nextRun.check(args, args)).failures).toEqual([]);
  expect(await nextRun.diff(created.id, old, args)).toMatchObject({ changes: false });
  expect((await nextRun.check({}, args)).failures).toEqual([]);
  const { outs } = await nextRun.create(args);
  expect(outs).not.toHaveProperty("previousKeyId");
  expect(vultr.liveKeys().map((key) => key.id)).toEqual([outs.keyId]);
});

describe("in a run in which a key could not be made or proven, no key is revoked", () => {
  type Scene = Awaited<ReturnType<typeof startProvider>>;
  const other = { resourceName: "other", resourceUrn: "urn:other" };
  const stateOf = ({ args }: Scene): KeyState => {
    const { __provider: _, ...known } = { ...args, ...other };
    return { ...known, keyId: "k", name: "ci", createdAt: "2020-01-01T00:00:00Z" };
  };

  it.each<{ what: string; fails: (scene: Scene) => Promise<unknown>; isRevoked: boolean }>([
    {
      what: "a check that found a mistake",
      fails: ({ provider, args }) => provider.check({}, { ...args, ...other, name: "" }),
      isRevoked: false,
    },
    {
      what: "a check that found none",
      fails: ({ provider, args }) => provider.check(args, { ...args, ...other }),
      isRevoked: true,
    },
    {
      what: "a diff that refused",
      async fails({ vultr, provider, args }) {
        const state = { ...stateOf({ args } as Scene), apiKey: vultr.rootApiKey };
        await provider.check(state, { ...args, ...other });
        await rejection(provider.diff("id", state, { ...args, ...other, rotationTrigger: 2 }));
      },
      isRevoked: false,
    },
    {
      what: "a create",
      fails({ vultr, provider, args }) {
        vultr.inject(respond({ status: 400 }, { method: "POST" }));
        return rejection(provider.create({ ...args, ...other }));
      },
      isRevoked: false,
    },
    {
      what: "an update",
      fails(scene) {
        scene.vultr.inject(respond({ status: 418 }, { path: "/account" }));
        const state = { ...stateOf(scene), apiKey: "a-key-of-the-tests" };
        return rejection(scene.provider.update("id", state, { ...scene.args, ...other }));
      },
      isRevoked: false,
    },
    {
      what: "a read, which makes nothing",
      fails(scene) {
        scene.vultr.inject(respond({ status: 403 }, { method: "GET" }));
        return rejection(scene.provider.read("u/k", stateOf(scene)));
      },
      isRevoked: true,
    },
    {
      what: "a deletion, which makes nothing",
      fails(scene) {
        scene.vultr.inject(respond({ status: 403 }, { method: "GET" }));
        return rejection(scene.provider.delete("u/k", stateOf(scene)));
      },
      isRevoked: true,
    },
  ])("after $what: revoked is $isRevoked", async ({ fails, isRevoked }) => {
    await using scene = await startProvider();
    const { vultr, provider, args } = scene;
    const { id, userId, apiKey } = vultr.addKey(args.userId);
    await fails(scene);
    vultr.clearFaults();
    const state = { keyId: id, userId, apiKey };
    const refusal = await provider
      .delete(`${userId}/${id}`, state)
      .catch((error: unknown) => error);
    if (isRevoked) expect(refusal).toBeUndefined();
    else expect((refusal as Error).message).toContain("in this run, and then no key is revoked");
    expect(vultr.keysOf(userId).some((key) => key.id === id)).toBe(!isRevoked);
  });
});

describe("the plaintext is marked secret, whatever options and transforms the program uses", () => {
  it("in what check accepts of an adoption", async () => {
    await using scene = await startProvider();
    const news = { ...scene.args, adoptKeyId: scene.args.userId, adoptApiKey: "plaintext" };
    const { inputs } = await scene.provider.check({}, news);
    expect(inputs["adoptApiKey"]).toEqual(marked("plaintext"));
  });

  it("in what create, read and update return", async () => {
    await using scene = await startProvider();
    const { vultr, provider, args } = scene;
    const { id, outs } = await provider.create(args);
    const apiKey = marked(vultr.liveKeys()[0]!.apiKey);
    expect(outs.apiKey).toEqual(apiKey);
    expect(await provider.read(id, opened(outs))).toMatchObject({ props: { apiKey } });
    expect(await provider.update(id, opened(outs), args)).toMatchObject({ outs: { apiKey } });
  });

  it("and nothing is marked where there is none", async () => {
    await using scene = await startProvider();
    const { id, userId } = scene.vultr.addKey(scene.args.userId);
    const found = await scene.provider.read(`${userId}/${id}`, {});
    expect(found).toMatchObject({ props: { keyId: id } });
    expect(found.props).not.toHaveProperty("apiKey");
  });
});

it("an explicit provider with an empty credential is told in the preview", async () => {
  process.env["VULTR_API_KEY"] = "of-the-environment";
  try {
    await using scene = await startProvider(() => ({
      "vultr:isExplicitProvider": "true",
      "vultr:apiKey": "",
    }));
    const { failures } = await scene.provider.check({}, scene.args);
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("has an empty apiKey"),
    ]);
    const error = await rejection(scene.provider.create(scene.args));
    expect((error as Error).message).toContain("has an empty apiKey");
    expect(scene.vultr.requests).toEqual([]);
  } finally {
    delete process.env["VULTR_API_KEY"];
  }
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
  const lines = listen(); // before the process starts
  await using scene = await startProvider();
  const rule = { rotateAfter: "1d" };
  await scene.provider.check(scene.args, { ...scene.args, ...rule });
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
      () => provider.read("u/k", state),
      () => provider.delete("u/k", unproven),
      () => provider.update("u/k", unproven, args),
      () => provider.create(args),
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
      properties: { keyId: key!.id, apiKey: marked(key!.apiKey), __provider: providerText },
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

  /** check and diff of the resource that holds it. */
  async function preview(provider: Provider, state: KeyState, args: Properties) {
    const news = { resourceName: "own", userId: state.userId, ...args };
    await provider.check({ resourceName: "own", userId: state.userId }, news);
    return { news, diff: provider.diff("id", state, news) };
  }

  it("is not rotated: the preview says so already", async () => {
    await using scene = await startProvider();
    const state = own(scene.vultr);
    const { diff } = await preview(scene.provider, state, { name: "next" });
    const error = await rejection(diff);
    expect((error as Error).message).toContain("the provider itself authenticates with");
  });

  it.each([
    { what: "with permission", args: { allowSelfRevoke: true, rotationTrigger: 2 } },
    {
      what: "with a permission that the preview does not know yet",
      args: { allowSelfRevoke: unknownValue, rotationTrigger: 2 },
    },
    { what: "where it stays", args: {} },
  ])("is diffed $what", async ({ args }) => {
    await using scene = await startProvider();
    const state = own(scene.vultr);
    const { diff } = await preview(scene.provider, state, args);
    const { replaces } = await diff;
    expect(replaces).toEqual("rotationTrigger" in args ? ["rotationTrigger"] : []);
  });

  it("is replaced by its successor for the rest of the run", async () => {
    const lines = listen(); // before the process starts
    await using scene = await startProvider();
    const { vultr, provider } = scene;
    const state = own(vultr);
    const id = `${state.userId}/${state.keyId}`;
    const { news, diff } = await preview(provider, state, {
      allowSelfRevoke: true,
      rotationTrigger: 2,
    });
    await diff;
    const { outs } = await provider.create(news);
    await provider.delete(id, state);
    expect(vultr.keysOf(state.userId).map((key) => key.id)).toEqual([outs.keyId]);
    expect(lines.join()).toContain("Store the new one where vultr:apiKey comes from");
    expect(vultr.requests.at(-1)!.callerKeyId).toBe(outs.keyId);
  });
});
