import { unknownValue } from "@pulumi/pulumi/runtime";

import { fingerprintOf } from "../../../provider/keys/state";
import { lateKey, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, failureOf, marked } from "../lifecycle/run";
import { type Plugin, startPlugin, urn } from "./plugin";

const dayMs = 86_400_000;
const unchanged = { changes: false, replaces: [], detailed: {} };

describe("a key from check to delete", () => {
  assume({ newKey: "at-once", emptyAllowlist: "allow" });

  it("has in state its args and outputs and nothing else, its plaintext marked secret", async () => {
    await using plugin = await startPlugin();
    const args = plugin.args({ rotationTrigger: { generation: 1 }, rotateAfter: "30d" });
    expect(await plugin.calls.check(urn, {}, args)).toEqual({ inputs: args, failures: [] });
    const { id, properties } = await plugin.calls.create(urn, args);
    const [key] = plugin.vultr.keysOf(plugin.userId);
    expect(id).toBe(`${plugin.userId}/${key!.id}`);
    expect(properties).toEqual({
      ...args,
      keyId: key!.id,
      name: key!.name,
      apiKey: marked(key!.apiKey),
      fingerprint: fingerprintOf(key!.apiKey),
      createdAt: "2026-11-01T00:00:00Z",
      verifiedAt: "2026-11-01T00:00:00Z",
    });
    // From the URN: the engine tells it, no hidden input is needed.
    expect(key!.name).toMatch(/^ci-dev-[a-z2-9]{8}$/);

    plugin.nextRun();
    const state = plugin.stateOf(properties);
    const known = { urn, id };
    expect(await plugin.calls.read(known, state, args)).toEqual({ id, properties, inputs: args });
    plugin.clock.advance(1_000);
    expect(await plugin.diff({ id, inputs: args, state }, args)).toEqual(unchanged);
    const news = { ...args, rotateAfter: "60d" };
    const updated = await plugin.calls.update(known, state, args, news);
    expect(updated).toEqual({ ...properties, rotateAfter: "60d" });

    plugin.nextRun();
    await plugin.calls.delete(known, state);
    expect(plugin.names()).toEqual([]);
    expect(plugin.lines).toEqual([]);
  });

  it("that the dynamic provider made stays itself after a move, and loses what was hidden there", async () => {
    await using plugin = await startPlugin();
    const { inputs, id, state } = await plugin.make({ rotationTrigger: 1 });
    const hidden = { resourceName: "ci", resourceUrn: "urn of the class", __provider: "text" };
    const known = { id, inputs: { ...inputs, ...hidden }, state: { ...state, ...hidden } };
    plugin.nextRun();
    expect(await plugin.diff(known, inputs)).toEqual(unchanged);
    const { properties } = await plugin.calls.read({ urn, id }, known.state, known.inputs);
    expect(plugin.stateOf(properties)).toEqual(state);
    const rotated = await plugin.diff(known, { ...inputs, rotationTrigger: 2 });
    expect(rotated.detailed).toEqual({ rotationTrigger: "UPDATE_REPLACE" });
  });
});

