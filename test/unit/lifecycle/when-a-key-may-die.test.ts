import { mayRevoke } from "../../../provider/keys/may-revoke";
import { createRunMemory, type RunMemory } from "../../../provider/keys/run-memory";
import type { KeyState } from "../../../provider/keys/state";
import { RefusedError } from "../../../provider/vultr/errors";
import { argsOf, keyOf, oldKeyOf, urnOf, userId } from "./resources";

type Step = (memory: RunMemory) => unknown;

/** check of a resource that state records. */
const declared =
  (name: string, more = {}): Step =>
  (memory) =>
    memory.noteDeclared(argsOf(name, more), true);

/** check of a resource that is new. */
const isNew =
  (name: string, more = {}): Step =>
  (memory) =>
    memory.noteDeclared(argsOf(name, more), false);

/** diff, of which the key stays. */
const stays =
  (name: string, state: KeyState): Step =>
  (memory) => {
    memory.noteRecorded(urnOf(name), state, false);
  };

/** diff, of which the key is to be replaced, and the second check. */
const due =
  (name: string, state: KeyState): Step =>
  (memory) => {
    memory.noteRecorded(urnOf(name), state, true);
    memory.noteDeclared(argsOf(name), false);
  };

/** create or update. */
const made =
  (name: string, state: KeyState): Step =>
  (memory) => {
    memory.noteMade(urnOf(name), state);
  };

const failed: Step = (memory) => {
  memory.noteFailure();
};

const old = keyOf("ci", "old");
const next = (more: Partial<KeyState> = {}) =>
  keyOf("ci", "new", { previousKeyId: "old", ...more });
const adopted = (name: string) => keyOf(name, "old", { adoptKeyId: "old" });
const unproven = { isUnproven: true } as const;

/** "revoked", "left", or the start of the refusal's reason. */
function fateOf(state: KeyState, steps: readonly Step[]): string {
  const memory = createRunMemory();
  for (const step of steps) step(memory);
  try {
    return mayRevoke(memory, state) ? "revoked" : "left";
  } catch (error) {
    expect(error).toBeInstanceOf(RefusedError);
    const { message, hint } = error as RefusedError;
    expect(message).toMatch(/^could not revoke API key old: /);
    return `${message.replace("could not revoke API key old: ", "")} | ${hint}`;
  }
}

interface Case {
  what: string;
  steps: Step[];
  state?: KeyState;
  fate: string;
}

function table(cases: Case[]): void {
  it.each(cases)("$what: $fate", ({ steps, state = old, fate }) => {
    expect(fateOf(state, steps).slice(0, fate.length)).toBe(fate);
  });
}

const noSuccessor = "the key that replaces it is not made yet";
const unprovenSuccessor = "key new, which replaces it, has not been seen to authenticate";
const someFailure = "a key could not be made or proven in this run, and then no key is revoked";
const heldBy = (name: string) => `another resource of this program holds it: ${urnOf(name)}`;

describe("a key of ours whose resource is not declared dies: removal, destroy, refresh", () => {
  table([
    { what: "where nothing is declared", steps: [], fate: "revoked" },
    {
      what: "where others are declared",
      steps: [declared("other"), stays("other", keyOf("other", "k"))],
      fate: "revoked",
    },
    {
      what: "where the key of another resource was made in this run",
      steps: [isNew("other"), made("other", keyOf("other", "k"))],
      fate: "revoked",
    },
    {
      what: "but not before that: renamed and tainted, it may be the same resource, told to delete first",
      steps: [isNew("other")],
      fate: noSuccessor,
    },
    {
      what: "but not where a key of another resource could not be made",
      steps: [isNew("other"), failed],
      fate: someFailure,
    },
  ]);
});

