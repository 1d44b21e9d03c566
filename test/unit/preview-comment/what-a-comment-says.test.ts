import {
  commentOn,
  type KeyStep,
  keyStep,
  preview,
  type Properties,
  rowOf,
  stackStep,
  stackUrn,
} from "./previews";

const headlineOf = (comment: string) =>
  comment.split("\n")[1]?.replace("### Vultr API keys of `project/test`: ", "");

const keys = (...ops: string[]) => ops.map((op, at) => keyStep({ op, name: `key-${at}` }));

describe("the headline counts all keys, in one order", () => {
  it.each<[headline: string, steps: ReturnType<typeof keys>]>([
    ["nothing changes", []],
    ["nothing changes, 1 kept", keys("same")],
    ["nothing changes, 1 looked up, not managed", keys("read")],
    ["1 rotated", keys("replace")],
    [
      "1 rotated",
      [keyStep({ op: "replace", inputs: { adoptKeyId: "x" }, reasons: ["rotationTrigger"] })],
    ],
    // By --replace: nobody asks for a new key, so create adopts it once more.
    ["1 adopted", [keyStep({ op: "replace", inputs: { adoptKeyId: "x" }, reasons: ["id"] })]],
    [
      "1 revoked, 1 rotated, 2 created, 1 changed in place, 2 kept, 1 looked up, not managed",
      keys("same", "delete", "update", "create", "replace", "create", "same", "read"),
    ],
    [
      "nothing changes",
      [{ op: "replace", urn: "urn:pulumi:test::project::aws:s3/bucket:Bucket::deployer" }],
    ],
    [
      "1 rotated", // its parts, which --show-replacement-steps adds
      ["create-replacement", "replace", "delete-replaced"].map((op) => keyStep({ op })),
    ],
  ])("%s", async (headline, steps) => {
    expect(headlineOf(await commentOn(preview(steps)))).toBe(headline);
  });
});

test("a new key that a targeted run leaves out is neither kept nor expires", async () => {
  const dateExpire = "2026-07-03T00:00:00Z"; // in two days
  const step = { op: "same", inputs: { dateExpire }, old: { id: "" }, outputs: { dateExpire } };
  const comment = await commentOn(preview([keyStep(step), ...keys("create")]));
  expect(headlineOf(comment)).toBe("1 created, 1 new but not created: the run is targeted");
  expect(comment).not.toMatch(/deployer|Expires within/);
});

test("a targeted run leaves a key waiting that an earlier run could not revoke", async () => {
  const step = keyStep({ op: "same", old: { delete: true } });
  const comment = await commentOn(preview([...keys("create"), step]));
  expect(headlineOf(comment)).toBe("1 left by an earlier run, 1 created");
  expect(comment).toContain("`deployer-abcdefgh` stays: the run is targeted at others |");
});

test.each([
  [{}, "`deployer-abcdefgh` dies at the end: `heir` has it too, and rotates it |"],
  [{ retainOnDelete: true }, "`deployer-abcdefgh` stays: the run is targeted at others |"],
])("a key that waits for its deletion, and %j another resource rotates: %s", async (old, fate) => {
  const outputs = { keyId: "0b5e0000-1661-40f2-91af-900a154317b7" };
  const waiting = keyStep({ op: "same", outputs, old: { delete: true } });
  const rotated = keyStep({ op: "replace", name: "heir", outputs, old });
  expect(await commentOn(preview([waiting, rotated]))).toContain(fate);
});

test("a resource that a targeted run does not look at keeps a key that another has too, and rotates", async () => {
  const outputs = { keyId: "0b5e0000-1661-40f2-91af-900a154317b7" };
  const same = keyStep({ op: "same", outputs });
  const other = keyStep({ op: "same", name: "other" });
  const rotated = keyStep({ op: "replace", name: "heir", outputs });
  const comment = await commentOn(preview([same, other, rotated]));
  expect(headlineOf(comment)).toBe("1 rotated, 1 keeps a key that dies, 1 kept");
  expect(comment).toContain(
    "| **keeps a key that dies** |  | `deployer-abcdefgh` dies at the end: `heir` has it too, and rotates it |",
  );
});

