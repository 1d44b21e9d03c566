import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";

import { startInNode, temporaryDirectory, until } from "./machine";

/** Two clones start their first `npm test` at once: each is a process that wants the same folder. */
function machineWithClones() {
  const here = temporaryDirectory();
  const [cache, log] = [here.path("cache"), here.path("fills")];
  const program = `
    import { appendFileSync, writeFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { fillOnce } from "toolchain/pulumi-cache.mjs";
    const fill = async (directory) => {
      appendFileSync(given.log, "fill\\n");
      writeFileSync(directory + "/first-half", "");
      await sleep(given.buildTimeMs);
      writeFileSync(directory + "/second-half", "");
    };
    process.stdout.write(await fillOnce(given.cache, "cli", fill));
  `;
  return Object.assign(here, {
    cache,
    startFilling: (buildTimeMs: number) => startInNode(program, { cache, log, buildTimeMs }),
    hasBegun: () => until(() => existsSync(log)),
    fills: () => readFileSync(log, "utf8").trim().split("\n").length,
  });
}

it("builds once when two processes want the same CLI, and the second waits", async () => {
  using here = machineWithClones();
  const first = here.startFilling(1_000);
  await here.hasBegun();
  const second = here.startFilling(1_000);
  const done = { code: 0, stdout: here.path("cache/cli") };
  expect(await first.ended).toMatchObject(done);
  expect(await second.ended).toMatchObject({
    ...done,
    stderr: expect.stringContaining("waiting for another process") as string,
  });
  expect(here.fills()).toBe(1);
  expect(readdirSync(here.path("cache/cli")).sort()).toEqual(["first-half", "second-half"]);
});

it("takes over from a process that was killed, and never uses what it left", async () => {
  using here = machineWithClones();
  const killed = here.startFilling(60_000);
  await here.hasBegun();
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(existsSync(here.path("cache/cli"))).toBe(false);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(here.path("cache/pulumi-vultr-user-api-key.locked"), longAgo, longAgo);

  expect(await here.startFilling(0).ended).toMatchObject({ code: 0 });
  expect(here.fills()).toBe(2);
  expect(readdirSync(here.cache)).toEqual(["cli"]);
  expect(readdirSync(here.path("cache/cli")).sort()).toEqual(["first-half", "second-half"]);
});
