/** A message says "the setting with the management key"; each reader sees what that is called where they are. */
import { globSync, readFileSync } from "node:fs";

import { presentError } from "../../../provider/doors/present-error";
import type { KeyInputs } from "../../../provider/keys/inputs";
import { VultrError } from "../../../provider/vultr/errors";
import { inWordsOf, type Reader, word } from "../../../provider/words";
import { respond } from "../../emulator";
import { startScene as startAudit } from "../audit/scene";
import { startScene as startDoctor } from "../doctor/scene";
import { failureOf, startRun } from "../lifecycle/run";
import { providerUrn, startPlugin, urn } from "../plugin/plugin";
import { commentOn, keyStep, preview } from "../preview-comment/previews";

const everyWord = Object.values(word).join("");
const refusal = (status: number) =>
  respond({ status, json: { error: everyWord } }, { method: "POST" });
const odd = { [word.apiKey]: 1 } as KeyInputs;
const emea = providerUrn("emea");

/** What people are shown by each way out, if Vultr, or a name that people chose, says such words itself. */
const waysOut: [string, reader: Reader, shown: () => Promise<string[]>][] = [
  ["errors, notices and mistakes, by the classes", "classes", () => throughClasses()],
  ["by an explicit provider of the classes", "explicitProvider", () => throughClasses(true)],
  ["by the plugin", "plugin", () => throughPlugin(providerUrn("default_0_1_0"))],
  ["by an explicit provider of the plugin", "explicitProvider", () => throughPlugin(emea)],
  ["what audit says", "environment", throughAudit],
  ["what doctor finds", "doctor", () => throughDoctor("vultr:apiUrl")],
  ["and for the plugin", "doctorOfPlugin", () => throughDoctor("vultr-user-api-key:apiUrl")],
  ["a comment on a preview", "environment", throughComment],
];

it.each(waysOut)("%s: in the words of %s", async (_, reader, shown) => {
  const texts = await shown();
  expect(texts).not.toEqual([]);
  for (const text of texts) {
    expect(text).toContain(inWordsOf(reader, word.apiKey));
    expect(text).not.toContain("{word:");
  }
});

async function throughClasses(isExplicit = false): Promise<string[]> {
  await using run = await startRun();
  const { vultr, provider } = run;
  const config: Record<string, string> = isExplicit
    ? { "vultr:isExplicitProvider": "true", "vultr:apiKey": vultr.rootApiKey }
    : {};
  provider.configure({ config: { get: (name) => config[name] } });
  const { failures } = await provider.check({}, run.args(odd));
  vultr.inject(refusal(500));
  await run.make();
  vultr.inject(refusal(400));
  const failure = await failureOf(run.make({}, "other"));
  return [...failures.map(({ reason }) => reason), run.notices[0]!, failure];
}

async function throughPlugin(of: string): Promise<string[]> {
  await using plugin = await startPlugin();
  const { calls, vultr } = plugin;
  const found = await calls.checkConfig(of, {}, { apiKey: "two words" });
  await calls.configure({ apiKey: vultr.rootApiKey }, of);
  const { failures } = await calls.check(urn, {}, plugin.args(odd));
  vultr.inject(refusal(500));
  await plugin.make();
  vultr.inject(refusal(400));
  const failure = await failureOf(plugin.make());
  const mistakes = [...found.failures, ...failures].map(({ reason }) => reason);
  return [...mistakes, plugin.lines[0]!.message, failure];
}

async function throughAudit(): Promise<string[]> {
  await using scene = await startAudit();
  scene.user.email = everyWord;
  const { printed } = await scene.audit(["-", "--all"]);
  scene.vultr.inject(respond({ status: 400, json: { error: everyWord } }));
  const { said } = await scene.audit(["-"]);
  return [printed, said];
}

async function throughDoctor(setting: string): Promise<string[]> {
  await using scene = await startDoctor();
  await scene.configure({ [setting]: { value: scene.vultr.url } });
  const trial = ["--user", scene.user.id, "--try"];
  scene.vultr.inject(refusal(500));
  const { said } = await scene.examine(trial);
  scene.vultr.inject(respond({ status: 400, json: { error: everyWord } }, { path: "/account" }));
  const { printed } = await scene.examine(["--json"]);
  return [printed, said];
}

async function throughComment(): Promise<string[]> {
  return [await commentOn(preview([keyStep({ op: "create", name: word.apiKey })]))];
}

it("no message names a setting, or how to set it, in words of its own", () => {
  const ownWords = /vultr:(apiKey|apiUrl|requestsPerSecond)|pulumi config set/;
  const files = globSync("provider/{settings,{keys,lifecycle,vultr}/*}.ts");
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => ownWords.test(readFileSync(file, "utf8")))).toEqual([]);
});

it("an explicit provider is never told of a setting of the stack, which it does not read", () => {
  const text = inWordsOf("explicitProvider", everyWord.replace(word.withAudit, ""));
  expect(text).not.toMatch(/vultr:|VULTR_API_KEY|pulumi config set|the stack/);
});

it("a command that reads the environment names no stack", () => {
  expect(inWordsOf("environment", everyWord)).not.toMatch(/vultr:|pulumi config|--run-program/);
});

it("of a refused credential, an explicit provider's readers are told how the program gives another", () => {
  const refused = new VultrError({ message: "refused", hint: word.setKey });
  const { message } = presentError(refused, (text) => inWordsOf("explicitProvider", text));
  expect(message).toBe(
    "refused. Give this key's provider a valid apiKey in the program. If the program no longer has that provider, declare it " +
      "again under its old name until its keys are gone. After a change in the program run `pulumi up` (`destroy`: with --run-program).",
  );
});
