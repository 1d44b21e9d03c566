/** The resource that a program declares. Its work is done by `doors/dynamic.ts`, in another process. */
import * as pulumi from "@pulumi/pulumi";

import type { DeclaredKey, Json } from "../keys/inputs";
import { keyType, outputNames } from "../names";
import { quietAnswers } from "./quiet-answers";

// Before the first resource is registered: a VultrProvider's credential is in the answers too.
quietAnswers();

export type { Json };

/** Each of `T` as a value, a promise or an output. */
type InputsOf<T> = { [Arg in keyof T]: pulumi.Input<Exclude<T[Arg], undefined>> | undefined };

/** Args of {@link VultrUserApiKey}. Exactly one of `userId` and `userEmail` is needed. */
export interface VultrUserApiKeyArgs extends InputsOf<DeclaredKey> {}

/** The text that loads the provider. It lives in users' state: never change it. */
const providerText = 'exports.handler=()=>require("pulumi-vultr-user-api-key/provider")';

/** Outputs are declared, so that they are unknown rather than missing until the key is made. */
const outputs = Object.fromEntries(outputNames.map((name) => [name, undefined]));

/**
 * An API key of a Vultr user, made by an administrator and rotated without downtime: the new key
 * first, then whatever depends on it, the old key last.
 *
 * @example
 * ```ts
 * const deployer = new VultrUserApiKey("deployer", {
 *   userEmail: "deployer@example.com",
 *   rotationTrigger: "2026-07",
 * });
 * export const apiKey = deployer.apiKey;
 * ```
 *
 * @see https://docs.vultr.com/platform/other/api/other-user/create-api-key
 */
export class VultrUserApiKey extends pulumi.CustomResource {
  /** The key itself. Secret; undefined for a key adopted without its plaintext. */
  declare readonly apiKey: pulumi.Output<string>;
  /** Vultr's id of the key. */
  declare readonly keyId: pulumi.Output<string>;
  /** The id of the user who owns the key. */
  declare readonly userId: pulumi.Output<string>;
  /** The key's name at Vultr. */
  declare readonly name: pulumi.Output<string>;
  /** When the key expires, RFC 3339 in UTC; undefined for a key that never does. */
  declare readonly dateExpire: pulumi.Output<string | undefined>;
  /** When the key was made, RFC 3339 in UTC; for an adopted key, when it was adopted. */
  declare readonly createdAt: pulumi.Output<string>;
  /** The first 12 hex digits of the key's SHA-256. Not secret: show it, or restart consumers when it changes. */
  declare readonly fingerprint: pulumi.Output<string>;
  /** When the key was seen to authenticate, RFC 3339 in UTC; undefined where it was not tried or could not be judged. */
  declare readonly verifiedAt: pulumi.Output<string | undefined>;
  /** The id of the key that this one replaced; undefined for the first one, and after `--replace` or `taint`. */
  declare readonly previousKeyId: pulumi.Output<string | undefined>;

  /**
   * @param name the resource's name in the program; automatic key names begin with it
   * @param args whose key, how long it lives, and when it is replaced
   * @param options Pulumi's options; `import` is not supported by dynamic resources, use `adoptKeyId`
   * @throws {pulumi.RunError} `deleteBeforeReplace` or `replaceWith` is asked for: the old key would die before its successor works;
   *   or `import` is; or `rotationTrigger` holds what JSON lacks, such as a Date
   */
  constructor(
    name: string,
    args: VultrUserApiKeyArgs = {},
    options?: pulumi.CustomResourceOptions,
  ) {
    quietOtherCopies();
    refuseOptions(name, options);
    super(
      keyType,
      name,
      {
        ...outputs,
        ...withSecretPlaintext(withJsonTrigger(name, args)),
        resourceName: name,
        resourceUrn: urnOf(name, options?.parent),
        __provider: providerText,
      },
      {
        ...options,
        additionalSecretOutputs: [...(options?.additionalSecretOutputs ?? []), "apiKey"],
      },
    );
  }

