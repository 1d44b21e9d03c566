import { rotateAdvice } from "../../../provider/keys/context";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";
import { deadKey, type EmulatedKey, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { rejection } from "../transport/transport-to";
import { failureOf, keyPath, keysPath, type Run, startRun, urnOf } from "./run";

assume({ keysPerUser: null, refusalSent: "as-status", deletedKeyListedForMs: 0 });

/** What the engine calls before the deletion of the key named `old`. */
type Step = (told: Told) => unknown;

/** A run, and the keys that steps speak of by name. */
interface Told {
  run: Run;
  key: (name: string, userId?: string) => EmulatedKey;
  stateOf: (state: Named) => KeyState;
  argsOf: (name: string, more?: KeyInputs) => ReturnType<Run["args"]>;
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
  /** With ids in place of the names of keys. */
  const identified = <T extends { adoptKeyId?: string | undefined; previousKeyId?: string }>(
    named: T,
  ) => {
    const { adoptKeyId, previousKeyId } = named;
    return {
      ...named,
      ...(adoptKeyId !== undefined && { adoptKeyId: key(adoptKeyId).id }),
      ...(previousKeyId !== undefined && { previousKeyId: key(previousKeyId).id }),
    };
  };
  key("old");
  return {
    run,
    key,
    stateOf: ({ key: name, of = "ci", ...more }) =>
      run.stateOf(key(name), { resourceName: of, resourceUrn: urnOf(of), ...identified(more) }),
    argsOf: (name, more = {}) => run.args(identified(more), name),
  };
}

/** check of a resource that state records, and of one that is new. */
const declared =
  (name: string, more?: KeyInputs): Step =>
  ({ run, argsOf }) =>
    run.provider.check(argsOf(name, more), argsOf(name, more));
const isNew =
  (name: string, more?: KeyInputs): Step =>
  ({ run, argsOf }) =>
    run.provider.check({}, argsOf(name, more));

/** diff, of which the key stays, or is at most updated. */
const stays =
  (name: string, state: Named, more?: KeyInputs): Step =>
  ({ run, argsOf, stateOf }) =>
    run.provider.diff("id", stateOf({ of: name, ...state }), argsOf(name, more));

/** diff, of which the key is to be replaced, and the second check. */
const due =
  (name: string, state: Named): Step =>
  async ({ run, argsOf, stateOf }) => {
    const args = argsOf(name, { rotationTrigger: 2 });
    await run.provider.diff("id", stateOf({ of: name, ...state }), args);
    await run.provider.check({}, args);
  };

/** create: makes a key, or adopts one. */
const made =
  (name: string, more?: KeyInputs): Step =>
  ({ run, argsOf }) =>
    run.create(argsOf(name, more));

/** update: proves a key, or records args. */
const updated =
  (name: string, state: Named, more?: KeyInputs): Step =>
  ({ run, argsOf, stateOf }) =>
    run.provider.update("id", stateOf({ of: name, ...state }), argsOf(name, more));

/** create, whose key can neither be proven nor deleted. */
const madeUnproven: Step = async ({ run, argsOf }) => {
  run.vultr.inject(deadKey(), respond({ status: 403 }, { path: keyPath }));
  const error = await rejection(run.create(argsOf("ci")));
  expect(error).toHaveProperty("properties.isUnproven", true);
};

/** create, from an address that may not use the key. */
const madeFromAfar: Step = ({ run, argsOf }) => {
  run.vultr.blockAddress("203.0.113.7", run.userId);
  return run.create(argsOf("ci"));
};

/** A mistake in the args of another resource. */
const failed: Step = declared("mistaken", { name: "" });

const adoption = { adoptKeyId: "old" };
const none = undefined as never;

/** What state has: the key that is to die, the one after it, and the one after that. */
const old: Named = { key: "old" };
const next: Named = { key: "new", previousKeyId: "old" };
const newer: Named = { key: "newer", previousKeyId: "new" };
/** Kept unproven, and as update is handed it. */
const kept: Named = { ...next, isUnproven: true };
const notVerified: Named = { ...next, verifiedAt: none };
/** Borrowed, and what replaced a borrowed one. */
const lent: Named = { ...old, ...adoption };
const afterLent: Named = { ...next, ...adoption };
/** Recorded before its resource was renamed. */
const before: Named = { ...old, of: "before" };
const lentBefore: Named = { ...lent, of: "before" };
const formerUrns = [urnOf("before")];

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
    ["or recognised from afar", [...rotating(old), madeFromAfar]],
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
    ["not where another, replaced without diff, may have it", [...rotated(newer), isNew("other")]],
  ]);
  const unlinked: Named = { ...kept, previousKeyId: none };
  fate(`${isUnproven}. Run \`pulumi up\` again: it proves that key first.`, [
    ["not where the recorded successor is unproven", recorded(kept)],
    ["not after --replace and a rename", recorded({ ...unlinked, of: "before" }), before],
    ["not in later runs either", recorded({ ...unlinked, formerUrns }), before],
  ]);
  fate(`${someFailure}. Correct what the other error says and run \`pulumi up\` again`, [
    ["not where create kept an unproven successor", [...rotating(old), madeUnproven]],
    ["not where another's key failed", [...rotated(old), isNew("other"), failed]],
  ]);
});

