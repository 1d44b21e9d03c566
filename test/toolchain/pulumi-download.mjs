/** The official Pulumi CLI, installed by Pulumi's own Automation API. */
import { modulesDir, repositoryDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";
import { announced } from "./progress.mjs";

const probeTimeoutMs = 3_000;
const installTimeoutMs = 120_000;

export const downloadUrl = "https://get.pulumi.com";

/**
 * Installs a version into `directory`/bin, in a process that can be killed.
 *
 * @param {{ node: string, version: string, directory: string, probedUrl: string }} what
 * @throws {Error} it cannot be reached, or is not there in two minutes
 */
export async function downloadPulumi({ node, version, directory, probedUrl }) {
  // Some networks never answer, and the installer would wait for them.
  await fetch(probedUrl, { method: "HEAD", signal: AbortSignal.timeout(probeTimeoutMs) }).catch(
    () => {
      throw new Error(`${probedUrl} cannot be reached`);
    },
  );
  const install = `
    const { createRequire } = require("node:module");
    const [, modulesDir, version, root] = process.argv;
    const { PulumiCommand } = require(modulesDir + "/@pulumi/pulumi/automation");
    const { SemVer } = createRequire(modulesDir + "/@pulumi/pulumi/")("semver");
    PulumiCommand.install({ version: new SemVer(version), root }).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
  const limits = { cwd: repositoryDir, timeoutMs: installTimeoutMs };
  await announced(`downloading the Pulumi CLI ${version} (2 minutes at most)`, () =>
    runQuietly(node, ["--eval", install, modulesDir, version, directory], limits),
  );
}