  /**
   * An existing key that this program does not manage. Everything that Vultr lists of it is known:
   * not its plaintext, nor when it was made. The run fails where there is no such key.
   *
   * @param name the resource's name in the program
   * @param id `"<user id>/<key id>"`
   * @param options Pulumi's options
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    options?: pulumi.CustomResourceOptions,
  ): VultrUserApiKey {
    return new VultrUserApiKey(name, {}, { ...options, id });
  }
}

/** A property that is not asked for is not declared either: each costs the SDK four call stacks. */
function withSecretPlaintext(args: VultrUserApiKeyArgs): VultrUserApiKeyArgs {
  const { adoptApiKey } = args;
  return adoptApiKey === undefined ? args : { ...args, adoptApiKey: pulumi.secret(adoptApiKey) };
}

/** Pulumi's SDK makes `{}` of a Date and of whatever else JSON lacks: such a trigger would never rotate anything. */
function withJsonTrigger(name: string, args: VultrUserApiKeyArgs): VultrUserApiKeyArgs {
  const { rotationTrigger: trigger } = args;
  const judged = (value: Json): Json => {
    refuseWhatJsonLacks(name, value);
    return value;
  };
  if (pulumi.Output.isInstance(trigger)) return { ...args, rotationTrigger: trigger.apply(judged) };
  if (trigger instanceof Promise) return { ...args, rotationTrigger: trigger.then(judged) };
  refuseWhatJsonLacks(name, trigger);
  return args;
}

function refuseWhatJsonLacks(name: string, value: unknown): void {
  const [, kind = ""] = /^\[object (\w+)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
  const isInput = pulumi.Output.isInstance(value) || kind === "Promise";
  if (isInput || ["Null", "Undefined", "String", "Number", "Boolean"].includes(kind)) return;
  if (kind === "Object" || kind === "Array") {
    for (const inner of Object.values(value as object)) refuseWhatJsonLacks(name, inner);
    return;
  }
  const advice =
    kind === "Date"
      ? 'Write a text instead, such as "2026-07" or date.toISOString(); one that differs in every run rotates the key in every run.'
      : "Write text, numbers, true, false, lists or objects of these.";
  throw new pulumi.RunError(
    `API key "${name}": rotationTrigger holds a ${kind}, which is no value of JSON. ${advice}`,
  );
}

/** With these a key would die too early, or not come to be. */
function refuseOptions(name: string, options?: pulumi.CustomResourceOptions): void {
  if (options?.deleteBeforeReplace === true)
    throw new pulumi.RunError(
      `API key "${name}": deleteBeforeReplace would revoke the old key before its successor works. ` +
        "Remove the option: a new key is always made first.",
    );
  // Where a resource of `replaceWith` is deleted before it is replaced, the engine deletes the key with it, before
  // it asks the provider anything else of the key: the provider cannot tell that from a removal.
  if ((options?.replaceWith ?? []).length > 0)
    throw new pulumi.RunError(
      `API key "${name}": replaceWith may revoke the old key before its successor works. ` +
        "Give an output that the replacement of the other resource changes, such as its id, as rotationTrigger: then a new key is made first.",
    );
  // Of a dynamic resource the engine reads nothing before its code is in state.
  if (options?.import !== undefined)
    throw new pulumi.RunError(
      `API key "${name}": a dynamic resource cannot be imported. Remove the option import, and write adoptKeyId, the id ` +
        "of the key alone, among the args; or declare the key through this package's plugin, which imports.",
    );
}

/**
 * The resource's URN, by which the provider knows it. A promise: an output of the parent would make the
 * key depend on the parent, and so on its siblings. Output's own promise, which the SDK does not declare,
 * also ends if the parent fails; one made with `apply` would wait for ever.
 */
function urnOf(name: string, parent: pulumi.Resource | undefined): Promise<string> {
  const urn: unknown = pulumi.createUrn(name, keyType, parent);
  return (urn as { promise(): Promise<string> }).promise();
}

/** The copy of the SDK that another package brings shows secrets in its debug events, unless it is quieted too. */
function quietOtherCopies(): void {
  for (const copy of quietAnswers())
    void pulumi.log.warn(
      `This program loads a second copy of @pulumi/pulumi (${copy}). Resources made through it may not keep ` +
        "secrets secret: let all packages share one version, such as with `npm dedupe`.",
    );
}
