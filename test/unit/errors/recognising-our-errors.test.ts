import * as errors from "../../../provider/vultr/errors";

const parts = { message: "could not do it", hint: "Do it." };

it("errors of a second copy of the package are recognised too", async () => {
  let copy = errors;
  await jest.isolateModulesAsync(async () => {
    copy = await import("../../../provider/vultr/errors");
  });
  const foreign = new copy.ConfigError(parts);
  expect(foreign).not.toBeInstanceOf(errors.VultrError); // it is a second copy
  expect(errors.isVultrError(foreign)).toBe(true);
  expect(copy.isVultrError(new errors.ConfigError(parts))).toBe(true);
});

it.each([
  [new Error("x")],
  [{ name: "VultrError", code: "VULTR_CONFIG", message: "", hint: "" }],
  ["VultrError"],
  [null],
  [undefined],
])("%p is none", (value) => {
  expect(errors.isVultrError(value)).toBe(false);
});

it("programs see name, code, message and hint, and of an answer also where it came from", () => {
  const error = new errors.NotFoundError({
    ...parts,
    status: 404,
    method: "GET",
    path: "/users/u-1",
    reason: '"Not found."',
  });
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: "NotFoundError",
    code: "VULTR_NOT_FOUND",
    message: "could not do it",
    hint: "Do it.",
    status: 404,
    method: "GET",
    path: "/users/u-1",
    reason: '"Not found."',
  });
});
