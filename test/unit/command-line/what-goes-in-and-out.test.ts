/** Input as other tools write it, and output that nobody reads to its end. */
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main } from "../../../provider/command-line/main";
import { startEmulator } from "../../emulator";
import { repositoryRoot } from "../../support/installed-package";
import { runCommand } from "../../support/run-command";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { stackExport } from "../../support/stack-exports";

const marked = (text: string) => `\ufeff${text}`;

describe("a file may begin with a byte order mark, and be UTF-16 as PowerShell writes it", () => {
  test.each<[string, (text: string) => Buffer]>([
    ["UTF-8", (text) => Buffer.from(text)],
    ["UTF-8 with a mark", (text) => Buffer.from(marked(text))],
    ["UTF-16 of PowerShell", (text) => Buffer.from(marked(text), "utf16le")],
    ["UTF-16 in the other order", (text) => Buffer.from(marked(text), "utf16le").swap16()],
  ])("%s", async (_, encoded) => {
    await using vultr = await startEmulator();
    using folder = mkdtempDisposableSync(join(tmpdir(), "input-"));
    const environment = { VULTR_API_URL: vultr.url, VULTR_API_KEY: vultr.rootApiKey };
    const terminal = scriptedTerminal({ environment });
    const [state, preview] = [join(folder.path, "state.json"), join(folder.path, "preview.json")];
    writeFileSync(state, encoded(stackExport([], { stack: "größe" })));
    expect(await main(["audit", state], terminal)).toBe(0);
    expect(terminal.printed.join()).toContain("compared with keys/größe:");
    writeFileSync(preview, encoded('{"steps":[],"changeSummary":{},"duration":1}'));
    expect(await main(["preview-comment", preview], terminal)).toBe(0);
  });
});

const command = `"${process.execPath}" "${join(repositoryRoot, "dist", "command-line", "main.js")}"`;
/** Where nothing answers, and nobody outside this machine is asked. */
const env = { PATH: process.env["PATH"], VULTR_API_URL: "http://127.0.0.1:9/v2" };
const inShell = (line: string) => runCommand("sh", ["-c", line], { cwd: repositoryRoot, env });

test.each(["audit --help", "doctor", "doctor --json", "--help"])(
  "%s ends quietly in a pipe that nobody reads",
  async (args) => {
    const { output } = await inShell(`(sleep 0.1; ${command} ${args}; echo "ended" >&2) | true`);
    expect(output).toBe("ended\n");
  },
);

test("what is piped in is decoded, too", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "input-"));
  const preview = join(folder.path, "preview.json");
  const text = '{"steps":[],"changeSummary":{},"duration":1}';
  writeFileSync(preview, Buffer.from(marked(text), "utf16le"));
  expect(await inShell(`${command} preview-comment < ${preview}`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("<!-- pulumi-vultr-user-api-key -->") as string,
  });
});
