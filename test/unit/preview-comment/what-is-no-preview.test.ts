import { main } from "../../../provider/command-line/main";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { commentOn, keyStep, preview, runCommand, stackStep } from "./previews";

const good = preview([keyStep({ op: "create" })]);
const indented = JSON.stringify(good, null, 4);

describe("input that is no preview is refused, with what it is and what to run", () => {
  const refresh = [stackStep({}, "refresh"), keyStep({ op: "delete" })];
  const others = keyStep({ op: "refresh", name: "other" });
  const found = preview([others, keyStep({ op: "delete" })]);
  const event = `{"sequence":0,"timestamp":1}`;

  it.each<[what: string, input: string, says: string]>([
    ["nothing", " \n", "the input is empty"],
    ["text", "Previewing update (test):\n", "the input is not JSON"],
    ["half a preview", indented.slice(0, 300), "cut short or damaged"],
    ["a preview without its head", indented.slice(300), "the input is not JSON"],
    ["engine events", `${event}\n${event}\n`, "a stream of engine events"],
    ["one engine event", `{"sequence":0}`, "a stream of engine events"],
    ["a stack export", `{"version":3,"deployment":{}}`, "a stack export"],
    ["a list", "[]", "JSON, but not of pulumi preview"],
    ["a word", `"steps"`, "JSON, but not of pulumi preview"],
    ["other JSON", `{"name":"x"}`, "JSON, but not of pulumi preview"],
    ["other steps", `{"steps":[{"run":"npm ci"}]}`, "not of pulumi preview"],
    ["two previews", `${indented}\n${indented}`, "several previews"],
    ["a refresh's preview that ran the program", JSON.stringify(found), "the preview of a refresh"],
    ["a refresh's preview", JSON.stringify({ steps: refresh }), "the preview of a refresh"],
  ])("%s", async (_, input, says) => {
    const { code, text } = await runCommand(input);
    expect(code).toBe(2);
    expect(text).toContain(says);
    expect(text).toContain("Run `pulumi preview --json --show-sames > preview.json`");
    expect(text).not.toContain("should not happen");
  });
});

describe("what other tools print around the JSON is passed over", () => {
  it.each([
    ["npm's banner", `\n> app@1.0.0 preview\n> pulumi preview --json\n\n${indented}`],
    ["a notice behind it", `${indented}\nnpm notice {\n`],
    ["a byte order mark", `\u{feff}${indented}`],
    ["Windows line ends", `banner\r\n${indented.replaceAll("\n", "\r\n")}\r\n`],
    ["no indentation", JSON.stringify(good)],
  ])("%s", async (_, input) => {
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
    const severities = ["info", "info#err", "warning"];
    const diagnostics = severities.map((severity) => ({ message: "x", severity }));
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
});
