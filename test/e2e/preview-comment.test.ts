/**
 * The comment on previews of the real engine, made by the installed command, as files to look at.
 * They change with: UPDATE_COMMENTS=1 npm test -- test/e2e/preview-comment.test.ts
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { type Emulator, startEmulator } from "../emulator";
import { installedPackage } from "../support/installed-package";
import { createProject, expectNoSecrets, type Project, up } from "../support/project";
import { type CommandResult, runCommand } from "../support/run-command";

const comments = join(__dirname, "preview-comments");
const movedClock = join(__dirname, "..", "support", "moved-clock.cjs");
const dayMs = 86_400_000;

const programOf = (body: string) => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey, VultrUserApiKeyRing } = require("pulumi-vultr-user-api-key");
  const userEmail = "deployer@example.com";
  ${body}
`;

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
  programOf(Object.values({ ...keys, ...changes }).join("\n"));

interface World extends AsyncDisposable {
  vultr: Emulator;
  project: Project;
  /** Days since the first of January 2031, noon, for the engine, the emulator and the command. */
  moveTo(day: number): void;
  /** As a pipeline does it, without a credential. Nothing that it prints is searched for keys. */
  preview(): Promise<CommandResult>;
  /** With the credential. */
  runUp(): Promise<CommandResult>;
  comment(file: string): Promise<CommandResult>;
}

async function startWorld(firstProgram: string): Promise<World> {
  let aheadMs = 0;
  const vultr = await startEmulator({ now: () => Date.now() + aheadMs });
  const env = { NODE_OPTIONS: `--require ${movedClock}`, VULTR_API_KEY: undefined };
  const project = await createProject({ vultr, program: firstProgram, env });
  const startMs = Date.now();
  const run = (command: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    runCommand(command, args, { cwd: project.folder, env: { ...project.env, ...more } });
  const pulumi = (args: string[], more?: NodeJS.ProcessEnv) =>
    run("pulumi", [...args, "--non-interactive", "--color", "never"], more);
  const world: World = {
    vultr,
    project,
    moveTo(day) {
      aheadMs = Date.UTC(2031, 0, 1, 12) + day * dayMs - startMs;
      project.env["MOVED_CLOCK_MS"] = String(aheadMs);
    },
    preview: () => pulumi(["preview", "--json", "--show-sames"]),
    async runUp() {
      const result = await pulumi(up, { VULTR_API_KEY: vultr.rootApiKey });
      if (result.code !== 0) throw new Error(result.output);
      return result;
    },
    comment: async (file) => run(await installedCommand(), ["preview-comment", file]),
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await vultr[Symbol.asyncDispose]();
    },
  };
  world.moveTo(0);
  return world;
}

async function installedCommand(): Promise<string> {
  return join(await installedPackage(), "node_modules", ".bin", "pulumi-vultr-user-api-key");
}

/** Previews, and compares the comment with the file of the case. */
async function expectComment(world: World, golden: string): Promise<CommandResult> {
  const { project, vultr } = world;
  const sent = vultr.requests.length;
  const preview = await world.preview();
  expect(vultr.requests).toHaveLength(sent);
  await writeFile(join(project.folder, "preview.json"), preview.stdout);
  const made = await world.comment("preview.json");
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
  expectNoSecrets(vultr.issuedApiKeys(), [made.output]);

  const file = join(comments, `${golden}.md`);
  const text = withoutChance(made.stdout, vultr);
  if (process.env["UPDATE_COMMENTS"] === "1") await writeFile(file, text);
  expect(text).toBe(await readFile(file, "utf8"));
  return preview;
}

/** Ids and the random parts of names, replaced by what they stand for. */
function withoutChance(text: string, vultr: Emulator): string {
  let plain = text;
  for (const { name, id } of vultr.liveKeys()) {
    const plainName = name.replace(/-[a-z2-9]{8}$/, "-<random>");
    plain = plain.replaceAll(name, plainName).replaceAll(id, `<id of ${plainName}>`);
  }
  return plain;
}

