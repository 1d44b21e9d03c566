import { presentError } from "../../../provider/present-error";
import { ConfigError } from "../../../provider/vultr/errors";

describe("the engine prints message and hint as sentences, without a stack", () => {
  it.each([
    { message: "no key is set", text: "no key is set. Set one." },
    { message: "no key is set.", text: "no key is set. Set one." },
    { message: 'Vultr answered 400, "No."', text: 'Vultr answered 400, "No." Set one.' },
    { message: "is it set?", text: "is it set? Set one." },
  ])("$message", ({ message, text }) => {
    const shown = presentError(new ConfigError({ message, hint: "Set one." }), undefined);
    expect(shown).toMatchObject({ name: "", message: text, stack: "" });
  });
});

it("a bug of ours keeps its stack and asks for an issue", () => {
  const bug = new TypeError("x is not a function");
  const shown = presentError(bug, undefined);
  expect(shown.message).toContain("x is not a function");
  expect(shown.message).toContain("open an issue");
  expect(shown.stack).toBe(bug.stack);
});
