import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { startInNode } from "./in-node";
import { temporaryDirectory } from "./temporary-directory";

/** Two clones start their first `npm test` at once: each is a process that wants the same folder. */
function startFilling(cacheDir: string, logFile: string, buildTimeMs: number) {
  return startInNode(`
    import { appendFileSync, writeFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { fillOnce } from "toolchain/pulumi-cache.mjs";
    const fill = async (directory) => {
      appendFileSync(${JSON.stringify(logFile)}, "fill\\n");
      writeFileSync(directory + "/first-half", "");
      await sleep(${buildTimeMs});
      writeFileSync(directory + "/second-half", "");
    };
    process.stdout.write(await fillOnce(${JSON.stringify(cacheDir)}, "cli", fill));
  `);
}

async function until(condition: () => boolean) {
  while (!condition()) await sleep(20);
}

it("builds once when two processes want the same CLI, and the second waits", async () => {
  using here = temporaryDirectory();
  const cache = here.path("cache");
  const log = here.path("fills");

  const first = startFilling(cache, log, 1_000);
  await until(() => existsSync(log));
  const second = startFilling(cache, log, 1_000);
  const endings = await Promise.all([first.ended, second.ended]);

  expect(endings.map(({ code, stdout }) => ({ code, stdout }))).toEqual([
    { code: 0, stdout: here.path("cache/cli") },
    { code: 0, stdout: here.path("cache/cli") },
  ]);
  expect(readFileSync(log, "utf8")).toBe("fill\n");
  expect(endings[1].stderr).toContain("waiting for another process");
  expect(readdirSync(here.path("cache/cli")).sort()).toEqual(["first-half", "second-half"]);
});

it("takes over from a process that was killed, and never uses what it left", async () => {
  using here = temporaryDirectory();
  const cache = here.path("cache");
  const log = here.path("fills");

  const killed = startFilling(cache, log, 60_000);
  await until(() => existsSync(log));
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(existsSync(here.path("cache/cli"))).toBe(false);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(here.path("cache/pulumi-vultr-user-api-key.lock"), longAgo, longAgo);

  const { code } = await startFilling(cache, log, 0).ended;
  expect(code).toBe(0);
  expect(readFileSync(log, "utf8")).toBe("fill\nfill\n");
  expect(readdirSync(cache)).toEqual(["cli"]);
});
