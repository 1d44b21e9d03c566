import { unknownValue } from "@pulumi/pulumi/runtime";

import {
  fingerprintOf,
  keyRefOf,
  type KeyState,
  resourceId,
  withoutUndefined,
} from "../../../provider/keys/state";
import { containsUnknown } from "../../../provider/keys/engine-values";

it("an id names user and key", () => {
  expect(resourceId({ userId: "u", keyId: "k" })).toBe("u/k");
});

describe("the key that an id and a state speak of", () => {
  it.each<{ id: string; state: Partial<KeyState>; key: object | undefined }>([
    { id: "u/k", state: {}, key: { userId: "u", keyId: "k" } },
    { id: "u/k", state: { userId: "v" }, key: { userId: "v", keyId: "k" } },
    { id: "u/k", state: { keyId: "l" }, key: { userId: "u", keyId: "l" } },
    { id: "", state: { userId: "v", keyId: "l" }, key: { userId: "v", keyId: "l" } },
    { id: "", state: {}, key: undefined },
    { id: "u", state: {}, key: undefined },
    { id: "u/", state: {}, key: undefined },
    { id: "/k", state: {}, key: undefined },
  ])("$id with $state: $key", ({ id, state, key }) => {
    expect(keyRefOf(id, state)).toEqual(key);
  });
});

it("a fingerprint is the first twelve hex digits of the SHA-256", () => {
  expect(fingerprintOf("abc")).toBe("ba7816bf8f01");
});

it("nothing undefined reaches the engine, at any depth, and everything else does", () => {
  const value = {
    a: undefined,
    b: { c: undefined, d: null, e: [undefined, { f: undefined, g: 0 }] },
  };
  expect(Object.entries(withoutUndefined({ ...value, h: "" }))).toEqual([
    ["b", { d: null, e: [null, { g: 0 }] }],
    ["h", ""],
  ]);
  expect(withoutUndefined(value).b).not.toHaveProperty("c");
});

describe("a value that a preview does not know is found at any depth", () => {
  it.each([
    [unknownValue, true],
    [[1, [unknownValue]], true],
    [{ a: null, b: { c: [unknownValue] } }, true],
    [undefined, false],
    [null, false],
    [`not ${unknownValue}`, false],
    [{ a: [1, { b: null }], c: "" }, false],
  ])("%j: %s", (value, unknown) => {
    expect(containsUnknown(value)).toBe(unknown);
  });
});
