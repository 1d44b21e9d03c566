/**
 * The examples whose consumers are other clouds: the real programs with the real packages of those clouds, on the
 * real engine. Only the clouds' plugins are stand-ins, which tell of each write while it happens.
 */
import { appendFile, chmod, cp, mkdir } from "node:fs/promises";
import { json } from "node:stream/consumers";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { type Scene, startScene } from "../support/scene";
import { serve } from "../support/tiny-server";
import { useExample } from "../support/use-example";

/** A write that the cloud was asked for. */
interface Write {
  verb: "create" | "update" | "delete";
  name: string;
  properties: Record<string, unknown>;
  /** How many keys lived at Vultr meanwhile. */
  liveKeys: number;
}

/** Runs with an example as the program, and its cloud within reach. */
async function withExample(
  example: string,
  cloud: string,
  use: (scene: Scene, writes: Write[], refuse: (name: string | undefined) => void) => Promise<void>,
): Promise<void> {
  const writes: Write[] = [];
  let refused: string | undefined;
  await using scene = await startScene();
  await using server = await serve((request, response) => {
    void json(request).then((sent) => {
      const write = sent as Omit<Write, "liveKeys">;
      writes.push({ ...write, liveKeys: scene.vultr.liveKeys().length });
      response.statusCode = write.name === refused ? 503 : 200;
      response.end("it did not become ready");
    });
  });
  scene.env["STAND_IN_CLOUD_URL"] = server.url;
  await installCloud(scene, cloud);
  await useExample(scene, example, { userEmail: scene.user.email });
  await use(scene, writes, (name) => {
    refused = name;
  });
}

/** The real package for the program, and a stand-in for the plugin that would call the cloud. */
async function installCloud(scene: Scene, cloud: string): Promise<void> {
  const modules = ["node_modules", "@pulumi", cloud];
  await cp(join(repositoryRoot, ...modules), join(scene.folder, ...modules), { recursive: true });
  const plugins = join(scene.folder, "plugins");
  await mkdir(plugins);
  const plugin = join(plugins, `pulumi-resource-${cloud}`);
  await cp(join(repositoryRoot, "test", "support", "stand-in-cloud.cjs"), plugin);
  await chmod(plugin, 0o755);
  const lines = `plugins:\n  providers:\n    - name: ${cloud}\n      path: plugins\n`;
  await appendFile(join(scene.folder, "Pulumi.yaml"), lines);
}

const step = ({ verb, name, liveKeys }: Write) => `${verb} ${name}, ${liveKeys} keys`;

test("examples/kubernetes rolls its pods with the new key before the old one dies", async () => {
  await withExample("kubernetes", "kubernetes", async (scene, writes, refuse) => {
    await scene.setConfig("image", "registry.example.com/dns-hook:1");
    /** Which Secret the pods take their environment from, and what they say of the key. */
    const podsIn = ({ properties }: Write) => {
      const { metadata, spec } = (properties["spec"] as { template: PodTemplate }).template;
      return { ...metadata.annotations, secret: spec.containers[0]!.envFrom[0]!.secretRef.name };
    };
    const keyIn = ({ properties }: Write) =>
      (properties["stringData"] as { VULTR_API_KEY: string }).VULTR_API_KEY;

    await scene.setConfig("keyGeneration", "1");
    await scene.up();
    expect(writes.map(step)).toEqual(["create vultr, 1 keys", "create dns-hook, 1 keys"]);
    const firstPods = podsIn(writes[1]!);

    await scene.setConfig("keyGeneration", "2");
    refuse("dns-hook");
    await scene.failUp();
    expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);
    refuse(undefined);
    await scene.up();
    const [secret, ...rollouts] = writes.slice(2);
    expect([secret!, ...rollouts].map(step)).toEqual([
      "create vultr, 2 keys",
      "update dns-hook, 2 keys",
      "update dns-hook, 2 keys",
      "delete vultr, 2 keys",
    ]);
    expect(scene.vultr.authenticates(keyIn(secret!))).toBe(true);
    const pods = podsIn(rollouts[1]!);
    const { fingerprint } = await scene.outputsOf("deployer");
    expect(pods).toMatchObject({ "vultr-api-key-fingerprint": fingerprint });
    expect(pods.secret).not.toBe(firstPods.secret);
    expect(scene.idsAtVultr()).toHaveLength(1);
  });
});

interface PodTemplate {
  metadata: { annotations: Record<string, string> };
  spec: { containers: { envFrom: { secretRef: { name: string } }[] }[] };
}

test.each<[example: string, cloud: string, keyIn: (properties: Write["properties"]) => unknown]>([
  ["github-actions", "github", ({ value }) => value],
  ["vault", "vault", ({ dataJson }) => (JSON.parse(String(dataJson)) as { apiKey: string }).apiKey],
])(
  "examples/%s writes the new key and keeps the previous one for whoever has not read it again",
  async (example, cloud, keyIn) => {
    await withExample(example, cloud, async (scene, writes) => {
      await scene.setConfig("repository", "dns");
      const written: string[] = [];
      for (const generation of ["1", "2"]) {
        await scene.setConfig("generation", generation);
        await scene.up();
        written.push(String(keyIn(writes.at(-1)!.properties)));
      }
      expect(writes.map(({ verb, liveKeys }) => `${verb}, ${liveKeys} keys`)).toEqual([
        "create, 1 keys",
        "update, 2 keys",
      ]);
      expect(written.map((key) => scene.vultr.authenticates(key))).toEqual([true, true]);
    });
  },
);