test("a key that an earlier run could not revoke is told of, also if nothing else changes", async () => {
  const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
  for (const op of ["delete-replaced", "refresh"]) {
    const pending = { op, old: { delete: true, id: `user/${keyId}` }, outputs: { keyId } };
    const comment = await commentOn(preview([keyStep({ op: "same" }), keyStep(pending)]));
    expect(headlineOf(comment)).toBe("1 left by an earlier run, 1 kept");
    expect(await rowOf(pending, { op: "replace" })).toBe(
      `left by an earlier run | an earlier run replaced key \`${keyId}\` and could not revoke it | \`deployer-abcdefgh\` dies at the end | `,
    );
  }
});

test.each<[who: string, other: KeyStep, why: string]>([
  [
    "is to adopt",
    { op: "create", inputs: { adoptKeyId: "pending" } },
    "takes it over or looks it up",
  ],
  ["looks up", { op: "read", now: { id: "user/pending" } }, "takes it over or looks it up"],
  ["has", { op: "same", outputs: { keyId: "pending" } }, "has it too"],
])("a key that waits for its deletion stays if another resource %s it", async (_, other, why) => {
  const pending = { op: "delete-replaced", old: { delete: true }, outputs: { keyId: "pending" } };
  const steps = [pending, { op: "same" }, { ...other, name: "other" }];
  expect(await commentOn(preview(steps.map(keyStep)))).toContain(
    `\`deployer-abcdefgh\` stays, and the run fails: \`other\` ${why}`,
  );
});

test("a key that is renamed and rotated in one run was left by no earlier run", async () => {
  const id = "user/0b5e0000-1661-40f2-91af-900a154317b7";
  const rotated = keyStep({ op: "replace", name: "renamed", old: { id } });
  const former = keyStep({ op: "delete-replaced", old: { delete: true, id } });
  expect(headlineOf(await commentOn(preview([rotated, former])))).toBe("1 rotated");
});

describe("an adopted key that an earlier run rotated", () => {
  const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
  const pending: KeyStep = {
    op: "delete-replaced",
    old: { delete: true },
    outputs: { keyId, adoptKeyId: keyId, createdAt: "2026-01-01T00:00:00Z" },
  };
  const dies = "`deployer-abcdefgh` dies at the end";
  const stays =
    "`deployer-abcdefgh` stays valid at Vultr, unmanaged: it was adopted, and only a rotation revokes it";

  async function fateWith(...current: Properties[]) {
    const comment = await commentOn(preview([keyStep(pending), ...current]));
    const row = comment.split("\n").find((line) => line.includes("left by an earlier run** |"));
    return row?.split(" | ")[3]?.replace(" |", "");
  }

  it.each([
    [["same"], dies],
    [["refresh", "same"], dies],
    [["delete"], stays],
    [["refresh", "delete"], stays],
  ])("%j: %s", async (ops, fate) => {
    const outputs = { previousKeyId: keyId };
    expect(await fateWith(...ops.map((op) => keyStep({ op, outputs })))).toBe(fate);
  });

  it.each([keyId, "[secret]"])(
    "dies also if its resource was rotated since, %s",
    async (adoptKeyId) => {
      const outputs = { previousKeyId: "another", adoptKeyId };
      expect(await fateWith(keyStep({ op: "same", outputs }))).toBe(dies);
    },
  );

  it("dies also if the refresh finds its successor gone: the run makes another, and does not adopt", async () => {
    const lost = keyStep({ op: "refresh", outputs: { previousKeyId: keyId, adoptKeyId: keyId } });
    const made = keyStep({ op: "create", inputs: { adoptKeyId: keyId } });
    expect(await fateWith(lost, made)).toBe(dies);
    const looked = keyStep({ ...pending, op: "refresh" }); // the refresh looks at the waiting key too
    expect(await fateWith(looked, lost, made)).toBe(dies);
  });

  it("dies also if its resource was renamed since, with an alias", async () => {
    const formerUrns = [String(keyStep(pending)["urn"])];
    const renamed = { op: "same", name: "renamed", outputs: { adoptKeyId: keyId, formerUrns } };
    expect(await fateWith(keyStep(renamed))).toBe(dies);
  });

  it("stays if it was adopted again after that, under the former name", async () => {
    const formerUrns = [String(keyStep(pending)["urn"])];
    const createdAt = "2020-01-01T00:00:00Z";
    const outputs = { adoptKeyId: keyId, formerUrns, createdAt };
    expect(await fateWith(keyStep({ op: "same", name: "renamed", outputs }))).toBe(stays);
  });

  it("stays if its resource is replaced by force, of which the provider does not know what it had", async () => {
    const forced = {
      reasons: ["id"],
      old: { id: "user/current" },
      outputs: { previousKeyId: keyId },
    };
    const steps = ["create-replacement", "replace"].map((op) => keyStep({ op, ...forced }));
    expect(await fateWith(...steps)).toBe(stays);
  });

  it("stays if another resource adopted it too, and rotated it", async () => {
    const outputs = { previousKeyId: keyId, adoptKeyId: keyId };
    expect(await fateWith(keyStep({ op: "same", name: "other", outputs }))).toBe(stays);
  });
});

