/** The official Pulumi CLI, installed by Pulumi's own Automation API. */
import { modulesDir, repositoryDir } from "./paths.mjs";
import { runQuietly } from "./processes.mjs";

const probeTimeoutMs = 3_000;
const installTimeoutMs = 120_000;

export const downloadUrl = "https://get.pulumi.com";

/** Some networks never answer, and the installer would wait for them. */
export async function isReachable(url) {
  try {
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(probeTimeoutMs) });
    return true;
  } catch {
    return false;
  }
}

/** Installs a version into `directory`/bin, in a process that can be killed. */
export async function downloadPulumi(node, version, directory) {
  const install = `
    const { createRequire } = require("node:module");
    const [, modulesDir, version, root] = process.argv;
    const { PulumiCommand } = require(modulesDir + "/@pulumi/pulumi/automation");
    const { SemVer } = createRequire(modulesDir + "/@pulumi/pulumi/")("semver");
    PulumiCommand.install({ version: new SemVer(version), root }).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
  await runQuietly(node, ["--eval", install, modulesDir, version, directory], {
    cwd: repositoryDir,
    timeoutMs: installTimeoutMs,
  });
}
