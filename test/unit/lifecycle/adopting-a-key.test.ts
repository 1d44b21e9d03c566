import type { KeyInputs } from "../../../provider/keys/inputs";
import { fingerprintOf } from "../../../provider/keys/state";
import { assume } from "../../support/assume";
import { failureOf, type KeyRun, listedAs, runWithKey, urnOf } from "./run";

// What is compared with the args, and how a plaintext is proven.
assume({
  otherFields: "documented",
  refusalSent: "as-status",
  emptyAllowlist: "allow",
  deletedKeyListedForMs: 0,
});

const dateExpire = "2031-06-30T00:00:00Z";
const nowText = "2026-11-01T00:00:00Z";
const expires = { key: { dateExpire } };
const isDead = { key: { usableAfterMs: Infinity } };

const adoptionOf = ({ key }: KeyRun) => ({ adoptKeyId: key.id });
/** The program takes over the key that was made by hand. */
const adopt = async (run: KeyRun, args: KeyInputs = {}) =>
  (await run.make({ ...adoptionOf(run), ...args })).outs;

const changes = ({ sent }: KeyRun) => sent().filter((request) => !request.startsWith("GET"));

it.each<KeyInputs>([
  {},
  { name: "by hand" },
  { dateExpire: "2031-06-30T02:00:00.000+02:00" },
  { expiresIn: "90d" },
])("a key that is as the args say, %j, stays so; state says when it was adopted", async (args) => {
  await using run = await runWithKey(expires);
  const keyId = run.key.id;
  const outs = { keyId, name: "by hand", dateExpire, createdAt: nowText };
  const inputs = { ...adoptionOf(run), ...args };
  expect(await run.make(inputs)).toEqual({
    id: `${run.userId}/${keyId}`,
    outs: { ...run.args(inputs), ...outs },
  });
  expect(run.sent()).toEqual(["GET keys"]);
});

describe("its plaintext", () => {
  const proven = { verifiedAt: nowText };

  it("is proven, and becomes an output in place of an arg", async () => {
    await using run = await runWithKey();
    const { apiKey } = run.key;
    const outs = await adopt(run, { adoptApiKey: apiKey });
    expect(outs).toMatchObject({ apiKey, fingerprint: fingerprintOf(apiKey), ...proven });
    expect(outs).not.toHaveProperty("adoptApiKey");
  });

  it("cannot be compared where the listing shows no ending, and is proven all the same", async () => {
    await using run = await runWithKey();
    run.vultr.inject(listedAs([{ id: run.key.id, name: "by hand" }]));
    expect(await adopt(run, { adoptApiKey: run.key.apiKey })).toMatchObject(proven);
  });

  it("is taken on trust where no proof is wanted", async () => {
    await using run = await runWithKey(isDead);
    const outs = await adopt(run, { adoptApiKey: run.key.apiKey, verify: false });
    expect(outs.apiKey).toBe(run.key.apiKey);
    expect(outs).not.toHaveProperty("verifiedAt");
  });

  it("is refused where it does not authenticate: the key stays, and is not the resource's", async () => {
    await using run = await runWithKey(isDead);
    expect(await failureOf(adopt(run, { adoptApiKey: run.key.apiKey }))).toMatch(
      /^could not verify API key .* Check adoptApiKey, or leave it out\. If that does not help, ask Vultr's support/,
    );
    expect(changes(run)).toEqual([]);
    expect(await failureOf(run.end(run.state))).toContain("then no key is revoked");
  });
});

describe("what is otherwise than the args describe it is refused, and nothing is changed", () => {
  const rotated = ({ vultr, key }: KeyRun) => {
    vultr.deleteKey(key.id);
  };
  const removed = ({ vultr, userId }: KeyRun) => {
    vultr.removeUser(userId);
  };
  const none =
    "has 0 API keys and this is none of them. Check adoptKeyId, and that the key belongs";
  const wayOut = "If the key has been rotated here since, remove adoptKeyId";

  it.each<[what: string, args: KeyInputs, says: string, happens?: (run: KeyRun) => void]>([
    ["another name", { name: "other" }, 'it is named "by hand". Write that name'],
    ["another expiry", { dateExpire: "2031-06-30T00:00:01Z" }, `it expires at ${dateExpire}.`],
    ["another plaintext", { adoptApiKey: "ends-otherwise" }, "is not its plaintext: it should end"],
    ["a key that has been rotated since", {}, `${none} to this user. ${wayOut}`, rotated],
    ["a key of a user whom Vultr does not know", {}, none, removed],
  ])("%s", async (...[, args, says, happens]) => {
    await using run = await runWithKey(expires);
    happens?.(run);
    const message = await failureOf(adopt(run, args));
    expect(message.startsWith(`could not adopt API key ${run.key.id}: `)).toBe(true);
    expect(message).toContain(says);
    expect(message).toContain("Nothing was changed.");
    expect(changes(run)).toEqual([]);
  });

  it("an expiry for a key that has none, and a key of another user", async () => {
    await using run = await runWithKey();
    expect(await failureOf(adopt(run, { dateExpire }))).toContain("it never expires");
    const { id } = run.vultr.addKey(run.vultr.addUser().id);
    expect(await failureOf(adopt(run, { adoptKeyId: id }))).toContain(
      `could not adopt API key ${id}: user ${run.userId} has 1 API keys and this is none`,
    );
  });
});

describe("a second adoption of one key is refused, whatever the order of the calls", () => {
  const firstUrn = urnOf("first");

  it.each<[what: string, first: (run: KeyRun) => unknown]>([
    ["another has adopted it", (run) => run.make(adoptionOf(run), "first")],
    ["another is to adopt it", (run) => run.provider.check({}, run.args(adoptionOf(run), "first"))],
    [
      "state records it for another",
      async (run) => {
        await run.known(adoptionOf(run), "first");
        const state = { ...run.state, resourceUrn: firstUrn, ...adoptionOf(run) };
        await run.provider.diff("id", state, run.args(adoptionOf(run), "first"));
      },
    ],
  ])("%s", async (_what, first) => {
    await using run = await runWithKey();
    await first(run);
    expect(await failureOf(adopt(run))).toContain(
      `another resource of this program holds it: ${firstUrn}. A key has one owner: remove one of the two resources`,
    );
  });

  it("by itself it is adopted again: --replace", async () => {
    await using run = await runWithKey();
    await run.known(adoptionOf(run));
    const { outs } = await run.create(run.args(adoptionOf(run)));
    expect(outs).toMatchObject({ keyId: run.key.id, ...adoptionOf(run) });
  });
});

describe("where this run's refresh has lost", () => {
  it("another key of the resource, it is done", async () => {
    await using run = await runWithKey();
    const lost = (await run.make()).outs;
    run.vultr.deleteKey(lost.keyId);
    run.nextRun();
    expect(await run.read(lost)).toEqual({});
    const outs = await adopt(run);
    expect(outs.keyId).toBe(run.key.id);
    expect(outs).not.toHaveProperty("previousKeyId");
  });

  it("that very key, it is refused: nothing replaces it unasked", async () => {
    await using run = await runWithKey();
    const lost = await adopt(run, { adoptApiKey: run.key.apiKey });
    run.vultr.deleteKey(run.key.id);
    run.nextRun();
    expect(await run.read(lost)).toEqual({});
    expect(await failureOf(adopt(run))).toContain("this is none of them");
    expect(changes(run)).toEqual([]);
  });
});
