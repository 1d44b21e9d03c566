import { automaticName, isAutomaticName, type KeyOrigin } from "../../../provider/keys/key-name";
import { stackNameOf } from "../../../provider/urn";

/** Chances that pick the letters of `abcdefghijkmnpqrstuvwxyz23456789` one after the other. */
function inTurn(): () => number {
  let picks = 0;
  return () => (picks++ % 32) / 32;
}

const deployer = { resourceName: "deployer", stack: "dev" };
/** In a state of 0.1.0 there is no stack. */
const before = { resourceName: "deployer", stack: undefined };

describe("a name is the resource's name, the stack's, and eight letters of chance, as it suits Vultr", () => {
  it.each<[resourceName: string, stack: string | undefined, name: string]>([
    ["deployer", "dev", "deployer-dev-abcdefgh"],
    ["deployer", undefined, "deployer-abcdefgh"],
    ["", undefined, "key-abcdefgh"],
    ["", "dev", "-dev-abcdefgh"],
    ["a\u0000\n\u001bb", "dev", "ab-dev-abcdefgh"],
    ["\n", undefined, "key-abcdefgh"],
    ["a-b c/d", "dev", "a-b c/d-dev-abcdefgh"],
    ["r".repeat(500), "dev", `${"r".repeat(119)}-abcdefgh`], // 128 letters
    [`${"r".repeat(118)}😀`, "dev", `${"r".repeat(118)}-abcdefgh`], // the cut would halve the emoji
  ])("%j in %s: %s", (resourceName, stack, name) => {
    const origin = { resourceName, stack };
    expect(automaticName(origin, inTurn())).toBe(name);
    expect(isAutomaticName(name, origin)).toBe(true);
  });

  it("whatever the chance", () => {
    expect(automaticName(deployer, () => 1 - Number.EPSILON)).toBe("deployer-dev-99999999");
  });
});

it.each<[name: string, origin: KeyOrigin, isAutomatic: boolean]>([
  ["deployer-dev-abcdefgh", deployer, true],
  ["deployer-dev-zy234567", deployer, true],
  ["deployer-prod-abcdefgh", deployer, false],
  ["deployer-abcdefgh", deployer, false],
  ["deployer-dev", deployer, false],
  ["my-deployer-dev-abcdefgh", deployer, false],
  ["deployer-dev-abcdefg", deployer, false],
  ["deployer-dev-abcdefghi", deployer, false],
  ["deployer-dev-abcdefg1", deployer, false], // 1 and l are left out
  ["deployer-dev-x-abcdefgh", deployer, false],
  ["deployer-abcdefgh", before, true],
  ["deployer-abcdefgh-after-0b5e1234", before, true],
  ["deployer-abcdefgh-after-short", before, true],
  ["deployer-abcdefgh-after-", before, false],
  ["deployer-abcdefgh-after-0b5e12345", before, false],
  ["deployer-abcdefgh-after-0b5e-234", before, false],
  ["deployer-abcdefgh-before-0b5e1234", before, false],
])("%s, of %j, is recognised: %s", (name, origin, isAutomatic) => {
  expect(isAutomaticName(name, origin)).toBe(isAutomatic);
});

it.each([
  ["urn:pulumi:dev::app::vultr:index:UserApiKeyRing$a:b:C::d::e", "dev"],
  ["urn:pulumi:org/app/dev::app::a:b:C::d", "org/app/dev"],
  ["urn:pulumi:dev", undefined],
  ["urn:pulumi:::app", undefined],
  ["x urn:pulumi:dev::app", undefined],
  ["", undefined],
])("the stack is the first part of a URN: %s: %s", (urn, stack) => {
  expect(stackNameOf(urn)).toBe(stack);
});
