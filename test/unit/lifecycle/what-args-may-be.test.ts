import { argNames, inputProblem, isInputName } from "../../../provider/lifecycle/inputs";

const id = "5c1d3e8e-1111-4222-8333-444455556666";

describe("an arg that is as it should be has no problem", () => {
  it.each([
    ["userId", id],
    ["userId", id.toUpperCase()],
    ["userEmail", "a@example.com"],
    ["userEmail", " a@example.com "],
    ["name", "n".repeat(128)],
    ["dateExpire", "2031-06-30T00:00:00Z"],
    ["dateExpire", "2032-02-29t12:00:00.5+02:00"],
    ["expiresIn", "90d"],
    ["rotationTrigger", null],
    ["rotationTrigger", { at: [1, "2", true, null, { deep: {} }] }],
    ["rotateAfter", "1d 12h"],
    ["rotateBeforeExpiry", "2w"],
    ["verify", false],
    ["adoptKeyId", id],
    ["adoptApiKey", "any text"],
    ["allowSelfRevoke", true],
    ["resourceName", ""],
  ] as const)("%s: %j", (name, value) => {
    expect(inputProblem(name, value)).toBeUndefined();
  });
});

describe("an arg that is not gets advice", () => {
  it.each([
    ["userId", 7, "must be text: the user's id"],
    ["userId", "", "must not be empty"],
    ["userId", `${id} `, "must be a UUID"],
    ["userId", `x${id}`, "must be a UUID"],
    ["userEmail", "a", "must be an e-mail address"],
    ["userEmail", "a@b@c", "must be an e-mail address"],
    ["userEmail", "a@example.com\n", "must not hold line breaks"],
    ["name", " ", "must not be empty"],
    ["name", "n".repeat(129), "at most 128 characters"],
    ["name", null, "must be text"],
    ["dateExpire", 2031, "must be text: an RFC 3339 time"],
    ["dateExpire", "2031-06-30", "must be an RFC 3339 time"],
    ["dateExpire", "2031-02-31T00:00:00Z", "must be an RFC 3339 time"],
    ["dateExpire", "2031-13-01T00:00:00Z", "must be an RFC 3339 time"],
    ["expiresIn", 90, "must be text such as 90d"],
    ["rotateAfter", "3 months", "months and years differ in length"],
    ["rotateBeforeExpiry", "0d", "longer than nothing"],
    ["rotationTrigger", NaN, "must be a JSON value"],
    ["rotationTrigger", [{ deep: Infinity }], "must be a JSON value"],
    ["rotationTrigger", { deep: undefined }, "must be a JSON value"],
    ["rotationTrigger", 1n, "must be a JSON value"],
    ["verify", "true", "must be true or false"],
    ["adoptKeyId", "key", "must be a UUID"],
    ["adoptApiKey", "a\tb", "must not hold line breaks"],
    ["allowSelfRevoke", null, "must be true or false"],
    ["resourceName", 1, "must be text"],
  ] as const)("%s: %p", (name, value, advice) => {
    expect(inputProblem(name, value)).toContain(advice);
  });
});

it("an arg that is not given has no problem, whatever it is", () => {
  for (const name of argNames.filter(isInputName))
    expect(inputProblem(name, undefined)).toBeUndefined();
  expect(argNames).toHaveLength(12);
});

it("what every object inherits is no arg", () => {
  expect(isInputName("constructor")).toBe(false);
  expect(isInputName("toString")).toBe(false);
});
