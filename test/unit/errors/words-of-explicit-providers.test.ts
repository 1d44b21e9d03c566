/** A key with a provider of its own reads no setting of the stack: no text that it shows names one as a way out. */
import { globSync, readFileSync } from "node:fs";

import * as ts from "typescript";

import { inWordsOfExplicitProvider } from "../../../provider/names";
import { respond } from "../../emulator";
import { containing, failureOf, startRun } from "../lifecycle/run";
import { providerUrn, startPlugin } from "../plugin/plugin";

/** Sentences of the source, as they are written there. */
function sentencesIn(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) found.push(node.getText());
    else ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));
  return found.filter((text) => text.includes(" "));
}

const settings = /\bvultr:(apiKey|apiUrl|requestsPerSecond)|VULTR_API_KEY|pulumi config set/;

/** These never meet an explicit provider, or say that it does not use the variable, or are a command for a shell. */
const others = [/^Set it for the stack, /, /VULTR_API_KEY is not used for it$/, / printf 'header/];

const sentences = globSync("provider/{settings,{keys,lifecycle,vultr}/*}.ts")
  .flatMap(sentencesIn)
  .filter((text) => settings.test(text) && !others.some((other) => other.test(text)));

it("there are such sentences", () => {
  expect(sentences.length).toBeGreaterThan(12);
});

it.each(sentences)("%s", (sentence) => {
  const words = inWordsOfExplicitProvider(sentence);
  expect(words).not.toMatch(settings);
  expect(words).toMatch(/this key's provider/);
});

it("instead of the stack's setting it names the program's, and how `destroy` reads that", () => {
  const hint =
    "Set a valid one: `pulumi config set --secret vultr:apiKey`, or the environment variable VULTR_API_KEY.";
  const ofLastRun = "`pulumi refresh` and `pulumi destroy` use the last one: add --run-program.";
  for (const text of [hint, `${hint} ${ofLastRun}`])
    expect(inWordsOfExplicitProvider(text)).toBe(
      "Give this key's provider a valid apiKey in the program and run `pulumi up` (`destroy`: with --run-program). " +
        "If the program no longer has that provider, declare it again under its old name until its keys are gone.",
    );
  expect(
    inWordsOfExplicitProvider("Put it into vultr:apiKey if that is set, else in VULTR_API_KEY."),
  ).toBe("Put it into the apiKey of this key's provider.");
  expect(inWordsOfExplicitProvider("Check `vultr:apiUrl`.")).toBe(
    "Check the apiUrl of this key's provider.",
  );
  const audit = "`npx pulumi-vultr-user-api-key audit --stack <stack>`";
  expect(inWordsOfExplicitProvider(`${audit} tells.`)).toBe(
    `${audit} (in VULTR_API_KEY: the apiKey of this key's provider) tells.`,
  );
});

const refusal = respond({ status: 401, json: { error: "Invalid API token." } });
const wayOut = containing("Give this key's provider a valid apiKey in the program");
const wrong = { apiKey: "WRONG", requestsPerSecond: "0" };
const wrongRate = containing("the requestsPerSecond of this key's provider must be a whole number");

it("so says an explicit provider of the classes, in errors and in what check finds", async () => {
  await using run = await startRun();
  const configure = (own: Record<string, string>) => {
    const all: Record<string, string> = { isExplicitProvider: "true", ...own };
    run.provider.configure({ config: { get: (name) => all[name.replace("vultr:", "")] } });
  };
  configure(wrong);
  const { failures } = await run.provider.check({}, run.args());
  expect(failures).toEqual([{ property: "", reason: wrongRate }]);
  configure({ apiKey: run.vultr.rootApiKey });
  run.vultr.inject(refusal);
  expect(await failureOf(run.make())).toEqual(wayOut);
});

it("so says one of the plugin", async () => {
  await using plugin = await startPlugin();
  const of = providerUrn("emea");
  const { failures } = await plugin.calls.checkConfig(of, {}, wrong);
  expect(failures).toEqual([{ property: "", reason: wrongRate }]);
  await plugin.calls.configure({ apiKey: plugin.vultr.rootApiKey }, of);
  plugin.vultr.inject(refusal);
  expect(await failureOf(plugin.make())).toEqual(wayOut);
});
