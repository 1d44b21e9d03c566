import {
  automaticName,
  isAutomaticName,
  isSuccessorName,
  predecessorOfName,
} from "../../../provider/lifecycle/key-name";

const oldId = "0b5e1234-0000-4000-8000-000000000002";

/** Chances that pick the letters of `abcdefghijkmnpqrstuvwxyz23456789` one after the other. */
function inTurn(): () => number {
  let picks = 0;
  return () => (picks++ % 32) / 32;
}

const nameOf = (resource: string, predecessorId?: string) =>
  automaticName(resource, predecessorId, inTurn());

it("a name is the resource's name and eight letters of chance", () => {
  expect(nameOf("deployer")).toBe("deployer-abcdefgh");
  expect(automaticName("deployer", undefined, () => 1 - Number.EPSILON)).toBe("deployer-99999999");
});

it("a successor's name ends in the start of the id of the key that it replaces", () => {
  expect(nameOf("deployer", oldId)).toBe("deployer-abcdefgh-after-0b5e1234");
  expect(nameOf("deployer", "short")).toBe("deployer-abcdefgh-after-short");
});

describe("whatever a resource is called, the name suits Vultr", () => {
  it.each([
    { resource: "", name: "key-abcdefgh" },
    { resource: "a\u0000\n\u001bb", name: "ab-abcdefgh" },
    { resource: "\n", name: "key-abcdefgh" },
    { resource: "a-b c/d", name: "a-b c/d-abcdefgh" },
  ])("$resource: $name", ({ resource, name }) => {
    expect(nameOf(resource)).toBe(name);
    expect(isAutomaticName(name, resource)).toBe(true);
  });

  it("a long one is cut, so that the name of a successor has 128 characters", () => {
    const resource = "r".repeat(500);
    const name = nameOf(resource, oldId);
    expect(name).toHaveLength(128);
    expect(name).toMatch(/^r+-abcdefgh-after-0b5e1234$/);
    expect(isSuccessorName(name, resource, oldId)).toBe(true);
  });
});

describe("a name is recognised by its resource, its letters and its ending", () => {
  it.each([
    { name: "deployer-abcdefgh", automatic: true, predecessor: undefined },
    { name: "deployer-zy234567-after-0b5e1234", automatic: true, predecessor: "0b5e1234" },
    { name: "deployer-abcdefgh-after-short", automatic: true, predecessor: "short" },
    { name: "deployer", automatic: false, predecessor: undefined },
    { name: "other-abcdefgh", automatic: false, predecessor: undefined },
    { name: "employer-abcdefgh-after-0b5e1234", automatic: false, predecessor: undefined },
    { name: "my-deployer-abcdefgh", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefg", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefghi", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefg1", automatic: false, predecessor: undefined }, // 1 and l are left out
    { name: "deployer-x-abcdefgh", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefgh-after-", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefgh-after-0b5e12345", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefgh-after-0b5e-234", automatic: false, predecessor: undefined },
    { name: "deployer-abcdefgh-before-0b5e1234", automatic: false, predecessor: undefined },
  ])("$name", ({ name, automatic, predecessor }) => {
    expect(isAutomaticName(name, "deployer")).toBe(automatic);
    expect(predecessorOfName(name, "deployer")).toBe(predecessor);
  });

  it("a successor succeeds one key and no other", () => {
    const name = nameOf("deployer", oldId);
    expect(isSuccessorName(name, "deployer", oldId)).toBe(true);
    expect(isSuccessorName(name, "deployer", oldId.replace("0b", "0c"))).toBe(false);
    expect(isSuccessorName(name, "other", oldId)).toBe(false);
    expect(isSuccessorName(nameOf("deployer"), "deployer", oldId)).toBe(false);
  });
});
