/**
 * `npm run demo`: a rotation on the real engine, against the emulator, as a person would do it.
 * Ends with a non-zero code when any step is not as it should be, and leaves nothing behind.
 *
 * `npm run demo -- --record` also draws the rotation for the README.
 */
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters, styleText } from "node:util";

import { type Emulator, startEmulator } from "../emulator";
import { runCommandLine } from "../support/usage";
import { copyExample } from "../support/example-copy";
import { engineEnvironment, expectNoSecrets } from "../support/project";
import { type CommandResult, runCommand } from "../support/run-command";
import { startConsumer } from "./consumer";
import { terminalPicture } from "./terminal-picture";

const usage = `Usage: npm run demo [-- --record]

Rotates a key on the real Pulumi engine, against a local emulator of Vultr, while a consumer uses it.
About half a minute; nothing leaves this machine, and nothing is left behind.

  --record  also draw the rotation for the README (examples/rotation.svg)
  --help    this text

Colours are for terminals; NO_COLOR and FORCE_COLOR are respected.
`;

const picturePath = join(__dirname, "..", "..", "examples", "rotation.svg");
const isColourful = styleText("bold", "x") !== "x";

async function demo(folder: string, vultr: Emulator, record: boolean): Promise<void> {
  // Terminals show colours, and pictures too.
  const colour = isColourful || record ? "always" : "never";
  const env = engineEnvironment(folder, vultr);
  const { VULTR_API_KEY: _, ...withoutCredential } = env;
  const credentialsPath = join(folder, "credentials.env");
  const email = "deployer@example.com";
  const deployer = vultr.addUser({ email, name: "Deployer", serviceUser: true });
  const printed: string[] = [];

  const type = async (line: string, environment = env): Promise<CommandResult> => {
    print(`\n${styled("bold", `$ ${line}`)}`);
    const options = { cwd: folder, env: environment, onOutput: show };
    const args = [...line.split(" ").slice(1), "--color", colour];
    const result = await runCommand("pulumi", args, options);
    printed.push(result.output);
    check(result.code === 0, `\`${line}\` succeeds`);
    return result;
  };
  /** A preview, without a credential. @returns what it printed */
  const preview = async (line: string): Promise<string> => {
    // The consumer's calls are its own.
    const sent = () => vultr.requests.filter(({ path }) => path !== "/account").length;
    const before = sent();
    const { output } = await type(line, withoutCredential);
    check(sent() === before, "the preview sent no request to Vultr");
    return output;
  };
  const keys = () => vultr.keysOf(deployer.id);
  const showKeys = (when: string) => {
    const names = keys().map((key) => key.name);
    print(`\n  Keys of ${email} at Vultr ${when}: ${names.join(", ") || "none"}`);
  };

  say("A stack with the example that writes a consumer's credentials file, first generation.");
  await type("pulumi stack init demo --non-interactive");
  await type(`pulumi config set userEmail ${email}`);
  await type("pulumi config set keyGeneration 1");
  await type(`pulumi config set credentialsPath ${credentialsPath}`);

  say("A preview needs no Vultr credential and sends nothing.");
  await preview("pulumi preview --non-interactive");

  say("The first key.");
  showKeys("before");
  await type("pulumi up --yes --skip-preview --non-interactive");
  showKeys("after the first up");
  const [oldKey] = keys();
  if (oldKey === undefined || keys().length !== 1) throw new Error("there should be one key");
  await using consumer = startConsumer(credentialsPath, vultr.url);

  say(
    "Rotation: bump the trigger, read the preview, run it, while a consumer keeps calling Vultr.",
  );
  const rotationFrom = shown.length;
  await type("pulumi config set keyGeneration 2");
  const shownChange = await preview("pulumi preview --diff --non-interactive");
  check(shownChange.includes("+-"), "the preview shows the replacement");
  const seen = vultr.timeline.length;
  await type("pulumi up --yes --skip-preview --non-interactive");
  await consumer.stop();

  say("Proof.");
  const rotation = vultr.timeline.slice(seen);
  for (const { event, keyName, liveKeyIds } of rotation)
    print(`  Vultr: key ${keyName} ${event}; live keys of the user: ${liveKeyIds.length}`);
  showKeys("after the rotation");
  const [newKey] = keys();
  check(keys().length === 1 && newKey?.id !== oldKey.id, "one key is live, and it is the new one");
  const isAlways = vultr.timeline.every(({ liveKeyIds }) => liveKeyIds.length > 0);
  check(isAlways, "at no instant was there no live key");
  const order = rotation.map(({ event }) => event).join();
  check(order === "created,deleted", "the new key came before the old one went");
  const { accepted, refused } = consumer;
  check(refused === 0, `the consumer never held a dead key (${accepted} calls, 0 refused)`);
  const headers = { authorization: `Bearer ${oldKey.apiKey}` };
  const old = await fetch(`${vultr.url}/account`, { headers });
  check(old.status === 401, `the old key is refused: ${old.status} ${await old.text()}`);
  const file = await readFile(credentialsPath, "utf8");
  check(file.includes(newKey?.apiKey ?? "no key"), "the consumer's file holds the new key");
  expectNoSecrets(vultr.issuedApiKeys(), printed);
  check(true, "no key in plaintext was printed");

  if (record) await draw(shown.slice(rotationFrom));

  say("Cleaning up.");
  await type("pulumi destroy --yes --skip-preview --non-interactive");
  check(keys().length === 0, "no key is left at Vultr");
}

/** Everything printed so far, in the colours that a picture wants. */
let shown = "";

function write(text: string): void {
  shown += text;
  process.stdout.write(isColourful ? text : stripVTControlCharacters(text));
}

const styled = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { validateStream: false });

function print(text: string): void {
  write(`${text}\n`);
}

/** Indents a command's output, which comes in pieces of any length. */
function show(text: string): void {
  const indented = text.replace(/(?<=\n)(?!$)/g, "    ");
  write(shown.endsWith("\n") ? `    ${indented}` : indented);
}

function say(text: string): void {
  print(`\n${styled("cyan", `── ${text}`)}`);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as it should be: ${what}`);
  print(`  ${styled("green", "✓")} ${what}`);
}

/** Without the lines that say nothing of the rotation: progress, places, and that commands succeed. */
async function draw(text: string): Promise<void> {
  const isNoise = /^\s*(@ |\[(id|urn)=|$)|` succeeds$|Duration:/;
  const lines = text.split("\n").filter((line) => !isNoise.test(stripVTControlCharacters(line)));
  const title = "A rotation: the preview, the run, and the proof that it lost nothing";
  await writeFile(picturePath, terminalPicture(lines, title));
  print(`  Drew ${picturePath}.`);
}

async function main({ record }: { record: boolean }): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "vultr-key-demo-"));
  await using vultr = await startEmulator();
  try {
    print(`A Vultr emulator listens at ${vultr.url}. Nothing leaves this machine.`);
    await copyExample("consumer", folder.path);
    await demo(folder.path, vultr, record);
    print("\nThe rotation is done: new key first, consumer next, old key last.");
  } catch (error) {
    print(`\n${styled("red", "✗")} ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

runCommandLine("demo", usage, { record: { type: "boolean", default: false } }, main);
