/**
 * The comment on previews of the real engine, made by the installed command, as files to look at.
 * They change with: UPDATE_COMMENTS=1 npm test -- test/e2e/preview-comment.test.ts
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { fingerprintOf } from "../../provider/keys/state";
import { keyType } from "../../provider/names";
import { type Emulator, respond } from "../emulator";
import { expectNoSecrets } from "../support/project";
import type { CommandResult } from "../support/run-command";
import { falseClaims, momentOf, rowsOf } from "./comment-claims";
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

/** Previews, and compares the comment with the file of the case. */
async function expectComment(world: World, golden: string, ...flags: string[]) {
  const { env, folder, vultr } = world;
  const sent = vultr.requests.length;
  const preview = await world.preview(...flags);
  if (env["VULTR_API_KEY"] === undefined) expect(vultr.requests).toHaveLength(sent);
  await writeFile(join(folder, "same.json"), withoutChance(preview.stdout, vultr));
  const made = await world.comment("same.json");
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
  expectNoSecrets(vultr.issuedApiKeys(), [made.output]);
  const text = made.stdout.replaceAll(/-abcdefg[a-z]\b/g, "-<random>");
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

/** What the comment on the last preview says of each key, compared with what is there after the run. */
async function expectClaimsHold(world: World, run: () => Promise<CommandResult>): Promise<void> {
  const { stdout: comment } = await world.comment();
  const before = await momentOf(world);
  const { code } = await run();
  expect(rowsOf(comment)).not.toEqual([]);
  expect(falseClaims(comment, before, await momentOf(world), code !== 0)).toEqual([]);
}

async function succeed(run: Promise<CommandResult>): Promise<CommandResult> {
  const result = await run;
  if (result.code !== 0) throw new Error(result.output);
  return result;
}

async function fail(run: Promise<CommandResult>): Promise<CommandResult> {
  const result = await run;
  expect(result.code).not.toBe(0);
  return result;
}

test("a reviewer reads what a preview does to each key, and why", async () => {
  await using world = await startWorld(program());
  const { vultr, user } = world;
  await expectComment(world, "a-first-creation");
  await succeed(world.runUp());

  world.moveTo(20);
  await expectComment(world, "nothing-to-do");

  const trigger = keys.deployer.replace("2031-01", "2031-02");
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
  const preview = await expectComment(world, "a-failing-preview");
  expect(preview.code).not.toBe(0);

  world.moveTo(35);
  await world.declare(program({ deployer: trigger }));
  await expectComment(world, "a-rotation-by-age");
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
  await expectComment(world, "what-options-do");
  const whole = await world.comment();
  const { stdout } = await world.succeed(["preview", "--json"]);
  await writeFile(join(world.folder, "changes.json"), stdout);
  expect(rowsOf((await world.comment("changes.json")).stdout)).toEqual(rowsOf(whole.stdout));
  await expectClaimsHold(world, () => succeed(world.runUp()));

  const deployerUrn = `urn:pulumi:test::project::${keyType}::deployer`;
  const target = ["--target", deployerUrn];
  await change({ deployer: bumped(current.deployer) });
  await expectComment(world, "a-targeted-run", ...target);
  await expectClaimsHold(world, () => succeed(world.runUp(target)));
  const next = JSON.parse((await world.preview()).stdout) as {
    steps: { urn: string; op: string }[];
  };
  const app = next.steps.find(({ urn }) => urn.endsWith("::app"));
  expect(app?.op).toBe("update"); // it has had the dead key until now

  vultr.inject(respond({ status: 403 }, { method: "DELETE" }));
  const again = current.deployer.replace("rotationTrigger: 2", "rotationTrigger: 3");
  await change({ deployer: again });
  await fail(world.runUp());
  await expectComment(world, "a-pending-deletion", "--show-replacement-steps");
  await expectClaimsHold(world, () => succeed(world.runUp()));

  const first = `pulumi.runtime.registerStackTransformation(({ name, props, opts }) =>
    name === "deployer" ? { props, opts: pulumi.mergeOptions(opts, { deleteBeforeReplace: true }) } : undefined);`;
  await write({ deployer: first + again.replace("3", "4") });
  await expectComment(world, "a-deletion-first");
  await expectClaimsHold(world, () => fail(world.runUp()));

  await write({ guarded: bumped(current.guarded) });
  await expectComment(world, "a-protected-key");
  const before = await momentOf(world);
  await fail(world.runUp());
  expect(await momentOf(world)).toEqual(before);

  await write({
    named: `new VultrUserApiKey("imported", { userEmail }, { import: "${user.id}/${id}" });`,
  });
  expect((await expectComment(world, "an-import")).code).not.toBe(0);

  const leak = `
    const leaked = pulumi.unsecret(deployer.apiKey);
    exports.token = { value: leaked };
    const app = new Thing("app", { token: leaked });`;
  await change({ app: leak });
  await succeed(world.runUp());
  await change({
    app: `${leak}
      pulumi.all([leaked, app.urn]).apply(([plaintext]) => {
        console.log("the key is " + plaintext);
        throw new Error("cannot reach https://example.com/?key=" + plaintext);
      });`,
  });
  const preview = await expectComment(world, "a-leaked-key");
  const deployer = vultr.liveKeys().find(({ name }) => name.startsWith("deployer"));
  expect(preview.stdout).toContain(deployer!.apiKey);
  // As the program wished, these hold the plaintext now.
  for (const left of ["state", "preview.json", "same.json"])
    await rm(join(world.folder, left), { recursive: true });
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

/** What `preview --diff` shows of a replaced key: what changes, and what looks as if it went away. */
function detailsOf(name: string, output: string): string[] {
  const blocks = output.split(/^ *[-+~]+ ?[\w:/-]+: \([\w-]+\)/m); // such as `~ type: (update)`
  const details = blocks.find((each) => each.includes(`::${name}]`)) ?? "";
  return [...details.matchAll(/^ *([~+-]) (\w+) *: (.*)$/gm)].map(([, sign, arg, value]) =>
    sign === "~" ? `~ ${arg!}: ${value!}` : `${sign!} ${arg!}`,
  );
}

/** Outputs of an old key of the class, which the engine shows as removed. */
const lost = ["- apiKey", "- createdAt", "- fingerprint", "- keyId", "- name"];

/** What both show of a rotation, and what the plugin shows beside that: the arg that asks for it. */
const shownBy: [key: string, changed: string[], due?: string[]][] = [
  ["trigger", ["~ rotationTrigger: 1 => 2"]],
  ["age", [], [`~ rotateAfter: "30d" => "30d"`]],
  ["open", [`~ rotationTrigger: "1" => [unknown]`]],
];

test("previews tell the same of keys of the class and of the plugin", async () => {
  await using world = await startWorld(twice(1, 1));
  const { vultr } = world;
  const { id: userId } = world.user;
  await succeed(world.runUp());

  world.moveTo(31);
  await world.declare(twice(2, 2));
  const preview = await expectComment(world, "both-doors");
  for (const key of ["open", "follower"])
    for (const door of ["class", "plugin"])
      expect(preview.stdout).toMatch(
        new RegExp(
          `the run decides whether API key .{1,2}${key}-by-${door}-.* is rotated: rotationTrigger`,
        ),
      );
  const rowsBy = (comment: string, door: string) =>
    rowsOf(comment.replaceAll(/`0000000.*?`/g, "<key id>"))
      .filter(({ resource }) => resource.endsWith(door))
      .map((row) => JSON.stringify(row).replaceAll(door, ""));
  const golden = await readFile(join(comments, "both-doors.md"), "utf8");
  expect(rowsBy(golden, "-by-plugin")).toEqual(rowsBy(golden, "-by-class"));

  const { output } = await world.succeed(["preview", "--diff"]);
  for (const [key, changed, due = []] of shownBy) {
    const ofClass = [...lost, ...changed, "- userId", "- verifiedAt"];
    expect(detailsOf(`${key}-by-class`, output)).toEqual(ofClass);
    expect(detailsOf(`${key}-by-plugin`, output)).toEqual([...changed, ...due]);
  }
  await expectClaimsHold(world, () => succeed(world.runUp()));

  // The plugin looks imported keys up, so this preview needs the credential.
  const { id } = vultr.addKey(userId, { name: "made by hand" });
  const options = `{ import: "${userId}/${id}" }`;
  const taken = `new PluginKey("taken", { userId: "${userId}", name: "made by hand" }, ${options});`;
  world.env["VULTR_API_KEY"] = vultr.rootApiKey;
  await world.declare(twice(2, 2, taken));
  await expectComment(world, "an-import-by-plugin");
  await succeed(world.runUp());
  expect(vultr.liveKeys().map((key) => key.id)).toContain(id);
});
