/** A program of the miniature engine, as JavaScript for the real one. */
import type { RunOptions } from "./miniature-engine";
import { outputOf, type KeyDeclaration, type Program } from "./miniature-stack";

export function programText(
  { keys, providers = {}, dependencies = {} }: Program,
  { dependentsFail = false }: Pick<RunOptions, "dependentsFail"> = {},
): string {
  const kinds = [...new Set(keys.flatMap(({ parentTypes = [] }) => parentTypes))];
  const made = (kind: string, name: string, args: unknown) =>
    `at[${text(name)}] = new ${kind}(${text(name)}, ${text(args)});`;
  const statements = [
    ...Object.entries(dependencies).map(([name, generation]) =>
      made("Dependency", name, { generation, value: outputOf(generation) }),
    ),
    ...Object.entries(providers).map(([name, apiKey]) =>
      made("VultrProvider", name, { apiKey: apiKey ?? "" }),
    ),
    ...kinds.map((kind) => made("pulumi.ComponentResource", kind, kind)),
  ];
  return `
    const pulumi = require("@pulumi/pulumi");
    const { VultrProvider, VultrUserApiKey } = require("pulumi-vultr-user-api-key");
    const byGeneration = {
      diff: async (id, olds, news) => {
        const isOther = olds.generation !== news.generation;
        return { changes: isOther, replaces: isOther ? ["generation"] : [], deleteBeforeReplace: true };
      },
      create: async (inputs) => ({ id: "dependency", outs: { ...inputs, output: inputs.value } }),
      delete: async () => {},
    };
    class Dependency extends pulumi.dynamic.Resource {
      constructor(name, props) {
        super(byGeneration, name, { ...props, output: undefined });
      }
    }
    const at = {};
    ${[...statements, ...keys.map(keyText)].join("\n")}
    ${dependentsFail ? failingDependent : ""}
  `;
}

/** In a preview nothing that depends on a key is at work. */
const failingDependent = `
    pulumi.all(Object.values(at).map((each) => each.keyId)).apply(() => {
      if (!pulumi.runtime.isDryRun()) throw new Error("a dependent failed");
    });`;

function keyText(key: KeyDeclaration): string {
  const { name, args, parentTypes = [], parentKey, aliases = [], provider, dependsOn } = key;
  const parent = parentKey ?? parentTypes.at(-1);
  const transforms = [
    key.deleteBeforeReplace &&
      "(a) => ({ props: a.props, opts: { ...a.opts, deleteBeforeReplace: true } })",
    key.dropsHiddenInputs &&
      "({ props: { resourceName, resourceUrn, ...props }, opts }) => ({ props, opts })",
  ].filter(Boolean);
  const options = [
    parent && `parent: at[${text(parent)}]`,
    aliases.length > 0 && `aliases: ${text(aliases)}`,
    provider && `provider: at[${text(provider)}]`,
    key.ignoresAllChanges && `ignoreChanges: ["*"]`,
    key.replaceWith && `replaceWith: [at[${text(key.replaceWith)}]]`,
    transforms.length > 0 && `transforms: [${transforms.join(", ")}]`,
  ].filter(Boolean);
  const output =
    dependsOn === undefined ? "" : `${dependsOn.arg}: at[${text(dependsOn.dependency)}].output,`;
  return `at[${text(name)}] = new VultrUserApiKey(${text(name)}, { ...${text(args)}, ${output} }, { ${options.join(", ")} });`;
}

const text = (value: unknown): string => JSON.stringify(value);