describe("a key that is replaced dies once its successor is proven", () => {
  table([
    {
      what: "in this run",
      steps: [declared("ci"), due("ci", old), made("ci", next())],
      fate: "revoked",
    },
    {
      what: "or recognised, from an address that may not use it",
      steps: [
        declared("ci"),
        due("ci", old),
        (memory) => {
          const { verifiedAt: _, ...recognised } = next();
          memory.noteMade(urnOf("ci"), recognised);
        },
      ],
      fate: "revoked",
    },
    {
      what: "or is recorded so by an earlier run",
      steps: [declared("ci"), stays("ci", next())],
      fate: "revoked",
    },
    {
      what: "also several rotations later",
      steps: [declared("ci"), stays("ci", keyOf("ci", "newer", { previousKeyId: "new" }))],
      fate: "revoked",
    },
    {
      what: "also where the successor has been rotated on in this run",
      steps: [
        declared("ci"),
        due("ci", next()),
        made("ci", keyOf("ci", "newer", { previousKeyId: "new" })),
      ],
      fate: "revoked",
    },
    {
      what: "not while it is the key in use: something asks to delete first",
      steps: [declared("ci"), due("ci", old)],
      fate: noSuccessor,
    },
    {
      what: "not while it is the key in use, also after a rename: state has the URN from before",
      state: keyOf("before", "old"),
      steps: [declared("ci"), due("ci", keyOf("before", "old"))],
      fate: noSuccessor,
    },
    {
      what: "not where its resource was checked and not diffed",
      steps: [declared("ci")],
      fate: noSuccessor,
    },
    {
      what: "not where its resource is a new one to the engine and has no key yet",
      steps: [isNew("ci")],
      fate: noSuccessor,
    },
    {
      what: "not where the recorded successor is unproven",
      steps: [declared("ci"), stays("ci", next(unproven))],
      fate: unprovenSuccessor,
    },
    {
      what: "but once update has proven that one",
      steps: [declared("ci"), stays("ci", next(unproven)), made("ci", next())],
      fate: "revoked",
    },
    {
      what: "not where create kept an unproven successor",
      steps: [declared("ci"), due("ci", old), made("ci", next(unproven)), failed],
      fate: someFailure,
    },
    {
      what: "not where a key of another resource failed, though this one's successor is proven",
      steps: [declared("ci"), due("ci", old), made("ci", next()), isNew("other"), failed],
      fate: someFailure,
    },
  ]);
});

describe("a key that somebody else still holds stays", () => {
  const holder = keyOf("other", "old", { adoptKeyId: "old" });
  table([
    {
      what: "another resource of the program, by its state",
      steps: [declared("other"), stays("other", holder)],
      fate: heldBy("other"),
    },
    {
      what: "one that adopted it in this run",
      steps: [isNew("other", { adoptKeyId: "old" }), made("other", holder)],
      fate: heldBy("other"),
    },
    {
      what: "one that is to adopt it, and has not yet",
      steps: [isNew("other", { adoptKeyId: "old" })],
      fate: heldBy("other"),
    },
    {
      what: "its own resource, which was declared anew and is to adopt it",
      steps: [isNew("ci", { adoptKeyId: "old" })],
      fate: heldBy("ci"),
    },
    {
      what: "its own resource, which was declared anew and has adopted it",
      steps: [isNew("ci", { adoptKeyId: "old" }), made("ci", adopted("ci"))],
      fate: heldBy("ci"),
    },
    {
      what: "but not one that adopted it long ago and still names it in its args",
      steps: [
        declared("other", { adoptKeyId: "old" }),
        stays("other", keyOf("other", "k", { adoptKeyId: "old" })),
      ],
      fate: "revoked",
    },
    {
      what: "nor one of which the engine knows that, and that has another key now",
      steps: [declared("other", { adoptKeyId: "old" }), stays("other", keyOf("other", "newer"))],
      fate: "revoked",
    },
    {
      what: "another one beside its own, whose successor is proven",
      steps: [
        declared("ci"),
        due("ci", old),
        made("ci", next()),
        declared("other"),
        stays("other", holder),
      ],
      fate: heldBy("other"),
    },
    {
      what: "another one beside its own, which still has it: both are named",
      steps: [declared("ci"), due("ci", old), declared("other"), stays("other", holder)],
      fate: `another resource of this program holds it: ${urnOf("ci")}, ${urnOf("other")}`,
    },
  ]);

  it("and the refusal says how one of the two keeps it", () => {
    const fate = fateOf(old, [declared("other"), stays("other", holder)]);
    expect(fate).toContain("remove one of the two resources from the program");
    expect(fate).toContain("run `pulumi state delete` for this one");
  });
});