describe("a successor that an earlier run made may be gone by now", () => {
  const deletedByHand: Step = ({ run, key }) => {
    run.vultr.deleteKey(key("new").id);
  };
  const over = { dateExpire: "2026-10-01T00:00:00Z" };
  const inRing = { resourceUrn: urnOf("ci", "vultr:index:UserApiKeyRing$") };
  const isOver = `key <new>, which replaces it, expired at ${over.dateExpire}.`;
  fate("key <new>, which replaces it, is no longer listed by Vultr. Run `pulumi up --refresh`", [
    ["then the key that it replaced stays", [...recorded(next), deletedByHand]],
    ["also a borrowed one", [...recorded(afterLent), deletedByHand], lent],
    ["also if it had another URN", [...recorded(next), deletedByHand], before],
  ]);
  fate(`${isOver} To have a new key made, change rotat`, [
    ["or have expired", recorded({ ...next, ...over })],
  ]);
  fate(`${isOver} Write a later dateExpire; or in`, [
    ["as the program wants it", [declared("ci", over), stays("ci", { ...next, ...over })]],
  ]);
  fate(`${isOver} To have a new key made, run \`pulumi up --replace '${inRing.resourceUrn}'\``, [
    [
      "or have expired in a ring",
      [declared("ci", inRing), stays("ci", { ...next, ...inRing, ...over }, inRing)],
    ],
  ]);
  it("a URN with more in it than a name is not put into a command", () => {
    const resourceUrn = urnOf("ci'; rm", "vultr:index:UserApiKeyRing$");
    expect(rotateAdvice({ resourceUrn })).toBe("run `pulumi up --replace '<URN of this key>'`");
  });
  const madeForAMinute: Step = async ({ run, argsOf }) => {
    await run.create(argsOf("ci", { expiresIn: "1m" }));
    run.clock.advance(60_000);
  };
  it("or expire in the run that made it", async () => {
    const told = await startStory();
    await using run = told.run;
    for (const step of [...rotating(old), madeForAMinute]) await step(told);
    expect(await failureOf(run.end(told.stateOf(old)))).toMatch(/which replaces it, expired at 20/);
    expect(run.isAlive(told.key("old"))).toBe(true);
  });
  fate("revoked", [
    ["unless it does not expire yet", recorded({ ...next, dateExpire: "2026-12-01T00:00:00Z" })],
    ["unless this run has made another one", [...rotated(next), deletedByHand]],
  ]);
});

