import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type Emulator, startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

/** The program itself, from a folder of its own, on an account that it takes for a real one. */
function verifyEmulator(
  vultr: Emulator,
  folder: string,
  args: string[],
  onStart: (child: ChildProcess) => void = () => undefined,
) {
  const main = join(repositoryRoot, "test", "verify-emulator", "main.ts");
  const register = require.resolve("ts-node/register/transpile-only");
  return runCommand(process.execPath, ["-r", register, main, ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      TS_NODE_PROJECT: join(repositoryRoot, "tsconfig.json"),
      VULTR_VERIFY_ACCOUNT: "yes",
      VULTR_API_URL: vultr.url,
      VULTR_API_KEY: vultr.rootApiKey,
    },
    onStart,
  });
}

it("leaves nothing if it is told to stop; if it is killed, nothing that --clean does not remove", async () => {
  await using vultr = await startEmulator();
  const stranger = vultr.addUser({ email: "stranger@example.com" });
  const strangersKey = vultr.addKey(stranger.id, { name: "probe-1" });
  await using folder = await mkdtempDisposable(join(tmpdir(), "verify-emulator-"));
  const endedBy = async (signal: "SIGKILL" | "SIGINT") => {
    const before = vultr.requests.length;
    let child: ChildProcess | undefined;
    const visit = verifyEmulator(vultr, folder.path, [], (started) => (child = started));
    // Before it waits a minute for a key to expire.
    const isAtWork = () => vultr.users().length > 2 && vultr.requests.length > before + 3;
    while (!isAtWork() && child?.exitCode === null) await sleep(20);
    child?.kill(signal);
    return (await visit).code;
  };
  const expectNothingLeft = () => {
    expect(existsSync(join(folder.path, "verify-emulator.journal"))).toBe(false);
    const emails = vultr.users().map(({ email }) => email);
    expect(emails).toEqual(["root@example.com", "stranger@example.com"]);
    expect(vultr.liveKeys().map(({ id }) => id)).toEqual([strangersKey.id]);
  };

  expect(await endedBy("SIGINT")).toBe(130);
  expectNothingLeft();
  expect(await endedBy("SIGKILL")).toBe(null);
  expect(vultr.users()).toHaveLength(3);
  expect(await verifyEmulator(vultr, folder.path, ["--clean"])).toMatchObject({
    code: 0,
    output: "",
  });
  expectNothingLeft();
});