test("a borrowed key that `replaceOnChanges` replaces is rotated, though the provider's diff does not say so", async () => {
  const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
  const inputs = { adoptKeyId: keyId, verify: false };
  const step = keyStep({ op: "replace", inputs, outputs: { keyId, adoptKeyId: keyId } });
  const detailedDiff = { verify: { kind: "update-replace" } };
  const comment = await commentOn(preview([{ ...step, detailedDiff }]));
  expect(headlineOf(comment)).toBe("1 rotated");
  expect(comment).toContain("`deployer-abcdefgh` dies at the end");
});

describe("a key that two resources have in one preview", () => {
  const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
  const userId = "5c1d7e27-ea8f-4467-9862-90062af79b4c";
  const owner = (op: string) => keyStep({ op, name: "owner", outputs: { keyId } });
  const fatesWith = async (...steps: Properties[]) =>
    (await commentOn(preview(steps))).match(/`(owner|borrower)-abcdefgh` [^|]*(?= \|)/g);

  it("dies with the one that made it, though the other one has borrowed it", async () => {
    const outputs = { keyId, adoptKeyId: keyId };
    const borrower = keyStep({ op: "delete", name: "borrower", outputs });
    expect(await fatesWith(owner("delete"), borrower)).toEqual([
      "`owner-abcdefgh` dies at the end",
      "`borrower-abcdefgh` dies at the end: `owner` has it too, and is removed",
    ]);
  });

  it.each(["same", "update"])(
    "stays if the other one keeps it (%s), and the run fails",
    async (op) => {
      const outputs = { keyId, adoptKeyId: keyId };
      const borrower = keyStep({ op, name: "borrower", outputs });
      expect(await fatesWith(owner("delete"), borrower)).toEqual([
        "`owner-abcdefgh` stays, and the run fails: `borrower` has it too",
      ]);
    },
  );

  it("stays for all that have it if a new one takes it over", async () => {
    const borrower = keyStep({
      op: "delete",
      name: "borrower",
      outputs: { keyId, adoptKeyId: keyId },
    });
    const taking = keyStep({ op: "create", name: "new", inputs: { adoptKeyId: keyId } });
    expect(await fatesWith(owner("delete"), borrower, taking)).toEqual([
      "`owner-abcdefgh` stays, and the run fails: `new` takes it over or looks it up",
      "`borrower-abcdefgh` stays valid at Vultr, unmanaged: it was adopted, and only a rotation revokes it",
    ]);
  });

  it.each([
    ["adopts", keyStep({ op: "create", name: "new", inputs: { adoptKeyId: keyId } })],
    [
      "looks up",
      { ...keyStep({ op: "read", name: "new" }), newState: { id: `${userId}/${keyId}` } },
    ],
  ])("stays if a new one %s it, and the run fails", async (_, step) => {
    for (const op of ["delete", "replace"])
      expect(await fatesWith(owner(op), step)).toEqual([
        "`owner-abcdefgh` stays, and the run fails: `new` takes it over or looks it up",
      ]);
  });
});

test("a look-up through another provider holds no key: its process does not see the other's", async () => {
  const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
  const providerOf = (name: string) => `urn:pulumi:test::project::pulumi:providers:x::${name}::id`;
  const old = { provider: providerOf("default") };
  const owner = keyStep({ op: "delete", name: "owner", outputs: { keyId }, old });
  const lookUp = (provider: string) => ({
    ...keyStep({ op: "read", name: "new" }),
    newState: { id: `user/${keyId}`, provider },
  });
  const fateWith = async (name: string) =>
    commentOn(preview([owner, lookUp(`${providerOf(name)}-not-known-yet`)]));
  expect(await fateWith("other")).toContain("`owner-abcdefgh` dies at the end");
  expect(await fateWith("default")).toContain("`owner-abcdefgh` stays, and the run fails: `new`");
});

