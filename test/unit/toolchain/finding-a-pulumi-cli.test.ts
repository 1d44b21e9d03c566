import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { startInNode, toolchainDir } from "./in-node";
import { temporaryDirectory } from "./temporary-directory";

const goMod = readFileSync(path.join(toolchainDir, "pulumi-cli/go.mod"), "utf8");
const pinnedVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)![1]!;
const platform = `${process.platform}-${process.arch}`;
const downloadedName = `official-${pinnedVersion}-${platform}`;
const builtName = `built-${pinnedVersion}-${platform}`;

/** Nobody listens there, so the official download counts as unreachable at once. */
const probedUrl = "http://127.0.0.1:9/";

async function find(environment: Record<string, string>) {
  const { code, stdout, stderr } = await startInNode(`
    import { findPulumiBinDir } from "toolchain/pulumi-cli.mjs";
    const environment = ${JSON.stringify(environment)};
    const probedUrl = ${JSON.stringify(probedUrl)};
    process.env.PATH = environment.PATH ?? "";
    try {
      const binDir = await findPulumiBinDir({ node: process.execPath, environment, probedUrl });
      process.stdout.write(binDir);
    } catch (error) {
      process.stderr.write(error.message);
      process.exitCode = 1;
    }
  `).ended;
  return { code, binDir: stdout, said: stderr };
}

/** A test's folder: `a` and `b` hold complete CLIs, `cache` is the shared cache, still absent. */
function machine() {
  const directory = temporaryDirectory();
  for (const place of ["a", "b"]) {
    directory.program(`${place}/pulumi`, "echo v3.259.0");
    directory.program(`${place}/pulumi-language-nodejs`, "exit 1");
  }
  const cache = directory.path("cache");
  return Object.assign(directory, {
    cache,
    cacheVariable: { PULUMI_VULTR_TOOLCHAIN_CACHE: cache },
  });
}

describe("the user's own CLI comes first", () => {
  it("takes the one that PULUMI_CLI names, before one on PATH", async () => {
    using here = machine();
    const found = await find({
      ...here.cacheVariable,
      PULUMI_CLI: here.path("a/pulumi"),
      PATH: here.path("b"),
    });
    expect(found).toEqual({ code: 0, binDir: here.path("a"), said: "" });
  });

  it("takes the one on PATH, before one in the cache", async () => {
    using here = machine();
    here.program(`cache/${downloadedName}/bin/pulumi`, "");
    const found = await find({ ...here.cacheVariable, PATH: here.path("b") });
    expect(found).toEqual({ code: 0, binDir: here.path("b"), said: "" });
  });

  it("passes over one on PATH that is too old, and says so", async () => {
    using here = machine();
    here.program("old/pulumi", "echo v3.199.0");
    here.program(`cache/${downloadedName}/bin/pulumi`, "");
    const { binDir, said } = await find({ ...here.cacheVariable, PATH: here.path("old") });
    expect(binDir).toBe(path.join(here.cache, downloadedName, "bin"));
    expect(said).toContain('its version is "v3.199.0", and 3.200 or newer is needed');
  });

  it.each([
    { what: "is too old", script: "echo v3.1.0" },
    { what: "fails", script: "echo broken; exit 1" },
  ])("stops when the one that PULUMI_CLI names $what", async ({ script }) => {
    using here = machine();
    const named = here.program("named/pulumi", script);
    const { code, said } = await find({
      ...here.cacheVariable,
      PULUMI_CLI: named,
      PATH: here.path("b"),
    });
    expect(code).toBe(1);
    expect(said).toContain(`PULUMI_CLI names ${named}, which cannot be used`);
  });
});

describe("a CLI without a language host gets our stand-in", () => {
  it("in a copy, with nothing written beside the original", async () => {
    using here = machine();
    const named = here.program("bare/pulumi", "echo v3.259.0");
    const { binDir } = await find({ ...here.cacheVariable, PULUMI_CLI: named });
    expect(path.dirname(path.dirname(binDir))).toBe(here.cache);
    expect(readdirSync(binDir).sort()).toEqual([
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]);
    expect(readdirSync(here.path("bare"))).toEqual(["pulumi"]);
  });

  it("once, and finds it the next time", async () => {
    using here = machine();
    const named = here.program("bare/pulumi", "echo v3.259.0");
    const first = await find({ ...here.cacheVariable, PULUMI_CLI: named });
    expect(await find({ ...here.cacheVariable, PULUMI_CLI: named })).toEqual(first);
    expect(readdirSync(here.cache)).toHaveLength(1);
    expect(readFileSync(path.join(first.binDir, "pulumi-language-nodejs"))).toEqual(
      readFileSync(path.join(toolchainDir, "language-host.cjs")),
    );
  });
});

describe("where nothing can be downloaded", () => {
  /** A Go that "builds" by writing to the file after -o. */
  const fakeGo = (version: string, build: string) => `
    if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit; fi
    while [ "$1" != -o ]; do shift; done
    ${build}`;

  it("builds one with Go, and finds it in the cache the next time", async () => {
    using here = machine();
    here.program("go/go", fakeGo("1.25.11", 'echo built > "$2"; /bin/chmod +x "$2"'));
    const first = await find({ ...here.cacheVariable, PATH: here.path("go") });
    expect(first.said).toContain(`building the Pulumi CLI ${pinnedVersion} from source`);
    expect(readdirSync(first.binDir)).toContain("pulumi-language-nodejs");
    expect(await find({ ...here.cacheVariable, PATH: "" })).toMatchObject({
      code: 0,
      binDir: first.binDir,
      said: "",
    });
  });

  it("writes nothing of this clone beside what all clones share", async () => {
    using here = machine();
    here.program("go/go", fakeGo("1.25.11", 'echo built > "$2"; /bin/chmod +x "$2"'));
    const { binDir } = await find({ ...here.cacheVariable, PATH: here.path("go") });
    const built = path.join(here.cache, builtName, "bin");
    expect(readdirSync(built)).toEqual(["pulumi"]);
    expect(binDir).not.toBe(built);
  });

  it("leaves nothing that could be taken for a CLI when the build fails", async () => {
    using here = machine();
    here.program("go/go", fakeGo("1.26.0", 'echo half > "$2"; echo "no space left"; exit 1'));
    const { code, said } = await find({ ...here.cacheVariable, PATH: here.path("go") });
    expect(code).toBe(1);
    expect(said).toContain("no space left");
    expect(existsSync(path.join(here.cache, builtName))).toBe(false);
  });

  it.each([
    { go: "no Go", programs: {}, obstacle: "go could not be started (ENOENT)" },
    { go: "an old Go", programs: { "go/go": fakeGo("1.25.10", "exit 1") }, obstacle: "go1.25.10" },
  ])("and $go can build it, says what to install", async ({ programs, obstacle }) => {
    using here = machine();
    for (const [place, script] of Object.entries(programs)) here.program(place, script);
    const { code, said } = await find({ ...here.cacheVariable, PATH: here.path("go") });
    expect(code).toBe(1);
    expect(said).toContain(`${probedUrl} cannot be reached`);
    expect(said).toContain(obstacle);
    expect(said).toContain("https://www.pulumi.com/docs/install/");
    expect(said).toContain("Go 1.25.11 or newer");
  });
});
