/** The package's plugin from its tarball, in programs of a language that has no dynamic providers. */
import type { EmulatedKey } from "../emulator";
import { atDepth } from "../support/depth";
import { sharedScene } from "../support/scene";

/** The credential is secret configuration; the rotation's trigger is what each test changes. */
const program = (trigger: number, options = "{}") => `
resources:
  deployer:
    type: vultr-user-api-key:index:VultrUserApiKey
    properties:
      userEmail: deployer@example.com
      expiresIn: 90d
      rotationTrigger: ${trigger}
    options: ${options}
outputs:
  apiKey: \${deployer.apiKey}
  keyId: \${deployer.keyId}
`;

// One life: each test goes on where the one before it ended. Closing the scene searches all that the
// engine has printed and written for every key there ever was.
const scene = sharedScene({ door: "yaml", env: { VULTR_API_KEY: undefined } });

const keys = () => scene.vultr.keysOf(scene.user.id);

/** What a run asks of Vultr, in order; the same question several times in a row once. */
function sentSince(before: number): string[] {
  const sent = scene.vultr.requests.slice(before).map(({ method, path, callerKeyId }) => {
    const what = path.replace(/^\/v2/, "").replace(scene.user.id, "«user»");
    return `${method} ${what}${what === "/account" ? ` by ${String(callerKeyId)}` : ""}`;
  });
  return sent.filter((each, at) => each !== sent[at - 1]);
}

test("without a credential a preview shows the key, and up says how to set one under the plugin's name", async () => {
  const { output } = await scene.preview(program(1), ["--diff"]);
  expect(output).toContain("+ vultr-user-api-key:index:VultrUserApiKey: (create)");
  const failed = await scene.failUp();
  expect(failed.output).toContain("pulumi config set --secret vultr-user-api-key:apiKey");
  expect(failed.output).toContain("VULTR_API_KEY");
  expect(failed.output).not.toContain("    at ");
  expect(scene.vultr.requests).toEqual([]);
});

test("it is made, and state has what Vultr has, its plaintext encrypted", async () => {
  await scene.setConfig("vultr-user-api-key:apiKey", scene.vultr.rootApiKey, true);
  await scene.up();
  const [{ id: keyId, name, dateExpire }] = keys() as [ReturnType<typeof keys>[0]];
  const userId = scene.user.id;
  const outputs = await scene.outputsOf("deployer");
  expect(outputs).toMatchObject({ keyId, userId, name, dateExpire });
  expect(outputs["apiKey"]).toHaveProperty("ciphertext");
  expect(sentSince(0)).toEqual([
    "GET /users",
    "GET /users/«user»/apikeys",
    "POST /users/«user»/apikeys",
    `GET /account by ${keyId}`,
  ]);
});

test("it is rotated: the new key is made and proven, then the old one deleted and seen gone", async () => {
  const before = scene.vultr.requests.length;
  const [old] = keys();
  await scene.up(program(2));
  const [fresh] = keys();
  expect(sentSince(before)).toEqual([
    "GET /users",
    "POST /users/«user»/apikeys",
    `GET /account by ${String(fresh?.id)}`,
    `DELETE /users/«user»/apikeys/${String(old?.id)}`,
    "GET /users/«user»/apikeys",
  ]);
  expect(scene.vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);
  expect([scene.works(old?.id), scene.works(fresh?.id)]).toEqual([false, true]);
  expect(await scene.outputsOf("deployer")).toMatchObject({
    keyId: fresh?.id,
    previousKeyId: old?.id,
  });
});

test("a refresh changes nothing while it lives; deleted by hand, it is made again, and destroyed", async () => {
  await scene.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  scene.vultr.deleteKey(keys()[0]!.id);
  await scene.refresh();
  expect(await scene.keysInState()).toEqual([]);
  await scene.up();
  expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
  expect(scene.works(scene.idsAtVultr()[0])).toBe(true);
  await scene.destroy();
  expect(scene.vultr.liveKeys()).toEqual([]);
});

describe("a key that exists already", () => {
  const type = "vultr-user-api-key:index:VultrUserApiKey";
  /** What `pulumi import` prints as the declaration. */
  const declaration = (key: EmulatedKey, more: object = {}) => ({
    type,
    properties: { userId: scene.user.id, name: key.name, adoptKeyId: key.id, ...more },
  });
  const idOf = ({ id }: EmulatedKey) => `${scene.user.id}/${id}`;
  const declared = (resources: object) => `resources: ${JSON.stringify(resources)}\n`;

  const importings: { by: string; bring: (key: EmulatedKey) => Promise<unknown> }[] = [
    {
      by: "pulumi import",
      bring: async (key) => {
        await scene.declare("");
        const args = ["--yes", "--skip-preview", "--protect=false"];
        const imported = await scene.succeed(["import", type, "deployer", idOf(key), ...args]);
        for (const [name, value] of Object.entries(declaration(key).properties))
          expect(imported.output).toMatch(new RegExp(`${name}: "?${value}"?`));
      },
    },
    {
      by: "the option import",
      bring: (key) =>
        scene.up(declared({ deployer: { ...declaration(key), options: { import: idOf(key) } } })),
    },
  ];

  test.each(importings.slice(0, atDepth({ gate: 1, soak: 2 })))(
    "is imported by $by as it is, takes its plaintext, and rotates",
    async ({ bring }) => {
      const key = scene.vultr.addKey(scene.user.id, { name: "made by hand" });
      const before = scene.vultr.requests.length;
      await bring(key);
      expect(await scene.outputsOf("deployer")).toMatchObject({ keyId: key.id, name: key.name });
      const { output } = await scene.up(declared({ deployer: declaration(key) }));
      expect(output).toContain("2 unchanged");
      expect(new Set(scene.vultr.requests.slice(before).map(({ method }) => method))).toEqual(
        new Set(["GET"]),
      );

      await scene.setConfig("plaintext", key.apiKey, true);
      await scene.up(declared({ deployer: declaration(key, { adoptApiKey: "${plaintext}" }) }));
      expect((await scene.outputsOf("deployer"))["apiKey"]).toHaveProperty("ciphertext");
      expect(scene.idsAtVultr()).toEqual([key.id]);

      const rotated = { type, properties: { userId: scene.user.id, rotationTrigger: 2 } };
      await scene.up(declared({ deployer: rotated }));
      expect(scene.works(key.id)).toBe(false);
      expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
      expect(await scene.outputsOf("deployer")).toMatchObject({ previousKeyId: key.id });
      await scene.destroy();
      expect(scene.idsAtVultr()).toEqual([]);
    },
  );

  test("is not imported if it does not exist", async () => {
    const key = {
      ...scene.vultr.addKey(scene.user.id),
      id: "5c1d0000-0000-4000-8000-000000000001",
    };
    const { output } = await scene.fail(["import", type, "deployer", idOf(key), "--yes"]);
    expect(output).toContain(`user ${scene.user.id} has no API key ${key.id}`);
    expect(output).not.toContain("    at ");
  });
});
