import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";

import { startInNode, temporaryDirectory, toolchainDir, until } from "./machine";

const goMod = readFileSync(path.join(toolchainDir, "pulumi-cli/go.mod"), "utf8");
const pinnedVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)![1]!;
const goVersion = /^go (\S+)$/m.exec(goMod)![1]!;
const platform = `${process.platform}-${process.arch}`;
const downloadedName = `official-${pinnedVersion}-${platform}`;
const builtName = `built-${pinnedVersion}-${platform}`;
const yamlGoMod = readFileSync(path.join(toolchainDir, "pulumi-yaml/go.mod"), "utf8");
const yamlVersion = /pulumi-yaml v(\S+)/.exec(yamlGoMod)![1]!;
const builtYamlName = `built-yaml-${yamlVersion}-${platform}`;

/** Nobody listens there, so the official download counts as unreachable at once. */
const probedUrl = "http://127.0.0.1:9/";

/** A machine with these programs, `a` and `b` with complete CLIs; its shared cache is `cache`. */
function machine(programs: Record<string, string> = {}) {
  const here = temporaryDirectory();
  for (const place of ["a", "b"]) {
    here.program(`${place}/pulumi`, `echo v${pinnedVersion}`);
    for (const language of ["nodejs", "yaml"])
      here.program(`${place}/pulumi-language-${language}`, "exit 1");
  }
  for (const [place, script] of Object.entries(programs)) here.program(place, script);
  const start = (more: { PATH?: string; PULUMI_CLI?: string; GOCACHE?: string }) => {
    const placed = Object.entries(more).map(([name, place]) => [name, place && here.path(place)]);
    const environment = {
      PULUMI_VULTR_TOOLCHAIN_CACHE: here.path("cache"),
      ...(Object.fromEntries(placed) as object),
    };
    const program = `
      import { passSignalsOn } from "toolchain/processes.mjs";
      import { findPulumiBinDir } from "toolchain/pulumi-cli.mjs";
      passSignalsOn();
      process.env.PATH = given.environment.PATH ?? "";
      try {
        process.stdout.write(await findPulumiBinDir({ node: process.execPath, ...given }));
      } catch (error) {
        process.stderr.write(error.message);
        process.exitCode = 1;
      }
    `;
    return startInNode(program, { environment, probedUrl });
  };
  return Object.assign(here, {
    start,
    async find(more: Parameters<typeof start>[0]) {
      const { code, stdout, stderr } = await start(more).ended;
      return { code, binDir: stdout, said: stderr };
    },
    cached: () => readdirSync(here.path("cache")).sort(),
  });
}

const old = "echo v3.250.0";
const inCache = `cache/${downloadedName}/bin`;

it.each([
  { what: "PULUMI_CLI, before PATH", env: { PULUMI_CLI: "a/pulumi", PATH: "b" }, binDir: "a" },
  { what: "PATH, before the cache", env: { PATH: "b" }, binDir: "b" },
  { what: "the cache, if nothing is on PATH", env: { PATH: "" }, binDir: inCache },
  {
    what: "no older one on PATH than is tested",
    programs: { "old/pulumi": old },
    env: { PATH: "old" },
    binDir: inCache,
    says: `its version is v3.250.0, and ${pinnedVersion} or newer is needed`,
  },
  {
    what: "an older one that PULUMI_CLI names",
    programs: { "a/pulumi": old },
    env: { PULUMI_CLI: "a/pulumi" },
    binDir: "a",
    says: "PULUMI_CLI names v3.250.0",
  },
])("takes $what, and says what is not as usual", async ({ programs, env, binDir, says }) => {
  using here = machine({ [`${inCache}/pulumi`]: "", ...programs });
  const found = await here.find(env);
  expect(found).toMatchObject({ code: 0, binDir: here.path(binDir) });
  if (says === undefined) expect(found.said).toBe("");
  else expect(found.said).toContain(says);
});

it("stops when the one that PULUMI_CLI names fails", async () => {
  using here = machine({ "named/pulumi": "echo broken; exit 1" });
  const { code, said } = await here.find({ PULUMI_CLI: "named/pulumi", PATH: "b" });
  expect(code).toBe(1);
  expect(said).toContain(`PULUMI_CLI names ${here.path("named/pulumi")}, which cannot be used`);
});

const standIns = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

