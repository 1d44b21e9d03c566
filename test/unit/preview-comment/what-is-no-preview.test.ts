import { main } from "../../../provider/command-line/main";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { commentOn, keyStep, preview, runCommand, stackStep } from "./previews";

const good = preview([keyStep({ op: "create" })]);
const indented = JSON.stringify(good, null, 4);

describe("input that is no preview is refused, with what it is and what to run", () => {
  it.each<{ what: string; input: string; says: string }>([
    { what: "nothing", input: " \n", says: "the input is empty" },
    { what: "text", input: "Previewing update (test):\n", says: "the input is not JSON" },
    { what: "half a preview", input: indented.slice(0, 300), says: "cut short or damaged" },
    {
      what: "a preview without its head",
      input: indented.slice(300),
      says: "the input is not JSON",
    },
    {
      what: "engine events",
      input: `{"sequence":0,"timestamp":1}\n{"sequence":1,"timestamp":1}\n`,
      says: "a stream of engine events",
    },
    { what: "one engine event", input: `{"sequence":0}`, says: "a stream of engine events" },
    { what: "a stack export", input: `{"version":3,"deployment":{}}`, says: "a stack export" },
    { what: "a list", input: "[]", says: "JSON, but not of pulumi preview" },
    { what: "a word", input: `"steps"`, says: "JSON, but not of pulumi preview" },
    { what: "other JSON", input: `{"name":"x"}`, says: "JSON, but not of pulumi preview" },
    { what: "other steps", input: `{"steps":[{"run":"npm ci"}]}`, says: "not of pulumi preview" },
    { what: "two previews", input: `${indented}\n${indented}`, says: "several previews" },
    {
      what: "a refresh's preview",
      input: JSON.stringify({ steps: [stackStep({}, "refresh"), keyStep({ op: "delete" })] }),
      says: "the preview of a refresh",
    },
  ])("$what", async ({ input, says }) => {
    const { code, text } = await runCommand(input);
    expect(code).toBe(2);
    expect(text).toContain(says);
    expect(text).toContain("Run `pulumi preview --json --show-sames > preview.json`");
    expect(text).not.toContain("should not happen");
  });
});

describe("what other tools print around the JSON is passed over", () => {
  it.each<{ what: string; input: string }>([
    {
      what: "npm's banner",
      input: `\n> app@1.0.0 preview\n> pulumi preview --json\n\n${indented}`,
    },
    { what: "a notice behind it", input: `${indented}\nnpm notice {\n` },
    { what: "a byte order mark", input: `\u{feff}${indented}` },
    { what: "Windows line ends", input: `banner\r\n${indented.replaceAll("\n", "\r\n")}\r\n` },
    { what: "no indentation", input: JSON.stringify(good) },
  ])("$what", async ({ input }) => {
    expect(await runCommand(input)).toEqual({ code: 0, text: await commentOn(good) });
  });
});

test("fields that a newer engine adds do no harm", async () => {
  const newer = structuredClone(good);
  newer["novelty"] = { a: [1] };
  for (const step of newer["steps"] as Record<string, unknown>[]) step["novelty"] = null;
  expect(await commentOn(newer)).toBe(await commentOn(good));
});

describe("a failed preview is told of, and that is a success of the command", () => {
  const failedHead =
    /^<!-- .* -->\n### Vultr API keys.*: the preview failed, nothing was changed\n/;
  const error = (message: string) => ({ message: `error: ${message}\n`, severity: "error" });

  it("shows each error once, and what was found until then", async () => {
    const diagnostics = [error("boom"), error("boom"), error("preview failed")];
    const comment = await commentOn(preview([keyStep({ op: "delete" })], { diagnostics }));
    expect(comment).toMatch(failedHead);
    expect(comment).toContain("```text\nboom\n```");
    expect(comment).toContain("Until it failed, it had found: 1 revoked.\n\n| Key |");
  });

  it.each([
    { what: "an engine that never began", digest: {} },
    { what: "a run that was cut off", digest: { steps: [stackStep()] } },
    { what: "a violated policy", digest: preview([], { diagnostics: [error("preview failed")] }) },
  ])("says where to look for the reason: $what", async ({ digest }) => {
    const comment = await commentOn(digest);
    expect(comment).toMatch(failedHead);
    expect(comment).toContain("Run `pulumi preview` without `--json` to read it.");
    expect(comment).not.toContain("```");
  });

  it("does not count messages that are no errors", async () => {
    const diagnostics = ["info", "info#err", "warning"].map((severity) => ({
      message: "x",
      severity,
    }));
    expect(await commentOn(preview([], { diagnostics }))).not.toMatch(failedHead);
  });

  it("shows a few errors of many", async () => {
    const diagnostics = Array.from({ length: 12 }, (_, at) => error(`${at} ${"x".repeat(9_000)}`));
    const comment = await commentOn(preview([], { diagnostics }));
    expect(comment).toContain("… and 4 more errors");
    expect(comment.length).toBeLessThan(15_000);
  });
});

test("called wrongly, it says how to call it", async () => {
  const terminal = scriptedTerminal({ answers: ["a person is there"] });
  expect(await main(["preview-comment"], terminal)).toBe(2);
  expect(await main(["preview-comment", "a", "b"], terminal)).toBe(2);
  expect(terminal.said).toEqual([
    expect.stringContaining("needs a file, or a preview that is piped in"),
    expect.stringContaining("takes one file, and 2 are given"),
  ]);
  expect(terminal.said.every((line) => line.includes("--help"))).toBe(true);
  expect(await main(["preview-comment", "--help"], terminal)).toBe(0);
  expect(terminal.printed[0]).toContain("Exit codes:");
});
