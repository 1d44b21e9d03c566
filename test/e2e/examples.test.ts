import { readFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

import type { EmulatedUser } from "../emulator";
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
  await scene.up();
  expect(scene.idsAtVultr("deployer-root-")).toHaveLength(1);
});

test("examples/yaml makes a key, rotates it and revokes it", async () => {
  await using scene = await startScene();
  await useWholeExample(scene, "yaml");
  await expectLifeOfExample(scene);
});

test("examples/organisations uses the credential of each, which may be rotated by hand", async () => {
  await using scene = await startScene({ env: { VULTR_API_KEY: undefined } });
  const { vultr } = scene;
  const [emea, apac] = ["", "apac"].map((organisation) => {
    const email = `user-of-${organisation}@example.com`;
    const management = vultr.addUser({ root: true, organisation });
    return { management, user: vultr.addUser({ email, organisation }) };
  }) as [Organisation, Organisation];
  const setCredential = (name: string, { management }: Organisation) =>
    scene.setConfig(`${name}ApiKey`, vultr.addKey(management.id).apiKey, true);
  const keyCounts = () => [emea, apac].map(({ user }) => vultr.keysOf(user.id).length);
  await useExample(scene, "organisations", {
    emeaUserEmail: emea.user.email,
    apacUserEmail: apac.user.email,
  });
  await setCredential("emea", emea);
  await setCredential("apac", apac);
  await scene.up();
  expect(keyCounts()).toEqual([1, 1]);

  for (const { id } of vultr.keysOf(apac.management.id)) vultr.deleteKey(id);
  await setCredential("apac", apac);
  const { output } = await scene.succeed(["up", "--yes"]);
  expect(output).not.toMatch(/replace/);
  await scene.refresh();
  await scene.destroy();
  expect(keyCounts()).toEqual([0, 0]);
});

type Organisation = Record<"management" | "user", EmulatedUser>;

test("examples/confirmed: a key lives until its consumer says that it uses another one", async () => {
  let answer: { inUse: string; status: number } | undefined;
  await using consumer = await serve((_, response) => {
    if (answer === undefined) return response.destroy();
    response.statusCode = answer.status;
    return response.end(answer.inUse);
  });
  await using scene = await startScene();
  const consumerStatusUrl = consumer.url;
  const config = { userEmail: scene.user.email, consumerStatusUrl, keyGeneration: "1" };
  await useExample(scene, "confirmed", config);
  await scene.up();
  const fingerprint = async () => String((await scene.outputsOf("deployer"))["fingerprint"]);
  const destroy = ["destroy", "--yes", "--skip-preview", "--run-program"];
  const old = await fingerprint();

  answer = { inUse: old, status: 200 };
  await scene.setConfig("keyGeneration", "2");
  const refused = await scene.failUp();
  expect(refused.output).toContain(`The consumer still uses key ${old}, so it stays alive`);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);
  answer.inUse = await fingerprint();
  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);

  // It is down, or something in between answers for it: that is no consent, neither now nor in destroy.
  const doesNotTell = "The consumer does not tell which key it uses";
  await scene.setConfig("keyGeneration", "3");
  answer = { inUse: await fingerprint(), status: 503 };
  expect((await scene.failUp()).output).toContain(`${doesNotTell} (503)`);
  answer = undefined;
  const { output } = await scene.failUp();
  expect(output).toContain(`${doesNotTell} (no connection`);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);

  // Gone for good: the hook is kept, and does nothing.
  expect(output).toContain("keep the hook and let it do nothing");
  const text = await readFile(join(scene.folder, "index.js"), "utf8");
  await scene.write(text.replace("async (hook) => {", "$& return;"));
  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);

  await scene.write(text);
  answer = { inUse: "<title>Log in</title>", status: 200 };
  const unclear = `${doesNotTell} (its answer is no fingerprint)`;
  expect((await scene.fail(destroy)).output).toContain(unclear);
  expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(1);
  answer.inUse = "";
  await scene.succeed(destroy);
  expect(scene.idsAtVultr()).toEqual([]);
});

test("examples/overlap keeps the previous key over a bump; a stack that reads it may run as late", async () => {
  await using scene = await startScene();
  await scene.succeed(["stack", "init", "consumer"]);
  const newestFirst: (string | undefined)[] = [];
  const upKeys = async (generation: string) => {
    await scene.succeed(["stack", "select", "test"]);
    await useExample(scene, "overlap", { userEmail: scene.user.email, generation });
    const before = scene.idsAtVultr();
    await scene.up();
    newestFirst.unshift(scene.idsAtVultr().find((id) => !before.includes(id)));
    expect(newestFirst.map(scene.works)).toEqual(newestFirst.map((_, age) => age < 2));
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
