/** Type tokens, names of outputs and settings: promises to users, each spelled once. */

/** The type of a key, as state and URNs show it, if its program uses this package's classes. */
export const keyType = "pulumi-nodejs:dynamic/vultr:UserApiKey";

/** The same if the program uses the plugin, as all languages can. */
export const pluginKeyType = "vultr-user-api-key:index:VultrUserApiKey";

/** Is this the type of a key, however its program declares it? */
export function isKeyType(type: string): boolean {
  return type === keyType || type === pluginKeyType;
}

/** The type of the component that holds overlapping keys. */
export const ringType = "vultr:index:UserApiKeyRing";

/** What a program can read of a key. */
export const outputNames = [
  "apiKey",
  "keyId",
  "userId",
  "name",
  "dateExpire",
  "createdAt",
  "fingerprint",
  "verifiedAt",
  "previousKeyId",
] as const;

/** The settings, without the namespace that a stack's configuration puts before them. */
export const settingNames = ["apiKey", "apiUrl", "requestsPerSecond"];

/** `text` with the settings as the plugin has them: they bear the name of its package. */
export function inSettingsOfPlugin(text: string): string {
  return text.replace(/\bvultr:(?=apiKey|apiUrl|requestsPerSecond)/g, "vultr-user-api-key:");
}

const wordsOfExplicitProvider: readonly [RegExp, string][] = [
  [
    /Set a valid one: `pulumi config set [^`]*`, or the environment variable VULTR_API_KEY\.( `pulumi refresh` .*?--run-program\.)?/,
    "Give this key's provider a valid apiKey in the program and run `pulumi up` (`destroy`: with --run-program). " +
      "If the program no longer has that provider, declare it again under its old name until its keys are gone.",
  ],
  [
    /\bvultr:apiKey (\(?or VULTR_API_KEY\)?|if that is set, else in VULTR_API_KEY)/g,
    "the apiKey of this key's provider",
  ],
  [/`?\bvultr:(apiKey|apiUrl|requestsPerSecond)`?/g, "the $1 of this key's provider"],
  [
    /`npx pulumi-vultr-user-api-key audit [^`]*`/g,
    "$& (in VULTR_API_KEY: the apiKey of this key's provider)",
  ],
];

/** `text` for a key with a provider of its own, which reads no setting of the stack. */
export function inWordsOfExplicitProvider(text: string): string {
  return wordsOfExplicitProvider.reduce((words, [from, to]) => words.replace(from, to), text);
}

/** Input of a `VultrProvider` that tells its process that it is one: it uses the credential that it was given, and no other. */
export const explicitProviderSetting = "vultr:isExplicitProvider";
