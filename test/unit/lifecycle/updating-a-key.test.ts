import { fingerprintOf, type KeyState } from "../../../provider/keys/state";
import type { EmulatedKey } from "../../emulator";
import { assume } from "../../support/assume";
import { rejection } from "../transport/transport-to";
import { containing, failureOf, startRun, urnOf } from "./run";

assume({
  otherFields: "documented",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

const nowText = "2026-11-01T00:00:00Z";
const dateExpire = "2031-06-30T00:00:00Z";

/** A run with a key as states may keep it: proven, unproven, or adopted without its plaintext. */
async function runWithKey() {
  const run = await startRun();
  const key = run.vultr.addKey(run.userId, { name: "by hand" });
  const proven = run.stateOf(key, { fingerprint: fingerprintOf(key.apiKey) });
  return { ...run, key, proven, unproven: unprovenOf(proven), adopted: adoptedOf(proven) };
}

function unprovenOf({ verifiedAt: _, ...state }: KeyState): KeyState {
  return { ...state, isUnproven: true };
}

function adoptedOf({ apiKey: _, fingerprint: __, verifiedAt: ___, ...known }: KeyState): KeyState {
  return { ...known, adoptKeyId: known.keyId };
}

const adoptionOf = ({ id: adoptKeyId, apiKey: adoptApiKey }: EmulatedKey) => ({
  adoptKeyId,
  adoptApiKey,
});

it("args are recorded, outputs stay however the args word them, and nothing is sent", async () => {
  await using run = await runWithKey();
  const args = { rotateBeforeExpiry: "14d", expiresIn: "90d", verify: true };
  const reworded = { ...args, name: undefined, dateExpire: "2031-06-30T02:00:00+02:00" };
  const was = { ...run.proven, rotateAfter: "30d", dateExpire };
  for (const news of [args, reworded])
    expect(await run.update(was, news)).toEqual({ ...run.proven, dateExpire, ...args });
  expect(run.sent()).toEqual([]);
  expect(run.notices).toEqual([]);
});

describe("a key that was kept unproven", () => {
  it.each([
    { what: "is proven now", verifiedAt: nowText, sent: ["GET keys", "GET account"] },
    {
      what: "is recognised, from an address that may not use it",
      isBlocked: true,
      verifiedAt: undefined,
      sent: ["GET keys", "GET account"],
      notices: [containing("cannot be judged from here")],
    },
    {
      what: "stays untried where no proof is wanted any more, with a warning",
      args: { verify: false },
      verifiedAt: undefined,
      sent: [],
      notices: [containing("takes over without having been seen to authenticate")],
    },
  ])("$what: it takes over from the key before it", async (row) => {
    const { args, isBlocked = false, verifiedAt, sent, notices = [] } = row;
    await using run = await runWithKey();
    const old = run.vultr.addKey(run.userId);
    if (isBlocked) run.vultr.blockAddress("203.0.113.7", run.userId);
    const outs = await run.update({ ...run.unproven, previousKeyId: old.id }, args);
    expect(outs.verifiedAt).toBe(verifiedAt);
    expect(Object.keys(outs).includes("verifiedAt")).toBe(verifiedAt !== undefined);
    expect(outs).not.toHaveProperty("isUnproven");
    expect(outs.previousKeyId).toBe(old.id);
    expect(run.sent()).toEqual(sent);
    expect(run.notices).toEqual(notices);
    await run.end(run.stateOf(old));
    expect(run.isAlive(old)).toBe(false);
  });

  it("is not tried if it is gone: of a deleted key Vultr may say what it says of a weak one", async () => {
    await using run = await runWithKey();
    run.vultr.setSwitches({ deletedKeyUsed: "403", deletedKeyListedForMs: 0 });
    run.vultr.deleteKey(run.key.id);
    const error = await rejection(run.update(run.unproven));
    expect(error).toMatchObject({ message: containing("Run `pulumi up --refresh`") });
    expect(error).toMatchObject({ properties: { keyId: run.key.id, isUnproven: true } });
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("fails the run again where it still does not authenticate, and nothing dies", async () => {
    await using run = await runWithKey();
    const dead = run.vultr.addKey(run.userId, { usableAfterMs: Infinity });
    const state = { ...unprovenOf(run.stateOf(dead)), previousKeyId: run.key.id };
    const error = await rejection(run.update(state, { rotateAfter: "30d" }));
    expect(error).toMatchObject({
      message: containing("If it fails again, change rotationTrigger"),
    });
    // As after a create that failed half-way, the engine is to keep the key, and what was asked of it.
    const properties = { keyId: dead.id, isUnproven: true, rotateAfter: "30d" };
    expect(error).toMatchObject({ id: `${run.userId}/${dead.id}`, properties });
    expect(await failureOf(run.end(run.proven))).toContain("then no key is revoked");
    expect(run.isAlive(run.key)).toBe(true);
  });

  it("says how to have another one made, if it has expired meanwhile", async () => {
    await using run = await runWithKey();
    const dead = run.vultr.addKey(run.userId, { usableAfterMs: Infinity });
    const state = { ...unprovenOf(run.stateOf(dead)), dateExpire: "2026-10-31T00:00:00Z" };
    const says = await failureOf(run.update(state));
    expect(says).toMatch(/Its expiry is 2026-10-31.*If it fails again, change rotationTrigger/);
  });
});

describe("an adopted key", () => {
  it("gets the plaintext that the program gives later: compared, proven and kept", async () => {
    await using run = await runWithKey();
    const outs = await run.update(run.adopted, adoptionOf(run.key));
    expect(outs).toEqual({ ...run.proven, adoptKeyId: run.key.id, verifiedAt: nowText });
    expect(run.sent()).toEqual(["GET keys", "GET account"]);
  });

  it.each([{}, { verify: false }])("does not get one that ends otherwise (%j)", async (more) => {
    await using run = await runWithKey();
    const args = { adoptKeyId: run.key.id, adoptApiKey: "ends-otherwise", ...more };
    const error = await rejection(run.update(run.adopted, args));
    expect(error).toMatchObject({ message: containing("is not its plaintext") });
    expect(error).not.toHaveProperty("properties"); // the state before stays
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("gets it compared, and not tried, where no proof is wanted", async () => {
    await using run = await runWithKey();
    const outs = await run.update(run.adopted, { ...adoptionOf(run.key), verify: false });
    expect(outs.apiKey).toBe(run.key.apiKey);
    expect(outs).not.toHaveProperty("verifiedAt");
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("is not to be rotated because a plaintext is not its own", async () => {
    await using run = await runWithKey();
    const cut = { adoptKeyId: run.key.id, adoptApiKey: run.key.apiKey.slice(3) };
    const says = await failureOf(run.update(run.adopted, cut));
    expect(says).toMatch(
      /^could not verify API key.*Check adoptApiKey, or leave it out. Do not rotate/,
    );
  });

  it("gets none if it is gone: that of another key would be kept as its own", async () => {
    await using run = await runWithKey();
    const args = { adoptKeyId: "gone", adoptApiKey: run.key.apiKey };
    const says = await failureOf(run.update({ ...run.adopted, keyId: "gone", ...args }, args));
    expect(says).toMatch(/Vultr does not list it .* Remove adoptKeyId and adoptApiKey first/);
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it.each([
    { what: "that has one keeps it", has: "proven", args: { adoptApiKey: "another" } },
    { what: "without one stays so where none is given", has: "adopted", args: { verify: true } },
  ] as const)("$what, and nothing is sent", async ({ has, args }) => {
    await using run = await runWithKey();
    const adoptKeyId = run.key.id;
    const outs = await run.update({ ...run[has], adoptKeyId }, { adoptKeyId, ...args });
    const { adoptApiKey: _, ...kept } = { adoptApiKey: "", ...args };
    expect(outs).toEqual({ ...run[has], adoptKeyId, ...kept });
    expect(run.sent()).toEqual([]);
  });
});

it("that a key was adopted, or one before it, stays known when the program no longer says so", async () => {
  await using run = await runWithKey();
  expect((await run.update(run.adopted)).adoptKeyId).toBe(run.key.id);
  expect(await run.update({ ...run.proven, adoptKeyId: "old" })).toHaveProperty(
    "adoptKeyId",
    "old",
  );
});

it("the URNs that a resource had before stay known, over every rename and rotation", async () => {
  await using run = await runWithKey();
  const first = urnOf("first");
  const renamed = await run.update({ ...run.proven, resourceUrn: first });
  expect(renamed).toMatchObject({ resourceUrn: urnOf("ci"), formerUrns: [first] });
  expect((await run.update(renamed)).formerUrns).toEqual([first]);
  const second = { ...renamed, resourceUrn: urnOf("second") };
  expect((await run.update(second)).formerUrns).toEqual([first, urnOf("second")]);
  expect((await run.rotate(second)).outs.formerUrns).toEqual([first, urnOf("second")]);
  expect(await run.update(run.proven)).not.toHaveProperty("formerUrns");
  const ofOldVersion = { ...run.proven, resourceUrn: undefined as never, resourceName: "first" };
  expect((await run.update(ofOldVersion)).formerUrns).toEqual(["first"]);
});

it("a key that replaced an adopted one does not take that one's plaintext for its own", async () => {
  await using run = await runWithKey();
  const args = { adoptKeyId: "old", adoptApiKey: "plaintext of old" };
  const outs = await run.update({ ...run.adopted, adoptKeyId: "old" }, args);
  expect(outs).not.toHaveProperty("apiKey");
  expect(run.sent()).toEqual([]);
});
