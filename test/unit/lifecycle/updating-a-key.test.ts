import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf, type KeyState } from "../../../provider/keys/state";
import { assume } from "../../support/assume";
import { rejection } from "../transport/transport-to";
import { containing, failureOf, type KeyRun, runWithKey, urnOf, without } from "./run";

assume({
  otherFields: "documented",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

const nowText = "2026-11-01T00:00:00Z";
const dateExpire = "2031-06-30T00:00:00Z";

const unprovenOf = (state: KeyState): KeyState => ({
  ...without(state, "verifiedAt"),
  isUnproven: true,
});

/** A run with a key as states may keep it: proven, unproven, or adopted without its plaintext. */
async function runWithStates() {
  const run = await runWithKey();
  const proven = { ...run.state, fingerprint: fingerprintOf(run.key.apiKey) };
  const known: KeyState = without(proven, "apiKey", "fingerprint", "verifiedAt");
  const adoption = { adoptKeyId: run.key.id, adoptApiKey: run.key.apiKey };
  const adopted = { ...known, adoptKeyId: run.key.id };
  return Object.assign(run, { proven, unproven: unprovenOf(proven), adopted, adoption });
}

it("args are recorded, outputs stay however the args word them, and nothing is sent", async () => {
  await using run = await runWithStates();
  const args = { rotateBeforeExpiry: "14d", expiresIn: "90d", verify: true };
  const reworded = { ...args, name: undefined, dateExpire: "2031-06-30T02:00:00+02:00" };
  const was = { ...run.proven, rotateAfter: "30d", dateExpire };
  for (const news of [args, reworded])
    expect(await run.update(was, news)).toEqual({ ...run.proven, dateExpire, ...args });
  expect(run.sent()).toEqual([]);
  expect(run.notices).toEqual([]);
});

describe("a key that was kept unproven", () => {
  const blocked = ({ vultr, userId }: KeyRun) => {
    vultr.blockAddress("203.0.113.7", userId);
  };
  const nothing = () => undefined;
  const tried = ["GET keys", "GET account"];
  const unjudged = [containing("cannot be judged from here")];
  const untried = [containing("takes over without having been seen to authenticate")];

  it.each<
    [
      what: string,
      happens: (run: KeyRun) => void,
      args: KeyInputs,
      verifiedAt: object,
      sent: string[],
      notices: string[],
    ]
  >([
    ["is proven now", nothing, {}, { verifiedAt: nowText }, tried, []],
    ["is recognised, from an address that may not use it", blocked, {}, {}, tried, unjudged],
    ["is untried where no proof is wanted any more", nothing, { verify: false }, {}, [], untried],
  ])("%s: it takes over from the key before it", async (...row) => {
    const [, happens, args, verifiedAt, sent, notices] = row;
    await using run = await runWithStates();
    const old = run.vultr.addKey(run.userId);
    happens(run);
    const state = { ...run.unproven, previousKeyId: old.id };
    const kept = without(state, "isUnproven");
    expect(await run.update(state, args)).toEqual({ ...kept, ...args, ...verifiedAt });
    expect(run.sent()).toEqual(sent);
    expect(run.notices).toEqual(notices);
    await run.end(run.stateOf(old));
    expect(run.isAlive(old)).toBe(false);
  });

  it("is not tried if it is gone: of a deleted key Vultr may say what it says of a weak one", async () => {
    await using run = await runWithStates();
    run.vultr.setSwitches({ deletedKeyUsed: "403", deletedKeyListedForMs: 0 });
    run.vultr.deleteKey(run.key.id);
    expect(await rejection(run.update(run.unproven))).toMatchObject({
      message: containing("Run `pulumi up --refresh`"),
      properties: { keyId: run.key.id, isUnproven: true },
    });
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("fails the run again where it still does not authenticate, and nothing dies", async () => {
    await using run = await runWithStates();
    const dead = run.vultr.addKey(run.userId, { usableAfterMs: Infinity });
    const state = { ...unprovenOf(run.stateOf(dead)), previousKeyId: run.key.id };
    // As after a create that failed half-way, the engine is to keep the key, and what was asked of it.
    expect(await rejection(run.update(state, { rotateAfter: "30d" }))).toMatchObject({
      message: containing("If it fails again, change rotationTrigger"),
      id: `${run.userId}/${dead.id}`,
      properties: { keyId: dead.id, isUnproven: true, rotateAfter: "30d" },
    });
    expect(await failureOf(run.end(run.proven))).toContain("then no key is revoked");
    expect(run.isAlive(run.key)).toBe(true);
  });
});

describe("an adopted key", () => {
  it.each<[how: string, args: KeyInputs, verifiedAt: object, sent: string[]]>([
    ["compared, proven and kept", {}, { verifiedAt: nowText }, ["GET keys", "GET account"]],
    ["compared alone if no proof is wanted", { verify: false }, {}, ["GET keys"]],
  ])("gets the plaintext that the program gives later, %s", async (...row) => {
    const [, args, verifiedAt, sent] = row;
    await using run = await runWithStates();
    const outs = await run.update(run.adopted, { ...run.adoption, ...args });
    const { apiKey, fingerprint } = run.proven;
    expect(outs).toEqual({ ...run.adopted, apiKey, fingerprint, ...args, ...verifiedAt });
    expect(run.sent()).toEqual(sent);
  });

  it.each([{}, { verify: false }])("does not get one that ends otherwise (%j)", async (more) => {
    await using run = await runWithStates();
    const args = { ...run.adoption, adoptApiKey: "ends-otherwise", ...more };
    const error = await rejection(run.update(run.adopted, args));
    expect(error).toMatchObject({ message: containing("is not its plaintext") });
    expect(error).not.toHaveProperty("properties"); // the state before stays
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("is not to be rotated because a plaintext is not its own", async () => {
    await using run = await runWithStates();
    const cut = { ...run.adoption, adoptApiKey: run.key.apiKey.slice(3) };
    expect(await failureOf(run.update(run.adopted, cut))).toMatch(
      /^could not verify API key.*Check adoptApiKey, or leave it out. Do not rotate/,
    );
  });

  it("gets none if it is gone: that of another key would be kept as its own", async () => {
    await using run = await runWithStates();
    const args = { ...run.adoption, adoptKeyId: "gone" };
    const says = await failureOf(run.update({ ...run.adopted, keyId: "gone", ...args }, args));
    expect(says).toMatch(/Vultr does not list it .* Remove adoptKeyId and adoptApiKey first/);
    expect(run.sent()).toEqual(["GET keys"]);
  });

  it("that has a plaintext keeps it, and nothing is sent", async () => {
    await using run = await runWithStates();
    const { adoptKeyId } = run.adoption;
    const outs = await run.update({ ...run.proven, adoptKeyId }, { adoptKeyId, adoptApiKey: "x" });
    expect(outs).toEqual({ ...run.proven, adoptKeyId });
    expect(run.sent()).toEqual([]);
  });

  it("stays known as such when the program no longer says so, as does one before it", async () => {
    await using run = await runWithStates();
    expect(await run.update(run.adopted)).toEqual(run.adopted);
    const successor = { ...run.proven, adoptKeyId: "old" };
    expect(await run.update(successor)).toEqual(successor);
  });

  it("that was rotated leaves its plaintext to no successor", async () => {
    await using run = await runWithStates();
    const args = { adoptKeyId: "old", adoptApiKey: "plaintext of old" };
    const outs = await run.update({ ...run.adopted, adoptKeyId: "old" }, args);
    expect(outs).not.toHaveProperty("apiKey");
    expect(run.sent()).toEqual([]);
  });
});

it("the URNs that a resource had before stay known, over every rename and rotation", async () => {
  await using run = await runWithStates();
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
