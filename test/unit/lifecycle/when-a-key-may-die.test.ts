import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { deadKey, type EmulatedKey, respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, type Run, startRun, urnOf } from "./run";

/** What the engine calls before the deletion of the key named `old`. */
type Step = (told: Told) => Promise<unknown>;

/** A run, and the keys that steps speak of by name. */
interface Told {
  run: Run;
  key: (name: string) => EmulatedKey;
  stateOf: (state: Named) => KeyState;
}

/** A state in which keys are named rather than identified. `of`: the resource whose key it is. */
type Named = { key: string; of?: string } & Partial<KeyState>;

async function startStory(): Promise<Told> {
  const run = await startRun();
  const keys = new Map<string, EmulatedKey>();
  const key = (name: string) => {
    const known = keys.get(name) ?? run.vultr.addKey(run.userId, { name });
    keys.set(name, known);
    return known;
  };
  const idOf = (name: string | undefined) => (name === undefined ? undefined : key(name).id);
  const stateOf = ({ key: name, of = "ci", ...more }: Named) => {
    const { adoptKeyId, previousKeyId } = more;
    const ids = { adoptKeyId: idOf(adoptKeyId), previousKeyId: idOf(previousKeyId) };
    const given = Object.entries(ids).filter(([, id]) => id !== undefined);
    const identity = { resourceName: of, resourceUrn: urnOf(of) };
    return run.stateOf(key(name), { ...identity, ...more, ...Object.fromEntries(given) });
  };
  key("old");
  return { run, key, stateOf };
}

const argsOf = ({ run, key }: Told, name: string, { adoptKeyId, ...more }: KeyInputs = {}) =>
  run.args({ ...(adoptKeyId !== undefined && { adoptKeyId: key(adoptKeyId).id }), ...more }, name);

/** check of a resource that state records, and of one that is new. */
const declared =
  (name: string, more?: KeyInputs): Step =>
  async (told) => {
    const args = argsOf(told, name, more);
    await told.run.provider.check(args, args);
  };
const isNew =
  (name: string, more?: KeyInputs): Step =>
  (told) =>
    told.run.provider.check({}, argsOf(told, name, more));

/** diff, of which the key stays, or is at most updated. */
const stays =
  (name: string, state: Named): Step =>
  (told) =>
    told.run.provider.diff("id", told.stateOf({ of: name, ...state }), argsOf(told, name));

/** diff, of which the key is to be replaced, and the second check. */
const due =
  (name: string, state: Named): Step =>
  async (told) => {
    const args = { ...argsOf(told, name), rotationTrigger: 2 };
    await told.run.provider.diff("id", told.stateOf({ of: name, ...state }), args);
    await told.run.provider.check({}, args);
  };

/** create: makes a key, or adopts one. */
const made =
  (name: string, more?: KeyInputs): Step =>
  (told) =>
    told.run.create(argsOf(told, name, more));

/** update: proves a key, or records args. */
const updated =
  (name: string, state: Named, more?: KeyInputs): Step =>
  (told) =>
    told.run.provider.update("id", told.stateOf({ of: name, ...state }), argsOf(told, name, more));

/** create, whose key can neither be proven nor deleted. */
const madeUnproven =
  (name: string): Step =>
  async (told) => {
    told.run.vultr.inject(deadKey(), respond({ status: 403 }, { path: keyPath }));
    expect(await rejection(made(name)(told))).toHaveProperty("properties.isUnproven", true);
  };

/** create, from an address that may not use the key. */
const madeFromAfar =
  (name: string): Step =>
  (told) => {
    told.run.vultr.blockAddress("203.0.113.7", told.run.userId);
    return made(name)(told);
  };

/** A mistake in the args of another resource. */
const failed: Step = declared("mistaken", { name: "" });

const old: Named = { key: "old" };
const next: Named = { key: "new", previousKeyId: "old" };
const newer: Named = { key: "newer", previousKeyId: "new" };
const lent: Named = { key: "old", adoptKeyId: "old" };
const unproven = { isUnproven: true } as const;
const adoption = { adoptKeyId: "old" };

const noSuccessor = "the key that replaces it is not made yet";
const unprovenSuccessor = "key <new>, which replaces it, has not been seen to authenticate";
const someFailure = "a key could not be made or proven in this run, and then no key is revoked";
const heldBy = (name: string) =>
  `another resource of this program holds it: ${urnOf(name)}. ` +
  "A key has one owner: remove one of the two resources from the program. " +
  "If the other one is to keep this key, run `pulumi state delete` for this one.";

type Case = [what: string, steps: Step[], fate: string, state?: Named];

/** What becomes of the key named `old`: "revoked", "left", or the start of the refusal's reason. */
function table(cases: Case[]): void {
  it.each(cases)("%s", async (...[, steps, fate, state = old]) => {
    const told = await startStory();
    await using run = told.run;
    for (const step of steps) await step(told);
    const key = told.key("old");
    const refusal = await run.end(told.stateOf(state)).catch((error: unknown) => error);
    if (refusal === undefined) return expect(run.isAlive(key) ? "left" : "revoked").toBe(fate);
    expect(run.isAlive(key)).toBe(true);
    const { message } = refusal as Error;
    const start = `could not revoke API key ${key.id}: ${fate.replace("<new>", told.key("new").id)}`;
    return expect(message.slice(0, start.length)).toBe(start);
  });
}