describe("a borrowed key", () => {
  const borrowed = adopted("ci");
  table([
    { what: "is left on removal and destroy", state: borrowed, steps: [], fate: "left" },
    {
      what: "is left on removal, whatever failed elsewhere",
      state: borrowed,
      steps: [isNew("other"), failed],
      fate: "left",
    },
    {
      what: "is left on a rename, where another resource adopts it again",
      state: borrowed,
      steps: [isNew("renamed", { adoptKeyId: "old" }), made("renamed", adopted("renamed"))],
      fate: "left",
    },
    {
      what: "is left on a move between parents, before the other resource has adopted it",
      state: borrowed,
      steps: [isNew("renamed", { adoptKeyId: "old" })],
      fate: "left",
    },
    {
      what: "is left on --replace, where create adopts it again",
      state: borrowed,
      steps: [declared("ci", { adoptKeyId: "old" }), made("ci", borrowed)],
      fate: "left",
    },
    {
      what: "is left on --replace, where diff was asked as well",
      state: borrowed,
      steps: [declared("ci"), stays("ci", borrowed), made("ci", borrowed)],
      fate: "left",
    },
    {
      what: "is left where its resource makes another key that does not replace it",
      state: borrowed,
      steps: [declared("ci"), made("ci", keyOf("ci", "new"))],
      fate: "left",
    },
    {
      what: "is left where its resource has rotated another key meanwhile",
      state: borrowed,
      steps: [declared("ci"), stays("ci", keyOf("ci", "newer", { previousKeyId: "new" }))],
      fate: "left",
    },
    {
      what: "is revoked by its rotation",
      state: borrowed,
      steps: [declared("ci"), due("ci", borrowed), made("ci", next({ adoptKeyId: "old" }))],
      fate: "revoked",
    },
    {
      what: "is revoked where that is pending from an earlier run",
      state: borrowed,
      steps: [declared("ci"), stays("ci", next({ adoptKeyId: "old" }))],
      fate: "revoked",
    },
    {
      what: "is revoked where the resource has another URN since",
      state: { ...borrowed, resourceUrn: urnOf("before the alias") },
      steps: [declared("ci"), due("ci", borrowed), made("ci", next())],
      fate: "revoked",
    },
    {
      what: "is not revoked by its rotation before the successor is proven",
      state: borrowed,
      steps: [declared("ci"), stays("ci", next(unproven))],
      fate: unprovenSuccessor,
    },
    {
      what: "is refused, not left, where its rotation is told to delete first",
      state: borrowed,
      steps: [declared("ci"), due("ci", borrowed)],
      fate: noSuccessor,
    },
    {
      what: "is refused, not left, also after a rename",
      state: adopted("before"),
      steps: [declared("ci"), due("ci", adopted("before"))],
      fate: noSuccessor,
    },
    {
      what: "is left on removal where another resource adopted it as well",
      state: borrowed,
      steps: [declared("other"), stays("other", adopted("other"))],
      fate: "left",
    },
    {
      what: "is not revoked by its rotation in a run with a failure",
      state: borrowed,
      steps: [declared("ci"), due("ci", borrowed), made("ci", next()), failed],
      fate: someFailure,
    },
  ]);

  const { apiKey: _, ...withoutPlaintext } = keyOf("ci", "lent", { adoptKeyId: "lent" });
  table([
    {
      what: "that takes over by --replace, its plaintext unknown, cannot be proven",
      steps: [isNew("ci", { adoptKeyId: "lent" }), made("ci", withoutPlaintext)],
      fate: "key lent, which replaces it, was adopted without its plaintext and cannot be seen to authenticate |",
    },
    {
      what: "that takes over by --replace and was proven",
      steps: [
        isNew("ci", { adoptKeyId: "lent" }),
        made("ci", { ...withoutPlaintext, apiKey: "plaintext of lent" }),
      ],
      fate: "revoked",
    },
  ]);

  it("is no longer borrowed once it was rotated: the next key dies as any other", () => {
    const rotated = keyOf("ci", "old", { adoptKeyId: "borrowed before" });
    expect(fateOf(rotated, [])).toBe("revoked");
  });
});