describe("import", () => {
  assume({ otherFields: "documented", emptyAllowlist: "allow" });

  interface Shown {
    name: string;
    dateExpire?: string;
  }

  const imported = async (plugin: Plugin, shown: Shown = { name: "by hand" }) => {
    const key = plugin.vultr.addKey(plugin.userId, shown);
    const id = `${plugin.userId}/${key.id}`;
    return { key, ...(await plugin.calls.read({ urn, id })) };
  };

  it.each<[shown: Shown, args: object]>([
    [{ name: "by hand" }, { name: "by hand" }],
    [{ name: "", dateExpire: "2031-06-30T00:00:00Z" }, { dateExpire: "2031-06-30T00:00:00Z" }],
    // No arg may have these names.
    [{ name: "a".repeat(129) }, {}],
    [{ name: "two\nlines" }, {}],
  ])("brings what Vultr shows, %j, and inputs that keep the key as it is", async (shown, args) => {
    await using plugin = await startPlugin();
    const { key, id, properties, inputs } = await imported(plugin, shown);
    const borrowed = { userId: plugin.userId, adoptKeyId: key.id };
    expect(properties).toEqual({ ...borrowed, ...shown, keyId: key.id });
    expect(inputs).toEqual({ ...borrowed, ...args });
    plugin.nextRun();
    expect((await plugin.calls.check(urn, inputs, inputs)).failures).toEqual([]);
    expect(await plugin.diff({ id, inputs, state: properties }, inputs)).toEqual(unchanged);
  });

  it("counts the age of a key from the update that asks for it: an import records no time", async () => {
    await using plugin = await startPlugin();
    const { id, properties, inputs } = await imported(plugin);
    const news = { ...inputs, rotateAfter: "30d" };
    plugin.nextRun();
    const update = { id, inputs, state: properties };
    expect(await plugin.diff(update, news)).toMatchObject({ changes: true, replaces: [] });
    const state = await plugin.calls.update({ urn, id }, properties, inputs, news);
    plugin.nextRun();
    plugin.clock.advance(29 * dayMs);
    expect(await plugin.diff({ id, inputs: news, state }, news)).toEqual(unchanged);
    plugin.clock.advance(2 * dayMs);
    const due = await plugin.diff({ id, inputs: news, state }, news);
    expect(due.replaces).toEqual(["rotateAfter"]);
  });

  it("takes the plaintext later, by adoptApiKey, and keeps it as a secret", async () => {
    await using plugin = await startPlugin();
    const { key, id, properties, inputs } = await imported(plugin);
    plugin.nextRun();
    const news = { ...inputs, adoptApiKey: key.apiKey };
    const checked = { ...news, adoptApiKey: marked(key.apiKey) };
    expect(await plugin.calls.check(urn, inputs, news)).toEqual({ inputs: checked, failures: [] });
    const updated = await plugin.calls.update({ urn, id }, properties, inputs, news);
    const proven = { apiKey: marked(key.apiKey), fingerprint: fingerprintOf(key.apiKey) };
    expect(updated).toMatchObject({ ...properties, ...proven });
    const shown = await plugin.calls.read({ urn, id }, plugin.stateOf(updated), news);
    expect(shown).toEqual({ id, properties: updated, inputs: checked });
  });

  it.each([
    ["its id", {}],
    ["all that state tells a refresh", { userId: "also", name: "given" }],
  ])("counts as a look-up by %s, which its refresh does not", async (_what, more) => {
    await using plugin = await startPlugin();
    const key = plugin.vultr.addKey(plugin.userId);
    const [id, given] = [`${plugin.userId}/${key.id}`, { keyId: key.id, ...more }];
    const { properties } = await plugin.calls.read({ urn, id }, given, given);
    const end = () => plugin.calls.delete({ urn, id }, properties);
    expect(await failureOf(end())).toContain("this program looks it up");
    plugin.nextRun();
    await plugin.calls.read({ urn, id }, properties, given);
    await end();
    expect(plugin.isAlive(key)).toBe(false);
  });
});

describe("a preview", () => {
  it("shows a new key with its args, and its outputs as unknown; needs no credential, sends nothing", async () => {
    await using plugin = await startPlugin({ environment: { VULTR_API_KEY: "" } });
    const args = plugin.args({ rotationTrigger: 1, adoptApiKey: "plaintext", adoptKeyId: "id" });
    const { adoptApiKey: _, ...shown } = args;
    const { id, properties } = await plugin.calls.create(urn, args, { preview: true });
    expect(id).toBe("");
    const outputs = "keyId name dateExpire createdAt fingerprint verifiedAt previousKeyId".split(
      " ",
    );
    const unknown = Object.fromEntries(outputs.map((name) => [name, unknownValue]));
    expect(properties).toEqual({ ...unknown, ...shown, apiKey: marked(unknownValue) });
    expect(plugin.sent()).toEqual([]);
  });

  it("shows a new key's expiry as the run records it, in UTC", async () => {
    await using plugin = await startPlugin();
    const expiryOf = async (dateExpire: string, preview: boolean) => {
      const { properties } = await plugin.calls.create(urn, plugin.args({ dateExpire }), {
        preview,
      });
      return properties["dateExpire"];
    };
    expect(await expiryOf("2031-06-30T02:00:00.5+02:00", true)).toBe("2031-06-30T00:00:00Z");
    expect(await expiryOf("2031-06-30T02:00:00.5+02:00", false)).toBe("2031-06-30T00:00:00Z");
    expect(await expiryOf(unknownValue, true)).toBe(unknownValue);
  });

  it("passes unknown args on, and shows the rotation that they may bring", async () => {
    await using plugin = await startPlugin();
    const args = plugin.args({ rotationTrigger: unknownValue });
    expect(await plugin.calls.check(urn, {}, args)).toEqual({ inputs: args, failures: [] });
    const { properties } = await plugin.calls.create(urn, args, { preview: true });
    expect(properties).toMatchObject(args);
    expect(plugin.sent()).toEqual([]);
    const old = await plugin.make({ rotationTrigger: 1 });
    plugin.nextRun();
    const detailed = { rotationTrigger: "UPDATE_REPLACE" };
    const rotation = { changes: true, replaces: ["rotationTrigger"], detailed };
    expect(await plugin.diff(old, args)).toEqual(rotation);
  });

  it("of an update shows the new args and the outputs as they are, and sends nothing", async () => {
    await using plugin = await startPlugin();
    const { id, state, inputs } = await plugin.make({ verify: false });
    const sent = plugin.sent();
    plugin.nextRun();
    const { verify: _, ...others } = inputs;
    const news = { ...others, rotateAfter: "30d" };
    const shown = await plugin.calls.update({ urn, id }, state, inputs, news, true);
    const { verify: __, ...kept } = state;
    const expected = { ...kept, rotateAfter: "30d", verifiedAt: unknownValue };
    expect(plugin.stateOf(shown)).toEqual(expected);
    expect(plugin.sent()).toEqual(sent);
  });

  it("of an update that brings the plaintext shows it as unknown, so that dependents are shown too", async () => {
    await using plugin = await startPlugin();
    const key = plugin.vultr.addKey(plugin.userId);
    const { id, state, inputs } = await plugin.make({ adoptKeyId: key.id });
    plugin.nextRun();
    const news = { ...inputs, adoptApiKey: key.apiKey, verify: false };
    const shown = await plugin.calls.update({ urn, id }, state, inputs, news, true);
    const brought = { apiKey: marked(unknownValue), fingerprint: unknownValue };
    expect(shown).toEqual({ ...state, verify: false, ...brought });
  });
});

