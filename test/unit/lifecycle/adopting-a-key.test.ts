import { create } from "../../../provider/lifecycle/create";
import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf } from "../../../provider/keys/state";
import { RefusedError, VerificationError } from "../../../provider/vultr/errors";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { argsOf, keyOf, urnOf } from "./resources";
import { keysPath, type Scene, startScene } from "./scene";

const dateExpire = "2031-06-30T00:00:00Z";

/** A user with a key made by hand, and a program that takes it over. */
async function sceneWithKey(key: { dateExpire?: string; usableAfterMs?: number } = { dateExpire }) {
  const scene = await startScene();
  const { id: keyId, apiKey } = scene.vultr.addKey(scene.userId, { name: "by hand", ...key });
  const inputs = argsOf("deployer", { userId: scene.userId, adoptKeyId: keyId });
  const adopt = (args: KeyInputs = {}, isKnown = false) => {
    const all = { ...inputs, ...args };
    scene.context.memory.noteDeclared(all, isKnown);
    return create(scene.context, all);
  };
  return { ...scene, keyId, apiKey, inputs, adopt };
}

const changes = ({ sent }: Scene) => sent().filter((request) => !request.startsWith("GET"));

it("an adopted key stays as it is; state says when it was adopted", async () => {
  await using scene = await sceneWithKey();
  const { userId, keyId, adopt, inputs } = scene;
  expect(await adopt()).toEqual({
    id: `${userId}/${keyId}`,
    outs: { ...inputs, keyId, name: "by hand", dateExpire, createdAt: "2026-11-01T00:00:00Z" },
  });
  expect(scene.sent()).toEqual(["GET keys"]);
  expect(scene.context.memory.resource(urnOf("deployer"))?.made?.keyId).toBe(keyId);
});

it("its plaintext is proven, and becomes an output in place of an arg", async () => {
  await using scene = await sceneWithKey();
  const { apiKey, adopt } = scene;
  const { outs } = await adopt({ adoptApiKey: apiKey });
  expect(outs).toMatchObject({
    apiKey,
    fingerprint: fingerprintOf(apiKey),
    verifiedAt: "2026-11-01T00:00:00Z",
  });
  expect(outs).not.toHaveProperty("adoptApiKey");
});

it("its plaintext cannot be compared where the listing shows no ending, and is proven all the same", async () => {
  await using scene = await sceneWithKey();
  const { keyId, apiKey, adopt } = scene;
  const json = { api_keys: [{ id: keyId, name: "by hand" }] };
  scene.vultr.inject(respond({ status: 200, json }, { path: keysPath }));
  expect((await adopt({ adoptApiKey: apiKey })).outs.verifiedAt).toBe("2026-11-01T00:00:00Z");
});

it("its plaintext is taken on trust where no proof is wanted", async () => {
  await using scene = await sceneWithKey({ usableAfterMs: Infinity });
  const { apiKey, adopt } = scene;
  const { outs } = await adopt({ adoptApiKey: apiKey, verify: false });
  expect(outs.apiKey).toBe(apiKey);
  expect(outs).not.toHaveProperty("verifiedAt");
});

it("a plaintext that does not authenticate is refused, and the key stays", async () => {
  await using scene = await sceneWithKey({ usableAfterMs: Infinity });
  const error = await rejection(scene.adopt({ adoptApiKey: scene.apiKey }));
  expect(error).toBeInstanceOf(VerificationError);
  expect(changes(scene)).toEqual([]);
  expect(scene.context.memory.resource(urnOf("deployer"))?.made).toBeUndefined();
});

describe("args that describe the key as it is are fine", () => {
  it.each<KeyInputs>([
    { name: "by hand" },
    { dateExpire: "2031-06-30T02:00:00.000+02:00" },
    { expiresIn: "90d" },
  ])("%j", async (args) => {
    await using scene = await sceneWithKey();
    expect((await scene.adopt(args)).outs.dateExpire).toBe(dateExpire);
  });
});

describe("what the args describe otherwise is refused with the reason, and nothing is changed", () => {
  it.each<[KeyInputs, string]>([
    [{ name: "other" }, 'it is named "by hand"'],
    [{ dateExpire: "2031-06-30T00:00:01Z" }, `it expires at ${dateExpire}`],
    [{ adoptKeyId: "5c1d0000-0000-4000-8000-000000000001" }, "has 1 API keys and this is none"],
    [{ adoptApiKey: "ends-otherwise" }, "adoptApiKey is not its plaintext: it should end in "],
  ])("%j: %s", async (args, why) => {
    await using scene = await sceneWithKey();
    const error = await rejection(scene.adopt(args));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(why);
    expect(changes(scene)).toEqual([]);
  });

  it("an expiry for a key that has none", async () => {
    await using scene = await sceneWithKey({});
    const error = await rejection(scene.adopt({ dateExpire }));
    expect((error as Error).message).toContain("it never expires");
  });

  it("a key of another user", async () => {
    await using scene = await sceneWithKey();
    const theirs = scene.vultr.addKey(scene.vultr.addUser().id);
    const error = await rejection(scene.adopt({ adoptKeyId: theirs.id }));
    expect(error).toBeInstanceOf(RefusedError);
  });

  it("a key that has been rotated since: the way out is to remove adoptKeyId", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.deleteKey(scene.keyId);
    const error = await rejection(scene.adopt());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as RefusedError).hint).toContain(
      "has been rotated here since, remove adoptKeyId",
    );
  });

  it("a key of a user whom Vultr does not know", async () => {
    await using scene = await sceneWithKey();
    scene.vultr.removeUser(scene.userId);
    const error = await rejection(scene.adopt());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toBe(
      `could not adopt API key ${scene.keyId}: user ${scene.userId} has 0 API keys and this is none of them`,
    );
  });
});

describe("a second adoption of one key is refused, whatever the order of the calls", () => {
  const second = { resourceName: "second", resourceUrn: urnOf("second") };

  it.each<{ what: string; before: (scene: Awaited<ReturnType<typeof sceneWithKey>>) => unknown }>([
    { what: "another one has adopted it in this run", before: ({ adopt }) => adopt(second) },
    {
      what: "another one is to adopt it",
      before: ({ context, inputs }) => context.memory.noteDeclared({ ...inputs, ...second }, false),
    },
    {
      what: "state records it for another one",
      before({ context, inputs, keyId }) {
        context.memory.noteDeclared({ ...inputs, ...second }, true);
        context.memory.noteRecorded(urnOf("second"), keyOf("second", keyId), false);
      },
    },
  ])("$what", async ({ before }) => {
    await using scene = await sceneWithKey();
    await before(scene);
    const error = await rejection(scene.adopt());
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toContain(
      `another resource of this program holds it: ${urnOf("second")}`,
    );
    expect((error as RefusedError).hint).toContain("remove one of the two resources");
  });

  it("by itself it is adopted again: --replace, and a move to another provider", async () => {
    await using scene = await sceneWithKey();
    const { keyId, adopt } = scene;
    expect((await adopt({}, true)).outs).toMatchObject({ keyId, adoptKeyId: keyId });
  });
});