test("a reviewer reads what a preview does to each key, and why", async () => {
  await using world = await startWorld(program());
  const { project, vultr } = world;
  const user = vultr.addUser({ email: "deployer@example.com" });
  await expectComment(world, "a-first-creation");
  await world.runUp();

  world.moveTo(20);
  await expectComment(world, "nothing-to-do");

  const trigger = keys.deployer.replace("2031-01", "2031-02");
  const follower = `new VultrUserApiKey("follower", { userEmail, rotationTrigger: deployer.keyId });`;
  await project.write(program({ deployer: trigger }));
  await expectComment(world, "a-rotation-by-trigger");

  await project.write(program({ ring: keys.ring.replace("3", "4") }));
  await expectComment(world, "a-ring-step");

  const taken = vultr.addKey(user.id, { name: "made by hand" });
  await project.write(
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
  await project.write(program({ named: keys.named.replace('"reports" }', mistake) }));
  expect((await expectComment(world, "a-failing-preview")).code).not.toBe(0);

  await project.write(program({ outputs: follower }));
  await world.runUp();
  world.moveTo(35);
  await project.write(program({ deployer: trigger, outputs: follower }));
  await expectComment(world, "a-rotation-by-age");
});

test("a key that the program exports or prints by mistake is warned of and not shown", async () => {
  const exporting = (deployer: string) =>
    `${deployer} exports.token = { value: pulumi.unsecret(deployer.apiKey) };`;
  await using world = await startWorld(programOf(exporting(keys.deployer)));
  const { project, vultr } = world;
  vultr.addUser({ email: "deployer@example.com" });
  await world.runUp();
  const plaintext = vultr.liveKeys().find(({ name }) => name.startsWith("deployer"))?.apiKey ?? "";

  await project.write(programOf(exporting(keys.deployer.replace("2031-01", "2031-02"))));
  expect((await expectComment(world, "an-exported-key")).stdout).toContain(plaintext);

  project.env["CONSUMER_URL"] = `https://example.com/?key=${plaintext}`;
  await project.write(
    programOf(`${keys.deployer}
      deployer.apiKey.apply((apiKey) => console.log("the key is " + apiKey));
      throw new Error("cannot reach " + process.env.CONSUMER_URL);`),
  );
  expect((await expectComment(world, "a-printed-key")).stdout).toContain(plaintext);
  // As the program wished, these hold the plaintext now.
  for (const left of ["state", "preview.json"])
    await rm(join(project.folder, left), { recursive: true });
});

test("it starts without loading Pulumi's SDK or an HTTP client", async () => {
  const folder = join(await installedPackage(), "node_modules", "pulumi-vultr-user-api-key");
  const script = `
    require("./dist/command-line/preview-comment/preview-comment.js");
    console.log(Object.keys(require.cache).join("\\n"));`;
  const options = { cwd: folder, env: { PATH: dirname(process.execPath) } };
  const loaded = (await runCommand("node", ["-e", script], options)).stdout;
  expect(loaded).toContain("preview-comment.js");
  expect(loaded).not.toMatch(/@pulumi|undici/);
});

test("a preview may come by a pipe, and what is none is refused with what to run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "preview-comment-"));
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  const run = (command: string, args: string[]) => runCommand(command, args, { cwd: folder, env });
  const bin = await installedCommand();
  await writeFile(join(folder, "preview.json"), `{ "changeSummary": { "create": 1 } }`);
  await writeFile(join(folder, "state.json"), `{ "version": 3, "deployment": {} }`);

  const piped = await run("sh", ["-c", `cat preview.json | "$0" preview-comment`, bin]);
  expect(piped).toEqual(await run(bin, ["preview-comment", "preview.json"]));
  expect(piped).toMatchObject({ code: 0, stderr: "" });
  expect(piped.stdout).toMatch(/^<!-- pulumi-vultr-user-api-key -->\n### Vultr API keys: /);

  for (const [file, says] of [
    ["state.json", "the input is a stack export"],
    ["missing.json", "could not read missing.json"],
    ["-", "the input is empty"],
  ] as const) {
    const refused = await run(bin, ["preview-comment", file]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(says);
    expect(refused.stderr).toContain("pulumi preview --json --show-sames > preview.json");
    expect(refused.stderr).not.toContain("    at ");
  }
  const unknown = await run(bin, ["preview-comment", "--stack", "x"]);
  expect(unknown).toMatchObject({ code: 2, stdout: "" });
  expect(unknown.stderr).toMatch(/Unknown option '--stack'.*--help/s);
  await rm(folder, { recursive: true });
});