describe("a state without a URN belongs to the resources of its name", () => {
  const before = oldKeyOf("ci", "old");
  const elsewhere = (memory: RunMemory) =>
    memory.noteDeclared({ ...argsOf("ci"), resourceUrn: urnOf("parent$ci") }, true);
  table([
    { what: "of which none is declared", state: before, steps: [], fate: "revoked" },
    {
      what: "with a key that is proven",
      state: before,
      steps: [declared("ci"), stays("ci", keyOf("ci", "newer"))],
      fate: "revoked",
    },
    {
      what: "without a key yet",
      state: before,
      steps: [isNew("ci")],
      fate: noSuccessor,
    },
    {
      what: "of which one of two is without a key yet",
      state: before,
      steps: [declared("ci"), stays("ci", keyOf("ci", "newer")), elsewhere],
      fate: noSuccessor,
    },
    {
      what: "also where that resource has no URN either",
      state: before,
      steps: [
        (memory) => memory.noteDeclared({ resourceName: "ci", userId }, true),
        (memory) => {
          memory.noteRecorded("ci", before, true);
        },
      ],
      fate: noSuccessor,
    },
    {
      what: "and not to one of another name",
      state: before,
      steps: [isNew("other"), made("other", keyOf("other", "newer"))],
      fate: "revoked",
    },
    {
      what: "but one with a URN does not belong to another of the same name",
      state: keyOf("ci", "old"),
      steps: [elsewhere, made("parent$ci", keyOf("ci", "newer"))],
      fate: "revoked",
    },
    {
      what: "whose resource is not found waits for every key that is still to be made: one may be its successor",
      state: keyOf("ci", "old"),
      steps: [isNew("renamed")],
      fate: noSuccessor,
    },
    {
      what: "and one without a name belongs to nobody",
      state: (({ resourceName: _, ...rest }) => rest)(before),
      steps: [
        (memory) => memory.noteDeclared({ userId, resourceUrn: urnOf("ci") }, true),
        made("ci", keyOf("ci", "newer")),
      ],
      fate: "revoked",
    },
  ]);
});

describe("one e-mail address that now leads to another user", () => {
  const userEmail = "deployer@example.com";
  const state = keyOf("ci", "old", { userEmail });
  const theirs = (more: Partial<KeyState>) => keyOf("ci", "new", { previousKeyId: "old", ...more });
  const otherUser = userId.replace("1", "2");
  const rotated = (more: Partial<KeyState>) => [declared("ci"), stays("ci", theirs(more))];
  table([
    {
      what: "the user so far keeps the key",
      state,
      steps: rotated({ userEmail, userId: otherUser }),
      fate: `its userEmail now leads to another user, ${otherUser}, who has the new key | Write userId: ${userId} for`,
    },
    { what: "the same user", state, steps: rotated({ userEmail }), fate: "revoked" },
    {
      what: "the user so far, where the address is written otherwise",
      state,
      steps: rotated({ userEmail: " Deployer@Example.com", userId: otherUser }),
      fate: "its userEmail now leads to another user",
    },
    {
      what: "another id, where both were named by id, is meant so",
      steps: rotated({ userId: otherUser }),
      fate: "revoked",
    },
    {
      what: "an address in place of an id is meant so",
      steps: rotated({ userEmail, userId: otherUser }),
      fate: "revoked",
    },
    {
      what: "another address for another user is meant so",
      state,
      steps: rotated({ userEmail: "other@example.com", userId: otherUser }),
      fate: "revoked",
    },
    {
      what: "an id in place of the address is meant so",
      state,
      steps: rotated({ userId: otherUser }),
      fate: "revoked",
    },
  ]);
});