describe("a key of ours whose resource is not declared dies: removal, destroy, refresh", () => {
  table([
    ["where nothing is declared", [], "revoked"],
    ["where others are declared", [declared("other"), stays("other", { key: "k" })], "revoked"],
    ["where another's key was made in this run", [isNew("other"), made("other")], "revoked"],
    [
      "but not before that: renamed and tainted, it may be the same resource, told to delete first",
      [isNew("other")],
      noSuccessor,
    ],
    ["but not where another's key could not be made", [isNew("other"), failed], someFailure],
  ]);
});

describe("a key that is replaced dies once its successor is proven", () => {
  table([
    ["in this run", [declared("ci"), due("ci", old), made("ci")], "revoked"],
    ["or recognised from afar", [declared("ci"), due("ci", old), madeFromAfar("ci")], "revoked"],
    ["or is recorded so by an earlier run", [declared("ci"), stays("ci", next)], "revoked"],
    ["also several rotations later", [declared("ci"), stays("ci", newer)], "revoked"],
    [
      "also where the successor is rotated on in this run",
      [declared("ci"), due("ci", next), made("ci")],
      "revoked",
    ],
    [
      "not while it is the key in use: something asks to delete first",
      [declared("ci"), due("ci", old)],
      `${noSuccessor}. Something asks Pulumi to delete before it creates: remove deleteBeforeReplace`,
    ],
    [
      "not while it is in use, also after a rename: state has the URN from before",
      [declared("ci"), due("ci", { ...old, of: "before" })],
      noSuccessor,
      { ...old, of: "before" },
    ],
    ["not where its resource was checked and not diffed", [declared("ci")], noSuccessor],
    ["not where its resource is new and has no key yet", [isNew("ci")], noSuccessor],
    [
      "not where the recorded successor is unproven",
      [declared("ci"), stays("ci", { ...next, ...unproven })],
      `${unprovenSuccessor}. Run \`pulumi up\` again: it proves that key first.`,
    ],
    [
      "but once update has proven that one",
      [
        declared("ci"),
        stays("ci", { ...next, ...unproven }),
        updated("ci", { ...next, verifiedAt: undefined as never }),
      ],
      "revoked",
    ],
    [
      "not where create kept an unproven successor",
      [declared("ci"), due("ci", old), madeUnproven("ci")],
      someFailure,
    ],
    [
      "not where another's key failed, though this one's successor is proven",
      [declared("ci"), due("ci", old), made("ci"), isNew("other"), failed],
      `${someFailure}. Mend what the other error says and run \`pulumi up\` again`,
    ],
  ]);
});

describe("a key that somebody else still holds stays", () => {
  const others = [declared("other"), stays("other", lent)];
  table([
    ["another resource of the program, by its state", others, heldBy("other")],
    ["one that is to adopt it, and has not yet", [isNew("other", adoption)], heldBy("other")],
    [
      "one that adopted it in this run",
      [isNew("other", adoption), made("other", adoption)],
      heldBy("other"),
    ],
    [
      "its own resource, declared anew, which is to adopt it",
      [isNew("ci", adoption)],
      heldBy("ci"),
    ],
    [
      "its own resource, declared anew, which has adopted it",
      [isNew("ci", adoption), made("ci", adoption)],
      heldBy("ci"),
    ],
    [
      "but not one that adopted it long ago and still names it in its args",
      [declared("other", adoption), stays("other", { key: "k", ...adoption })],
      "revoked",
    ],
    [
      "nor one of which the engine knows that, and that has another key now",
      [declared("other", adoption), stays("other", { key: "k" })],
      "revoked",
    ],
    [
      "another one beside its own, whose successor is proven",
      [declared("ci"), due("ci", old), made("ci"), ...others],
      heldBy("other"),
    ],
    [
      "another one beside its own, which still has it: both are named",
      [declared("ci"), due("ci", old), ...others],
      `another resource of this program holds it: ${urnOf("ci")}, ${urnOf("other")}. A key has`,
    ],
  ]);
});

