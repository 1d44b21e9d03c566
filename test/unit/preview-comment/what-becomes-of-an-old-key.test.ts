import { fingerprintOf } from "../../../provider/keys/state";
import { commentOn, fateOf, keyStep, type KeyStep, preview, type Properties } from "./previews";

const stepOf =
  (name: string) =>
  (op: string, step: Partial<KeyStep> = {}) =>
    keyStep({ op, name, ...step });
const [own, other, heir] = [stepOf("deployer"), stepOf("other"), stepOf("heir")];

/** What is said of the key that `deployer` has, or had before an earlier run replaced it. */
type Fate = [what: string, fate: string, ...steps: Properties[]];

function itTells(where: string, fates: readonly Fate[]): void {
  it.each(fates)(`${where} %s: %s`, async (_, fate, ...steps) => {
    expect(await fateOf(...steps)).toBe(fate);
  });
}

const keyId = "0b5e0000-1661-40f2-91af-900a154317b7";
const made = { outputs: { keyId } };
const borrowed = { outputs: { keyId, adoptKeyId: keyId } };
const taking = { inputs: { adoptKeyId: keyId } };

const dies = "dies at the end";
const fails = "stays, and the run fails:";
const unmanaged = "stays valid at Vultr, unmanaged:";
const lives = `${unmanaged} it was adopted, and only a rotation revokes it`;
const isProtected = "stays: `protect` forbids its end, and the run fails";
const isUntouched = "stays: the run is targeted at others";
const takenByOther = `${fails} \`other\` takes it over or looks it up`;

itTells("a rotation", [
  ["ends the old key", dies, own("replace", { reasons: ["rotationTrigger"] })],
  ["ends a borrowed one", dies, own("replace", { reasons: ["rotationTrigger"], ...borrowed })],
  [
    "by `replaceOnChanges`, of which the provider's diff does not say so, ends a borrowed one",
    dies,
    {
      ...own("replace", { inputs: { ...taking.inputs, verify: false }, ...borrowed }),
      detailedDiff: { verify: { kind: "update-replace" } },
    },
  ],
  ["by --replace leaves a borrowed one", lives, own("replace", borrowed)],
  [
    "of a key that was made elsewhere and has no name names its id",
    `\`${keyId}\` ${dies}`,
    own("replace", { reasons: ["name"], outputs: { name: "", keyId } }),
  ],
]);

const server = stepOf("server");
const deletedWith = server("same")["urn"];
const hooks = { BeforeDelete: ["ask", "tell"], afterCreate: ["x"] };

itTells("an option decides,", [
  [
    "a hook",
    `${dies}, unless a hook (\`ask\`, \`tell\`) forbids it`,
    own("replace", { old: { resourceHooks: hooks } }),
  ],
  [
    "retainOnDelete",
    `${unmanaged} \`retainOnDelete\` is set`,
    own("replace", { old: { retainOnDelete: true } }),
  ],
  [
    "retainOnDelete of a key that is adopted",
    "stays valid after its first rotation too: `retainOnDelete` is set",
    own("create", { ...taking, now: { retainOnDelete: true } }),
  ],
  [
    "protect, before retainOnDelete",
    isProtected,
    own("replace", { old: { protect: true, retainOnDelete: true }, now: { protect: true } }),
  ],
  ["protect, but this run takes it away", dies, own("replace", { old: { protect: true } })],
  ["protect, of a removed key", isProtected, own("delete", { old: { protect: true } })],
  [
    "protect, but not of a key that waits for its deletion",
    dies,
    own("delete-replaced", { old: { protect: true, delete: true } }),
  ],
  [
    "deleteBeforeReplace",
    `${fails} \`deleteBeforeReplace\` asks for its end before its successor works`,
    own("replace", { old: { pendingReplacement: true, delete: undefined } }),
  ],
  ["deletedWith, but what it names stays", dies, own("replace", { old: { deletedWith } })],
  ...["delete", "replace"].map((op): Fate => [
    `deletedWith, and what it names ends too, by ${op}`,
    `${unmanaged} what \`deletedWith\` names is deleted or replaced too`,
    ...[own("replace", { old: { deletedWith } }), server(op)],
  ]),
]);

