import { runtime } from "@pulumi/pulumi";

import { unknownValue } from "../../../provider/command-line/preview-comment/values";
import { cellsOf, commentOn, keyStep, type KeyStep, preview } from "./previews";

test("the mark of an unknown value is the SDK's", () => {
  expect(unknownValue).toBe(runtime.unknownValue);
});

const rotated = (step: Partial<KeyStep>): KeyStep => ({ op: "replace", ...step });

describe("a rotation names the arg that asked for it, and what it was and is", () => {
  const long = "x".repeat(50);
  const cut = "x".repeat(38) + "…";
  const [owner, another] = [
    "5c1d7e27-ea8f-4467-9862-90062af79b4c",
    "6c1d7e27-ea8f-4467-9862-90062af79b4c",
  ];

  it.each<[arg: string, was: unknown, is: unknown, why: string]>([
    ["rotationTrigger", "2026-06", "2026-07", "`rotationTrigger`: `2026-06` → `2026-07`"],
    ["rotationTrigger", 1, "1", '`rotationTrigger`: `1` → `"1"`'],
    ["rotationTrigger", undefined, { a: [1] }, '`rotationTrigger`: not set → `{"a":[1]}`'],
    ["rotationTrigger", null, undefined, "`rotationTrigger`: not set → not set"],
    ["rotationTrigger", `${long}1`, `${long}2`, "`rotationTrigger`: `…xxxxx1` → `…xxxxx2`"],
    ["rotationTrigger", `a${long}`, `b${long}`, `\`rotationTrigger\`: \`a${cut}\` → \`b${cut}\``],
    ["rotationTrigger", "[secret]", "[secret]", "`rotationTrigger`: `[secret]` → another one"],
    ["userId", owner, another, "owner: `5c1d7e27…` → `6c1d7e27…`"],
    ["name", undefined, "ci", "`name`: `deployer-abcdefgh` → `ci`"],
    [
      "name",
      undefined,
      unknownValue,
      "`name`: `deployer-abcdefgh` → known only during `pulumi up`",
    ],
    [
      "dateExpire",
      "2026-08-01T00:00:00Z",
      "2026-09-01T00:00:00+02:00",
      "`dateExpire`: 2026-08-01 → 2026-08-31",
    ],
    ["expiresIn", "60d", undefined, "`expiresIn`: `60d` → not set"],
  ])("%s from %j to %j: %s", async (arg, was, is, why) => {
    const step = rotated({ reasons: [arg], oldInputs: { [arg]: was }, inputs: { [arg]: is } });
    expect((await cellsOf(step))[2]).toBe(why);
  });

  it.each<{ step: KeyStep; why: string }>([
    {
      step: rotated({ reasons: ["rotateAfter"], inputs: { rotateAfter: "30d" } }),
      why: "made on 2026-06-01, and `rotateAfter` is `30d`",
    },
    {
      step: rotated({
        reasons: ["rotateAfter"],
        inputs: { rotateAfter: "30d" },
        outputs: { keyId: "k", adoptKeyId: "k" },
      }),
      why: "adopted on 2026-06-01, and `rotateAfter` is `30d`",
    },
    {
      step: rotated({
        reasons: ["rotateBeforeExpiry"],
        inputs: { expiresIn: "60d", rotateBeforeExpiry: "15d" },
        outputs: { dateExpire: "2026-07-31T10:00:00Z" },
      }),
      why: "expires on 2026-07-31, and `rotateBeforeExpiry` is `15d`",
    },
    {
      step: rotated({
        reasons: ["userEmail"],
        oldInputs: { userId: undefined, userEmail: "a@example.com" },
        inputs: { userId: undefined, userEmail: "b@example.com" },
      }),
      why: "owner: `a@example.com` → `b@example.com`",
    },
    {
      step: rotated({
        reasons: ["userEmail"],
        oldInputs: {},
        inputs: { userId: undefined, userEmail: "b@example.com" },
      }),
      why: "owner: `5c1d7e27…` → `b@example.com`",
    },
    {
      step: rotated({
        reasons: ["rotationTrigger", "name"],
        oldInputs: { name: "a", rotationTrigger: 1, verify: true, rotateAfter: "30d" },
        inputs: { name: "b", rotationTrigger: 2, verify: false, rotateAfter: "60d" },
        outputs: { name: "a" },
      }),
      why:
        "`rotationTrigger`: `1` → `2`; `rotateAfter`: `30d` → `60d`; `name`: `a` → `b`; " +
        "`verify`: `true` → `false`; `verify` is off, so the new key is not proven",
    },
    {
      step: rotated({ reasons: ["id"], old: { taint: true } }),
      why: "marked by `pulumi state taint`",
    },
    {
      step: rotated({ reasons: ["id"] }),
      why: "no arg asks for it: `--replace` or a resource option does",
    },
    { step: rotated({ reasons: ["provider"] }), why: "`provider` changed" },
  ])("$why", async ({ step, why }) => {
    expect((await cellsOf(step))[2]).toBe(why);
  });
});