test("an adopted key whose option retainOnDelete is set outlives its first rotation", async () => {
  const step = keyStep({ op: "create", inputs: { adoptKeyId: "x" } });
  const newState = { ...(step["newState"] as object), retainOnDelete: true };
  expect(await commentOn(preview([{ ...step, newState }]))).toContain(
    "| stays valid after its first rotation too: `retainOnDelete` is set |",
  );
});

test("a preview with --refresh that failed says nothing of the keys that it did not reach", async () => {
  const diagnostics = [{ message: "error: no", severity: "error" }];
  const failed = preview(keys("refresh"), { diagnostics });
  expect(await commentOn(failed)).not.toMatch(/gone already|kept/);
});

test("with --refresh, a key that is not at Vultr any more is made anew", async () => {
  const made = "created | its recorded key is no longer at Vultr | gone already | never";
  expect(await rowOf({ op: "refresh" }, { op: "create" })).toBe(made);
  const adopting = { op: "create", inputs: { adoptKeyId: "x" } };
  const successor = { previousKeyId: "x", adoptKeyId: "x" };
  expect(await rowOf({ op: "refresh", outputs: successor }, adopting)).toBe(made);
  expect(await rowOf({ op: "refresh" }, adopting)).toMatch(/^adopted \| takes over key `x`/);
});

describe("without --show-sames the comment says what it cannot know", () => {
  const digest = { changeSummary: { same: 5, create: 1 } };

  it.each([
    { steps: keys("create"), digest, headline: "1 created", isPartial: true },
    { steps: [], digest, headline: "nothing changes", isPartial: true },
    {
      steps: [stackStep({}, "refresh"), keyStep({ op: "refresh" }), keyStep({ op: "same" })], // with --refresh
      digest: { changeSummary: { same: 2 } },
      headline: "nothing changes, 1 kept",
      isPartial: false,
    },
    {
      steps: [stackStep({}, "refresh"), keyStep({ op: "refresh" })], // not found, and not declared
      digest: { changeSummary: { same: 1 } },
      headline: "1 gone already",
      isPartial: false,
    },
    {
      // with --refresh: whether it is there, the refresh alone does not say
      steps: keys("refresh"),
      digest: { changeSummary: { same: 2 } },
      headline: "nothing changes",
      isPartial: true,
    },
  ])("$headline: $isPartial", async ({ steps, digest, headline, isPartial }) => {
    const comment = await commentOn(preview(steps, { digest }));
    expect(headlineOf(comment)).toBe(headline);
    expect(comment.includes("_Made without `--show-sames`")).toBe(isPartial);
  });
});

test("a preview of destroy says so of each key", async () => {
  const steps = [keyStep({ op: "delete" }), { op: "delete", urn: stackUrn }];
  const comment = await commentOn({ ...preview([]), steps });
  expect(comment).toContain(
    "| **revoked** | the stack is destroyed | `deployer-abcdefgh` dies after all that uses it |",
  );
  expect(comment).not.toContain("*At the end*");
});

test("keys are sorted by what happens, then by name, slots by number", async () => {
  const names = ["zeta", "Beta", "alpha", "ring-x"].map((name) => ({ op: "create", name }));
  const slots = [10, 2, 0].map((slot) => ({ op: "create", ring: "ring", name: `ring-${slot}` }));
  const steps = [...names, ...slots, { op: "delete", name: "zoo" }].map(keyStep);
  expect((await commentOn(preview(steps))).match(/^\| .*?(?=<br>)/gm)).toEqual([
    "| `zoo`",
    "| `alpha`",
    "| `Beta`",
    "| ring `ring`, slot 0",
    "| ring `ring`, slot 2",
    "| ring `ring`, slot 10",
    "| `ring-x`",
    "| `zeta`",
  ]);
});

test("the order in which a parallel run reports does not matter", async () => {
  const steps = ["same", "delete", "replace", "create", "update"].flatMap((op) =>
    ["a", "b"].map((name) => keyStep({ op, name: `${name}-${op}`, reasons: ["name", "userId"] })),
  );
  const diagnostics = ["one", "two"].map((message) => ({ message, severity: "error" }));
  const first = await commentOn(preview(steps, { diagnostics }));
  const reversed = steps
    .toReversed()
    .map((step) => ({ ...step, replaceReasons: ["userId", "name"] }));
  const again = preview(reversed, { diagnostics: diagnostics.toReversed() });
  expect(await commentOn(again)).toBe(first);
});
