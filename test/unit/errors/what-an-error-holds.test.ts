import * as errors from "../../../provider/vultr/errors";
import { isErrorLike } from "../../../provider/vultr/redact";

const { isVultrError, VultrError } = errors;

it("an error keeps nothing of what was caught", () => {
  const error = new VultrError({ message: "could not do it", hint: "Do it." });
  expect(error).not.toHaveProperty("cause");
  expect(Object.keys(error).sort()).toEqual(["hint", "name"]);
});

it("errors of a second copy of the package are recognised too", async () => {
  let copy = errors;
  await jest.isolateModulesAsync(async () => {
    copy = await import("../../../provider/vultr/errors");
  });
  const foreign = new copy.VultrError({ message: "could not do it", hint: "Do it." });
  expect(foreign).not.toBeInstanceOf(VultrError); // it is a second copy
  expect(isVultrError(foreign)).toBe(true);
});

describe("errors are known by their shape, those of another realm among them, and ours by a mark", () => {
  it.each([
    [new DOMException("too late", "TimeoutError"), true],
    [new Error("x"), true],
    [{ name: "VultrError", message: "from elsewhere", hint: "" }, true],
    [{ name: "Error" }, false],
    [{ message: "from elsewhere" }, false],
    [{ name: 7, message: "from elsewhere" }, false],
    [{ name: "Error", message: 7 }, false],
    ["VultrError", false],
    [null, false],
    [undefined, false],
  ])("%j: %s", (value, isOne) => {
    expect(isErrorLike(value)).toBe(isOne);
    expect(isVultrError(value)).toBe(false);
  });
});