describe("a borrowed key", () => {
  const renamed = isNew("renamed", adoption);
  const cases: Case[] = [
    ["is left on removal and destroy", [], "left"],
    ["is left on removal, whatever failed elsewhere", [isNew("other"), failed], "left"],
    [
      "is left where another resource adopts it again",
      [renamed, made("renamed", adoption)],
      "left",
    ],
    ["is left before another resource has adopted it: a move between parents", [renamed], "left"],
    [
      "is left on --replace, where create adopts it again",
      [declared("ci", adoption), made("ci", adoption)],
      "left",
    ],
    [
      "is left on --replace, where diff was asked as well",
      [declared("ci"), stays("ci", lent), updated("ci", lent, adoption)],
      "left",
    ],
    ["is left by a key that does not replace it", [declared("ci"), made("ci")], "left"],
    [
      "is left where its resource has rotated another key meanwhile",
      [declared("ci"), stays("ci", newer)],
      "left",
    ],
    [
      "is left on removal where another resource adopted it as well",
      [declared("other"), stays("other", lent)],
      "left",
    ],
    [
      "is revoked by its rotation",
      [declared("ci"), due("ci", lent), made("ci", adoption)],
      "revoked",
    ],
    [
      "is revoked where that is pending from an earlier run",
      [declared("ci"), stays("ci", { ...next, ...adoption })],
      "revoked",
    ],
    [
      "is not revoked by its rotation before the successor is proven",
      [declared("ci"), stays("ci", { ...next, ...unproven })],
      unprovenSuccessor,
    ],
    [
      "is refused, not left, where its rotation is told to delete first",
      [declared("ci"), due("ci", lent)],
      noSuccessor,
    ],
    [
      "is not revoked by its rotation in a run with a failure",
      [declared("ci"), due("ci", lent), made("ci"), failed],
      someFailure,
    ],
  ];
  table(cases.map(([what, steps, fate]) => [what, steps, fate, lent]));

  const before = { ...lent, of: "before" };
  const unknown = { apiKey: undefined as never };
  table([
    [
      "is revoked where the resource has another URN since",
      [declared("ci"), due("ci", lent), made("ci")],
      "revoked",
      before,
    ],
    [
      "is refused, not left, also after a rename",
      [declared("ci"), due("ci", before)],
      noSuccessor,
      before,
    ],
    [
      "that takes over by --replace, its plaintext unknown, cannot be proven",
      [isNew("ci", { adoptKeyId: "new" }), made("ci", { adoptKeyId: "new" })],
      "key <new>, which replaces it, was adopted without its plaintext and cannot be seen to authenticate. Give its plaintext in adoptApiKey, or bump",
    ],
    [
      "that takes over by --replace and was proven",
      [
        isNew("ci", { adoptKeyId: "new" }),
        (told) => made("ci", { adoptKeyId: "new", adoptApiKey: told.key("new").apiKey })(told),
      ],
      "revoked",
    ],
    [
      "that was adopted without its plaintext is no proof either where state records it so",
      [declared("ci"), stays("ci", { key: "new", adoptKeyId: "new", ...unknown })],
      "key <new>, which replaces it, was adopted without",
    ],
    ["is no longer borrowed once it was rotated", [], "revoked", { ...old, adoptKeyId: "k" }],
  ]);
});

describe("a state without a URN belongs to the resources of its name", () => {
  const nameless = { resourceName: undefined as never };
  const before = { ...old, resourceUrn: undefined as never };
  const elsewhere = { resourceUrn: urnOf("ci", "parent$") };
  const withoutUrn = { resourceUrn: undefined };
  table([
    ["of which none is declared", [], "revoked", before],
    ["with a key that is proven", [declared("ci"), stays("ci", newer)], "revoked", before],
    ["without a key yet", [isNew("ci")], noSuccessor, before],
    [
      "of which one of two is without a key yet",
      [declared("ci"), stays("ci", { key: "newer" }), declared("ci", elsewhere)],
      noSuccessor,
      before,
    ],
    [
      "also where that resource has no URN either",
      [
        declared("ci", withoutUrn),
        (told) => {
          const args = argsOf(told, "ci", { ...withoutUrn, rotationTrigger: 1 });
          return told.run.provider.diff("id", told.stateOf(before), args);
        },
      ],
      noSuccessor,
      before,
    ],
    ["and not to one of another name", [isNew("other"), made("other")], "revoked", before],
    [
      "but one with a URN does not belong to another of the same name",
      [declared("ci", elsewhere), made("ci", elsewhere)],
      "revoked",
    ],
    ["whose resource is not found waits for every key to be made", [isNew("renamed")], noSuccessor],
    [
      "and one without a name belongs to nobody",
      [declared("ci", { resourceName: undefined }), made("ci", { resourceName: undefined })],
      "revoked",
      { ...before, ...nameless },
    ],
  ]);
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const byMail = { ...old, userEmail };
  const otherUser = { userId: "5c1d0000-0000-4000-8000-000000000002" };
  const rotated = (more: Partial<KeyState>) => [declared("ci"), stays("ci", { ...next, ...more })];
  const otherUsers = `its userEmail now leads to another user, ${otherUser.userId}, who has the new key. Write userId: `;
  table([
    ["the user so far keeps the key", rotated({ userEmail, ...otherUser }), otherUsers, byMail],
    ["the same user is fine", rotated({ userEmail }), "revoked", byMail],
    [
      "the user so far keeps it, where the address is written otherwise",
      rotated({ userEmail: " Deployer@Example.com", ...otherUser }),
      otherUsers,
      byMail,
    ],
    ["another id, where both were named by id, is meant so", rotated(otherUser), "revoked"],
    ["an address in place of an id is meant so", rotated({ userEmail, ...otherUser }), "revoked"],
    [
      "another address for another user is meant so",
      rotated({ userEmail: "other@example.com", ...otherUser }),
      "revoked",
      byMail,
    ],
    ["an id in place of the address is meant so", rotated(otherUser), "revoked", byMail],
  ]);
});
