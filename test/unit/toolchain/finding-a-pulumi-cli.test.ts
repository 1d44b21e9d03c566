import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startInNode, toolchainDir } from "./in-node";
import { temporaryDirectory } from "./temporary-directory";

const goMod = readFileSync(path.join(toolchainDir, "pulumi-cli/go.mod"), "utf8");
const pinnedVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)![1]!;
const platform = `${process.platform}-${process.arch}`;
const downloadedName = `official-${pinnedVersion}-${platform}`;
const builtName = `built-${pinnedVersion}-${platform}`;
const goVersion = /^go (\S+)$/m.exec(goMod)![1]!;

/** Nobody listens there, so the official download counts as unreachable at once. */
const probedUrl = "http://127.0.0.1:9/";

function startFinding(environment: Record<string, string>) {
  return startInNode(`
    import { passSignalsOn } from "toolchain/processes.mjs";
    import { findPulumiBinDir } from "toolchain/pulumi-cli.mjs";
    passSignalsOn();
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
  `);
}

async function find(environment: Record<string, string>) {
  const { code, stdout, stderr } = await startFinding(environment).ended;
  return { code, binDir: stdout, said: stderr };
}

/** A test's folder: `a` and `b` hold complete CLIs, `cache` is the shared cache, still absent. */
function machine() {
  const directory = temporaryDirectory();
  for (const place of ["a", "b"]) {
    directory.program(`${place}/pulumi`, `echo v${pinnedVersion}`);
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

  it("passes over one on PATH that is older than what is tested, and says so", async () => {
    using here = machine();
    here.program("old/pulumi", "echo v3.250.0");
    here.program(`cache/${downloadedName}/bin/pulumi`, "");
    const { binDir, said } = await find({ ...here.cacheVariable, PATH: here.path("old") });
    expect(binDir).toBe(path.join(here.cache, downloadedName, "bin"));
    expect(said).toContain(`its version is v3.250.0, and ${pinnedVersion} or newer is needed`);
  });

  it("takes an older one that PULUMI_CLI names, and says so", async () => {
    using here = machine();
    here.program("a/pulumi", "echo v3.250.0");
    const { binDir, said } = await find({
      ...here.cacheVariable,
      PULUMI_CLI: here.path("a/pulumi"),
    });
    expect(binDir).toBe(here.path("a"));
    expect(said).toContain("PULUMI_CLI names v3.250.0");
  });

  it("stops when the one that PULUMI_CLI names fails", async () => {
    using here = machine();
    const named = here.program("named/pulumi", "echo broken; exit 1");
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
  it("once, in a copy, with nothing written beside the original", async () => {
    using here = machine();
    const named = here.program("bare/pulumi", `echo v${pinnedVersion}`);
    const first = await find({ ...here.cacheVariable, PULUMI_CLI: named });
    expect(path.dirname(path.dirname(first.binDir))).toBe(here.cache);
    expect(readdirSync(first.binDir).sort()).toEqual([
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-resource-pulumi-nodejs",
    ]);
    expect(readFileSync(path.join(first.binDir, "pulumi-language-nodejs"))).toEqual(
      readFileSync(path.join(toolchainDir, "language-host.cjs")),
    );
    expect(readdirSync(here.path("bare"))).toEqual(["pulumi"]);
    expect(await find({ ...here.cacheVariable, PULUMI_CLI: named })).toEqual(first);
    expect(readdirSync(here.cache)).toHaveLength(1);
  });
});

describe("where nothing can be downloaded", () => {
  /** A Go with one package to compile, which "builds" in whatever way is given, told the file to write. */
  const fakeGo = (build: string, { version = goVersion, modules = "/nowhere" } = {}) => `
    case "$1" in
      env) echo "${modules}"; exit ;;
      version) echo "go version go${version} linux/amd64"; exit ;;
      list) echo "example.com/program	/	"; exit ;;
    esac
    echo "example.com/program" >&2
    /bin/mkdir -p "$GOCACHE" && echo compiled > "$GOCACHE/package"
    while [ "$1" != -o ]; do shift; done
    file="$2"
    ${build}`;
  const succeeding = 'echo built > "$file"; /bin/chmod +x "$file"';

  it("builds one with Go, keeps it alone, says where, and finds it the next time", async () => {
    using here = machine();
    here.program("go/go", fakeGo(succeeding));
    const first = await find({ ...here.cacheVariable, PATH: here.path("go") });
    const built = path.join(here.cache, builtName);
    expect(first.said).toContain(`building the Pulumi CLI ${pinnedVersion} from source`);
    expect(first.said).toContain(`stays in ${built} (1 kB); "npm run clean" removes it`);
    // None of Go's caches stay, and nothing of this clone is beside what all clones share.
    expect(readdirSync(built)).toEqual(["bin"]);
    expect(readdirSync(path.join(built, "bin"))).toEqual(["pulumi"]);
    const withStandIn = path.basename(path.dirname(first.binDir));
    expect(readdirSync(here.cache).sort()).toEqual([builtName, withStandIn]);
    expect(readdirSync(first.binDir)).toContain("pulumi-language-nodejs");
    expect(await find({ ...here.cacheVariable, PATH: "" })).toEqual({
      code: 0,
      binDir: first.binDir,
      said: "",
    });
  });

  it("builds with the user's own Go caches if they hold this Pulumi already", async () => {
    using here = machine();
    const modules = here.path("modules");
    mkdirSync(`${modules}/github.com/pulumi/pulumi/pkg/v3@v${pinnedVersion}`, { recursive: true });
    here.program("go/go", fakeGo(succeeding, { modules }));
    const GOCACHE = here.path("own-build-cache");
    const { code, said } = await find({ ...here.cacheVariable, PATH: here.path("go"), GOCACHE });
    expect({ code, said }).toMatchObject({
      code: 0,
      said: expect.stringContaining("with your own Go caches") as string,
    });
    expect(readdirSync(GOCACHE)).toEqual(["package"]);
  });

  it("leaves nothing when the build fails, and shows what Go said without the progress", async () => {
    using here = machine();
    here.program("go/go", fakeGo('echo half > "$file"; echo "no space left"; exit 1'));
    const { code, said } = await find({ ...here.cacheVariable, PATH: here.path("go") });
    expect(code).toBe(1);
    expect(said).toContain("no space left");
    expect(said).not.toContain("example.com/program");
    expect(readdirSync(here.cache)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing after %s", async (signal) => {
    using here = machine();
    const building = here.path("building");
    here.program("go/go", fakeGo(`echo half > "$file"; echo > ${building}; exec /bin/sleep 60`));
    const finding = startFinding({ ...here.cacheVariable, PATH: here.path("go") });
    while (!existsSync(building)) await sleep(20);
    finding.child.kill(signal);
    const { code } = await finding.ended;
    expect(code).toBe(128 + constants.signals[signal]);
    expect(readdirSync(here.cache)).toEqual([]);
  });

  it.each([
    { go: "no Go", programs: {}, obstacle: "go could not be started (ENOENT)" },
    {
      go: "an old Go",
      programs: { "go/go": fakeGo("exit 1", { version: "1.25.10" }) },
      obstacle: "go1.25.10",
    },
  ])("and $go can build it, says what to install", async ({ programs, obstacle }) => {
    using here = machine();
    for (const [place, script] of Object.entries(programs)) here.program(place, script);
    const { code, said } = await find({ ...here.cacheVariable, PATH: here.path("go") });
    expect(code).toBe(1);
    expect(said).toContain(`${probedUrl} cannot be reached`);
    expect(said).toContain(obstacle);
    expect(said).toContain("https://www.pulumi.com/docs/install/");
    expect(said).toContain(`Go ${goVersion} or newer`);
  });
});
