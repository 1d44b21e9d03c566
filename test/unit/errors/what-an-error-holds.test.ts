import * as errors from "../../../provider/vultr/errors";
import { isErrorLike } from "../../../provider/vultr/redact";

const { isVultrError, VultrError } = errors;

const causeKept = (cause: unknown) => new VultrError({ message: "", hint: "", cause }).cause;

describe("of a cause is kept", () => {
  it("enough to tell what happened: name, message, code and stack", () => {
    const cause = Object.assign(new TypeError("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const { name, message, code, stack } = cause;
    expect(causeKept(cause)).toMatchObject({ name, message, code, stack });
  });

  it("the causes behind it", () => {
    const inner = new Error("inner", { cause: new Error("innermost") });
    const kept = causeKept(new Error("outer", { cause: inner }));
    expect(kept).toMatchObject({ cause: { message: "inner", cause: { message: "innermost" } } });
    expect((kept as Error).cause).not.toBe(inner); // a redacted copy
  });

  it("nothing else that hangs on it", () => {
    const kept = causeKept(
      Object.assign(new Error("outer"), { code: 7, socket: {}, body: "text" }),
    );
    expect(Object.keys(kept as object)).toEqual(["name"]);
    expect(kept).not.toHaveProperty("cause");
  });

  it("an error of ours whole, for it is redacted already", () => {
    const ours = new VultrError({ message: "no key is set", hint: "Set one." });
    expect(causeKept(ours)).toBe(ours);
  });

  it.each([
    ["a thrown text", { message: "a thrown text" }],
    [7, { message: "a thrown number" }],
    [{ message: "half an error" }, { message: "a thrown object" }],
    [Object.assign(new Error("odd"), { stack: undefined }), { message: "odd", stack: "" }],
  ])("of %j, what it was", (thrown, kept) => {
    expect(causeKept(thrown)).toMatchObject(kept);
  });

  it.each([[undefined], [null]])("%p is no cause", (cause) => {
    expect(new VultrError({ message: "", hint: "", cause })).not.toHaveProperty("cause");
  });
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
