/** All that a fresh clone lacks, in order; a second time it costs a fraction of a second. */
import path from "node:path";

import { buildPackage } from "./build.mjs";
import { installDependencies } from "./dependencies.mjs";
import { findNode } from "./node-binary.mjs";
import { findPulumiBinDir } from "./pulumi-cli.mjs";

/**
 * @param {{ needsPulumi: boolean }} options
 * @returns {Promise<{ node: string, environment: Record<string, string | undefined> }>} the Node to
 *   run everything with, and the environment in which children find it and the Pulumi CLI
 */
export async function setUp({ needsPulumi }) {
  await installDependencies();
  const { node, nodeBinDir } = await findNode();
  await buildPackage(node);
  const withNode = firstOnPath(process.env, nodeBinDir);
  if (!needsPulumi) return { node, environment: withNode };

  const pulumiBinDir = await findPulumiBinDir({ node, environment: withNode });
  return {
    node,
    environment: {
      ...firstOnPath(process.env, nodeBinDir, pulumiBinDir),
      PULUMI_BIN_DIR: pulumiBinDir,
    },
  };
}

function firstOnPath(environment, ...directories) {
  const searchPath = [...directories, environment.PATH].filter(Boolean).join(path.delimiter);
  return { ...environment, PATH: searchPath };
}