test.each([
  ["is explained", true, {}],
  ["is not, if no key dies there", false, { retainOnDelete: true }],
])("what `at the end` means %s", async (_, isExplained, old) => {
  const comment = await commentOn(preview([own("replace", { old })]));
  const note = "*At the end* is the very end of `pulumi up`: the new key is made and proven first";
  expect(comment.includes(note)).toBe(isExplained);
});

const providerOf = (name: string) => `urn:pulumi:test::project::pulumi:providers:x::${name}::id`;
const ofDefault = { ...made, old: { provider: providerOf("default") } };
const lookUpBy = (provider: string) =>
  other("read", {
    now: { id: `user/${keyId}`, provider: `${providerOf(provider)}-not-known-yet` },
  });

itTells("another resource has the key or takes it:", [
  [
    "one that made it, and is removed with the one that borrowed it",
    `${dies}: \`other\` has it too, and is removed`,
    ...[own("delete", borrowed), other("delete", made)],
  ],
  ...["same", "update"].map((op): Fate => [
    `one that borrowed it and keeps it, by ${op}`,
    `${fails} \`other\` has it too`,
    ...[own("delete", made), other(op, borrowed)],
  ]),
  [
    "a new one, and the one that made it is removed with the one that borrowed it",
    lives,
    ...[own("delete", borrowed), heir("delete", made), other("create", taking)],
  ],
  ["a new one, of a removed key", takenByOther, own("delete", made), other("create", taking)],
  ["a new one, of a rotated key", takenByOther, own("replace", made), other("create", taking)],
  ["a look-up", takenByOther, own("delete", ofDefault), lookUpBy("default")],
  [
    "a look-up through another provider, whose process does not see this one's keys",
    dies,
    ...[own("delete", ofDefault), lookUpBy("elsewhere")],
  ],
]);

const waiting = (op: string, outputs: Properties) => own(op, { outputs, old: { delete: true } });
const pending = waiting("delete-replaced", { keyId });
const left = waiting("same", { keyId });
const retained = { old: { retainOnDelete: true } };

itTells("the key waits for its deletion since an earlier run,", [
  ["and the run is targeted at others", isUntouched, left, other("create")],
  [
    "and another resource rotates it",
    `${dies}: \`heir\` has it too, and rotates it`,
    ...[left, heir("replace", made)],
  ],
  [
    "and another rotates and retains it",
    isUntouched,
    left,
    heir("replace", { ...made, ...retained }),
  ],
  ["and another is to adopt it", takenByOther, pending, own("same"), other("create", taking)],
  [
    "and another has it",
    `${fails} \`other\` has it too`,
    pending,
    own("same"),
    other("same", made),
  ],
]);

const lent = { ...borrowed.outputs, createdAt: "2026-01-01T00:00:00Z" };
const wasLent = waiting("delete-replaced", lent);
const rotated = { outputs: { previousKeyId: keyId } };
const lost = own("refresh", { outputs: { previousKeyId: keyId, adoptKeyId: keyId } });
const forced = { reasons: ["id"], old: { id: "user/current" }, ...rotated };
const formerly = { adoptKeyId: keyId, formerUrns: [wasLent["urn"]] };

