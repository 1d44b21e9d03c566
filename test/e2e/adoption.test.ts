/** A borrowed key: only its rotation revokes it, and it has one owner. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type EmulatedKey, respond } from "../emulator";
import { sharedScene } from "../support/scene";
import { inSoak } from "../support/depth";

const scene = sharedScene();

const borrow = () => scene.vultr.addKey(scene.user.id, { name: "in use" });
const keyOf = (name: string, args: object, options = "{}") =>
  `key("${name}", ${JSON.stringify(args)}, ${options});`;
const works = ({ id }: EmulatedKey) => scene.works(id);

test("whatever else ends the resource leaves the key as it was found, and says so", async () => {
  const keys = [borrow(), borrow()];
  const sent = scene.vultr.requests.length;
  const left = keys.map(
    ({ id }) => `API key ${id} of user ${scene.user.id} is not revoked with this resource`,
  );
  const program = (names: string[], options?: string) =>
    keys.map(({ id }, at) => keyOf(names[at]!, { adoptKeyId: id }, options)).join("\n");
  const [forced, tainted] = ["forced", "tainted"];
  const parent = `const parent = new pulumi.ComponentResource("test:index:Team", "team");`;
  await scene.up(program(["deployer", tainted]));

  // A rename without an alias, and a move under a parent.
  const moved = await scene.up(parent + program([forced, tainted], "{ parent }"));
  for (const said of left) expect(moved.output).toContain(said);

  // Forced replacements adopt them again.
  const urns = (await scene.keysInState()).map(({ urn }) => urn);
  const urnOf = (name: string) => urns.find((urn) => urn.endsWith(`::${name}`)) ?? "";
  await scene.run("pulumi", ["state", "taint", urnOf(tainted)]);
  await scene.up(undefined, ["--replace", urnOf(forced)]);
  expect(keys.every(works)).toBe(true);
  expect(await scene.idsInState()).toEqual(keys.map(({ id }) => id).sort());

  const destroyed = await scene.destroy();
  for (const said of left) expect(destroyed.output).toContain(said);
  expect(keys.every(works)).toBe(true);
  const methods = new Set(scene.vultr.requests.slice(sent).map(({ method }) => method));
  expect(methods).toEqual(new Set(["GET"]));
  for (const { id } of keys) scene.vultr.deleteKey(id);
});

test("an adopted key stays as it is until its first rotation replaces and revokes it", async () => {
  const dateExpire = "2999-01-01T00:00:00Z";
  const old = scene.vultr.addKey(scene.user.id, { name: "made by hand", dateExpire });
  await scene.setConfig("adopted", old.apiKey, true);
  const adopting = (rotationTrigger: number) =>
    `exports.apiKey = key("deployer", {
      adoptKeyId: "${old.id}", rotationTrigger: ${rotationTrigger},
      adoptApiKey: new pulumi.Config().requireSecret("adopted"),
    }).apiKey;`;

  await scene.up(adopting(1));
  expect(scene.idsAtVultr()).toEqual([old.id]);
  expect((await scene.up()).output).toContain("2 unchanged");
  expect((await scene.succeed(["stack", "output", "--json"])).stdout).toContain("[secret]");

  await scene.up(adopting(2));
  const [rotated, ...others] = scene.idsAtVultr();
  expect(others).toEqual([]);
  expect(works(old)).toBe(false);
  expect((await scene.outputsOf("deployer"))["previousKeyId"]).toBe(old.id);

  // Someone deletes its successor by hand: the advice leads on.
  scene.vultr.deleteKey(rotated ?? "");
  await scene.refresh();
  const stuck = await scene.failUp();
  expect(stuck.output).toContain("If the key has been rotated here since, remove adoptKeyId");
  await scene.up(keyOf("deployer", { rotationTrigger: 2 }));
  expect(scene.works(scene.idsAtVultr()[0])).toBe(true);
});

test("a second adoption in one program is refused; taking one of two recorded ones out leaves the key", async () => {
  const key = borrow();
  const args = { adoptKeyId: key.id };
  const both = keyOf("one", args) + keyOf("two", args);
  const refusal = await scene.failUp(both);
  expect(refusal.output).toContain("is the key of another resource of this program");

  // Both are in one state, as 0.1.0 let it happen.
  await scene.up(keyOf("one", args));
  const { stdout } = await scene.run("pulumi", ["stack", "export"]);
  const state = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
  const { resources } = state.deployment;
  const one = JSON.stringify(resources.find(({ urn }) => urn.endsWith("::one")));
  resources.push(JSON.parse(one.replaceAll("::one", "::two")) as { urn: string });
  await writeFile(join(scene.folder, "both.json"), JSON.stringify(state));
  await scene.run("pulumi", ["stack", "import", "--file", "both.json"]);

  const told = await scene.up(both);
  expect(told.output).toContain("another resource of this program holds it too");
  const rotating = { ...args, rotationTrigger: 2 };
  // The engine registers them in any order; were the second first, it would rotate and the key would stay all the same.
  const afterOne = keyOf("two", rotating, "{ dependsOn: [one] }");
  const refused = await scene.failUp(`const one = ${keyOf("one", args)} ${afterOne}`);
  expect(refused.output).toContain("could not rotate API key");
  expect(works(key)).toBe(true);

  await scene.up(keyOf("two", args));
  expect(works(key)).toBe(true);
  expect(await scene.idsInState()).toEqual([key.id]);
});

test("what cannot be adopted is refused with the reason, and nothing is changed", async () => {
  const atVultr = scene.idsAtVultr();
  const theirs = scene.vultr.addKey(scene.vultr.addUser().id, { name: "theirs" });
  const borrowed = [borrow(), borrow(), borrow()] as const;
  const [named, endless, tailed] = borrowed;
  const { apiKey } = tailed;
  const wrongTail = `X${apiKey.slice(1, -1)}${apiKey.endsWith("A") ? "B" : "A"}`;
  const mistakes: [args: object, says: string][] = [
    [{ adoptKeyId: "5c1d0000-0000-4000-8000-000000000001" }, "API keys and this is none of them"],
    [{ adoptKeyId: theirs.id }, "that the key belongs to this user"],
    [{ adoptKeyId: named.id, name: "other" }, 'it is named "in use"'],
    [{ adoptKeyId: endless.id, dateExpire: "2999-01-01T00:00:00Z" }, "it never expires"],
    [{ adoptKeyId: tailed.id, adoptApiKey: wrongTail }, "adoptApiKey is not its plaintext"],
  ];
  // One run tells of all of them.
  const { output } = await scene.failUp(
    mistakes.map(([args], at) => keyOf(`wrong${at}`, args)).join(""),
    ["--continue-on-error"],
  );
  for (const [, says] of mistakes) expect(output).toContain(says);
  expect(await scene.idsInState()).toEqual([]);
  for (const { id } of borrowed) scene.vultr.deleteKey(id);
  expect(scene.idsAtVultr()).toEqual(atVultr);
});

inSoak(
  "a rotated key that waits for its deletion dies also if the refresh of that run finds its successor gone",
  async () => {
    const old = borrow();
    const adopting = (rotationTrigger: number) =>
      keyOf("waiting", { adoptKeyId: old.id, rotationTrigger });
    await scene.up(adopting(1));
    scene.vultr.inject(respond({ status: 401 }, { method: "DELETE" }));
    await scene.failUp(adopting(2));
    scene.vultr.deleteKey(String((await scene.outputsOf("waiting"))["keyId"]));
    expect((await scene.failUp()).output).toContain(
      "Run `pulumi up --refresh`, which makes a new key",
    );

    await scene.up(undefined, ["--refresh"]);
    expect(works(old)).toBe(false);
    const { keyId } = await scene.outputsOf("waiting");
    expect(await scene.idsInState()).toEqual([keyId]);
    expect(scene.works(keyId)).toBe(true);
  },
);

inSoak(
  "a key that a resource with the former name of another borrows again outlives it",
  async () => {
    const old = borrow();
    const adopting = (name: string, rotationTrigger: number, options?: string) =>
      keyOf(name, { adoptKeyId: old.id, rotationTrigger }, options);
    const retained = "{ retainOnDelete: true }";
    await scene.up(adopting("a", 1));
    await scene.up(adopting("b", 1, `{ aliases: [{ name: "a" }], retainOnDelete: true }`));
    await scene.up(adopting("b", 2, retained));
    await scene.up(adopting("a", 1) + adopting("b", 2, retained));
    await scene.up(adopting("a", 1) + adopting("b", 3, retained));
    await scene.up(adopting("b", 3, retained));
    expect(works(old)).toBe(true);
    expect(await scene.idsInState()).toHaveLength(1);
  },
);

inSoak(
  "a key that --replace borrows again outlives the next one, though the refresh lost its successor",
  async () => {
    const old = borrow();
    await scene.setConfig("again", old.apiKey, true);
    const adopting = (rotationTrigger: number, options = "{}") => `key("again", {
      adoptKeyId: "${old.id}", rotationTrigger: ${rotationTrigger},
      adoptApiKey: new pulumi.Config().requireSecret("again"),
    }, ${options});`;
    const retained = "{ retainOnDelete: true }";
    await scene.up(adopting(1, retained));
    await scene.up(adopting(2, retained));
    const replacing = ["--replace", (await scene.keysInState())[0]!.urn];
    const { keyId: successor } = await scene.outputsOf("again");
    await scene.up(adopting(2));
    scene.vultr.inject(respond({ status: 401 }, { method: "DELETE" }));
    await scene.fail(["up", "--yes", "--skip-preview", ...replacing]);
    scene.vultr.deleteKey(String(successor));

    await scene.run("pulumi", ["up", "--yes", "--skip-preview", "--refresh", ...replacing]);
    expect(works(old)).toBe(true);
    expect(await scene.outputsOf("again")).not.toHaveProperty("previousKeyId");
  },
);
