/** What the miniature engine is given and what it keeps: programs, and the state of stacks. */
import type { Properties } from "../../provider/keys/engine-values";
import type { KeyInputs } from "../../provider/keys/inputs";
import type { KeyState } from "../../provider/keys/state";
import { keyType } from "../../provider/names";

/** A key as a program declares it, with the options that matter to the engine. */
export interface KeyDeclaration {
  name: string;
  args: Partial<KeyInputs>;
  /** Types of the components around it, from the outermost. */
  parentTypes?: readonly string[];
  /** The key that is its parent, by name: it is skipped if that one fails. */
  parentKey?: string;
  /** URNs under which it was known before. */
  aliases?: readonly string[];
  /** The `VultrProvider` that it is reached through. @default the default provider */
  provider?: string;
  /** One of its args is an output of a dependency. */
  dependsOn?: { dependency: string; arg: "rotationTrigger" };
  /** It is replaced whenever this dependency is. */
  replaceWith?: string;
  /** A transform asks for it: the resource class refuses the option. */
  deleteBeforeReplace?: boolean;
  /** The option `import`: Pulumi's id of a key that exists. Only a plugin is asked for it. */
  importId?: string;
  /** `ignoreChanges: ["*"]`. */
  ignoresAllChanges?: boolean;
  /** A transform returns the args that it knows, and no others. */
  dropsHiddenInputs?: boolean;
}

export interface Program {
  keys: readonly KeyDeclaration[];
  /** Credentials of explicit providers; `null` where the program gives an empty one. */
  providers?: Readonly<Record<string, string | null>>;
  /** Generations of resources of another kind, which are replaced delete-first when theirs changes. */
  dependencies?: Readonly<Record<string, number>>;
}

/** A program that declares nothing but keys, by name. */
export function programOf(args: Readonly<Record<string, Partial<KeyInputs>>>): Program {
  return { keys: Object.entries(args).map(([name, each]) => ({ name, args: each })) };
}

/** A key as a stack records it. */
export interface RecordedKey {
  urn: string;
  /** Its URN before the rename of this run: by it a plugin is told to delete the key. */
  urnBefore?: string | undefined;
  id: string;
  inputs: Properties;
  state: KeyState;
  provider: string;
  dependsOn: KeyDeclaration["dependsOn"];
  /** Replaced; its deletion has not succeeded yet. */
  isPendingDeletion: boolean;
  /** It was replaced because its own args asked for it: by rotation, not by force or a move. */
  isRotatedAway: boolean;
  /** It was kept although it is not in order: update is called next. */
  isUnfinished: boolean;
  /** Deleted before its replacement, which is not made yet. */
  isDeletedFirst: boolean;
  /** `pulumi state taint`. */
  isTainted: boolean;
}

/** The record of a key that has just been made. */
export function recordOf(
  { provider = defaultProvider, dependsOn }: KeyDeclaration,
  urn: string,
  inputs: Properties,
  id: string,
  state: KeyState,
): RecordedKey {
  return {
    ...{ urn, id, inputs, state, provider, dependsOn },
    isUnfinished: false,
    isPendingDeletion: false,
    isDeletedFirst: false,
    isTainted: false,
    isRotatedAway: false,
  };
}

/** A stack with its state; `structuredClone` makes a checkpoint of it. */
export interface Stack {
  readonly name: string;
  records: RecordedKey[];
  /** What the last run gave each provider as its credential. */
  providers: Record<string, string | null>;
  dependencies: Record<string, number>;
}

export function createStack(name: string): Stack {
  return { name, records: [], providers: {}, dependencies: {} };
}

export const defaultProvider = "default";

export function urnOf(
  { name: stack }: Pick<Stack, "name">,
  { name, parentTypes = [], parentKey }: Pick<KeyDeclaration, "name" | "parentTypes" | "parentKey">,
): string {
  const types = [...parentTypes, ...(parentKey === undefined ? [] : [keyType]), keyType];
  return `urn:pulumi:${stack}::project::${types.join("$")}::${name}`;
}

/** What a dependency puts out. Every other replacement brings the same value again. */
export function outputOf(generation: number): string {
  return `output-${Math.floor(generation / 2)}`;
}

/** The properties that the resource class, the program's transforms and its options make of the args. */
export function newsOf(
  stack: Pick<Stack, "name">,
  declaration: KeyDeclaration,
  old: RecordedKey | undefined,
  outputOfDependency: (dependency: string) => string,
): Properties {
  const { name, args, dependsOn } = declaration;
  if (declaration.ignoresAllChanges === true && old !== undefined) return old.inputs;
  const hidden = { resourceName: name, resourceUrn: urnOf(stack, declaration) };
  return {
    ...args,
    ...(dependsOn && { [dependsOn.arg]: outputOfDependency(dependsOn.dependency) }),
    ...(declaration.dropsHiddenInputs === true ? {} : hidden),
    __provider: "text",
  };
}
