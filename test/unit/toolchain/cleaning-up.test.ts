import { existsSync, mkdirSync, readdirSync } from "node:fs";

import { startInNode, temporaryDirectory } from "./machine";

async function clean(cache: string, places: string[] = []) {
  const program = `
    import { clean } from "toolchain/clean.mjs";
    process.exitCode = await clean({ PULUMI_VULTR_TOOLCHAIN_CACHE: given.cache }, given.places);
  `;
  const { code, stderr } = await startInNode(program, { cache, places }).ended;
  return { code, said: stderr };
}

it("removes what is ours, names it, and leaves what is not", async () => {
  using here = temporaryDirectory();
  const [built, withStandIn] = ["built-3.274.1-linux-x64", "with-stand-in-0123456789abcdef"];
  here.program(`cache/${built}/bin/pulumi`, "");
  mkdirSync(here.path("cache", withStandIn));
  here.program("cache/pulumi-vultr-user-api-key.unfinished/go/modules/half", "");
  here.program("cache/built-yaml-1.25.0-linux-x64/bin/pulumi-language-yaml", "");
  here.program("cache/built-by-hand/chair", "");
  here.program("cache/lock", "of somebody else");
  here.program("clone/dist/index.js", "");
  const places = ["clone/dist", "clone/coverage"].map((place) => here.path(place));
  const { code, said } = await clean(here.path("cache"), places);
  expect(code).toBe(0);
  for (const place of [`cache/${built}`, `cache/${withStandIn}`, "clone/dist"])
    expect(said).toContain(`removed ${here.path(place)}\n`);
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
  const names = ["locked", "unfinished"].map((each) => `pulumi-vultr-user-api-key.${each}`);
  for (const name of names) mkdirSync(here.path("cache", name), { recursive: true });
  const { code, said } = await clean(here.path("cache"));
  expect(code).toBe(1);
  expect(said).toContain("another process is preparing a Pulumi CLI");
  expect(readdirSync(here.path("cache")).sort()).toEqual(names);
});
