import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";

import { startInNode } from "./in-node";
import { temporaryDirectory } from "./temporary-directory";

async function clean(cache: string, places: string[] = []) {
  const { code, stderr } = await startInNode(`
    import { clean } from "toolchain/clean.mjs";
    const environment = { PULUMI_VULTR_TOOLCHAIN_CACHE: ${JSON.stringify(cache)} };
    process.exitCode = await clean(environment, ${JSON.stringify(places)});
  `).ended;
  return { code, said: stderr };
}

it("removes what is ours, names it with its size, and leaves what is not", async () => {
  using here = temporaryDirectory();
  here.program("cache/built-3.274.1-linux-x64/bin/pulumi", "x".repeat(2_000_000));
  mkdirSync(here.path("cache/with-stand-in-0123456789abcdef"));
  linkSync(
    here.path("cache/built-3.274.1-linux-x64/bin/pulumi"),
    here.path("cache/with-stand-in-0123456789abcdef/pulumi"),
  );
  here.program("cache/unfinished-a1B2c3/go/modules/half", "");
  here.program("cache/built-by-hand/chair", "");
  here.program("cache/lock", "of somebody else");
  here.program("clone/dist/index.js", "");
  const { code, said } = await clean(here.path("cache"), [
    here.path("clone/dist"),
    here.path("clone/coverage"),
  ]);
  expect(code).toBe(0);
  expect(said).toContain(`removed ${here.path("cache/built-3.274.1-linux-x64")} (2.0 MB)\n`);
  expect(said).toContain(`removed ${here.path("cache/with-stand-in-0123456789abcdef")} (0 kB)\n`);
  expect(said).toContain(`removed ${here.path("clone/dist")} (1 kB)\n`);
  expect(said).not.toContain("coverage");
  expect(readdirSync(here.path("cache")).sort()).toEqual(["built-by-hand", "lock"]);
  expect(readdirSync(here.path("clone"))).toEqual([]);
});

it("removes the shared cache itself when nothing else is in it, and then finds nothing to do", async () => {
  using here = temporaryDirectory();
  here.program("cache/official-3.274.1-linux-x64/bin/pulumi", "");
  await clean(here.path("cache"));
  expect(existsSync(here.path("cache"))).toBe(false);
  const { code, said } = await clean(here.path("cache"));
  expect(code).toBe(0);
  expect(said).toContain("nothing to remove");
});

it("leaves the shared cache alone while another process fills it", async () => {
  using here = temporaryDirectory();
  mkdirSync(here.path("cache/unfinished-a1B2c3"), { recursive: true });
  writeFileSync(here.path("cache/pulumi-vultr-user-api-key.lock"), "process 1 on another machine");
  const { code, said } = await clean(here.path("cache"));
  expect(code).toBe(1);
  expect(said).toContain("another process is preparing a Pulumi CLI");
  expect(readdirSync(here.path("cache")).sort()).toEqual([
    "pulumi-vultr-user-api-key.lock",
    "unfinished-a1B2c3",
  ]);
});
