import { VultrError } from "../../../provider/vultr/errors";
import { isErrorLike } from "../../../provider/vultr/redact";

function causeKept(cause: unknown): unknown {
  return new VultrError({ message: "could not do it", hint: "Do it.", cause }).cause;
}

it("enough to tell what happened: name, message, code and stack", () => {
  const cause = Object.assign(new TypeError("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(causeKept(cause)).toMatchObject({
    name: "TypeError",
    message: "connect ECONNREFUSED",
    code: "ECONNREFUSED",
    stack: cause.stack,
  });
});

it("the causes behind it", () => {
  const inner = new Error("inner", { cause: new Error("innermost") });
  const kept = causeKept(new Error("outer", { cause: inner }));
  expect(kept).toMatchObject({ cause: { message: "inner", cause: { message: "innermost" } } });
  expect((kept as Error).cause).not.toBe(inner); // a redacted copy
});

it("nothing else that hangs on it", () => {
  const kept = causeKept(Object.assign(new Error("outer"), { code: 7, socket: {}, body: "text" }));
  expect(Object.keys(kept as object)).toEqual(["name"]);
  expect(kept).not.toHaveProperty("cause");
});

it("an error of ours whole, for it is redacted already", () => {
  const ours = new VultrError({ message: "no key is set", hint: "Set one." });
  expect(causeKept(ours)).toBe(ours);
});

it.each([
  ["a thrown text", "a thrown text"],
  [7, "a thrown number"],
  [{ message: "half an error" }, "a thrown object"],
])("of %j, which is no error, what it was", (thrown, message) => {
  expect(causeKept(thrown)).toMatchObject({ message });
});

it("an error without a stack has none", () => {
  const cause = Object.assign(new Error("odd"), { stack: undefined });
  expect(causeKept(cause)).toMatchObject({ message: "odd", stack: "" });
});

it.each([[undefined], [null]])("%p is no cause", (cause) => {
  expect(new VultrError({ message: "", hint: "", cause })).not.toHaveProperty("cause");
});

describe("errors are known by their shape, those of another realm among them", () => {
  it.each([
    [new DOMException("too late", "TimeoutError"), true],
    [{ name: "Error", message: "from elsewhere" }, true],
    [{ name: "Error" }, false],
    [{ message: "from elsewhere" }, false],
    [{ name: 7, message: "from elsewhere" }, false],
    [{ name: "Error", message: 7 }, false],
    ["Error", false],
    [null, false],
    [undefined, false],
  ])("%j: %s", (value, isOne) => {
    expect(isErrorLike(value)).toBe(isOne);
  });
});
