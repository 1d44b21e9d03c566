import { readFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

import { useWholeExample } from "../support/example-copy";
import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { startScene } from "../support/scene";
import { serve } from "../support/tiny-server";
import { useExample } from "../support/use-example";
import { expectLifeOfExample } from "./life-of-an-example";

test("the repository's own Pulumi.yaml runs the basic example, in TypeScript", async () => {
  await using scene = await startScene();
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(scene.folder, "Pulumi.yaml"));
  await cp(join(repositoryRoot, "examples"), join(scene.folder, "examples"), { recursive: true });
  await scene.run("pulumi", ["stack", "init", "root"]);
  await expectLifeOfExample(scene);
});

test("examples/yaml makes a key, rotates it and revokes it", async () => {
  await using scene = await startScene();
  await useWholeExample(scene, "yaml");
  await expectLifeOfExample(scene);
});

test("examples/overlap keeps the previous key over a bump, and no older one", async () => {
  await using scene = await startScene();
  await useExample(scene, "overlap", { userEmail: scene.user.email });
  const newestFirst: (string | undefined)[] = [];
  for (const generation of ["1", "2", "3", "4"]) {
    await scene.setConfig("generation", generation);
    if (generation === "3") expect((await scene.preview()).output).toContain("+-1 to replace");
    const before = scene.idsAtVultr();
    await scene.up();
    newestFirst.unshift(scene.idsAtVultr().find((id) => !before.includes(id)));
    expect(newestFirst.map(scene.works)).toEqual(newestFirst.map((_, age) => age < 2));
  }
  expect(scene.idsAtVultr()).toHaveLength(2);
  await scene.destroy();
});

test("examples/organisations makes a key in each of them", async () => {
  await using scene = await startScene({ env: { VULTR_API_KEY: undefined } });
  const users = ["emea", "apac"].map((name) =>
    scene.vultr.addUser({ email: `${name}@example.com` }),
  );
  const [emeaUserEmail, apacUserEmail] = users.map(({ email }) => email) as [string, string];
  await useExample(scene, "organisations", { emeaUserEmail, apacUserEmail });
  for (const name of ["emea", "apac"])
    await scene.setConfig(`${name}ApiKey`, scene.vultr.rootApiKey, true);
  await scene.up();
  expect(users.map(({ id }) => scene.vultr.keysOf(id).length)).toEqual([1, 1]);
  await scene.destroy();
});

test("examples/confirmed: a key lives until its consumer says that it uses another one", async () => {
  let inUse = "";
  let status = 200;
  await using consumer = await serve((_, response) => {
    response.statusCode = status;
    response.end(inUse);
  });
  const consumerStatusUrl = consumer.url;
  await using scene = await startScene();
  const config = { userEmail: scene.user.email, consumerStatusUrl, keyGeneration: "1" };
  await useExample(scene, "confirmed", config);
  await scene.up();
  const fingerprint = async () => String((await scene.outputsOf("deployer"))["fingerprint"]);
  const destroy = ["destroy", "--yes", "--skip-preview", "--run-program"];
  inUse = await fingerprint();

  await scene.setConfig("keyGeneration", "2");
  const refused = await scene.failUp();
  expect(refused.output).toContain(`The consumer still uses key ${inUse}, so it stays alive`);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);

  // It is down, or something in between answers for it: that is no consent, neither now nor in destroy.
  const doesNotTell = "The consumer does not tell which key it uses";
  inUse = await fingerprint();
  status = 503;
  expect((await scene.failUp()).output).toContain(`${doesNotTell} (503)`);
  await scene.setConfig("consumerStatusUrl", "http://127.0.0.1:9");
  expect((await scene.failUp()).output).toContain(`${doesNotTell} (no connection`);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);
  await scene.setConfig("consumerStatusUrl", consumerStatusUrl);

  status = 200;
  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);

  // Gone for good: the hook is kept, and does nothing.
  await scene.setConfig("keyGeneration", "3");
  status = 503;
  expect((await scene.failUp()).output).toContain("keep the hook and let it do nothing");
  const text = await readFile(join(scene.folder, "index.js"), "utf8");
  await scene.write(text.replace("async (hook) => {", "$& return;"));
  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);
  await scene.write(text);
  [inUse, status] = [await fingerprint(), 200];

  expect((await scene.fail(destroy)).output).toContain(`The consumer still uses key ${inUse}`);
  inUse = "<title>Log in</title>";
  const unclear = `${doesNotTell} (its answer is no fingerprint)`;
  expect((await scene.fail(destroy)).output).toContain(unclear);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(1);
  inUse = "";
  await scene.succeed(destroy);
  expect(scene.idsAtVultr()).toEqual([]);
});

test("examples/cross-stack: a stack that reads a ring may run one bump later, and no later", async () => {
  await using scene = await startScene();
  await scene.succeed(["stack", "init", "consumer"]);
  const upKeys = async (generation: string) => {
    await scene.succeed(["stack", "select", "test"]);
    await useExample(scene, "overlap", { userEmail: scene.user.email, generation });
    await scene.up();
  };
  const upConsumer = async () => {
    await scene.succeed(["stack", "select", "consumer"]);
    await useExample(scene, "cross-stack", { keyStack: "organization/project/test" });
    await scene.up();
  };
  const consumerWorks = async () => {
    const args = ["stack", "output", "header", "--show-secrets", "--stack", "consumer"];
    const { stdout } = await runCommand("pulumi", args, { cwd: scene.folder, env: scene.env });
    return scene.vultr.authenticates(stdout.trim().replace("Bearer ", ""));
  };
  await upKeys("1");
  await upConsumer();
  for (const generation of ["2", "3"]) {
    await upKeys(generation);
    expect(await consumerWorks()).toBe(generation === "2");
  }
  await upConsumer();
  expect(await consumerWorks()).toBe(true);
});

test("the ESC environment reads an output that examples/overlap has", () => {
  const text = (...path: string[]) =>
    readFileSync(join(repositoryRoot, "examples", ...path), "utf8");
  const { values } = parse(text("cross-stack", "esc-environment.yaml")) as EscEnvironment;
  const { stack } = values.stacks["fn::open::pulumi-stacks"].stacks.keys;
  expect(text("overlap", "Pulumi.yaml")).toContain(`name: ${stack.split("/")[0]!}\n`);
  const [, output] = /^\$\{stacks\.keys\.(\w+)\}$/.exec(values.environmentVariables.VULTR_API_KEY)!;
  expect(text("overlap", "index.ts")).toContain(`export const ${output!} = `);
});

interface EscEnvironment {
  values: {
    stacks: { "fn::open::pulumi-stacks": { stacks: { keys: { stack: string } } } };
    environmentVariables: { VULTR_API_KEY: string };
  };
}
