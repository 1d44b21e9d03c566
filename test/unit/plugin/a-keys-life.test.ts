import { unknownValue } from "@pulumi/pulumi/runtime";

import { fingerprintOf } from "../../../provider/keys/state";
import { lateKey, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, failureOf, marked } from "../lifecycle/run";
import { rejection } from "../transport/transport-to";
import { type Plugin, startPlugin, urn } from "./plugin";

const dayMs = 86_400_000;

describe("a key from check to delete", () => {
  assume({ newKey: "at-once", emptyAllowlist: "allow" });

  it("has in state its args and outputs and nothing else, its plaintext marked secret", async () => {
    await using plugin = await startPlugin();
    const { calls, userId, vultr, clock } = plugin;
    const args = plugin.args({ rotationTrigger: { generation: 1 }, rotateAfter: "30d" });
    expect(await calls.check(urn, {}, args)).toEqual({ inputs: args, failures: [] });
    const { id, properties } = await calls.create(urn, args);
    const [key] = vultr.keysOf(userId);
    expect(id).toBe(`${userId}/${key!.id}`);
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
    clock.advance(1_000);
    expect(await plugin.diff({ id, inputs: args, state }, args)).toEqual({
      changes: false,
      replaces: [],
      detailed: {},
    });
    const news = { ...args, rotateAfter: "60d" };
    await plugin.calls.check(urn, args, news);
    expect(await plugin.calls.update(known, state, args, news)).toEqual({
      ...properties,
      rotateAfter: "60d",
    });

    plugin.nextRun();
    await plugin.calls.delete(known, state);
    expect(plugin.names()).toEqual([]);
    expect(plugin.lines).toEqual([]);
  });

  it("that the dynamic provider made stays itself after a move, and loses what was hidden there", async () => {
    await using plugin = await startPlugin();
    const { inputs, id, state } = await plugin.make({ rotationTrigger: 1 });
    const hidden = { resourceName: "ci", resourceUrn: "urn of the class", __provider: "text" };
    const [before, olds] = [
      { ...state, ...hidden },
      { ...inputs, ...hidden },
    ];
    plugin.nextRun();
    const known = { id, inputs: olds, state: before };
    expect(await plugin.diff(known, inputs)).toEqual({
      changes: false,
      replaces: [],
      detailed: {},
    });
    const { properties } = await plugin.calls.read({ urn, id }, before, olds);
    expect(plugin.stateOf(properties)).toEqual(state);
    const detailed = { rotationTrigger: "UPDATE_REPLACE" };
    const rotated = { ...inputs, rotationTrigger: 2 };
    expect(await plugin.diff(known, rotated)).toMatchObject({ detailed });
  });
});