describe("what a detailed diff shows", () => {
  assume({ newKey: "at-once", emptyAllowlist: "allow" });

  it.each<[what: string, before: object, now: object, detailed: Record<string, string>]>([
    ["an added arg", {}, { rotateAfter: "30d" }, { rotateAfter: "ADD" }],
    ["a changed arg", { rotateAfter: "30d" }, { rotateAfter: "60d" }, { rotateAfter: "UPDATE" }],
    ["a removed arg", { rotateAfter: "30d" }, {}, { rotateAfter: "DELETE" }],
    ["a first trigger", {}, { rotationTrigger: 1 }, { rotationTrigger: "ADD_REPLACE" }],
    [
      "a rotation",
      { rotationTrigger: { all: [1, 2] }, rotateAfter: "30d" },
      { rotationTrigger: { all: [1, 3] }, rotateAfter: "60d" },
      { rotationTrigger: "UPDATE_REPLACE", rotateAfter: "UPDATE" },
    ],
    ["no trigger any more", { rotationTrigger: 1 }, {}, { rotationTrigger: "DELETE_REPLACE" }],
  ])("of %s", async (_what, before, now, detailed) => {
    await using plugin = await startPlugin();
    const old = await plugin.make(before);
    plugin.nextRun();
    const found = await plugin.diff(old, plugin.args(now));
    const replaces = Object.keys(detailed).filter((name) => detailed[name]!.endsWith("_REPLACE"));
    expect(found).toEqual({ changes: true, replaces, detailed });
  });

  it("of a rotation by age: the arg that asks for it, although it is as it was", async () => {
    await using plugin = await startPlugin();
    const old = await plugin.make({ rotateAfter: "30d" });
    plugin.nextRun();
    plugin.clock.advance(31 * dayMs);
    expect(await plugin.diff(old, old.inputs)).toEqual({
      changes: true,
      replaces: ["rotateAfter"],
      detailed: { rotateAfter: "UPDATE_REPLACE of state" },
    });
    const message = containing("is due for rotation");
    expect(plugin.lines).toEqual([{ urn, severity: "info", message }]);
  });

  it("of a key that is to be proven: verifiedAt", async () => {
    await using plugin = await startPlugin();
    const { inputs, state, id } = await plugin.make();
    const { verifiedAt: _, ...unproven } = { ...state, isUnproven: true };
    plugin.nextRun();
    const detailed = { verifiedAt: "ADD of state" };
    const found = await plugin.diff({ inputs, id, state: unproven }, inputs);
    expect(found).toEqual({ changes: true, replaces: [], detailed });
    const proven = await plugin.calls.update({ urn, id }, unproven, inputs, inputs);
    expect(proven).toMatchObject({ verifiedAt: expect.any(String) as string });
    expect(proven).not.toHaveProperty("isUnproven");
  });
});

describe("what people read", () => {
  assume({ otherFields: "documented", refusalSent: "as-status" });

  it("is beside their resource, a warning where it is one", async () => {
    await using plugin = await startPlugin({ faults: [lateKey({ ms: 3_000 })] });
    const stranger = plugin.vultr.addKey(plugin.userId, { name: "ci-dev-abcdefgh" });
    const blocked = { status: 401, json: { error: "Unauthorized IP address: 192.0.2.1" } };
    plugin.vultr.inject(respond(blocked, { path: "/account", skip: 1 }));
    await plugin.make();
    expect(plugin.lines).toEqual([
      { urn, severity: "info", message: containing(`user ${plugin.userId} has another API key`) },
      { urn, severity: "info", message: containing("waiting for API key") },
      { urn, severity: "warning", message: containing("whether API key") },
    ]);
    const text = plugin.lines.map(({ message }) => message).join("\n");
    expect(text).not.toMatch(/^(note|warning): /m);
    expect(text).toContain(stranger.id);
  });
});

it("in a run in which a key could not be made, no key is revoked", async () => {
  await using plugin = await startPlugin();
  const { id, state } = await plugin.make();
  plugin.nextRun();
  plugin.vultr.inject(respond({ status: 400 }, { method: "POST" }));
  await failureOf(plugin.make());
  const end = plugin.calls.delete({ urn: `${urn}-former`, id }, state);
  expect(await failureOf(end)).toContain("and then no key is revoked");
});
