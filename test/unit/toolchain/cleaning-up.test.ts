import { mkdirSync, readdirSync } from "node:fs";

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
  const ours = ["cache/built-3.274.1-linux-x64", "cache/with-stand-in-0123456789abcdef"];
  const more = ["cache/pulumi-vultr-user-api-key.unfinished", "cache/built-yaml-1.25.0-linux-x64"];
  const others = ["cache/built-by-hand", "cache/lock", "clone/mine"];
  const all = [...ours, ...more, "clone/dist", ...others].map((place) => here.path(place));
  for (const place of all) mkdirSync(place, { recursive: true });
  const { code, said } = await clean(here.path("cache"), [here.path("clone/dist")]);
  expect(code).toBe(0);
  for (const place of [...ours, ...more, "clone/dist"])
    expect(said).toContain(`removed ${here.path(place)}\n`);
  expect(readdirSync(here.path("cache")).sort()).toEqual(["built-by-hand", "lock"]);
  expect(readdirSync(here.path("clone"))).toEqual(["mine"]);
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