describe("import", () => {
  assume({ otherFields: "documented", emptyAllowlist: "allow" });

  const imported = async (plugin: Plugin, dateExpire?: string, name = "by hand") => {
    const expiry = dateExpire === undefined ? {} : { dateExpire };
    const key = plugin.vultr.addKey(plugin.userId, { name, ...expiry });
    const id = `${plugin.userId}/${key.id}`;
    return { key, ...(await plugin.calls.read({ urn, id })) };
  };

  it.each(["2031-06-30T00:00:00Z", undefined])(
    "brings what Vultr shows, and inputs that keep the key as it is (expiry: %s)",
    async (dateExpire) => {
      await using plugin = await startPlugin();
      const { key, id, properties, inputs } = await imported(plugin, dateExpire);
      const shown = {
        userId: plugin.userId,
        name: "by hand",
        adoptKeyId: key.id,
        ...(dateExpire === undefined ? {} : { dateExpire }),
      };
      expect(properties).toEqual({ ...shown, keyId: key.id });
      expect(inputs).toEqual(shown);
      plugin.nextRun();
      const unchanged = { changes: false, replaces: [], detailed: {} };
      expect(await plugin.diff({ id, inputs, state: properties }, inputs)).toEqual(unchanged);
    },
  );

  it.each(["", "a".repeat(129), "two\nlines"])(
    "keeps a key as it is whose name no arg may have: %j",
    async (name) => {
      await using plugin = await startPlugin();
      const { key, id, properties, inputs } = await imported(plugin, undefined, name);
      expect(properties).toMatchObject({ name });
      expect(inputs).toEqual({ userId: plugin.userId, adoptKeyId: key.id });
      plugin.nextRun();
      expect((await plugin.calls.check(urn, inputs, inputs)).failures).toEqual([]);
      const unchanged = { changes: false, replaces: [], detailed: {} };
      expect(await plugin.diff({ id, inputs, state: properties }, inputs)).toEqual(unchanged);
    },
  );

  it("counts the age of a key from the update that asks for it: an import records no time", async () => {
    await using plugin = await startPlugin();
    const { id, properties, inputs } = await imported(plugin);
    const news = { ...inputs, rotateAfter: "30d" };
    plugin.nextRun();
    const update = { id, inputs, state: properties };
    expect(await plugin.diff(update, news)).toMatchObject({ changes: true, replaces: [] });
    const state = await plugin.calls.update({ urn, id }, properties, inputs, news);
    plugin.nextRun();
    plugin.clock.advance(29 * 86_400_000);
    expect(await plugin.diff({ id, inputs: news, state }, news)).toMatchObject({ replaces: [] });
    plugin.clock.advance(2 * 86_400_000);
    const due = { replaces: ["rotateAfter"] };
    expect(await plugin.diff({ id, inputs: news, state }, news)).toMatchObject(due);
  });

  it("borrows the key: whatever ends the resource leaves it, and says so; its first rotation revokes it", async () => {
    await using plugin = await startPlugin();
    const { key, id, properties, inputs } = await imported(plugin);
    plugin.nextRun();
    await plugin.calls.delete({ urn, id }, properties);
    expect(plugin.isAlive(key)).toBe(true);
    const message = containing("is not revoked with this resource");
    expect(plugin.lines).toEqual([{ urn, severity: "info", message }]);

    plugin.nextRun();
    const {
      adoptKeyId: _,
      name: __,
      ...news
    } = { ...inputs, rotationTrigger: 1 } as never as {
      adoptKeyId: string;
      name: string;
    };
    expect(await plugin.diff({ id, inputs, state: properties }, news)).toMatchObject({
      replaces: ["rotationTrigger"],
    });
    const made = await plugin.make({ rotationTrigger: 1 });
    await plugin.calls.delete({ urn, id }, properties);
    expect(plugin.isAlive(key)).toBe(false);
    expect(plugin.names()).toEqual([made.state.name]);
  });

  it("takes the plaintext later, by adoptApiKey, and keeps it as a secret", async () => {
    await using plugin = await startPlugin();
    const { key, id, properties, inputs } = await imported(plugin);
    plugin.nextRun();
    const news = { ...inputs, adoptApiKey: key.apiKey };
    const checked = await plugin.calls.check(urn, inputs, news);
    expect(checked).toEqual({
      inputs: { ...inputs, adoptApiKey: marked(key.apiKey) },
      failures: [],
    });
    const detailed = { adoptApiKey: "ADD" };
    expect(await plugin.diff({ id, inputs, state: properties }, news)).toMatchObject({ detailed });
    const updated = await plugin.calls.update({ urn, id }, properties, inputs, news);
    const verifiedAt = expect.any(String) as string;
    const shown = await plugin.calls.read({ urn, id }, plugin.stateOf(updated), news);
    expect(shown).toEqual({ id, properties: updated, inputs: checked.inputs });
    const added = {
      createdAt: verifiedAt,
      apiKey: marked(key.apiKey),
      fingerprint: fingerprintOf(key.apiKey),
      verifiedAt,
    };
    expect(updated).toEqual({ ...properties, ...added });
  });

  it("counts as a look-up, which its refresh by the engine does not", async () => {
    await using plugin = await startPlugin();
    const key = plugin.vultr.addKey(plugin.userId);
    const [id, given] = [`${plugin.userId}/${key.id}`, { keyId: key.id }];
    const { properties } = await plugin.calls.read({ urn, id }, given, given);
    const end = () => plugin.calls.delete({ urn, id }, properties);
    expect(await failureOf(end())).toContain("this program looks it up");
    plugin.nextRun();
    await plugin.calls.read({ urn, id }, properties, given);
    await end();
    expect(plugin.isAlive(key)).toBe(false);
  });

  it.each([
    ["nonsense", "it is not of the form <user id>/<key id>"],
    ["user/key", "could not"],
  ])("of %s says what is wrong", async (id, message) => {
    await using plugin = await startPlugin();
    expect(await failureOf(plugin.calls.read({ urn, id }))).toContain(message);
  });
});

