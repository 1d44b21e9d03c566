/** `npm run shell` as a newcomer uses it, but that a script types. */
import { existsSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { repositoryRoot } from "../support/installed-package";
import {
  descendantsOf,
  killRemaining,
  type RunningProcess,
  runningProcesses,
} from "../support/processes";
import { type CommandResult, runCommand } from "../support/run-command";

/** What was printed, and everything that ran below npm when `text` was. */
type Session = CommandResult & { seen: RunningProcess[] };

/**
 * Runs the script in `npm run shell`, and looks at what runs when it prints `text`.
 *
 * @param then `end` ends npm, and npm alone, after that look
 */
async function session(script: string, text: string, then: "go on" | "end"): Promise<Session> {
  await using scripts = await mkdtempDisposable(join(tmpdir(), "shell-script-"));
  const path = join(scripts.path, "script.sh");
  await writeFile(path, `echo "folder=$PWD"\n${script}`);
  let npmPid = 0;
  let looking: Promise<RunningProcess[]> | undefined;
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
  return { ...result, seen: (await looking) ?? [] };
}

async function expectNothingLeft({ output, seen }: Session): Promise<void> {
  expect(seen.map(({ args }) => args).join("\n")).toContain("test/shell/main.ts");
  expect(existsSync(/^folder=(.+)$/m.exec(output)![1]!)).toBe(false);
  const anyRuns = async () => {
    const running = new Set((await runningProcesses()).map(({ pid }) => pid));
    return seen.some(({ pid }) => running.has(pid));
  };
  // The toolchain notices within a second that npm is gone.
  for (let waits = 0; waits < 50 && (await anyRuns()); waits += 1) await sleep(100);
  expect(await killRemaining(seen)).toBe(0);
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
