import { presentError } from "../../../provider/doors/present-error";
import { VultrError } from "../../../provider/vultr/errors";
import { permissionHint } from "../../../provider/vultr/failures";
import { oneLine } from "../../../provider/vultr/redact";
import { inWordsOf, word } from "../../../provider/words";

describe("the engine prints message and hint as sentences, without a stack", () => {
  it.each([
    { message: "no key is set", text: "no key is set. Set one." },
    { message: "no key is set.", text: "no key is set. Set one." },
    { message: 'Vultr answered 400, "No."', text: 'Vultr answered 400, "No." Set one.' },
    { message: "is it set?", text: "is it set? Set one." },
  ])("$message", ({ message, text }) => {
    const shown = presentError(new VultrError({ message, hint: "Set one." }), String);
    expect(shown).toMatchObject({ name: "", message: text, stack: "" });
  });
});

describe("a hint that names a setting says how `refresh` and `destroy` come to see a corrected one", () => {
  it.each([
    { names: "the key", hint: word.setKey, isSaid: true },
    { names: "its place", hint: permissionHint, isSaid: true },
    { names: "its organisation", hint: `Is ${word.apiKey} of the organisation?`, isSaid: true },
    { names: "the address", hint: `Check ${word.apiUrl}.`, isSaid: true },
    { names: "the rate", hint: `Lower ${word.requestsPerSecond}.`, isSaid: true },
    { names: "whatever is malformed", hint: word.correct, isSaid: true },
    { names: "none", hint: word.runAgain, isSaid: false },
  ])("$names", ({ hint, isSaid }) => {
    const inWords = (text: string) => inWordsOf("classes", text);
    const { message } = presentError(new VultrError({ message: "no", hint }), inWords);
    expect(message.includes("`pulumi up --refresh` and `pulumi destroy` use the stack's")).toBe(
      isSaid,
    );
    expect(message.endsWith("after a change add --run-program.")).toBe(isSaid);
  });
});

it("a bug of ours keeps its stack and asks for an issue", () => {
  const bug = new TypeError("x is not a function");
  const shown = presentError(bug, String);
  expect(shown.message).toContain("x is not a function");
  expect(shown.message).toContain("open an issue");
  expect(shown.stack).toBe(bug.stack);
});

describe("what people read is one line that steers neither a terminal nor a pipeline", () => {
  it.each([
    { what: "line breaks", text: "one\r\ntwo\u2028three\u2029four", shown: "one two three four" },
    { what: "escape sequences", text: "a\u001b[31mb\u0007c\u009bd", shown: "a [31mb c d" },
    { what: "turned text", text: "a\u202Eb\u2066c\u200Bd\u00ADe\uFEFF", shown: "abcde" },
    { what: "half a character", text: "a\uD800b", shown: "a\u{FFFD}b" },
    { what: "a whole character", text: "a🔑b", shown: "a🔑b" },
    { what: "a command of GitHub", text: "::error::a", shown: "\\::error::a" },
    { what: "one after a line break", text: "\n::error::a", shown: "\\::error::a" },
    { what: "one after an invisible character", text: "\u200B::error::a", shown: "\\::error::a" },
    { what: "a command of Azure", text: "a ##VSO[task]b", shown: "a #\\#VSO[task]b" },
    {
      what: "an older command of GitHub",
      text: "a ##[stop-commands]b",
      shown: "a #\\#[stop-commands]b",
    },
    { what: "colons within", text: "urn:pulumi::a", shown: "urn:pulumi::a" },
    { what: "a key", text: "EXAMPLE000000000000000000000000AB123", shown: "[redacted]" },
  ])("$what", ({ text, shown }) => {
    expect(oneLine(text)).toBe(shown);
    expect(new VultrError({ message: text, hint: text })).toMatchObject({
      message: shown,
      hint: shown,
    });
  });
});