itTells("a borrowed key waits for its deletion since its rotation,", [
  ["and nothing changes", dies, wasLent, own("same", rotated)],
  [
    "and its resource is removed",
    lives,
    ...[wasLent, own("refresh", rotated), own("delete", rotated)],
  ],
  ...[keyId, "[secret]"].map((adoptKeyId): Fate => [
    `and was rotated again: ${adoptKeyId}`,
    dies,
    ...[wasLent, own("same", { outputs: { previousKeyId: "another", adoptKeyId } })],
  ]),
  [
    "and the refresh, which looks at it too, finds its successor gone: the run does not adopt again",
    dies,
    ...[wasLent, waiting("refresh", lent), lost, own("create", taking)],
  ],
  ...["removed", "to adopt another key"].map((becomes): Fate => [
    `and the refresh finds its successor gone, whose resource is ${becomes}`,
    lives,
    ...[wasLent, waiting("refresh", lent), lost],
    ...(becomes === "removed" ? [] : [own("create", { inputs: { adoptKeyId: "another" } })]),
  ]),
  [
    "and the refresh finds its successor gone, whose resource was renamed in an earlier run",
    lives,
    ...[wasLent, waiting("refresh", lent)],
    ...[other("refresh", { outputs: { ...formerly, previousKeyId: keyId } }), other("create")],
  ],
  [
    "and its resource has another name, with an alias",
    dies,
    ...[wasLent, other("same", { outputs: formerly })],
  ],
  [
    "and its resource with another name adopted it after that",
    lives,
    ...[wasLent, other("same", { outputs: { ...formerly, createdAt: "2020-01-01T00:00:00Z" } })],
  ],
  [
    "and its resource with another name was rotated again: another of the former name may have adopted it",
    lives,
    ...[wasLent, other("same", { outputs: { ...formerly, previousKeyId: "another" } })],
  ],
  [
    "and its resource is replaced by force: the provider does not know what that had",
    lives,
    ...[wasLent, own("create-replacement", forced), own("replace", forced)],
  ],
  [
    "and another resource borrowed it too, and rotated it",
    lives,
    ...[wasLent, other("same", { outputs: { previousKeyId: keyId, adoptKeyId: keyId } })],
  ],
]);

const adoption = { adoptKeyId: "another", adoptApiKey: "[secret]" };
const adopting = (step: Partial<KeyStep> = {}) =>
  own("replace", { oldInputs: {}, inputs: adoption, ...step });
const revokesIt = "its first rotation revokes it";
const after = `; the adopted key: ${revokesIt}`;

itTells("a key is adopted in its place, by --replace or import:", [
  ["with its plaintext", `${dies}${after}`, adopting()],
  [
    "without it",
    `${fails} the adopted key is not proven without its plaintext, \`adoptApiKey\`${after}`,
    adopting({ inputs: { adoptKeyId: "another" } }),
  ],
  [
    "one that it had before",
    `${fails} \`adoptKeyId\` names a key that was rotated before: remove it${after}`,
    adopting({ outputs: { adoptKeyId: "another" } }),
  ],
  ["in place of a borrowed one", `${lives}${after}`, adopting(borrowed)],
  ["the same one anew", revokesIt, adopting({ ...taking, ...made })],
]);

const lookUp = (id: string) => ({ external: true, id: `user/${id}` });
const managed = own("same")["oldState"];

itTells("the program looks up a key in its place,", [
  ["by a replacement", dies, own("replace", { now: lookUp("another") })],
  ...["another", keyId].map((id): Fate => [
    `and the engine only reads ${id}`,
    `${unmanaged} Pulumi only forgets a key whose name a look-up takes`,
    { ...own("read", { now: lookUp(id) }), oldState: managed },
  ]),
  [
    "the very one that is to end",
    `${fails} \`deployer\` takes it over or looks it up`,
    ...["replace", "read-replacement"].map((op) => own(op, { ...made, now: lookUp(keyId) })),
  ],
]);

const secret = { outputs: { keyId: "[secret]" } };
const secretly = { adoptKeyId: "[secret]" };
const ownId = `${fingerprintOf("deployer").slice(0, 8)}-1661-40f2-91af-900a154317b7`;

itTells("ids are secret, which all look alike,", [
  ["of a key that dies beside one that stays", dies, own("delete", secret), other("same", secret)],
  [
    "of a borrowed key that is removed",
    lives,
    own("delete", { outputs: { ...secretly, keyId: ownId } }),
  ],
  [
    "of a borrowed key that is replaced by --replace",
    revokesIt,
    own("replace", { inputs: secretly, outputs: { ...secretly, ...secret.outputs } }),
  ],
  [
    "of a key that was borrowed before its rotation",
    dies,
    own("delete", { outputs: { ...secretly, previousKeyId: "another" } }),
  ],
]);
