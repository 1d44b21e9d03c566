import * as errors from "../../../provider/vultr/errors";

const parts = { message: "could not do it", hint: "Do it." };

it("errors of a second copy of the package are recognised too", async () => {
  let copy = errors;
  await jest.isolateModulesAsync(async () => {
    copy = await import("../../../provider/vultr/errors");
  });
  const foreign = new copy.VultrError(parts);
  expect(foreign).not.toBeInstanceOf(errors.VultrError); // it is a second copy
  expect(errors.isVultrError(foreign)).toBe(true);
  expect(copy.isVultrError(new errors.VultrError(parts))).toBe(true);
});

it.each([
  [new Error("x")],
  [{ name: "VultrError", message: "", hint: "" }],
  ["VultrError"],
  [null],
  [undefined],
])("%p is none", (value) => {
  expect(errors.isVultrError(value)).toBe(false);
});
