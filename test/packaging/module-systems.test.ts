import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { companionVersions, pack } from "../support/installed-package";
import { createProject, type ProjectOptions, up } from "../support/project";
import { runCommand } from "../support/run-command";

const esm = (userId: string) => `
  import { VultrUserApiKey } from "pulumi-vultr-user-api-key";
  export const { keyId } = new VultrUserApiKey("deployer", { userId: "${userId}" });
`;
const commonJs = (userId: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  exports.keyId = new VultrUserApiKey("deployer", { userId: "${userId}" }).keyId;
`;
const typeScript = (userId: string) => `
  import { VultrUserApiKey, type VultrUserApiKeyArgs } from "pulumi-vultr-user-api-key";
  const args: VultrUserApiKeyArgs = { userId: "${userId}", rotationTrigger: { quarter: 3 } };
  export const { keyId } = new VultrUserApiKey("deployer", args);
`;
const compilerOptions = { module: "node16", strict: true, skipLibCheck: true, types: ["node"] };

/** Runs a program, which makes a key for the user, and destroys it. */
async function liveThrough(
  program: (userId: string) => string,
  options: Omit<ProjectOptions, "vultr" | "program">,
): Promise<void> {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id), ...options });
  const tsconfig = JSON.stringify({ compilerOptions: { ...compilerOptions, target: "es2023" } });
  await writeFile(join(project.folder, "tsconfig.json"), tsconfig);
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.liveKeys()).toEqual([]);
}

test.each([
  { kind: "CommonJS", entry: "index.js", program: commonJs, packageJson: {} },
  { kind: "ES module", entry: "index.js", program: esm, packageJson: { type: "module" } },
  { kind: "TypeScript", entry: "index.ts", program: typeScript, packageJson: {} },
])("a $kind program makes and destroys a key", async ({ entry, program, packageJson }) => {
  // The types are checked, as they are for users.
  const env = { PULUMI_NODEJS_TRANSPILE_ONLY: undefined };
  await liveThrough(program, { entry, packageJson, env });
});

test("a program whose packages pnpm installed makes and destroys a key", async () => {
  await using installed = await mkdtempDisposable(join(tmpdir(), "pnpm-"));
  const folder = installed.path;
  const tarball = await pack(folder);
  const dependencies = { ...companionVersions(), "pulumi-vultr-user-api-key": `file:${tarball}` };
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  const args = ["install", "--ignore-scripts", "--store-dir", join(folder, "store")];
  const { code, output } = await runCommand("pnpm", args, { cwd: folder, env: process.env });
  expect({ code, output }).toMatchObject({ code: 0 });
  await liveThrough(commonJs, { installedIn: folder });
});
