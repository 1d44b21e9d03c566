/** A Pulumi CLI built with Go from a pinned module, for machines that reach only package registries. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { toolchainDir } from "./paths.mjs";
import { ProgramFailedError, runQuietly } from "./processes.mjs";
import { isAtLeast } from "./versions.mjs";

const moduleDir = path.join(toolchainDir, "pulumi-cli");
const goMod = readFileSync(path.join(moduleDir, "go.mod"), "utf8");
const versionPackage = "github.com/pulumi/pulumi/sdk/v3/go/common/version";
const askGoTimeoutMs = 60_000;

/** What go.mod pins is the version that every machine gets, downloaded or built. */
export const pulumiVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)[1];
export const minimumGoVersion = /^go (\S+)$/m.exec(goMod)[1];

/**
 * Why Go cannot build it here; undefined if it can. Asked inside the module, because there a Go that
 * may fetch newer toolchains answers with the one that it would use.
 *
 * @returns {Promise<string | undefined>}
 */
export async function whyGoCannotBuild(environment) {
  try {
    const answer = await runQuietly("go", ["version"], {
      cwd: moduleDir,
      env: goEnvironment(environment),
      timeoutMs: askGoTimeoutMs,
    });
    return isAtLeast(answer, minimumGoVersion) ? undefined : `it is ${answer.trim()}`;
  } catch (error) {
    if (error instanceof ProgramFailedError) return error.message;
    throw error;
  }
}

export async function buildPulumi(environment, outputDir) {
  await runQuietly(
    "go",
    [
      "build",
      "-mod=readonly",
      "-buildvcs=false",
      "-ldflags",
      `-s -w -X ${versionPackage}.Version=v${pulumiVersion}`,
      "-o",
      path.join(outputDir, process.platform === "win32" ? "pulumi.exe" : "pulumi"),
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ],
    { cwd: moduleDir, env: goEnvironment(environment) },
  );
}

/** A go.work above this clone, or flags meant for other builds, must not decide what is built. */
function goEnvironment(environment) {
  return { ...environment, GOWORK: "off", GOFLAGS: withoutModuleFlags(environment.GOFLAGS) };
}

function withoutModuleFlags(flags = "") {
  return flags
    .split(/\s+/)
    .filter((flag) => !/^--?(mod|modfile|overlay|tags)=/.test(flag))
    .join(" ");
}
