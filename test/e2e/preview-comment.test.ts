/**
 * The comment on previews of the real engine, made by the installed command, as files to look at.
 * They change with: UPDATE_COMMENTS=1 npm test -- test/e2e/preview-comment.test.ts
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { fingerprintOf } from "../../provider/keys/state";
import { type Emulator, respond } from "../emulator";
import { expectNoSecrets } from "../support/project";
import type { CommandResult } from "../support/run-command";
import { startWorld, things, type World } from "./preview-world";

const comments = join(__dirname, "preview-comments");
/** A team's keys; each case changes some of them. */
const keys = {
  deployer: `const deployer = new VultrUserApiKey("deployer", { userEmail, rotationTrigger: "2031-01" });`,
  aged: `new VultrUserApiKey("backup", { userEmail, rotateAfter: "30d" });`,
  expiring: `new VultrUserApiKey("monitoring", { userEmail, expiresIn: "60d", rotateBeforeExpiry: "30d" });`,
  forgotten: `const trial = new VultrUserApiKey("trial", { userEmail, expiresIn: "45d" });`,
  named: `new VultrUserApiKey("reports", { userEmail, name: "reports" });`,
  retained: `new VultrUserApiKey("legacy", { userEmail }, { retainOnDelete: true });`,
  ring: `new VultrUserApiKeyRing("dns-hook", { userEmail, generation: 3 });`,
  outputs: `exports.apiKey = deployer.apiKey;`,
};

const program = (changes: Partial<typeof keys> = {}) =>
  Object.values({ ...keys, ...changes }).join("\n");

/** The comment on a preview of now. */
async function commentOn(world: World, args?: string[]) {
  const { env, folder, vultr } = world;
  const sent = vultr.requests.length;
  const preview = await world.preview(args);
  const isAsking = env["VULTR_API_KEY"] !== undefined;
  if (!isAsking) expect(vultr.requests).toHaveLength(sent);
  const json = withoutChance(preview.stdout, vultr);
  await writeFile(join(folder, "preview.json"), json);
  const made = await world.comment("preview.json");
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
  expectNoSecrets(vultr.issuedApiKeys(), [made.output]);
  return { preview, text: made.stdout.replaceAll(/-abcdefg[a-z]\b/g, "-<random>") };
}

/** Previews, and compares the comment with the file of the case. */
async function expectComment(
  world: World,
  golden: string,
  args?: string[],
): Promise<CommandResult> {
  const { preview, text } = await commentOn(world, args);
  const file = join(comments, `${golden}.md`);
  if (process.env["UPDATE_COMMENTS"] === "1") await writeFile(file, text);
  expect(text).toBe(await readFile(file, "utf8"));
  return preview;
}

/** The keys that are there, by name; two of one resource by age: always in the same order. */
function keysInOrder(vultr: Emulator) {
  const keys = vultr.liveKeys().map((key) => {
    const stem = key.name.replace(/-[a-z2-9]{8}$/, "-abcdefg");
    return { ...key, stem, isRandom: stem !== key.name };
  });
  return keys.toSorted((a, b) => (a.stem < b.stem ? -1 : Number(a.stem > b.stem)));
}

/** Ids, plaintexts and the random parts of names, replaced by others that are always the same. */
function withoutChance(text: string, vultr: Emulator): string {
  let plain = text;
  for (const [index, key] of keysInOrder(vultr).entries()) {
    const { name, stem, isRandom, id, userId, apiKey } = key;
    const letter = String.fromCharCode(97 + index);
    const plaintext = `KEY${letter.toUpperCase()}`.repeat(9);
    plain = plain
      .replaceAll(name, isRandom ? `${stem}${letter}` : name)
      .replaceAll(id, `0000000${index.toString(16)}-1661-40f2-91af-900a154317b7`.slice(-36))
      .replaceAll(userId, "5c1d0000-1661-40f2-91af-900a154317b7")
      .replaceAll(apiKey, plaintext)
      .replaceAll(fingerprintOf(apiKey), fingerprintOf(plaintext));
  }
  return plain;
}

