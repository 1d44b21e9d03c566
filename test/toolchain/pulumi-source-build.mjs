/** A Pulumi CLI built with Go from a pinned module, for machines that reach only package registries. */
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { buildProgress, counted } from "./build-progress.mjs";
import { removeTree } from "./disk.mjs";
import { toolchainDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { isAtLeast } from "./programs.mjs";
import { announced, say } from "./progress.mjs";

const moduleDir = path.join(toolchainDir, "pulumi-cli");
const goMod = readFileSync(path.join(moduleDir, "go.mod"), "utf8");
const requiredModules = goMod.match(/^\s+\S+\.\S+ v\S+/gm).length;
const pulumiModule = "github.com/pulumi/pulumi/pkg/v3";
const program = `${pulumiModule}/cmd/pulumi`;
const versionPackage = "github.com/pulumi/pulumi/sdk/v3/go/common/version";
const askGoTimeoutMs = 60_000;

/** What go.mod pins is the version that every machine gets, downloaded or built. */
export const pulumiVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)[1];
export const minimumGoVersion = /^go (\S+)$/m.exec(goMod)[1];

/** There is no Go, or none that can build it. */
export class NoGoError extends Error {}

/**
 * Builds `directory`/bin/pulumi, and says how far it is.
 *
 * @throws {NoGoError}
 */
export async function buildPulumi(environment, directory) {
  const cachesDir = path.join(directory, "go");
  const env = await goEnvironment(environment, cachesDir).catch((error) => {
    throw new NoGoError(error.message);
  });
  const inModule = { cwd: moduleDir, env };
  const packages = await announced(
    `downloading the modules of the Pulumi CLI ${pulumiVersion}`,
    (show) => packagesToCompile(inModule, show),
  );
  await announced(`building the Pulumi CLI ${pulumiVersion} from source`, async (show) => {
    const progress = buildProgress(packages);
    show(() => progress.text());
    const flags = ["-v", "-mod=readonly", "-buildvcs=false"];
    const linked = ["-ldflags", `-s -w -X ${versionPackage}.Version=v${pulumiVersion}`];
    const target = ["-o", path.join(directory, "bin", "pulumi"), program];
    const isProgress = (line) => progress.isStartOfPackage(line);
    await runQuietly("go", ["build", ...flags, ...linked, ...target], { ...inModule, isProgress });
  });
  await removeTree(cachesDir);
}

/**
 * The environment to build in. Go's module and build caches take gigabytes, so they are `cachesDir`,
 * which goes afterwards, unless the user's own already hold this version of Pulumi.
 *
 * @throws {Error} there is no Go, or none that can build it
 */
async function goEnvironment(environment, cachesDir) {
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
  const helps = existsSync(path.join(ownModules, `${pulumiModule}@v${pulumiVersion}`));
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
  const version = (await ask(["version"], moduleDir, used)).trim();
  if (!isAtLeast(version, minimumGoVersion)) throw new Error(`it is ${version}`);
  say(
    helps
      ? `building with your own Go caches, because they hold Pulumi ${pulumiVersion} already; they keep what the build adds`
      : `Go's caches grow to about 5 GB in ${cachesDir} and go when the build ends`,
  );
  return used;
}

/** Those that no build cache holds, which are the ones that `go build -v` will name. */
async function packagesToCompile(inModule, show) {
  let modules = 0;
  show(() => `${modules} of at most ${counted(requiredModules)}`);
  const isProgress = (line) => line.startsWith("go: downloading ") && (modules += 1) > 0;
  const format = `{{if .Stale}}{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles "\t"}}{{end}}`;
  const asked = ["list", "-mod=readonly", "-deps", "-f", format, program];
  const printed = await runQuietly("go", asked, { ...inModule, isProgress });
  return printed
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, directory]) => directory !== undefined)
    .map(([name, directory, ...files]) => {
      const sizes = files.filter(Boolean).map((file) => statSync(path.join(directory, file)).size);
      return { name, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    });
}
