import type { ChildProcess } from "node:child_process";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

/** What ends it, after how many requests: before it waits a minute for a key to expire. */
const ends = atDepth<[signal: NodeJS.Signals, requests: number][]>({
  gate: [["SIGKILL", 4]],
  soak: (["SIGKILL", "SIGINT", "SIGTERM"] as const).flatMap((signal) =>
    [2, 9, 16].map((requests): [NodeJS.Signals, number] => [signal, requests]),
  ),
});

it.each(ends)(
  "%s after %i requests leaves nothing that --clean does not remove",
  async (signal, requests) => {
    await using vultr = await startEmulator();
    const stranger = vultr.addUser({ email: "stranger@example.com" });
    const { id } = vultr.addKey(stranger.id, { name: "probe-1" });
    // The program itself, from a folder of its own, on an account that it takes for a real one.
    using folder = mkdtempDisposableSync(join(tmpdir(), "verify-emulator-"));
    const env = {
      PATH: process.env["PATH"],
      TS_NODE_PROJECT: join(repositoryRoot, "tsconfig.json"),
      VULTR_VERIFY_ACCOUNT: "yes",
      VULTR_API_URL: vultr.url,
      VULTR_API_KEY: vultr.rootApiKey,
    };
    const register = require.resolve("ts-node/register/transpile-only");
    const program = ["-r", register, join(__dirname, "main.ts")];
    let child: ChildProcess | undefined;
    const onStart = (started: ChildProcess) => (child = started);
    const run = (...args: string[]) =>
      runCommand(process.execPath, [...program, ...args], { cwd: folder.path, env, onStart });
    const visit = run();
    const isAtWork = () => vultr.users().length > 2 && vultr.requests.length >= requests;
    while (!isAtWork() && child?.exitCode === null) await sleep(20);
    child?.kill(signal);
    // Who is told to stop cleans up at once; who is killed leaves the user that was made.
    expect((await visit).code).toBe(signal === "SIGKILL" ? null : 130);
    expect(vultr.users()).toHaveLength(signal === "SIGKILL" ? 3 : 2);
    const cleaning = await run("--clean");
    expect(cleaning).toMatchObject({ code: 0, output: "" });
    const emails = vultr.users().map(({ email }) => email);
    expect(emails).toEqual(["root@example.com", "stranger@example.com"]);
    expect(vultr.liveKeys().map((key) => key.id)).toEqual([id]);
  },
);
