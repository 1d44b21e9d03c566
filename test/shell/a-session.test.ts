/** `npm run shell` as a newcomer uses it, but that a script types. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { repositoryRoot } from "../support/installed-package";
import { descendantsOf, killRemaining, type RunningProcess } from "../support/process-tree";
import { type CommandResult, runCommand } from "../support/run-command";

interface Session extends CommandResult {
  /** Where the shell was. */
  folder: string;
  /** Everything that ran below npm when the text was printed. */
  seen: RunningProcess[];
}

/**
 * Runs the script in `npm run shell`, and looks at what runs when it prints `text`.
 *
 * @param then `end` ends npm, and npm alone, after that look
 */
async function session(script: string, text: string, then: "go on" | "end"): Promise<Session> {
  const scripts = await mkdtemp(join(tmpdir(), "shell-script-"));
  const path = join(scripts, "script.sh");
  await writeFile(path, `echo "folder=$PWD"\n${script}`);
  let npmPid = 0;
  let looking: Promise<RunningProcess[]> | undefined;
  try {
    const result = await runCommand("sh", ["-c", `exec npm run shell < "$0"`, path], {
      cwd: repositoryRoot,
      env: { ...process.env, SHELL: "/bin/sh" },
      onStart: ({ pid }) => (npmPid = pid!),
      onOutput(piece) {
        if (looking !== undefined || !piece.includes(text)) return;
        looking = descendantsOf(npmPid);
        if (then === "end") void looking.then(() => process.kill(npmPid, "SIGTERM"));
      },
    });
    const folder = /^folder=(.*)$/m.exec(result.output)?.[1] ?? "";
    return { ...result, folder, seen: (await looking) ?? [] };
  } finally {
    await rm(scripts, { recursive: true });
  }
}

async function expectNothingLeft({ folder, seen }: Session): Promise<void> {
  expect(seen.map(({ args }) => args)).toContainEqual(
    expect.stringContaining("test/shell/main.ts"),
  );
  expect(existsSync(folder)).toBe(false);
  // The toolchain notices within a second that npm is gone.
  for (let waits = 0; waits < 50 && (await anyRuns(seen)); waits += 1) await sleep(100);
  expect(await killRemaining(seen)).toBe(0);
}

async function anyRuns(processes: readonly RunningProcess[]): Promise<boolean> {
  const { stdout } = await runCommand("ps", ["-eo", "pid="], { cwd: "/", env: process.env });
  const running = new Set(stdout.split("\n").map(Number));
  return processes.some(({ pid }) => running.has(pid));
}

test("a key is previewed, made, rotated and audited, and leaving leaves nothing", async () => {
  const script = `
set -e
pulumi preview
pulumi up --yes --skip-preview
pulumi config set keyGeneration 2
pulumi up --yes --skip-preview
pulumi-vultr-user-api-key audit --stack dev --all
node -p '"resolved " + require.resolve("pulumi-vultr-user-api-key/provider")'
echo look
sleep 2
exit 7
`;
  const played = await session(script, "look", "go on");
  expect(played).toMatchObject({ code: 7 });
  expect(played.stdout.replaceAll(/ +/g, " ")).toMatch(
    /2 to create[^]*2 created[^]*\+-1 replaced[^]*deployer@example\.com deployer-\S+ \S+ managed[^]*1 managed, 1 unrecorded[^]*resolved /,
  );
  await expectNothingLeft(played);
});

test("npm that is told to end takes the shell with it, and a run of the engine", async () => {
  const killed = await session("sleep 60 & pulumi up --yes; sleep 60\n", "Previewing", "end");
  expect(killed.seen.map(({ args }) => args)).toContain("pulumi up --yes");
  await expectNothingLeft(killed);
});

test("--help explains, and anything else is refused with the usage", async () => {
  const main = ["-r", "ts-node/register/transpile-only", join("test", "shell", "main.ts")];
  const options = { cwd: repositoryRoot, env: process.env };
  const [help, mistaken] = await Promise.all([
    runCommand(process.execPath, [...main, "--help"], options),
    runCommand(process.execPath, [...main, "--hepl"], options),
  ]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("Usage: npm run shell");
  expect(mistaken).toMatchObject({ code: 2, stdout: "" });
  expect(mistaken.stderr).toContain("Usage: npm run shell");
});
