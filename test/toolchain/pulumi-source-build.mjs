/** A Pulumi CLI built with Go from a pinned module, for machines that reach only package registries. */
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { buildProgress, counted } from "./build-progress.mjs";
import { toolchainDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced, say } from "./progress.mjs";
import { isAtLeast } from "./versions.mjs";

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

/**
 * The environment to build in. Go's module and build caches take gigabytes, so they are `cachesDir`,
 * which the caller removes, unless the user's own already hold this version of Pulumi.
 *
 * @throws {Error} there is no Go, or none that can build it
 */
export async function goEnvironment(environment, cachesDir) {
  // A go.work above this clone, or flags meant for other builds, must not decide what is built.
  const flags = withoutModuleFlags(environment.GOFLAGS);
  const own = { ...environment, GOWORK: "off", GOFLAGS: flags };
  const temporary = path.join(cachesDir, "tmp");
  mkdirSync(temporary, { recursive: true });
  // Outside of the module, Go has no reason to fetch a newer toolchain into the user's cache.
  const asked = { cwd: cachesDir, env: own, timeoutMs: askGoTimeoutMs };
  const ownModules = (await runQuietly("go", ["env", "GOMODCACHE"], asked)).trim();
  const helps = existsSync(path.join(ownModules, `${pulumiModule}@v${pulumiVersion}`));
  const used = helps
    ? own
    : {
        ...own,
        GOFLAGS: `${flags} -modcacherw`.trim(),
        GOPATH: cachesDir,
        GOMODCACHE: path.join(cachesDir, "modules"),
        GOCACHE: path.join(cachesDir, "build"),
        // What a killed Go leaves there goes with the rest.
        GOTMPDIR: temporary,
        TMPDIR: temporary,
      };
  await checkVersionOfGo(used);
  say(
    helps
      ? `building with your own Go caches, because they hold Pulumi ${pulumiVersion} already; they keep what the build adds`
      : `Go's caches grow to about 5 GB in ${cachesDir} and go when the build ends`,
  );
  return used;
}

function withoutModuleFlags(flags = "") {
  return flags
    .split(/\s+/)
    .filter((flag) => !/^--?(mod|modfile|overlay|tags)=/.test(flag))
    .join(" ");
}

/** Asked inside the module, because there a Go that may fetch newer toolchains answers with the one that it would use. */
async function checkVersionOfGo(environment) {
  const asked = { cwd: moduleDir, env: environment, timeoutMs: askGoTimeoutMs };
  const answer = (await runQuietly("go", ["version"], asked)).trim();
  if (!isAtLeast(answer, minimumGoVersion)) throw new Error(`it is ${answer}`);
}

/** Builds into `binDir`, and says how far it is. */
export async function buildPulumi(environment, binDir) {
  const packages = await announced(
    `downloading the modules of the Pulumi CLI ${pulumiVersion}`,
    (show) => packagesToCompile(environment, show),
  );
  await announced(`building the Pulumi CLI ${pulumiVersion} from source`, async (show) => {
    const progress = buildProgress(packages);
    show(() => progress.text());
    await runQuietly(
      "go",
      [
        "build",
        "-v",
        "-mod=readonly",
        "-buildvcs=false",
        "-ldflags",
        `-s -w -X ${versionPackage}.Version=v${pulumiVersion}`,
        "-o",
        path.join(binDir, process.platform === "win32" ? "pulumi.exe" : "pulumi"),
        program,
      ],
      { cwd: moduleDir, env: environment, isProgress: (line) => progress.isStartOfPackage(line) },
    );
  });
}

/** Those that no build cache holds, which are the ones that `go build -v` will name. */
async function packagesToCompile(environment, show) {
  let modules = 0;
  show(() => `${modules} of at most ${counted(requiredModules)}`);
  const format = `{{if .Stale}}{{.ImportPath}}\t{{.Dir}}\t{{join .GoFiles "\t"}}{{end}}`;
  const printed = await runQuietly(
    "go",
    ["list", "-mod=readonly", "-deps", "-f", format, program],
    {
      cwd: moduleDir,
      env: environment,
      isProgress(line) {
        if (!line.startsWith("go: downloading ")) return false;
        modules += 1;
        return true;
      },
    },
  );
  return printed
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, directory]) => directory !== undefined)
    .map(([name, directory, ...files]) => ({ name, bytes: bytesOf(directory, files) }));
}

function bytesOf(directory, files) {
  return files
    .filter(Boolean)
    .map((file) => statSync(path.join(directory, file)).size)
    .reduce((sum, size) => sum + size, 0);
}
