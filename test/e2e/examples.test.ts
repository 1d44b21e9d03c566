import { cp, rm } from "node:fs/promises";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { createProject, type Project, up } from "../support/project";

/** Puts an example in the place of the project's own program. */
async function useExample(project: Project, name: string): Promise<void> {
  await rm(join(project.folder, "package.json"));
  await cp(join(repositoryRoot, "examples", name), project.folder, { recursive: true });
}

test("the repository's own Pulumi.yaml runs the basic example", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser({ email: "deployer@example.com" });
  await using project = await createProject({ vultr, program: "" });
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(project.folder, "Pulumi.yaml"));
  await cp(join(repositoryRoot, "examples"), join(project.folder, "examples"), { recursive: true });
  await project.run("pulumi", ["stack", "init", "root"]);
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  await project.run("pulumi", ["config", "set", "keyGeneration", "2"]);
  expect((await project.succeed(["preview"])).output).toContain("+-1 to replace");
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.liveKeys()).toEqual([]);
});

test("examples/overlap keeps the previous key over a bump", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser({ email: "dns@example.com" });
  await using project = await createProject({ vultr, program: "" });
  await useExample(project, "overlap");
  await project.run("pulumi", ["stack", "init", "overlap"]);
  await project.run("pulumi", ["config", "set", "userEmail", "dns@example.com"]);
  for (const generation of ["1", "2", "3"]) {
    await project.run("pulumi", ["config", "set", "generation", generation]);
    await project.succeed(up);
  }
  expect(vultr.keysOf(user.id)).toHaveLength(2);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
});

test("examples/organisations makes a key in each of them", async () => {
  await using vultr = await startEmulator();
  const users = [
    vultr.addUser({ email: "emea@example.com" }),
    vultr.addUser({ email: "apac@example.com" }),
  ];
  const env = { VULTR_API_KEY: undefined };
  await using project = await createProject({ vultr, env, program: "" });
  await useExample(project, "organisations");
  await project.run("pulumi", ["stack", "init", "organisations"]);
  for (const organisation of ["emea", "apac"]) {
    await project.setConfig(`${organisation}ApiKey`, vultr.rootApiKey, true);
    await project.setConfig(`${organisation}UserEmail`, `${organisation}@example.com`);
  }
  await project.succeed(up);
  expect(users.map((user) => vultr.keysOf(user.id).length)).toEqual([1, 1]);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
});
