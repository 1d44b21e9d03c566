import { unknownValue } from "@pulumi/pulumi/runtime";

import { containsUnknown } from "../../../provider/keys/engine-values";
import {
  fingerprintOf,
  keyRefOf,
  type KeyState,
  withoutUndefined,
} from "../../../provider/keys/state";

it.each<[id: string, state: Partial<KeyState>, key: object | undefined]>([
  ["u/k", {}, { userId: "u", keyId: "k" }],
  ["u/k", { userId: "v" }, { userId: "v", keyId: "k" }],
  ["u/k", { keyId: "l" }, { userId: "u", keyId: "l" }],
  ["", { userId: "v", keyId: "l" }, { userId: "v", keyId: "l" }],
  ["", {}, undefined],
  ["u", {}, undefined],
  ["u/", {}, undefined],
  ["/k", {}, undefined],
])("the key that the id %j and the state %j speak of: %j", (id, state, key) => {
  expect(keyRefOf(id, state)).toEqual(key);
});

it("a fingerprint is the first twelve hex digits of the SHA-256", () => {
  expect(fingerprintOf("abc")).toBe("ba7816bf8f01");
});

it("nothing undefined reaches the engine, at any depth, and everything else does", () => {
  const b = { c: undefined, d: null, e: [undefined, { f: undefined, g: 0 }] };
  const value = { a: undefined, b, h: "" };
  expect(Object.entries(withoutUndefined(value))).toEqual([
    ["b", { d: null, e: [null, { g: 0 }] }],
    ["h", ""],
  ]);
  expect(withoutUndefined(value).b).not.toHaveProperty("c");
});

it.each([
  [unknownValue, true],
  [[1, [unknownValue]], true],
  [{ a: null, b: { c: [unknownValue] } }, true],
  [undefined, false],
  [null, false],
  [`not ${unknownValue}`, false],
  [{ a: [1, { b: null }], c: "" }, false],
])("a value that a preview does not know is found at any depth: in %j, %s", (value, isUnknown) => {
  expect(containsUnknown(value)).toBe(isUnknown);
});
