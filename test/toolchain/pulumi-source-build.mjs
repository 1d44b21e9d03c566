/** Pulumi's programs, built with Go from pinned modules, for machines that reach only package registries. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { removeTree } from "./disk.mjs";
import { toolchainDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { isAtLeast } from "./programs.mjs";
import { announced, say } from "./progress.mjs";

const askGoTimeoutMs = 60_000;

/**
 * A program, and the folder beside this file whose go.mod pins it. Its go.sum has what the build reads on any
 * system (`go list -mod=mod -deps` for each); `go mod tidy` would add what tests of the dependencies need.
 */
function goProgram({ name, title, folder, module, command, versionVariable }) {
  const moduleDir = path.join(toolchainDir, folder);
  const goMod = readFileSync(path.join(moduleDir, "go.mod"), "utf8");
  const version = goMod.match(new RegExp(`^\\s+${module} v(\\S+)`, "m"))[1];
  return {
    name,
    title: `${title} ${version}`,
    moduleDir,
    module,
    command: `${module}/${command}`,
    version,
    versionFlag: `-X ${versionVariable}=v${version}`,
    modules: goMod.match(/^\s+\S+\.\S+ v\S+/gm).length,
    minimumGoVersion: /^go (\S+)$/m.exec(goMod)[1],
  };
}

export const pulumiCli = goProgram({
  name: "pulumi",
  title: "the Pulumi CLI",
  folder: "pulumi-cli",
  module: "github.com/pulumi/pulumi/pkg/v3",
  command: "cmd/pulumi",
  versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
});

/** What runs programs in Pulumi YAML; official archives of the CLI have it. */
export const yamlHost = goProgram({
  name: "pulumi-language-yaml",
  title: "Pulumi YAML",
  folder: "pulumi-yaml",
  module: "github.com/pulumi/pulumi-yaml",
  command: "cmd/pulumi-language-yaml",
  versionVariable: "github.com/pulumi/pulumi-yaml/pkg/version.Version",
});

/** What go.mod pins is the version that every machine gets, downloaded or built. */
export const { version: pulumiVersion, minimumGoVersion } = pulumiCli;

/** There is no Go, or none that can build it. */
export class NoGoError extends Error {}

/**
 * Builds `directory`/bin/<name of the program>, and says how far it is.
 *
 * @throws {NoGoError}
 */
export async function buildProgram(program, environment, directory) {
  const { title, moduleDir, command, versionFlag } = program;
  const cachesDir = path.join(directory, "go");
  const env = await goEnvironment(program, environment, cachesDir).catch((error) => {
    throw new NoGoError(error.message);
  });
  const inModule = { cwd: moduleDir, env };
  const packages = await announced(`downloading the modules of ${title}`, (show) =>
    packagesToCompile(program, inModule, show),
  );
  await announced(`building ${title} from source`, async (show) => {
    let started = 0;
    show(() => `${started} of ${packages.size} packages`);
    const flags = ["-v", "-mod=readonly", "-buildvcs=false"];
    const linked = ["-ldflags", `-s -w ${versionFlag}`];
    const target = ["-o", path.join(directory, "bin", program.name), command];
    // A line of `go build -v` names a package when its compilation starts.
    const isProgress = (line) => packages.has(line) && (started += 1) > 0;
    await runQuietly("go", ["build", ...flags, ...linked, ...target], { ...inModule, isProgress });
  });
  await removeTree(cachesDir);
}

/**
 * The environment to build in. Go's module and build caches take gigabytes, so they are `cachesDir`,
 * which goes afterwards, unless the user's own already hold this version of the program.
 *
 * @throws {Error} there is no Go, or none that can build it
 */
async function goEnvironment(program, environment, cachesDir) {
  const { title, moduleDir, module, version, minimumGoVersion: minimum } = program;
  const temporary = path.join(cachesDir, "tmp");
  mkdirSync(temporary, { recursive: true });
  // A go.work above this clone, or flags meant for other builds, must not decide what is built.
  const flags = (environment.GOFLAGS ?? "")
    .split(/\s+/)
    .filter((flag) => !/^--?(mod|modfile|overlay|tags)=/.test(flag));
  const own = { ...environment, GOWORK: "off", GOFLAGS: flags.join(" ") };
  const ask = (question, cwd, env) =>
    runQuietly("go", question, { cwd, env, timeoutMs: askGoTimeoutMs });
  // Outside of the module, Go has no reason to fetch a newer toolchain into the user's cache.
  const ownModules = (await ask(["env", "GOMODCACHE"], cachesDir, own)).trim();
  const helps = existsSync(path.join(ownModules, `${module}@v${version}`));
  const apart = {
    GOFLAGS: [...flags, "-modcacherw"].join(" ").trim(),
    GOPATH: cachesDir,
    GOMODCACHE: path.join(cachesDir, "modules"),
    GOCACHE: path.join(cachesDir, "build"),
    // What a killed Go leaves there goes with the rest.
    GOTMPDIR: temporary,
    TMPDIR: temporary,
  };
  const used = helps ? own : { ...own, ...apart };
  // Inside the module a Go that may fetch newer toolchains answers with the one that it would use.
  const goVersion = (await ask(["version"], moduleDir, used)).trim();
  if (!isAtLeast(goVersion, minimum)) throw new Error(`it is ${goVersion}`);
  say(
    helps
      ? `building with your own Go caches, because they hold ${title} already; they keep what the build adds`
      : `Go's caches grow to 5 GB at most in ${cachesDir} and go when the build ends`,
  );
  return used;
}

/** Those that no build cache holds, which are the ones that `go build -v` will name. */
async function packagesToCompile({ command, modules: atMost }, inModule, show) {
  let modules = 0;
  show(() => `${modules} of at most ${atMost}`);
  const isProgress = (line) => line.startsWith("go: downloading ") && (modules += 1) > 0;
  const asked = ["list", "-mod=readonly", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"];
  const printed = await runQuietly("go", [...asked, command], { ...inModule, isProgress });
  return new Set(printed.split("\n"));
}