describe("a key that the program looks up stays", () => {
  const read =
    (state: object, idOf = (userId: string, keyId: string) => `${userId}/${keyId}`): Step =>
    async ({ run, key }) => {
      await run.provider.read(idOf(run.userId, key("old").id), state).catch(() => undefined);
    };
  const unanswered: Step = ({ run }) => {
    run.vultr.inject(respond({ status: 403 }, { path: keysPath }));
  };
  fate("this program looks it up, by `.get`, `get:` or `import`, and may use it. Remove the", [
    ["beside its rotation", [...rotated(old), read({})]],
    ["also if Vultr did not answer", [unanswered, read({})]],
    ["also if the program says a part of what a stack keeps", [read({ keyId: "k" })]],
    ["also by an id of another form", [read({}, (_, keyId) => keyId)]],
    ["also by an id with a slash at its end", [read({}, (...ids) => `${ids.join("/")}/`)]],
  ]);
  const refreshed: Step = (told) => read(told.stateOf(old))(told);
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
  const again = [declared("ci", adoption), made("ci", adoption)];
  const hadItBefore = [declared("other", adoption), stays("other", afterLent)];
  fate(
    "left",
    [
      ["on removal and destroy", []],
      ["on removal, whatever failed elsewhere", [isNew("other"), failed]],
      ["where another resource adopts it again", adopted("renamed")],
      ["on a move, before the other has adopted it", [isNew("renamed", adoption)]],
      ["on --replace, where create adopts it again", again],
      ["on --replace, with diff asked", [...recorded(lent), updated("ci", lent, adoption)]],
      ["by a key that does not replace it", [declared("ci"), made("ci")]],
      ["where its resource has rotated another key meanwhile", recorded(newer)],
      ["on removal where another resource adopted it as well", others],
      ["on removal where another one, which had it before, has rotated it", hadItBefore],
    ],
    lent,
  );
  const nextAndRenamed = { ...afterLent, formerUrns };
  const adoptedSince = { ...lentBefore, createdAt: "2026-01-02T00:00:00Z" };
  fate("left", [
    [
      "on removal of what adopted it after one of its name, renamed since, had rotated it",
      recorded(nextAndRenamed),
      adoptedSince,
    ],
    [
      "also if the renamed one was rotated again since",
      recorded({ ...newer, ...adoption, formerUrns, createdAt: "2026-01-03T00:00:00Z" }),
      adoptedSince,
    ],
  ]);
  fate("revoked", [
    ["by its rotation", [...rotating(lent), made("ci", adoption)], lent],
    ["where that is pending from an earlier run", recorded(afterLent), lent],
    ["also several rotations later", recorded({ ...newer, ...adoption }), lent],
    ["also where it was renamed in between", recorded(nextAndRenamed), lentBefore],
    ["where the resource has another URN since", rotated(lent), lentBefore],
    ["once it was rotated and is no longer borrowed", [], { ...old, adoptKeyId: "k" }],
  ]);
  const lost: Step = async ({ run, stateOf }) => {
    const state = stateOf(afterLent);
    run.vultr.deleteKey(state.keyId);
    expect(await run.read(state)).toEqual({});
  };
  const lentAgain: Named = { ...lent, createdAt: "2026-01-03T00:00:00Z" };
  const alsoRead: Step = async ({ run, stateOf }) => {
    await run.read(stateOf(lentAgain));
  };
  fate("left", [
    [
      "on --replace, also if the refresh lost one that waited since before it was adopted again",
      [lost, alsoRead, ...again],
      lentAgain,
    ],
  ]);
  fate("revoked", [
    ["though this run's refresh lost its successor", [lost, isNew("ci"), made("ci")], lent],
    ["though it is then to be adopted again", [lost, ...adopted("ci")], lent],
  ]);
  fate(isUnproven, [["before its successor is proven", recorded(kept), lent]]);
  fate(someFailure, [["in a run with a failure", [...rotated(lent), failed], lent]]);
  fate(noSuccessor, [
    ["where its rotation is told to delete first", rotating(lent), lent],
    ["where it is, also after a rename", rotating(lentBefore), lentBefore],
  ]);
});

describe("a key of a resource whose URN another one had before is its own", () => {
  const over = { dateExpire: "2026-10-01T00:00:00Z" };
  const weak = { adoptKeyId: "new", apiKey: none };
  const renamed = (more: Partial<Named>) => recorded({ key: "new", formerUrns, ...more });
  fate(
    "revoked",
    [
      ["on removal, though the other's key has expired", renamed(over)],
      ["or is not proven", renamed({ isUnproven: true })],
      ["or was adopted without its plaintext", renamed(weak)],
      ["on --replace", [...renamed(weak), isNew("before"), made("before")]],
    ],
    { ...before, createdAt: "2026-01-02T00:00:00Z" },
  );
});

describe("an adopted key takes over", () => {
  assume({ otherFields: "documented" });

  const other = { adoptKeyId: "new" };
  const withPlaintext: Step = ({ run, key, argsOf }) =>
    run.create(argsOf("ci", { ...other, adoptApiKey: key("new").apiKey }));
  fate("revoked", [["by --replace, if it was proven", [isNew("ci", other), withPlaintext]]]);
  fate(
    "key <new>, which replaces it, was adopted without its plaintext and cannot be seen to authenticate. Give its plaintext in adoptApiKey, or change rotationTrigger",
    [["not without its plaintext", [isNew("ci", other), made("ci", other)]]],
  );
});