it("a CLI without a language host for Node gets our stand-in once, in a copy, with nothing beside it", async () => {
  using here = machine({ "bare/pulumi": `echo v${pinnedVersion}` });
  const first = await here.find({ PULUMI_CLI: "bare/pulumi" });
  expect(path.dirname(path.dirname(first.binDir))).toBe(here.path("cache"));
  expect(readdirSync(first.binDir).sort()).toEqual(["pulumi", ...standIns]);
  expect(readFileSync(path.join(first.binDir, "pulumi-language-nodejs"))).toEqual(
    readFileSync(path.join(toolchainDir, "language-host.cjs")),
  );
  expect(first.said).toContain("no Pulumi YAML beside the CLI, and no Go to build it");
  expect(readdirSync(here.path("bare"))).toEqual(["pulumi"]);
  expect(await here.find({ PULUMI_CLI: "bare/pulumi" })).toEqual(first);
  expect(here.cached()).toHaveLength(1);
});

describe("if nothing can be downloaded", () => {
  /** A Go with one package to compile, which "builds" in whatever way is given, told the file to write. */
  const fakeGo = (build: string, { version = goVersion, modules = "/nowhere" } = {}) => `
    case "$1" in
      env) echo "${modules}"; exit ;;
      version) echo "go version go${version} linux/amd64"; exit ;;
      list) echo "example.com/program"; exit ;;
    esac
    echo "example.com/program" >&2
    /bin/mkdir -p "$GOCACHE" && echo compiled > "$GOCACHE/package"
    while [ "$1" != -o ]; do shift; done
    file="$2"
    /bin/mkdir -p "\${file%/*}"
    ${build}`;
  const succeeding = 'echo built > "$file"; /bin/chmod +x "$file"';

  it("builds one with Go, keeps it alone, says where, and finds it the next time", async () => {
    using here = machine({ "go/go": fakeGo(succeeding) });
    const { binDir, said } = await here.find({ PATH: "go" });
    const built = here.path("cache", builtName);
    expect(said).toContain(`building the Pulumi CLI ${pinnedVersion} from source`);
    expect(said).toContain(`stays in ${built}; "npm run clean" removes it`);
    const builtYaml = here.path("cache", builtYamlName);
    expect(said).toContain(`building Pulumi YAML ${yamlVersion} from source`);
    expect(said).toContain(`Pulumi YAML stays in ${builtYaml};`);
    // None of Go's caches stay, and nothing of this clone is beside what all clones share.
    expect(readdirSync(built)).toEqual(["bin"]);
    expect(readdirSync(path.join(built, "bin"))).toEqual(["pulumi"]);
    expect(readdirSync(builtYaml)).toEqual(["bin"]);
    const withHosts = path.basename(path.dirname(binDir));
    expect(here.cached()).toEqual([builtName, builtYamlName, withHosts]);
    expect(readdirSync(binDir).sort()).toEqual(
      ["pulumi", "pulumi-language-yaml", ...standIns].sort(),
    );
    expect(await here.find({ PATH: "" })).toEqual({ code: 0, binDir, said: "" });
  });

  it("builds with the user's own Go caches if they hold this Pulumi already", async () => {
    using here = machine();
    const modules = here.path("modules");
    mkdirSync(`${modules}/github.com/pulumi/pulumi/pkg/v3@v${pinnedVersion}`, { recursive: true });
    here.program("go/go", fakeGo(succeeding, { modules }));
    const { code, said } = await here.find({ PATH: "go", GOCACHE: "own-build-cache" });
    expect(said).toContain("with your own Go caches");
    expect(code).toBe(0);
    expect(readdirSync(here.path("own-build-cache"))).toEqual(["package"]);
  });

  it("leaves nothing when the build fails, and shows what Go said without the progress", async () => {
    using here = machine({ "go/go": fakeGo('echo half > "$file"; echo "no space left"; exit 1') });
    const { code, said } = await here.find({ PATH: "go" });
    expect(code).toBe(1);
    expect(said).toContain("no space left");
    expect(said).not.toContain("example.com/program");
    expect(here.cached()).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing after %s", async (signal) => {
    using here = machine();
    const building = here.path("building");
    here.program("go/go", fakeGo(`echo half > "$file"; echo > ${building}; exec /bin/sleep 60`));
    const finding = here.start({ PATH: "go" });
    await until(() => existsSync(building));
    finding.child.kill(signal);
    expect(await finding.ended).toMatchObject({ code: 128 + constants.signals[signal] });
    expect(here.cached()).toEqual([]);
  });

  it.each([
    { go: undefined, obstacle: "go could not be started (ENOENT)" },
    { go: fakeGo("exit 1", { version: "1.25.10" }), obstacle: "go1.25.10" },
  ])("and no Go can build it ($obstacle), says what to install", async ({ go, obstacle }) => {
    using here = machine(go === undefined ? {} : { "go/go": go });
    const { code, said } = await here.find({ PATH: "go" });
    expect(code).toBe(1);
    for (const part of [`${probedUrl} cannot be reached`, obstacle, `Go ${goVersion} or newer`])
      expect(said).toContain(part);
    expect(said).toContain("https://www.pulumi.com/docs/install/");
  });
});
