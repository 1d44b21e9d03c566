/**
 * What readers know by different names, such as the setting that holds the management key. A message says
 * `${word.apiKey}`; before people see it, {@link inWordsOf} puts in what its reader calls that.
 */
import { namespaces } from "./names";

/** @param more is added to `ofLastRun` */
const ofStack = (namespace: string, more = "") => ({
  apiKey: `${namespace}:apiKey (or VULTR_API_KEY)`,
  apiUrl: `${namespace}:apiUrl (or VULTR_API_URL)`,
  requestsPerSecond: `${namespace}:requestsPerSecond`,
  /** Follows the word "in": where another management key is to be put. */
  placeOfKey: `${namespace}:apiKey if that is set, else in VULTR_API_KEY`,
  /** What to do about a management key that is missing or refused. */
  setKey: `Set a valid one: \`pulumi config set --secret ${namespace}:apiKey\`, or, if that is not set, the environment variable VULTR_API_KEY.`,
  /** What to do about a malformed setting. */
  correct: "Correct it, then run again.",
  /** Follows an error whose hint names a setting: without it, to correct that setting may change nothing. */
  ofLastRun: ` \`pulumi refresh\`, \`pulumi up --refresh\` and \`pulumi destroy\` use the stack's setting of the last run: after a change add --run-program.${more}`,
  /** Follows a command of `audit`: what else it needs. */
  withAudit: "",
});

const ofRun = {
  runAgain: "Run `pulumi up` again",
  /** Follows a warning that it cannot be seen from here whether a new key works. */
  keptUnjudged:
    " It is kept, and verifiedAt stays empty. Allow this address for its user, or set verify: false.",
};

/** `doctor` deletes the key that it makes. */
const ofTrial = { runAgain: "Run again; the key expires in ten minutes", keptUnjudged: "" };

type Words = ReturnType<typeof ofStack> & typeof ofRun;

/** A column for each reader. One that lacks a word does not compile. */
const words = {
  classes: { ...ofStack(namespaces.classes), ...ofRun },
  plugin: {
    // The plugin alone can import, and then uses the setting that the last run wrote into state.
    ...ofStack(namespaces.plugin, " So does `pulumi import`: run `pulumi up` before it."),
    ...ofRun,
  },
  /** Of a key with a provider of its own, which reads no setting of the stack. */
  explicitProvider: {
    apiKey: "the apiKey of this key's provider",
    apiUrl: "the apiUrl of this key's provider (or VULTR_API_URL)",
    requestsPerSecond: "the requestsPerSecond of this key's provider",
    placeOfKey: "the apiKey of this key's provider",
    setKey:
      "Give this key's provider a valid apiKey in the program. If the program no longer has that provider, declare it again under its old name until its keys are gone.",
    correct: "Correct it.",
    ofLastRun: " After a change in the program run `pulumi up` (`destroy`: with --run-program).",
    withAudit: " (in VULTR_API_KEY: the apiKey of this key's provider)",
    ...ofRun,
  },
  /** Of a command without a stack. */
  environment: {
    apiKey: "VULTR_API_KEY",
    apiUrl: "VULTR_API_URL",
    requestsPerSecond: "--requests-per-second",
    placeOfKey: "VULTR_API_KEY",
    setKey: "Put a valid one into VULTR_API_KEY.",
    correct: "Correct it, then run again.",
    ofLastRun: "",
    withAudit: "",
    ...ofRun,
  },
  doctor: { ...ofStack(namespaces.classes), ...ofTrial },
  doctorOfPlugin: { ...ofStack(namespaces.plugin), ...ofTrial },
} satisfies Record<string, Words>;

/** Who reads a message. */
export type Reader = keyof typeof words;

/** What a message says in place of each word. */
export const word = Object.fromEntries(
  Object.keys(words.classes).map((name) => [name, `{word:${name}}`]),
) as Words;

/** Does `text`, not yet in a reader's words, name a setting? */
export function namesSetting(text: string): boolean {
  const { apiKey, apiUrl, requestsPerSecond, placeOfKey, setKey, correct } = word;
  return [apiKey, apiUrl, requestsPerSecond, placeOfKey, setKey, correct].some((each) =>
    text.includes(each),
  );
}

/** `text` as this reader is to see it. */
export function inWordsOf(reader: Reader, text: string): string {
  return Object.entries(words[reader]).reduce(
    (filled, [name, own]) => filled.replaceAll(word[name as keyof Words], own),
    text,
  );
}
