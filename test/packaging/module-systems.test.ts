/** Beside CommonJS from npm, which other tests of the engine use, and TypeScript, which those of the README use. */
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { companionVersions, pack } from "../support/installed-package";
import { createProject, type ProjectOptions, up } from "../support/project";
import { runCommand } from "../support/run-command";

/** Runs a program, which makes a key for `process.env.OWNER`, and destroys it. */
async function liveThrough(options: Omit<ProjectOptions, "vultr" | "env">): Promise<void> {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, env: { OWNER: user.id }, ...options });
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.liveKeys()).toEqual([]);
}

test("an ES module makes and destroys a key", async () => {
  const program = `
    import { VultrUserApiKey } from "pulumi-vultr-user-api-key";
    export const { keyId } = new VultrUserApiKey("deployer", { userId: process.env.OWNER });
  `;
  await liveThrough({ program, packageJson: { type: "module" } });
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
  const program = `
    const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
    exports.keyId = new VultrUserApiKey("deployer", { userId: process.env.OWNER }).keyId;
  `;
  await liveThrough({ program, installedIn: folder });
});
