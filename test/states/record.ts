/**
 * `npm run record-state`: adds the state that this version of the package leaves of a stack with one
 * key in use and one pending deletion. Run once for each release; a recorded state never changes.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { respond, startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { recordedIds } from "../support/old-states";
import { createProject, up } from "../support/project";

const program = (userId: string, trigger: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  new VultrUserApiKey("deployer", {
    userId: "${userId}",
    expiresIn: "90d",
    rotationTrigger: { generation: ${trigger} },
    rotateAfter: "30d",
    rotateBeforeExpiry: "14d",
  });
`;

async function record(): Promise<string> {
  const manifest = await readFile(join(repositoryRoot, "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const path = join(__dirname, `${version}.json`);
  if (existsSync(path))
    throw new Error(
      `${path} is there already: raise the version first (npm run changeset -- version).`,
    );

  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  await project.succeed(up);
  vultr.inject(
    respond({ status: 401, json: { error: "Invalid API token." } }, { method: "DELETE" }),
  );
  await project.write(program(user.id, 2));
  const rotation = await project.pulumi(up);
  const [pending, current] = vultr.keysOf(user.id);
  if (rotation.code === 0 || pending === undefined || current === undefined)
    throw new Error(`The old key should be pending deletion:\n${rotation.output}`);
  const exported = await project.run("pulumi", ["stack", "export"]);
  const text = exported.stdout
    .replaceAll(user.id, recordedIds.user)
    .replaceAll(current.id, recordedIds.current)
    .replaceAll(pending.id, recordedIds.pending);
  await writeFile(path, text);
  return path;
}

record().then(
  (path) => process.stderr.write(`recorded ${path}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
