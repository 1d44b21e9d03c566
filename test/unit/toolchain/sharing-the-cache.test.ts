import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";

import { startInNode, temporaryDirectory, until } from "./machine";

it("a CLI is built once for all processes that want it; what a killed one left half is never used", async () => {
  using here = temporaryDirectory();
  const [cache, log] = [here.path("cache"), here.path("fills")];
  const program = `
    import { appendFileSync, writeFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { fillOnce } from "toolchain/pulumi-cache.mjs";
    const fill = async (directory) => {
      writeFileSync(directory + "/first-half", "");
      appendFileSync(given.log, "fill\\n");
      await sleep(given.buildTimeMs);
      writeFileSync(directory + "/second-half", "");
    };
    process.stdout.write(await fillOnce(given.cache, "cli", fill));
  `;
  const startFilling = (buildTimeMs: number) => startInNode(program, { cache, log, buildTimeMs });
  const fills = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0);

  const killed = startFilling(60_000);
  await until(() => fills() === 1);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(existsSync(here.path("cache/cli"))).toBe(false);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(here.path("cache/pulumi-vultr-user-api-key.locked"), longAgo, longAgo);

  const first = startFilling(1_000);
  await until(() => fills() === 2);
  const second = startFilling(1_000);
  const done = { code: 0, stdout: here.path("cache/cli") };
  const stderr = expect.stringContaining("waiting for another process") as string;
  expect(await first.ended).toMatchObject(done);
  expect(await second.ended).toMatchObject({ ...done, stderr });
  expect(fills()).toBe(2);
  expect(readdirSync(cache)).toEqual(["cli"]);
  expect(readdirSync(here.path("cache/cli")).sort()).toEqual(["first-half", "second-half"]);
});
