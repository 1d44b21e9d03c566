/** Makes the plugin's schema from the doc comments of the args and outputs, so that each is written once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const providerDir = join(__dirname, "..", "..", "provider");

interface Property {
  type?: string;
  $ref?: string;
  description: string;
  secret?: true;
  willReplaceOnChanges?: true;
}

const secrets = ["apiKey", "adoptApiKey"];

/** Pulumi's word for a type, by what the type in the program speaks of. */
function typeOf(name: string, type: string): Partial<Property> {
  if (/\bJson\b/.test(type)) return { $ref: "pulumi.json#/Any" };
  const words = { string: "string", boolean: "boolean", number: "integer" };
  const found = Object.entries(words).filter(([word]) => new RegExp(`\\b${word}\\b`).test(type));
  const [[, only] = ["", ""], ...others] = found;
  if (only === "" || others.length > 0) throw new Error(`${name}: no word of Pulumi for ${type}`);
  return { type: only };
}

/** The documented members of an interface or a class, in order. */
function documented(file: string, owner: string): Record<string, Property> {
  const text = readFileSync(join(providerDir, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find(
    (statement) =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name?.text === owner,
  ) as ts.InterfaceDeclaration | ts.ClassDeclaration;
  const properties = [...declaration.members].flatMap((member): [string, Property][] => {
    if (!(ts.isPropertySignature(member) || ts.isPropertyDeclaration(member))) return [];
    const name = member.name.getText();
    const description = textOf(member);
    const property: Property = {
      ...typeOf(name, member.type?.getText() ?? ""),
      ...(secrets.includes(name) && { secret: true }),
      ...(/Changing\s+it replaces/.test(description) && { willReplaceOnChanges: true }),
      description,
    };
    return [[name, property]];
  });
  return Object.fromEntries(properties);
}

function textOf(member: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(comment?.comment) ?? "";
  const said = (comment?.tags ?? [])
    .filter(({ tagName }) => tagName.text === "default")
    .map((tag) => `Default: ${ts.getTextOfJSDocComment(tag.comment) ?? ""}.`);
  return [text, ...said].join(" ").replace(/\s+/g, " ").trim();
}

/** For the stack's key the environment stands in, as it does not for a provider's. */
function settingsOfStack(ofProvider: Record<string, Property>): Record<string, Property> {
  const alone = "The environment's is never used in its place: an empty one is an error.";
  const { apiKey } = ofProvider;
  if (apiKey?.description.includes(alone) !== true) throw new Error(`apiKey: not said: ${alone}`);
  const ofStack = apiKey.description.replace(
    alone,
    "Default: the environment variable VULTR_API_KEY.",
  );
  return { ...ofProvider, apiKey: { ...apiKey, description: ofStack } };
}

/** The package schema, without a version. */
export function pluginSchema(): object {
  const settings = documented("resources/vultr-provider.ts", "VultrProviderArgs");
  const inputProperties = documented("keys/inputs.ts", "DeclaredKey");
  const outputs = documented("resources/vultr-user-api-key.ts", "VultrUserApiKey");
  const { adoptApiKey: _, ...kept } = inputProperties;
  const properties = Object.entries({ ...kept, ...outputs });
  const withoutReplacement = properties.map(
    ([name, { willReplaceOnChanges: _, ...property }]) => [name, property] as const,
  );
  return {
    name: "vultr-user-api-key",
    displayName: "Vultr user API keys",
    description: "API keys of other Vultr users, rotated without downtime.",
    license: "Apache-2.0",
    keywords: ["vultr", "api-key", "credential-rotation", "category/infrastructure", "kind/native"],
    meta: { moduleFormat: "(.*)" },
    config: { variables: settingsOfStack(settings) },
    provider: {
      description: "A credential of its own for some of a program's keys.",
      inputProperties: settings,
    },
    resources: {
      "vultr-user-api-key:index:VultrUserApiKey": {
        description:
          "An API key of a Vultr user, made by an administrator and rotated without downtime: the new key first, then whatever depends on it, the old key last.",
        properties: Object.fromEntries(withoutReplacement),
        // An imported key has no more than Vultr lists.
        required: ["keyId", "userId", "name"],
        inputProperties,
        requiredInputs: [],
      },
    },
    language: {
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
      go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
      csharp: { respectSchemaVersion: true },
    },
  };
}
