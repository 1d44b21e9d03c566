import fc from "fast-check";

import {
  code,
  codeBlock,
  messageText,
} from "../../../provider/command-line/preview-comment/markdown";
import { commentOn, keyStep, preview } from "./previews";

/** Text that would do something in Markdown, HTML, a terminal or a right-to-left script. */
const nasty = [
  ..."| \\| \\ ` `` <b> </code> </details> <!-- --> &lt; &#124; @octocat @org/team #1 :tada:".split(
    " ",
  ),
  ..."$`x`$ ** ~~~ www.evil.example https://evil.example [x](https://evil.example)".split(" "),
  ...["<img src=x onerror=alert(1)>", "![x](https://evil.example/x.png)", "someone@example.com"],
  ...["| --- |", "> [!CAUTION]", "\n", "\r\n\r\n# heading\n", "\u2028", "\u001b[31m"],
  ...["\u202e", "\u200b", "\ud800"],
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "grapheme" })), { maxLength: 6 })
  .map((parts) => parts.join(""));

/** The comment with the content of every piece of code left out. */
function skeletonOf(comment: string): string {
  return comment
    .replace(/<code>(?:[\p{L}\p{N} …]|&#\d+;)+<\/code>|`[^`\n|<>\\]+`/gu, "CODE")
    .replaceAll("(empty)", "CODE");
}

const commentWith = (text: string) => {
  const old = { resourceHooks: { BeforeDelete: [text] } };
  const outputs = { name: text, dateExpire: text };
  const step = {
    name: text,
    reasons: ["rotationTrigger", "userEmail", "rotateAfter", "z"],
    oldInputs: { userId: undefined, userEmail: "a", rotationTrigger: 1, dateExpire: "1" },
    inputs: {
      userId: undefined,
      userEmail: `${text}-`,
      rotationTrigger: { [text]: text },
      rotateAfter: text,
      expiresIn: text,
    },
  };
  const steps = [
    { ...step, op: "replace", outputs, old },
    { ...step, op: "same", name: `z${text}` },
    { ...step, op: "replace", ring: text, name: `${text}-1`, outputs, old },
    { ...step, op: "create", inputs: { adoptKeyId: text }, name: `y${text}` },
    { ...step, op: "delete-replaced", outputs: { keyId: text }, name: `x${text}` },
  ];
  return commentOn(preview(steps.map(keyStep)));
};

test("text from a program stays inside its piece of code, whatever it holds", async () => {
  const expected = skeletonOf(await commentWith("harmless"));
  expect(expected).toContain(
    "| CODE<br>of CODE | **rotated** | `rotationTrigger`: CODE".replaceAll(/`\w+`/g, "CODE"),
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const skeleton = skeletonOf(await commentWith(text));
      expect(skeleton.split("\n").sort()).toEqual(expected.split("\n").sort());
    }),
    { seed: 20261124, numRuns: 300, examples: nasty.map((text) => [text]) },
  );
});

test("inline code is one line without control characters, and keeps plain text readable", () => {
  expect(code("deployer@example.com")).toBe("`deployer@example.com`");
  expect(code('{"a":[1]} ünï-cödé 鍵')).toBe('`{"a":[1]} ünï-cödé 鍵`');
  expect(code("a\n\tb\u001b[31m\u202ec")).toBe("`a b [31mc`");
  expect(code("a|b`c")).toBe("<code>a&#124;b&#96;c</code>");
  expect(code("\u200b \n")).toBe("(empty)");
});

test("long text is cut between characters", () => {
  expect(code("🗝".repeat(100))).toBe(code(`${"🗝".repeat(59)}…`));
  expect(Array.from(messageText("é".repeat(50), 20))).toHaveLength(20);
});

test("no message can close the block that it is in", () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.constantFrom("`", "```", "````text", "\n", "x")), (a, b) => {
      const text = messageText(`${a}${b.join("")}`, 500);
      const [fence = "", ...lines] = codeBlock(text).split("\n");
      const ticks = fence.replace("text", "");
      expect(ticks).toMatch(/^`{3,}$/);
      expect(lines.pop()).toBe(ticks);
      expect(lines.filter((line) => line.includes(ticks))).toEqual([]);
    }),
    { seed: 20261124 },
  );
});

test.each([
  [
    "loses its colours and its stack, and keeps its lines",
    "error: Running program '/home/runner/app/index.js' failed with an unhandled exception:\n" +
      "/home/runner/app/index.js:3\n\u001b[31mError: boom\u001b[39m ``` @octocat\n" +
      "    at Object.<anonymous> (/home/runner/app/\u001b[4mindex.js\u001b[24m:12:9)\n\u001b[90m    at node:internal:1\u001b[39m\n",
    "\n````text\nRunning program 'index.js' failed with an unhandled exception:\n" +
      "index.js:3\nError: boom ``` @octocat\n````",
  ],
  [
    "has no line that is a command to the pipeline that prints the comment",
    "boom\n  ::add-mask::a\n\u200b::error::b\nc ##vso[task.complete]d ##[group]e\nf::g",
    "boom\n  \\::add-mask::a\n\\::error::b\nc #\\#vso[task.complete]d #\\#[group]e\nf::g\n",
  ],
])("an error message %s", async (_, message, shown) => {
  const comment = await commentOn(preview([], { diagnostics: [{ message, severity: "error" }] }));
  expect(comment).toContain(shown);
});