describe("a state without a URN belongs to the resources of its name", () => {
  const state = { ...old, resourceUrn: none };
  const nameless = { ...state, resourceName: none };
  const elsewhere = declared("ci", { resourceUrn: urnOf("ci", "parent$") });
  const dueWithoutUrn: Step = ({ run, argsOf, stateOf }) => {
    const args = argsOf("ci", { resourceUrn: undefined, rotationTrigger: 1 });
    return run.provider.diff("id", stateOf(state), args);
  };
  fate(
    "revoked",
    [
      ["of which none is declared", []],
      ["with a key that is proven", recorded(newer)],
      ["and not to one of another name", [isNew("other"), made("other")]],
      ["but not with a URN", [elsewhere], old],
      ["and without a name to nobody", [declared("ci", { resourceName: undefined })], nameless],
    ],
    state,
  );
  fate(
    noSuccessor,
    [
      ["without a key yet", [isNew("ci")]],
      ["of which one of two has no key yet", [...recorded(newer), elsewhere]],
      ["also without a URN", [declared("ci", { resourceUrn: undefined }), dueWithoutUrn]],
      ["of which none is found, while any key is still to be made", [isNew("renamed")], old],
    ],
    state,
  );
});

describe("a state without a URN, of a resource that was renamed since", () => {
  const nameOf: Named = { ...before, resourceUrn: none };
  const lentName = { ...nameOf, ...adoption };
  // 0.1.0 did not record which key was replaced.
  const current: Named = { key: "new", of: "before", resourceUrn: none };
  const renamedSince = { ...current, ...next, of: "ci", formerUrns: ["before"] };
  const expired = { dateExpire: "2026-10-01T00:00:00Z" };
  fate("key <new>, which replaces it, expired at", [
    ["is its past, in the run of the rename", recorded({ ...current, ...expired }), nameOf],
    ["and later", recorded({ ...renamedSince, previousKeyId: none, ...expired }), nameOf],
  ]);
  fate("revoked", [
    ["also if it was borrowed", recorded({ ...current, ...adoption }), lentName],
    ["and later", recorded({ ...renamedSince, ...adoption }), lentName],
  ]);
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const byMail = { ...old, userEmail };
  const theirs = { ...next, userId: "5c1d0000-0000-4000-8000-000000000002" };
  const recordedOfThem = (state: Named): Step[] => [
    ({ run, key }) => key("new", run.vultr.addUser().id),
    ...recorded(state),
  ];
  const theirsByMail = { ...theirs, userEmail, previousKeyId: none };
  const otherHasTheirs = [declared("other"), stays("other", theirsByMail)];
  const byAddress = (address: string): Step[] => {
    const args = { userId: undefined, userEmail: address };
    return [declared("ci", args), stays("ci", { ...theirs, userEmail: address }, args)];
  };
  // A state of 0.1.0 without a URN may be of either.
  const unnamed = { ...byMail, resourceUrn: none };
  const args = { userId: undefined, userEmail };
  const ownerByMail = [declared("ci", args), stays("ci", theirsByMail, args)];
  const sameName = { resourceName: "ci" };
  const ownerById = [declared("other", sameName), stays("other", { key: "newer" }, sameName)];
  fate(
    `its userEmail now leads to another user, ${theirs.userId}, of whom this program has key <new>. Write userId: <user> for`,
    [
      ["the user so far keeps the key", byAddress(userEmail)],
      ["also where another resource has the new one", otherHasTheirs],
      ["also where it is written otherwise", byAddress(" Deployer@Example.com")],
      ["also if one of two owners alone is named by id", [...ownerByMail, ...ownerById], unnamed],
    ],
    byMail,
  );
  const otherMail = { ...next, userEmail: "other@example.com" };
  fate("revoked", [
    [
      "its own resource says by userId who is meant, whoever has a key of another resource",
      [...otherHasTheirs, ...rotated(old)],
      byMail,
    ],
    ["the same user is fine", recorded({ ...next, userEmail }), byMail],
    ["another id, where both were named by id, is meant so", recordedOfThem(next)],
    ["an address in place of an id is meant so", recordedOfThem({ ...next, userEmail })],
    ["another address is meant so", recordedOfThem(otherMail), byMail],
    ["an id in place of the address is meant so", recordedOfThem(next), byMail],
  ]);
});