describe("other keys have their reason too", () => {
  it.each<{ step: KeyStep; why: string }>([
    { step: { op: "create" }, why: "new in the program" },
    {
      step: { op: "create", inputs: { verify: false } },
      why: "new in the program; `verify` is off, so the new key is not proven",
    },
    { step: { op: "delete" }, why: "removed from the program" },
    {
      step: { op: "create", inputs: { adoptKeyId: "0b5e0000-1661-40f2-91af-900a154317b7" } },
      why: "takes over key `0b5e0000-1661-40f2-91af-900a154317b7` as it is",
    },
    {
      step: { op: "create", inputs: { adoptKeyId: unknownValue } },
      why: "takes over key (known only during `pulumi up`) as it is",
    },
    {
      step: { op: "update", oldInputs: { allowSelfRevoke: true }, inputs: { rotateAfter: "30d" } },
      why: "`rotateAfter`: not set → `30d`; `allowSelfRevoke`: `true` → not set",
    },
    {
      step: { op: "update", oldInputs: {}, inputs: { adoptApiKey: "[secret]" } },
      why: "`adoptApiKey`: not set → `[secret]`",
    },
    {
      step: { op: "update", old: { initErrors: ["did not authenticate"] } },
      why: "an earlier run could not prove the key: this one tries again",
    },
    { step: { op: "update" }, why: "its record is brought up to date" },
  ])("$step.op: $why", async ({ step, why }) => {
    expect((await cellsOf(step))[2]).toBe(why);
  });
});

const slot = (op: string, number: number, from?: number, to?: number): KeyStep => ({
  op,
  ring: "hook",
  name: `hook-${number}`,
  reasons: ["rotationTrigger"],
  ...(from !== undefined && { oldInputs: { rotationTrigger: from } }),
  ...(to !== undefined && { inputs: { rotationTrigger: to } }),
});

describe("a bump of a ring by one replaces the slot with the oldest key", () => {
  it.each<{ what: string; steps: [KeyStep, ...KeyStep[]]; why: string; fate: string }>([
    {
      what: "two slots, all of them shown",
      steps: [slot("replace", 0, 2, 4), slot("same", 1, 3, 3)],
      why: "generation 2 → 4: this slot held the oldest key",
      fate: "`hook-0-abcdefgh` dies at the end; generation 3 stays valid until the next bump",
    },
    {
      what: "two slots, without --show-sames",
      steps: [slot("replace", 0, 2, 4)],
      why: "generation 2 → 4: this slot held the oldest key",
      fate: "`hook-0-abcdefgh` dies at the end; generation 3 stays valid until the next bump",
    },
    {
      what: "four slots",
      steps: [slot("replace", 1, 5, 9)],
      why: "generation 5 → 9: this slot held the oldest key",
      fate: "`hook-1-abcdefgh` dies at the end; generations 6, 7 and 8 stay valid, 6 until the next bump",
    },
    {
      what: "one slot, which is a plain rotation",
      steps: [slot("replace", 0, 4, 5)],
      why: "generation 4 → 5",
      fate: "`hook-0-abcdefgh` dies at the end",
    },
    {
      what: "two of three slots: nothing is said of overlap",
      steps: [slot("replace", 0, 3, 6), slot("replace", 1, 1, 4), slot("same", 2, 5, 5)],
      why: "generation 3 → 6",
      fate: "`hook-0-abcdefgh` dies at the end",
    },
    {
      what: "back",
      steps: [slot("replace", 0, 4, 2)],
      why: "generation 4 → 2",
      fate: "`hook-0-abcdefgh` dies at the end",
    },
    {
      what: "a jump that does not fit the slot",
      steps: [slot("replace", 2, 1, 4)],
      why: "generation 1 → 4",
      fate: "`hook-2-abcdefgh` dies at the end",
    },
  ])("$what", async ({ steps: [step, ...others], why, fate }) => {
    expect((await cellsOf(step, others)).slice(2, 4)).toEqual([why, fate]);
  });

  it("says which generation a new slot holds", async () => {
    expect((await cellsOf(slot("create", 0, undefined, 2)))[2]).toBe("generation `2` of the ring");
  });
});

describe("a ring that loses its overlap is warned of", () => {
  const warning = async (...steps: KeyStep[]) =>
    /> \[!WARNING\]\n> (.*)/.exec(await commentOn(preview(steps.map(keyStep))))?.[1];

  it("names the generations that die in one run", async () => {
    const both = [slot("replace", 0, 2, 4), slot("replace", 1, 3, 5)];
    expect(await warning(...both)).toBe(
      "2 keys of ring `hook`, of generations 2 and 3, die in one run: consumers that hold one of them " +
        "get no overlap. Was `generation` bumped by more than one, or `keepPrevious` changed?",
    );
    expect(await warning(slot("replace", 0, 2, 3), slot("delete", 1, 3))).toMatch(
      /^2 keys of ring/,
    );
  });

  it("is silent for one key, and for a ring that is removed", async () => {
    expect(await warning(slot("replace", 0, 2, 4), slot("same", 1, 3, 3))).toBeUndefined();
    expect(await warning(slot("delete", 0, 2), slot("delete", 1, 3))).toBeUndefined();
  });
});
