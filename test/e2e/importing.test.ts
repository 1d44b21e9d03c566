/** A key that exists already is imported by the plugin, in programs of a language that has no dynamic providers. */
import { pluginKeyType } from "../../provider/names";
import type { EmulatedKey } from "../emulator";
import { atDepth, inSoak } from "../support/depth";
import { sharedScene } from "../support/scene";

const scene = sharedScene({ door: "yaml" });

/** What `pulumi import` prints as the declaration. */
const declaration = (key: EmulatedKey, more: object = {}) => ({
  type: pluginKeyType,
  properties: { userId: scene.user.id, name: key.name, adoptKeyId: key.id, ...more },
});
const idOf = ({ id }: EmulatedKey) => `${scene.user.id}/${id}`;
const declared = (resources: object) => `resources: ${JSON.stringify(resources)}\n`;

const importings: { by: string; bring: (key: EmulatedKey) => Promise<unknown> }[] = [
  {
    by: "pulumi import",
    bring: async (key) => {
      await scene.declare("");
      const args = [idOf(key), "--yes", "--skip-preview", "--protect=false"];
      const imported = await scene.succeed(["import", pluginKeyType, "deployer", ...args]);
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

    const properties = { userId: scene.user.id, rotationTrigger: 2 };
    await scene.up(declared({ deployer: { type: pluginKeyType, properties } }));
    expect(scene.works(key.id)).toBe(false);
    expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
    expect(await scene.outputsOf("deployer")).toMatchObject({ previousKeyId: key.id });
    await scene.destroy();
    expect(scene.idsAtVultr()).toEqual([]);
  },
);

inSoak(
  "is imported with the credential of the last run; where that is refused, the message says what to do",
  async () => {
    const key = scene.vultr.addKey(scene.user.id);
    const management = (name: string) => scene.vultr.addKey(scene.vultr.rootUserId, { name });
    const [former, current] = [management("former"), management("current")];
    const program = declared({
      kept: { type: pluginKeyType, properties: { userId: scene.user.id } },
    });
    await scene.setConfig("vultr-user-api-key:apiKey", former.apiKey, true);
    await scene.up(program);
    scene.vultr.deleteKey(former.id);
    await scene.setConfig("vultr-user-api-key:apiKey", current.apiKey, true);
    const args = ["import", pluginKeyType, "taken", idOf(key), "--yes", "--protect=false"];
    const { output } = await scene.fail(args);
    expect(output).toContain("So does `pulumi import`: run `pulumi up` before it.");
    await scene.up(program);
    await scene.succeed(args);
  },
);

test("is not imported if it does not exist", async () => {
  const key = {
    ...scene.vultr.addKey(scene.user.id),
    id: "5c1d0000-0000-4000-8000-000000000001",
  };
  const { output } = await scene.fail(["import", pluginKeyType, "deployer", idOf(key), "--yes"]);
  expect(output).toContain(`user ${scene.user.id} has no API key ${key.id}`);
  expect(output).not.toContain("    at ");
});