/** What the comment of a preview says of old keys, compared with what is there after the run. */
async function expectClaimsHold(world: World, run: () => Promise<unknown>): Promise<void> {
  const names = keysInOrder(world.vultr).map(({ name }) => name);
  const { stdout } = await world.comment("preview.json");
  await run();
  const left = world.vultr.liveKeys().map(({ name }) => name);
  const claims = Array.from(
    stdout.matchAll(/`([^`]*)-abcdefg([a-z])` (dies at the end|stays)/g),
    ([, resource, letter, fate]) => {
      const name = names[(letter ?? "").charCodeAt(0) - 97] ?? "";
      expect(name.startsWith(`${resource ?? ""}-`)).toBe(true);
      return { name, isLeft: fate === "stays" };
    },
  );
  expect(claims.length).toBeGreaterThan(0);
  expect(claims.map(({ name }) => ({ name, isLeft: left.includes(name) }))).toEqual(claims);
}

async function succeed(run: Promise<CommandResult>): Promise<void> {
  const result = await run;
  if (result.code !== 0) throw new Error(result.output);
}

test("a reviewer reads what a preview does to each key, and why", async () => {
  await using world = await startWorld(program());
  const { vultr, user } = world;
  await expectComment(world, "a-first-creation");
  await succeed(world.runUp());

  world.moveTo(20);
  await expectComment(world, "nothing-to-do");

  const trigger = keys.deployer.replace("2031-01", "2031-02");
  const follower = `new VultrUserApiKey("follower", { userEmail, rotationTrigger: deployer.keyId });`;
  await world.declare(program({ deployer: trigger }));
  await expectComment(world, "a-rotation-by-trigger");

  await world.declare(program({ ring: keys.ring.replace("3", "4") }));
  await expectComment(world, "a-ring-step");

  const taken = vultr.addKey(user.id, { name: "made by hand" });
  await world.declare(
    program({
      aged: keys.aged.replace("30d", "90d"),
      named: keys.named.replace('"reports" }', '"reports-2", expiresIn: "30d", verify: false }'),
      retained: "",
      ring: keys.ring.replace("3", "5"),
      forgotten: "",
      outputs: `new VultrUserApiKey("taken", { userEmail, adoptKeyId: "${taken.id}" });`,
    }),
  );
  await expectComment(world, "many-changes-at-once");

  // After what the comment tells of: the engine stops at the first mistake, wherever it is then.
  const mistake = '"", expiresIn: "2y" }, { dependsOn: [trial] }';
  await world.declare(program({ named: keys.named.replace('"reports" }', mistake) }));
  expect((await expectComment(world, "a-failing-preview")).code).not.toBe(0);

  await world.declare(program({ outputs: follower }));
  await succeed(world.runUp());
  world.moveTo(35);
  await world.declare(program({ deployer: trigger, outputs: follower }));
  await expectComment(world, "a-rotation-by-age");
});

test("a key that the program exports or prints by mistake is warned of and not shown", async () => {
  const exporting = (deployer: string) =>
    `${deployer} exports.token = { value: pulumi.unsecret(deployer.apiKey) };`;
  await using world = await startWorld(exporting(keys.deployer));
  const { vultr } = world;
  await succeed(world.runUp());
  const plaintext = vultr.liveKeys().find(({ name }) => name.startsWith("deployer"))?.apiKey ?? "";

  await world.declare(exporting(keys.deployer.replace("2031-01", "2031-02")));
  expect((await expectComment(world, "an-exported-key")).stdout).toContain(plaintext);

  world.env["CONSUMER_URL"] = `https://example.com/?key=${plaintext}`;
  await world.declare(
    `${keys.deployer}
      deployer.apiKey.apply((apiKey) => console.log("the key is " + apiKey));
      throw new Error("cannot reach " + process.env.CONSUMER_URL);`,
  );
  expect((await expectComment(world, "a-printed-key")).stdout).toContain(plaintext);
  // As the program wished, these hold the plaintext now.
  for (const left of ["state", "preview.json"])
    await rm(join(world.folder, left), { recursive: true });
});

