import { rotateAdvice } from "../../../provider/keys/context";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { deadKey, type EmulatedKey, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { rejection } from "../transport/transport-to";
import { failureOf, keyPath, keysPath, type Run, startRun, urnOf } from "./run";

assume({ keysPerUser: null, refusalSent: "as-status" });

/** What the engine calls before the deletion of the key named `old`. */
type Step = (told: Told) => Promise<unknown>;

/** A run, and the keys that steps speak of by name. */
interface Told {
  run: Run;
  key: (name: string, userId?: string) => EmulatedKey;
  stateOf: (state: Named) => KeyState;
}

/** A state in which keys are named rather than identified. `of`: the resource whose key it is. */
type Named = { key: string; of?: string } & Partial<KeyState>;

async function startStory(): Promise<Told> {
  const run = await startRun();
  const keys = new Map<string, EmulatedKey>();
  const key = (name: string, userId = run.userId) => {
    const known = keys.get(name) ?? run.vultr.addKey(userId, { name });
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
  (name: string, state: Named, more?: KeyInputs): Step =>
  (told) =>
    told.run.provider.diff("id", told.stateOf({ of: name, ...state }), argsOf(told, name, more));

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
/** Kept unproven, and as update is handed it. */
const kept: Named = { ...next, isUnproven: true };
const notVerified: Named = { ...next, verifiedAt: undefined as never };
const before: Named = { key: "old", of: "before" };
const adoption = { adoptKeyId: "old" };

const noSuccessor = "a key that may replace it is not made yet";
const isUnproven = "key <new>, which replaces it, has not been seen to authenticate";
const someFailure = "a key could not be made or proven in this run, and then no key is revoked";
const heldBy = (...names: string[]) =>
  `another resource of this program holds it: ${names.map((name) => urnOf(name)).join(", ")}. ` +
  "A key has one owner: remove the other resource from the program. " +
  "If that one is to keep this key, run `pulumi state delete` for this resource at a terminal, " +
  "and if Pulumi asks which one, choose the entry with the id of this key.";

/** `of`: the state with which it is deleted, if it is not simply a key of ours. */
type Case = [what: string, steps: Step[], of?: Named];

/** The fate of the key named `old`: "revoked", "left", or the start of the refusal's reason. */
function fate(expected: string, cases: Case[], of = old): void {
  it.each(cases)(`%s: ${expected.slice(0, 60)}`, async (...[, steps, state = of]) => {
    const told = await startStory();
    await using run = told.run;
    for (const step of steps) await step(told);
    const key = told.key("old");
    const refusal = await failureOf(run.end(told.stateOf(state))).catch(() => undefined);
    const reason = expected.replace("<new>", told.key("new").id).replace("<user>", run.userId);
    if (refusal !== undefined)
      expect(refusal).toContain(`could not revoke API key ${key.id}: ${reason}`);
    expect(run.isAlive(key)).toBe(expected !== "revoked");
    expect(refusal === undefined).toBe(["revoked", "left"].includes(expected));
  });
}

const recorded = (state: Named) => [declared("ci"), stays("ci", state)];
const rotating = (state: Named) => [declared("ci"), due("ci", state)];
const rotated = (state: Named) => [...rotating(state), made("ci")];
const adopted = (name: string) => [isNew(name, adoption), made(name, adoption)];
const others = [declared("other"), stays("other", lent)];

describe("a key of ours whose resource is not declared dies: removal, destroy, refresh", () => {
  fate("revoked", [
    ["where nothing is declared", []],
    ["where others are declared", [declared("other"), stays("other", { key: "k" })]],
    ["where another's key was made in this run", [isNew("other"), made("other")]],
  ]);
  // Renamed and tainted, it may be the same resource, told to delete first.
  fate(noSuccessor, [["but not before that", [isNew("other")]]]);
  fate(someFailure, [["but not where another's could not be made", [isNew("other"), failed]]]);
});

describe("a key that is replaced dies once its successor is proven", () => {
  const otherIsDue = [declared("other"), due("other", { key: "k" })];
  fate("revoked", [
    ["in this run", rotated(old)],
    ["though another's key is still to be made", [...rotated(old), isNew("other")]],
    ["also by its URN, if what the other one has is known", [...rotated(newer), ...otherIsDue]],
    ["or recognised from afar", [...rotating(old), madeFromAfar("ci")]],
    ["or is recorded so by an earlier run", recorded(next)],
    ["also several rotations later", recorded(newer)],
    ["also where the successor is rotated on in this run", rotated(next)],
    ["also where update proved it", [...recorded(kept), updated("ci", notVerified)]],
  ]);
  fate(`${noSuccessor}. If another error says why`, [
    ["not while it is the key in use", rotating(old)],
    ["not while it is, after a rename: state has the URN from before", rotating(before), before],
    ["not where its resource was checked and not diffed", [declared("ci")]],
    ["not where its resource is new and has no key yet", [isNew("ci")]],
  ]);
  const other = [isNew("other")];
  fate(noSuccessor, [
    [
      "not where another resource, replaced without diff, may have it",
      [...rotated(newer), ...other],
    ],
  ]);
  const unlinked: Named = { ...kept, previousKeyId: undefined as never };
  const renamed = { ...unlinked, formerUrns: [urnOf("before")] };
  fate(`${isUnproven}. Run \`pulumi up\` again: it proves that key first.`, [
    ["not where the recorded successor is unproven", recorded(kept)],
    ["not after --replace and a rename", recorded({ ...unlinked, of: "before" }), before],
    ["not in later runs either", recorded(renamed), before],
  ]);
  fate(`${someFailure}. Correct what the other error says and run \`pulumi up\` again`, [
    ["not where create kept an unproven successor", [...rotating(old), madeUnproven("ci")]],
    ["not where another's key failed", [...rotated(old), isNew("other"), failed]],
  ]);
});

describe("a successor that an earlier run made may be gone by now", () => {
  const deletedByHand: Step = ({ run, key }) => {
    run.vultr.deleteKey(key("new").id);
    return Promise.resolve();
  };
  const overAt = "2026-10-01T00:00:00Z";
  const slot = urnOf("ci", "vultr:index:UserApiKeyRing$");
  const ofRing = { resourceUrn: slot, dateExpire: overAt };
  fate("key <new>, which replaces it, is no longer listed by Vultr. Run `pulumi up --refresh`", [
    ["then the key that it replaced stays", [...recorded(next), deletedByHand]],
    ["also a borrowed one", [...recorded({ ...next, ...adoption }), deletedByHand], lent],
    ["also if it had another URN", [...recorded(next), deletedByHand], before],
  ]);
  fate(`key <new>, which replaces it, expired at ${overAt}. To have a new key made, change rotat`, [
    ["or have expired", recorded({ ...next, dateExpire: overAt })],
  ]);
  fate(`key <new>, which replaces it, expired at ${overAt}. Write a later dateExpire; or in`, [
    [
      "or have expired as the program wants it",
      [declared("ci", { dateExpire: overAt }), stays("ci", { ...next, dateExpire: overAt })],
    ],
  ]);
  fate(
    `key <new>, which replaces it, expired at ${overAt}. To have a new key made, run \`pulumi up --replace '${slot}'\``,
    [
      [
        "or have expired in a ring",
        [
          declared("ci", { resourceUrn: slot }),
          stays("ci", { ...next, ...ofRing }, { resourceUrn: slot }),
        ],
      ],
    ],
  );
  it("a URN with more in it than a name is not put into a command", () => {
    const resourceUrn = urnOf("ci'; rm", "vultr:index:UserApiKeyRing$");
    expect(rotateAdvice({ resourceUrn })).toBe("run `pulumi up --replace '<URN of this key>'`");
  });
  fate("revoked", [
    ["unless it does not expire yet", recorded({ ...next, dateExpire: "2026-12-01T00:00:00Z" })],
    ["unless this run has made another one", [...rotated(next), deletedByHand]],
  ]);
});

describe("a key that the program looks up stays", () => {
  const read =
    (state: object): Step =>
    ({ run, key }) =>
      run.provider.read(`${run.userId}/${key("old").id}`, state);
  const misread: Step = ({ run, key }) => rejection(run.provider.read(key("old").id, {}));
  const readWithSlash: Step = ({ run, key }) =>
    run.provider.read(`${run.userId}/${key("old").id}/`, {});
  const refreshed: Step = (told) => read(told.stateOf(old))(told);
  const unanswered: Step = async (told) => {
    told.run.vultr.inject(respond({ status: 403 }, { path: keysPath }));
    await rejection(read({})(told));
  };
  fate("this program looks it up, by `.get`, `get:` or `import`, and may use it. Remove the", [
    ["beside its removal", [read({})]],
    ["beside its rotation", [...rotated(old), read({})]],
    ["also if Vultr did not answer", [unanswered]],
    ["also if the program says a part of what a stack keeps", [read({ keyId: "k" })]],
    ["also by an id of another form", [misread]],
    ["also by an id with a slash at its end", [readWithSlash]],
  ]);
  fate("revoked", [["but not because a refresh reads it", [refreshed]]]);
});

describe("a key that somebody else still holds stays", () => {
  fate(heldBy("other"), [
    ["another resource of the program, by its state", others],
    ["one that is to adopt it, and has not yet", [isNew("other", adoption)]],
    ["one that adopted it in this run", adopted("other")],
    ["another one beside its own, whose successor is proven", [...rotated(old), ...others]],
  ]);
  fate(heldBy("ci"), [
    ["its own resource, declared anew, which is to adopt it", [isNew("ci", adoption)]],
    ["its own resource, declared anew, which has adopted it", adopted("ci")],
  ]);
  fate(heldBy("ci", "other"), [
    ["another one beside its own, which still has it", [...rotating(old), ...others]],
  ]);
  const was = declared("other", adoption);
  fate("revoked", [
    ["but not one that adopted it long ago", [was, stays("other", { key: "k", ...adoption })]],
    ["nor one of which the engine knows that", [was, stays("other", { key: "k" })]],
  ]);
});

describe("a borrowed key", () => {
  const isRenamed = isNew("renamed", adoption);
  const again = [declared("ci", adoption), made("ci", adoption)];
  fate(
    "left",
    [
      ["on removal and destroy", []],
      ["on removal, whatever failed elsewhere", [isNew("other"), failed]],
      ["where another resource adopts it again", adopted("renamed")],
      ["on a move between parents, before the other has adopted it", [isRenamed]],
      ["on --replace, where create adopts it again", again],
      [
        "on --replace, where diff was asked too",
        [...recorded(lent), updated("ci", lent, adoption)],
      ],
      ["by a key that does not replace it", [declared("ci"), made("ci")]],
      ["where its resource has rotated another key meanwhile", recorded(newer)],
      ["on removal where another resource adopted it as well", others],
      [
        "on removal where another one, which had it before, has rotated it",
        [declared("other", adoption), stays("other", { ...next, ...adoption })],
      ],
    ],
    lent,
  );
  const formerUrns = [urnOf("before")];
  fate("left", [
    [
      "on removal of a resource that adopted it after one of its name, renamed since, had rotated it",
      recorded({ ...next, ...adoption, formerUrns }),
      { ...lent, of: "before", createdAt: "2026-01-02T00:00:00Z" },
    ],
  ]);
  fate("revoked", [
    ["by its rotation", [...rotating(lent), made("ci", adoption)], lent],
    ["where that is pending from an earlier run", recorded({ ...next, ...adoption }), lent],
    ["also several rotations later", recorded({ ...newer, ...adoption }), lent],
    [
      "also where the resource was renamed in between",
      recorded({ ...next, ...adoption, formerUrns }),
      { ...lent, of: "before" },
    ],
    ["where the resource has another URN since", rotated(lent), { ...lent, of: "before" }],
    ["once it was rotated and is no longer borrowed", [], { ...old, adoptKeyId: "k" }],
  ]);
  const refreshedAway: Step = async (told) => {
    const state = told.stateOf({ ...next, ...adoption });
    told.run.vultr.deleteKey(state.keyId);
    expect(await told.run.read(state)).toEqual({});
  };
  fate(
    "revoked",
    [
      [
        "though this run's refresh has lost its successor",
        [refreshedAway, isNew("ci"), made("ci")],
      ],
      [
        "though the program would have it adopted again",
        [refreshedAway, isNew("ci", adoption), made("ci", adoption)],
      ],
    ],
    lent,
  );
  fate(isUnproven, [["before its successor is proven", recorded(kept), lent]]);
  fate(someFailure, [["in a run with a failure", [...rotated(lent), failed], lent]]);
  const lentBefore = { ...lent, of: "before" };
  fate(noSuccessor, [
    ["where its rotation is told to delete first", rotating(lent), lent],
    ["where it is, also after a rename", rotating(lentBefore), lentBefore],
  ]);
});

describe("an adopted key takes over", () => {
  assume({ otherFields: "documented" });

  const other = { adoptKeyId: "new" };
  const withPlaintext: Step = (told) =>
    made("ci", { ...other, adoptApiKey: told.key("new").apiKey })(told);
  fate("revoked", [["by --replace, if it was proven", [isNew("ci", other), withPlaintext]]]);
  fate(
    "key <new>, which replaces it, was adopted without its plaintext and cannot be seen to authenticate. Give its plaintext in adoptApiKey, or change rotationTrigger",
    [["not without its plaintext", [isNew("ci", other), made("ci", other)]]],
  );
});

describe("a state without a URN belongs to the resources of its name", () => {
  const without = undefined as never;
  const state = { ...old, resourceUrn: without };
  const nameless = { resourceName: undefined };
  const elsewhere = { resourceUrn: urnOf("ci", "parent$") };
  const dueWithoutUrn: Step = (told) => {
    const args = argsOf(told, "ci", { resourceUrn: undefined, rotationTrigger: 1 });
    return told.run.provider.diff("id", told.stateOf(state), args);
  };
  fate(
    "revoked",
    [
      ["of which none is declared", []],
      ["with a key that is proven", recorded(newer)],
      ["and not to one of another name", [isNew("other"), made("other")]],
      ["but not with a URN", [declared("ci", elsewhere)], old],
      [
        "and without a name to nobody",
        [declared("ci", nameless)],
        { ...state, resourceName: without },
      ],
    ],
    state,
  );
  fate(
    noSuccessor,
    [
      ["without a key yet", [isNew("ci")]],
      ["of which one of two has no key yet", [...recorded(newer), declared("ci", elsewhere)]],
      ["also without a URN", [declared("ci", { resourceUrn: undefined }), dueWithoutUrn]],
      ["of which none is found, while any key is still to be made", [isNew("renamed")], old],
    ],
    state,
  );
});

describe("a state without a URN, of a resource that was renamed since", () => {
  const without = undefined as never;
  const nameOf: Named = { ...before, resourceUrn: without };
  // 0.1.0 did not record which key was replaced.
  const current: Named = { key: "new", of: "before", resourceUrn: without };
  const renamedSince = { ...current, ...next, of: "ci", formerUrns: ["before"] };
  const expired = { dateExpire: "2026-10-01T00:00:00Z" };
  fate("key <new>, which replaces it, expired at", [
    ["is its past, in the run of the rename", recorded({ ...current, ...expired }), nameOf],
    ["and later", recorded({ ...renamedSince, previousKeyId: without, ...expired }), nameOf],
  ]);
  fate("revoked", [
    ["also if it was borrowed", recorded({ ...current, ...adoption }), { ...nameOf, ...adoption }],
    ["and later", recorded({ ...renamedSince, ...adoption }), { ...nameOf, ...adoption }],
  ]);
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const written = " Deployer@Example.com";
  const byMail = { ...old, userEmail };
  const theirs = { ...next, userId: "5c1d0000-0000-4000-8000-000000000002" };
  const recordedOfThem = (state: Named): Step[] => [
    ({ run, key }) => Promise.resolve(key("new", run.vultr.addUser().id)),
    ...recorded(state),
  ];
  const otherHasTheirs = [
    declared("other"),
    stays("other", { ...theirs, userEmail, previousKeyId: undefined as never }),
  ];
  const byAddress = (address: string): Step[] => {
    const args = { userId: undefined, userEmail: address };
    const state = { ...theirs, userEmail: address };
    return [declared("ci", args), stays("ci", state, args)];
  };
  // A state of 0.1.0 without a URN may be of either.
  const none = undefined as never;
  const unnamed = { ...byMail, resourceUrn: none };
  const twoOwners = [
    declared("ci", { userId: undefined, userEmail }),
    stays("ci", { ...theirs, userEmail, previousKeyId: none }, { userId: undefined, userEmail }),
    declared("other", { resourceName: "ci" }),
    stays("other", { key: "newer" }, { resourceName: "ci" }),
  ];
  fate(
    `its userEmail now leads to another user, ${theirs.userId}, of whom this program has key <new>. Write userId: <user> for`,
    [
      ["the user so far keeps the key", byAddress(userEmail), byMail],
      ["also where another resource has the new one", otherHasTheirs, byMail],
      ["also where it is written otherwise", byAddress(written), byMail],
      [
        "also where only one of two resources that may own it says who is meant",
        twoOwners,
        unnamed,
      ],
    ],
  );
  fate("revoked", [
    [
      "its own resource says by userId who is meant, whoever has a key of another resource",
      [...otherHasTheirs, ...rotated(old)],
      byMail,
    ],
    ["the same user is fine", recorded({ ...next, userEmail }), byMail],
    ["another id, where both were named by id, is meant so", recordedOfThem(next)],
    ["an address in place of an id is meant so", recordedOfThem({ ...next, userEmail })],
    [
      "another address is meant so",
      recordedOfThem({ ...next, userEmail: "other@example.com" }),
      byMail,
    ],
    ["an id in place of the address is meant so", recordedOfThem(next), byMail],
  ]);
});
