import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { startInNode, temporaryDirectory, toolchainDir } from "./machine";

const pinnedBy = (file: string, pattern: RegExp) =>
  pattern.exec(readFileSync(path.join(toolchainDir, file), "utf8"))![1]!;
const pinnedVersion = pinnedBy("pulumi-cli/go.mod", /pulumi\/pkg\/v3 v(\S+)/);
const goVersion = pinnedBy("pulumi-cli/go.mod", /^go (\S+)$/m);
const yamlVersion = pinnedBy("pulumi-yaml/go.mod", /pulumi-yaml v(\S+)/);
const platform = `${process.platform}-${process.arch}`;

/** A machine with these programs, `a` and `b` with complete CLIs; its shared cache is `cache`. */
function machine(programs: Record<string, string> = {}) {
  const here = temporaryDirectory();
  mkdirSync(here.path("cache"));
  for (const place of ["a", "b"]) {
    here.program(`${place}/pulumi`, `echo v${pinnedVersion}`);
    for (const language of ["nodejs", "yaml"])
      here.program(`${place}/pulumi-language-${language}`, "exit 1");
  }
  for (const [place, script] of Object.entries(programs)) here.program(place, script);
  return Object.assign(here, {
    async find({ PATH = "", PULUMI_CLI = "" }) {
      const environment = {
        PULUMI_VULTR_TOOLCHAIN_CACHE: here.path("cache"),
        PATH: PATH && here.path(PATH),
        PULUMI_CLI: PULUMI_CLI && here.path(PULUMI_CLI),
      };
      // Nobody listens at this address, so the official download counts as unreachable at once.
      const program = `
        import { findPulumiBinDir } from "toolchain/pulumi-cli.mjs";
        const { environment } = given;
        process.env.PATH = environment.PATH;
        const probedUrl = "http://127.0.0.1:9/";
        try {
          const node = process.execPath;
          process.stdout.write(await findPulumiBinDir({ node, environment, probedUrl }));
        } catch (error) {
          process.stderr.write(error.message);
          process.exitCode = 1;
        }
      `;
      const { code, stdout, stderr } = await startInNode(program, { environment }).ended;
      return { code, binDir: stdout, said: stderr };
    },
    cached: () => readdirSync(here.path("cache")).sort(),
  });
}

const old = "echo v3.250.0";
const inCache = `cache/official-${pinnedVersion}-${platform}/bin`;
const isOld = `its version is v3.250.0, and ${pinnedVersion} or newer is needed`;

it.each([
  ["PULUMI_CLI, before PATH", {}, { PULUMI_CLI: "a/pulumi", PATH: "b" }, "a", /^$/],
  ["PATH, before the cache", {}, { PATH: "b" }, "b", /^$/],
  ["the cache, if nothing is on PATH", {}, {}, inCache, /^$/],
  ["no older one on PATH", { "old/pulumi": old }, { PATH: "old" }, inCache, RegExp(isOld)],
  [
    "an older one that PULUMI_CLI names",
    { "a/pulumi": old },
    { PULUMI_CLI: "a/pulumi" },
    "a",
    /PULUMI_CLI names v3.250.0/,
  ],
])("takes %s, and says what is not as usual", async (_what, programs, env, binDir, says) => {
  using here = machine({ [`${inCache}/pulumi`]: "", ...programs });
  const found = await here.find(env);
  expect(found).toMatchObject({ code: 0, binDir: here.path(binDir) });
  expect(found.said).toMatch(says);
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
  const fakeGo = (build: string) => `
    case "$1" in
      env) echo /nowhere; exit ;;
      version) echo "go version go${goVersion} linux/amd64"; exit ;;
      list) echo "example.com/program"; exit ;;
    esac
    echo "example.com/program" >&2
    while [ "$1" != -o ]; do shift; done
    file="$2"
    /bin/mkdir -p "\${file%/*}"
    ${build}`;

  it("builds one with Go, keeps it alone, says where, and finds it the next time", async () => {
    using here = machine({ "go/go": fakeGo('echo built > "$file"; /bin/chmod +x "$file"') });
    const { binDir, said } = await here.find({ PATH: "go" });
    const [cli, yaml] = [`built-${pinnedVersion}`, `built-yaml-${yamlVersion}`];
    const built = [cli, yaml].map((name) => `${name}-${platform}`);
    for (const name of built) {
      expect(said).toContain(`stays in ${here.path("cache", name)};`);
      expect(readdirSync(here.path("cache", name))).toEqual(["bin"]); // none of Go's caches
    }
    expect(here.cached()).toEqual([...built, path.basename(path.dirname(binDir))]);
    const programs = ["pulumi", "pulumi-language-yaml", ...standIns];
    expect(readdirSync(binDir).sort()).toEqual(programs.sort());
    expect(await here.find({})).toEqual({ code: 0, binDir, said: "" });
  });

  it("leaves nothing when the build fails, and shows what Go said without the progress", async () => {
    using here = machine({ "go/go": fakeGo('echo half > "$file"; echo "no space left"; exit 1') });
    const { code, said } = await here.find({ PATH: "go" });
    expect(code).toBe(1);
    expect(said).toContain("no space left");
    expect(said).not.toContain("example.com/program");
    expect(here.cached()).toEqual([]);
  });

  it("says what to install where there is no Go to build it", async () => {
    using here = machine();
    const { code, said } = await here.find({});
    expect(code).toBe(1);
    expect(said).toContain("http://127.0.0.1:9/ cannot be reached");
    expect(said).toContain("go could not be started (ENOENT)");
    expect(said).toContain(`Go ${goVersion} or newer`);
    expect(said).toContain("https://www.pulumi.com/docs/install/");
  });
});
