import { automaticName, isAutomaticName, type KeyOrigin } from "../../../provider/keys/key-name";
import { stackNameOf } from "../../../provider/urn";

/** Chances that pick the letters of `abcdefghijkmnpqrstuvwxyz23456789` one after the other. */
function inTurn(): () => number {
  let picks = 0;
  return () => (picks++ % 32) / 32;
}

const nameOf = (resourceName: string, stack: string | undefined = "dev") =>
  automaticName({ resourceName, stack }, inTurn());

it("a name is the resource's name, the stack's, and eight letters of chance", () => {
  expect(nameOf("deployer")).toBe("deployer-dev-abcdefgh");
  const origin = { resourceName: "deployer", stack: "dev" };
  expect(automaticName(origin, () => 1 - Number.EPSILON)).toBe("deployer-dev-99999999");
});

it("in a state of 0.1.0 there is no stack", () => {
  expect(automaticName({ resourceName: "deployer", stack: undefined }, inTurn())).toBe(
    "deployer-abcdefgh",
  );
});

describe("whatever a resource is called, the name suits Vultr", () => {
  it.each([
    { resource: "", stack: undefined, name: "key-abcdefgh" },
    { resource: "", stack: "dev", name: "-dev-abcdefgh" },
    { resource: "a\u0000\n\u001bb", stack: "dev", name: "ab-dev-abcdefgh" },
    { resource: "\n", stack: undefined, name: "key-abcdefgh" },
    { resource: "a-b c/d", stack: "dev", name: "a-b c/d-dev-abcdefgh" },
  ])("$resource in $stack: $name", ({ resource, stack, name }) => {
    const origin = { resourceName: resource, stack };
    expect(automaticName(origin, inTurn())).toBe(name);
    expect(isAutomaticName(name, origin)).toBe(true);
  });

  it("a long one is cut, and its letters of chance are not", () => {
    const origin = { resourceName: "r".repeat(500), stack: "dev" };
    const name = automaticName(origin, inTurn());
    expect(name).toHaveLength(128);
    expect(name).toMatch(/^r+-abcdefgh$/);
    expect(isAutomaticName(name, origin)).toBe(true);
  });
});

describe("a name is recognised by its resource, its stack and its letters", () => {
  const deployer = { resourceName: "deployer", stack: "dev" };
  const before = { resourceName: "deployer", stack: undefined };

  it.each<{ name: string; origin: KeyOrigin; automatic: boolean }>([
    { name: "deployer-dev-abcdefgh", origin: deployer, automatic: true },
    { name: "deployer-dev-zy234567", origin: deployer, automatic: true },
    { name: "deployer-prod-abcdefgh", origin: deployer, automatic: false },
    { name: "deployer-abcdefgh", origin: deployer, automatic: false },
    { name: "deployer-dev", origin: deployer, automatic: false },
    { name: "my-deployer-dev-abcdefgh", origin: deployer, automatic: false },
    { name: "deployer-dev-abcdefg", origin: deployer, automatic: false },
    { name: "deployer-dev-abcdefghi", origin: deployer, automatic: false },
    { name: "deployer-dev-abcdefg1", origin: deployer, automatic: false }, // 1 and l are left out
    { name: "deployer-dev-x-abcdefgh", origin: deployer, automatic: false },
    { name: "deployer-abcdefgh", origin: before, automatic: true },
    { name: "deployer-abcdefgh-after-0b5e1234", origin: before, automatic: true },
    { name: "deployer-abcdefgh-after-short", origin: before, automatic: true },
    { name: "deployer-abcdefgh-after-", origin: before, automatic: false },
    { name: "deployer-abcdefgh-after-0b5e12345", origin: before, automatic: false },
    { name: "deployer-abcdefgh-after-0b5e-234", origin: before, automatic: false },
    { name: "deployer-abcdefgh-before-0b5e1234", origin: before, automatic: false },
  ])("$name, of $origin: $automatic", ({ name, origin, automatic }) => {
    expect(isAutomaticName(name, origin)).toBe(automatic);
  });
});

describe("the stack is the first part of a URN", () => {
  it.each([
    ["urn:pulumi:dev::app::vultr:index:UserApiKeyRing$a:b:C::d::e", "dev"],
    ["urn:pulumi:org/app/dev::app::a:b:C::d", "org/app/dev"],
    ["urn:pulumi:dev", undefined],
    ["urn:pulumi:::app", undefined],
    ["x urn:pulumi:dev::app", undefined],
    ["", undefined],
  ])("%s: %s", (urn, stack) => {
    expect(stackNameOf(urn)).toBe(stack);
  });
});
