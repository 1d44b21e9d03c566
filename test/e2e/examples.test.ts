import { cp, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

import { useWholeExample } from "../support/example-copy";
import { repositoryRoot } from "../support/installed-package";
import { type Scene, startScene } from "../support/scene";

/** Makes an example the scene's program: in JavaScript, which starts a second earlier. */
async function useExample(scene: Scene, name: string, config: Record<string, string>) {
  const text = await readFile(join(repositoryRoot, "examples", name, "index.ts"), "utf8");
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 };
  await scene.write(transpileModule(text, { compilerOptions }).outputText);
  for (const [key, value] of Object.entries(config)) await scene.setConfig(key, value);
}

test("the repository's own Pulumi.yaml runs the basic example, in TypeScript", async () => {
  await using scene = await startScene();
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(scene.folder, "Pulumi.yaml"));
  await cp(join(repositoryRoot, "examples"), join(scene.folder, "examples"), { recursive: true });
  await scene.run("pulumi", ["stack", "init", "root"]);
  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);
  await scene.setConfig("keyGeneration", "2");
  expect((await scene.preview()).output).toContain("+-1 to replace");
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
});

test("examples/yaml makes a key, rotates it and revokes it", async () => {
  await using scene = await startScene();
  await useWholeExample(scene, "yaml");
  await scene.up();
  const [first] = scene.idsAtVultr();
  await scene.setConfig("keyGeneration", "2");
  await scene.up();
  const [second] = scene.idsAtVultr();
  expect([first, second].map(scene.works)).toEqual([false, true]);
  const { stdout } = await scene.succeed(["stack", "output", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ apiKey: "[secret]", keyId: second });
  await scene.destroy();
  expect(scene.idsAtVultr()).toEqual([]);
});

test("examples/overlap keeps the previous key over a bump", async () => {
  await using scene = await startScene();
  await useExample(scene, "overlap", { userEmail: scene.user.email });
  for (const generation of ["1", "2", "3"]) {
    await scene.setConfig("generation", generation);
    await scene.up();
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

test("examples/confirmed: the old key lives until its consumer says that it uses the new one", async () => {
  let inUse = "nothing yet";
  const consumer = createServer((_, response) => response.end(inUse));
  await new Promise<void>((resolve) => consumer.listen(0, "127.0.0.1", resolve));
  const consumerStatusUrl = `http://127.0.0.1:${(consumer.address() as AddressInfo).port}`;
  try {
    await using scene = await startScene();
    const config = { userEmail: scene.user.email, consumerStatusUrl, keyGeneration: "1" };
    await useExample(scene, "confirmed", config);
    await scene.up();
    const fingerprint = async () => String((await scene.outputsOf("deployer"))["fingerprint"]);
    inUse = await fingerprint();

    await scene.setConfig("keyGeneration", "2");
    const refused = await scene.failUp();
    expect(refused.output).toContain("The consumer still uses key");
    expect(scene.idsAtVultr()).toHaveLength(2);
    expect(scene.idsAtVultr().every(scene.works)).toBe(true);
    await scene.failUp();
    expect(scene.idsAtVultr()).toHaveLength(2);

    inUse = await fingerprint();
    await scene.up();
    expect(scene.idsAtVultr()).toHaveLength(1);

    inUse = "nothing any more";
    await scene.succeed(["destroy", "--yes", "--skip-preview", "--run-program"]);
    expect(scene.idsAtVultr()).toEqual([]);
  } finally {
    consumer.close();
    consumer.closeAllConnections();
  }
});
