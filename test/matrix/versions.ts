/** Which versions the package claims, read from its manifest, and the newest of them, asked of npm. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

export interface ClaimedVersions {
  /** Lowest Node, such as `22.19.0`. */
  node: string;
  /** Lowest `@pulumi/pulumi`, such as `3.250.0`. */
  sdk: string;
}

export async function claimedVersions(): Promise<ClaimedVersions> {
  const text = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { engines, peerDependencies } = JSON.parse(text) as {
    engines: { node: string };
    peerDependencies: { "@pulumi/pulumi": string };
  };
  return { node: lowestOf(engines.node), sdk: lowestOf(peerDependencies["@pulumi/pulumi"]) };
}

/**
 * The lowest version of a range such as `>=22.19` or `^3.250.0`: 22.19.0, 3.250.0.
 *
 * @throws {Error} any other form
 */
export function lowestOf(range: string): string {
  const [, major, minor, patch = "0"] = /^(?:>=|\^)(\d+)\.(\d+)(?:\.(\d+))?$/.exec(range) ?? [];
  if (major === undefined || minor === undefined)
    throw new Error(`Which version is the lowest of "${range}"? Teach test/matrix/versions.ts.`);
  return [major, minor, patch].join(".");
}

/**
 * The newest released version in a range.
 *
 * @param range such as `24` or `^3.250.0`
 * @throws {Error} npm cannot tell
 */
export async function newestOf(packageName: string, range: string): Promise<string> {
  const args = ["view", `${packageName}@${range}`, "version", "--json"];
  const answer = await runCommand("npm", args, { cwd: repositoryRoot, env: process.env });
  const versions =
    answer.code === 0 ? ([JSON.parse(answer.stdout)] as (string | string[])[]).flat() : [];
  const newest = newestAmong(versions);
  if (newest === undefined)
    throw new Error(
      `npm knows no version of ${packageName} in the range ${range}:\n${answer.output}`,
    );
  return newest;
}

/** By number, not by letter; a pre-release is not released. */
export function newestAmong(versions: readonly string[]): string | undefined {
  return versions
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
}