const optional = {
  deployer: `const deployer = new VultrUserApiKey("deployer", { userEmail, rotationTrigger: 1 });`,
  app: `new Thing("app", { token: deployer.apiKey });`,
  retained: `new VultrUserApiKey("retained", { userEmail, rotationTrigger: 1 }, { retainOnDelete: true });`,
  guarded: `new VultrUserApiKey("guarded", { userEmail, rotationTrigger: 1 }, { protect: true });`,
  tied: `new VultrUserApiKey("tied", { userEmail }, { deletedWith: new Thing("server", {}) });`,
  named: `new VultrUserApiKey("named", { userEmail, rotateAfter: "90d" });`,
  vault: `const vault = new Thing("vault", { generation: 1 });`,
  elsewhere: `
    const provider = new VultrProvider("emea", { apiKey: vault.key, apiUrl: process.env.VULTR_API_URL });
    new VultrUserApiKey("elsewhere", { userEmail, rotationTrigger: "a" }, { provider });`,
  dependency: `const dependency = new Thing("dependency", { generation: 1 });`,
  cascaded: `new VultrUserApiKey("cascaded", { userEmail, rotationTrigger: dependency.out });`,
};

const bumped = (text: string) => text.replace(/(rotationTrigger|generation): 1/, "$1: 2");

test("what the comment says of options, targets and leaks is what the run then does", async () => {
  await using world = await startWorld("");
  const { vultr, user } = world;
  const { id } = vultr.addKey(user.id, { name: "made by hand" });
  const current = {
    ...optional,
    borrowed: `new VultrUserApiKey("borrowed", { userEmail, adoptKeyId: "${id}" });`,
  };
  const write = (changes: Partial<typeof current>) =>
    world.declare(things + Object.values({ ...current, ...changes }).join("\n"));
  const change = async (changes: Partial<typeof current>) => {
    Object.assign(current, changes);
    await write({});
  };
  await write({});
  await succeed(world.runUp());

  await change({
    retained: bumped(current.retained),
    tied: "",
    named: current.named.replace('"named"', '"other-name"'),
    borrowed: current.borrowed.replace('"borrowed"', '"lent"'),
    vault: bumped(current.vault),
    dependency: bumped(current.dependency),
  });
  const rowsOf = (text: string) => text.match(/^\|.*/gm);
  const { text } = await commentOn(world, []);
  await expectComment(world, "what-options-do", ["--show-sames"]);
  const golden = await readFile(join(comments, "what-options-do.md"), "utf8");
  expect(rowsOf(golden)).toEqual(rowsOf(text));
  await expectClaimsHold(world, () => succeed(world.runUp()));

  const target = [
    "--target",
    "urn:pulumi:test::project::pulumi-nodejs:dynamic/vultr:UserApiKey::deployer",
  ];
  await change({ deployer: bumped(current.deployer) });
  await expectComment(world, "a-targeted-run", ["--show-sames", ...target]);
  await expectClaimsHold(world, () => succeed(world.runUp(target)));
  const next = JSON.parse((await world.preview([])).stdout) as { steps: { urn: string }[] };
  const app = next.steps.find(({ urn }) => urn.endsWith("::app"));
  expect(app).toMatchObject({ op: "update" }); // it has had the dead key until now
  await succeed(world.runUp());

  vultr.inject(respond({ status: 500 }, { method: "DELETE", count: Infinity }));
  const again = current.deployer.replace("rotationTrigger: 2", "rotationTrigger: 3");
  await change({ deployer: again });
  expect((await world.runUp()).code).not.toBe(0);
  vultr.clearFaults();
  await expectComment(world, "a-pending-deletion", ["--show-sames", "--show-replacement-steps"]);
  await expectClaimsHold(world, () => succeed(world.runUp()));

  const first = `pulumi.runtime.registerStackTransformation(({ name, props, opts }) =>
    name === "deployer" ? { props, opts: pulumi.mergeOptions(opts, { deleteBeforeReplace: true }) } : undefined);`;
  for (const [name, changes] of [
    ["a-deletion-first", { deployer: first + again.replace("3", "4") }],
    ["a-protected-key", { guarded: bumped(current.guarded) }],
  ] as const) {
    await write(changes);
    await expectComment(world, name, ["--show-sames"]);
    await expectClaimsHold(world, async () => {
      expect((await world.runUp()).code).not.toBe(0);
    });
  }

  await write({
    named: `new VultrUserApiKey("imported", { userEmail }, { import: "${user.id}/${id}" });`,
  });
  expect((await expectComment(world, "an-import", ["--show-sames"])).code).not.toBe(0);

  // Found where the preview's JSON has it; a new output it does not have.
  const leak = `const leaked = pulumi.unsecret(deployer.apiKey); exports.leaked = leaked;
    new Thing("app", { token: leaked });`;
  await write({ app: leak });
  await expectComment(world, "a-plaintext-argument", ["--show-sames"]);
});