describe("a preview", () => {
  const outputs = {
    keyId: unknownValue,
    dateExpire: unknownValue,
    createdAt: unknownValue,
    fingerprint: unknownValue,
    verifiedAt: unknownValue,
    previousKeyId: unknownValue,
    apiKey: marked(unknownValue),
  };

  it("shows a new key with its args, and its outputs as unknown; needs no credential, sends nothing", async () => {
    await using plugin = await startPlugin({ environment: { VULTR_API_KEY: "" } });
    const args = plugin.args({ rotationTrigger: 1, adoptApiKey: "plaintext", adoptKeyId: "id" });
    const { adoptApiKey: _, ...shown } = args;
    const { id, properties } = await plugin.calls.create(urn, args, { preview: true });
    expect(id).toBe("");
    expect(properties).toEqual({ ...outputs, ...shown, name: unknownValue });
    expect(plugin.sent()).toEqual([]);
  });

  it("shows a new key's expiry as the run records it, in UTC", async () => {
    await using plugin = await startPlugin();
    const { inputs } = await plugin.calls.check(
      urn,
      {},
      plugin.args({ dateExpire: "2031-06-30T02:00:00.5+02:00" }),
    );
    const shown = await plugin.calls.create(urn, inputs, { preview: true });
    const made = await plugin.calls.create(urn, inputs);
    expect(shown.properties["dateExpire"]).toBe("2031-06-30T00:00:00Z");
    expect(made.properties["dateExpire"]).toBe("2031-06-30T00:00:00Z");
    const open = { ...inputs, dateExpire: unknownValue };
    const { properties } = await plugin.calls.create(urn, open, { preview: true });
    expect(properties["dateExpire"]).toBe(unknownValue);
  });

  it("passes unknown args on, and shows the rotation that they may bring", async () => {
    await using plugin = await startPlugin();
    const args = plugin.args({ rotationTrigger: unknownValue });
    const { inputs, failures } = await plugin.calls.check(urn, {}, args);
    expect({ inputs, failures }).toEqual({ inputs: args, failures: [] });
    const { properties } = await plugin.calls.create(urn, inputs, { preview: true });
    expect(properties).toMatchObject({ rotationTrigger: unknownValue, userId: plugin.userId });
    expect(plugin.sent()).toEqual([]);
    const old = await plugin.make({ rotationTrigger: 1 });
    plugin.nextRun();
    expect(await plugin.diff(old, args)).toEqual({
      changes: true,
      replaces: ["rotationTrigger"],
      detailed: { rotationTrigger: "UPDATE_REPLACE" },
    });
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
      { rotationTrigger: 1, rotateAfter: "30d" },
      { rotationTrigger: 2, rotateAfter: "60d" },
      { rotationTrigger: "UPDATE_REPLACE", rotateAfter: "UPDATE" },
    ],
    ["no trigger any more", { rotationTrigger: 1 }, {}, { rotationTrigger: "DELETE_REPLACE" }],
    [
      "an object whose inside changed",
      { rotationTrigger: { all: [1, 2] } },
      { rotationTrigger: { all: [1, 3] } },
      { rotationTrigger: "UPDATE_REPLACE" },
    ],
    ["nothing", { rotationTrigger: { all: [1] } }, { rotationTrigger: { all: [1] } }, {}],
  ])("of %s", async (_what, before, now, detailed) => {
    await using plugin = await startPlugin();
    const old = await plugin.make(before);
    plugin.nextRun();
    const found = await plugin.diff(old, plugin.args(now));
    const replaces = Object.keys(detailed).filter((name) => detailed[name]!.endsWith("_REPLACE"));
    expect(found).toEqual({ changes: Object.keys(detailed).length > 0, replaces, detailed });
  });

  it("of a rotation by age: the arg that asks for it, although it is as it was", async () => {
    await using plugin = await startPlugin();
    const old = await plugin.make({ rotateAfter: "30d" });
    plugin.nextRun();
    plugin.clock.advance(31 * dayMs);
    const found = await plugin.diff(old, old.inputs);
    const replaces = ["rotateAfter"];
    const detailed = { rotateAfter: "UPDATE_REPLACE of state" };
    expect(found).toEqual({ changes: true, replaces, detailed });
    const message = containing("is due for rotation");
    expect(plugin.lines).toEqual([{ urn, severity: "info", message }]);
  });

  it("of a key that is to be proven: verifiedAt", async () => {
    await using plugin = await startPlugin();
    const { inputs, state, id } = await plugin.make();
    const { verifiedAt: _, ...unproven } = { ...state, isUnproven: true };
    plugin.nextRun();
    const found = await plugin.diff({ inputs, id, state: unproven }, inputs);
    expect(found).toEqual({
      changes: true,
      replaces: [],
      detailed: { verifiedAt: "ADD of state" },
    });
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
    plugin.vultr.inject(
      respond(
        { status: 401, json: { error: "Unauthorized IP address: 192.0.2.1" } },
        { path: "/account", skip: 1 },
      ),
    );
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

  it("of a mistake has no property, whose value the engine would print", async () => {
    await using plugin = await startPlugin();
    const args = { userId: "nobody", adoptApiKey: "a secret" };
    const { failures, inputs } = await plugin.calls.check(urn, {}, args);
    expect(inputs).toEqual({ ...args, adoptApiKey: marked("a secret") });
    expect(failures.map(({ property }) => property)).toEqual(["", ""]);
    expect(failures.map(({ reason }) => reason)).toEqual([
      containing("userId: "),
      containing("adoptApiKey needs adoptKeyId"),
    ]);
    expect(JSON.stringify(failures)).not.toContain("a secret");
  });
});

it("in a run in which a key could not be made, no key is revoked", async () => {
  await using plugin = await startPlugin();
  const { id, state } = await plugin.make();
  plugin.nextRun();
  plugin.vultr.inject(respond({ status: 400 }, { method: "POST" }));
  await rejection(plugin.make());
  const failure = await failureOf(plugin.calls.delete({ urn: `${urn}-former`, id }, state));
  expect(failure).toContain("and then no key is revoked");
});