/** Each key twice: by the package's class, and by the plugin. The last output of `dial` is known only in the run. */
const twice = (trigger: number, generation: number, taken = "") => `
  ${things}
  const dial = new Thing("dial", { generation: ${generation} });
  for (const [Key, door] of [[VultrUserApiKey, "class"], [PluginKey, "plugin"]]) {
    new Key("trigger-by-" + door, { userEmail, rotationTrigger: ${trigger} });
    new Key("age-by-" + door, { userEmail, rotateAfter: "30d" });
    const open = new Key("open-by-" + door, { userEmail, rotationTrigger: dial.out });
    new Key("follower-by-" + door, { userEmail, rotationTrigger: open.keyId });
  }
  ${taken}`;

test("it tells the same of keys of the class and of the plugin", async () => {
  await using world = await startWorld(twice(1, 1));
  const { vultr } = world;
  const { id: userId } = world.user;
  await succeed(world.runUp());

  world.moveTo(31);
  await world.declare(twice(2, 2));
  const { stdout } = await expectComment(world, "both-doors", ["--show-sames"]);
  for (const key of ["open", "follower"])
    for (const door of ["class", "plugin"])
      expect(stdout).toMatch(
        new RegExp(
          `the run decides whether API key .{1,2}${key}-by-${door}-.* is rotated: rotationTrigger`,
        ),
      );
  const golden = await readFile(join(comments, "both-doors.md"), "utf8");
  const rows = golden.replaceAll(/`0000000.*?`/g, "<key id>").match(/^\|.*/gm) ?? [];
  const rowsBy = (door: string) =>
    rows.filter((row) => row.includes(door)).map((row) => row.replaceAll(door, ""));
  expect(rowsBy("-by-plugin")).toEqual(rowsBy("-by-class"));
  await expectClaimsHold(world, () => succeed(world.runUp()));

  // The plugin looks imported keys up, so this preview needs the credential.
  const { id } = vultr.addKey(userId, { name: "made by hand" });
  const options = `{ import: "${userId}/${id}" }`;
  const taken = `new PluginKey("taken", { userId: "${userId}", name: "made by hand" }, ${options});`;
  world.env["VULTR_API_KEY"] = vultr.rootApiKey;
  await world.declare(twice(2, 2, taken));
  await expectComment(world, "an-import-by-plugin", ["--show-sames"]);
  await succeed(world.runUp());
  expect(vultr.liveKeys().map((key) => key.id)).toContain(id);
});
