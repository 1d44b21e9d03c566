/** The resource that a program declares. Its work is done by `provider.ts`, in another process. */
import * as pulumi from "@pulumi/pulumi";

import { keyType } from "../names";
import { quietAnswers } from "./quiet-answers";

quietAnswers();

/** A value of JSON: what a rotation trigger may be. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Args of {@link VultrUserApiKey}. Exactly one of `userId` and `userEmail` is needed. */
export interface VultrUserApiKeyArgs {
  /** The Vultr user who will own the key, by id: a UUID. Changing it replaces the key. */
  userId?: pulumi.Input<string> | undefined;
  /**
   * The Vultr user who will own the key, by e-mail address; looked up among all users when the key
   * is made. No match and several matches are errors. Changing it replaces the key.
   */
  userEmail?: pulumi.Input<string> | undefined;
  /**
   * The key's exact name at Vultr, at most 128 characters, with no line breaks. Changing it replaces
   * the key; removing it keeps this key's name.
   *
   * @default `<resource name>-<stack name>-<random>`, fresh for each key; it tells people where the key comes from
   */
  name?: pulumi.Input<string> | undefined;
  /**
   * When the key expires: an RFC 3339 time in the future, such as `"2031-06-30T00:00:00Z"`. Changing
   * it replaces the key. Not together with `expiresIn`.
   *
   * @default the key never expires
   */
  dateExpire?: pulumi.Input<string> | undefined;
  /**
   * How long the key lives, counted from its creation: a number and a unit of `s`, `m`, `h`, `d` or
   * `w`, such as `"90d"` or `"1d 12h"`, a hundred years at most. Changing it replaces the key. Not
   * together with `dateExpire`.
   *
   * @default the key never expires
   */
  expiresIn?: pulumi.Input<string> | undefined;
  /**
   * Any JSON value. When it differs from the last run, a new key is made, dependents are updated,
   * and the old key is revoked last. A value that a preview does not know yet counts as a change there.
   *
   * @default nothing but its other args replaces the key
   */
  rotationTrigger?: pulumi.Input<Json> | undefined;
  /**
   * A duration, such as `"30d"`: the first run in which the key is this old replaces it; the preview
   * says why. Counted from `createdAt`. Changing it keeps the key, unless it is due.
   *
   * @default age replaces no key
   */
  rotateAfter?: pulumi.Input<string> | undefined;
  /**
   * A duration, such as `"14d"`: the first run this close to the key's expiry replaces it; the preview
   * says why. Needs `expiresIn`, and must be shorter. Changing it keeps the key, unless it is due.
   *
   * @default no key is replaced before its expiry
   */
  rotateBeforeExpiry?: pulumi.Input<string> | undefined;
  /**
   * Whether a new key must authenticate (`GET /account` with that key) before it counts as created.
   * One that does not within 60 s is deleted again and the old key stays. Changing it keeps the key.
   *
   * @default true
   */
  verify?: pulumi.Input<boolean> | undefined;
  /**
   * The id of a key that exists already, to be borrowed as it is. The first rotation replaces and
   * revokes it; whatever else ends the resource leaves it alive. A key has one owner: a second resource
   * that adopts it is refused. It can be given only when the resource is new; remove it after the first
   * rotation.
   */
  adoptKeyId?: pulumi.Input<string> | undefined;
  /** The plaintext of the adopted key, if it is at hand; compared with the ending that Vultr shows. Kept secret. */
  adoptApiKey?: pulumi.Input<string> | undefined;
  /**
   * Permits revoking the key that the provider itself authenticates with. Changing it keeps the key.
   *
   * @default false
   */
  allowSelfRevoke?: pulumi.Input<boolean> | undefined;
}

/** The text that loads the provider. It lives in users' state: never change it. */
const providerText = 'exports.handler=()=>require("pulumi-vultr-user-api-key/provider")';

/** Outputs are named here, so that they are unknown rather than missing until the key is made. */
const outputs = {
  apiKey: undefined,
  keyId: undefined,
  userId: undefined,
  name: undefined,
  dateExpire: undefined,
  createdAt: undefined,
  fingerprint: undefined,
  verifiedAt: undefined,
  previousKeyId: undefined,
};

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
   * @throws {pulumi.RunError} `deleteBeforeReplace` or `replaceWith` is asked for: the old key would die before its successor works
   */
  constructor(
    name: string,
    args: VultrUserApiKeyArgs = {},
    options?: pulumi.CustomResourceOptions,
  ) {
    quietOtherCopies();
    refuseDeathBeforeSuccessor(name, options);
    super(
      keyType,
      name,
      {
        ...outputs,
        ...withSecretPlaintext(args),
        resourceName: name,
        resourceUrn: urnOf(name, options?.parent),
        __provider: providerText,
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["apiKey"] }),
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

/**
 * Where a resource of `replaceWith` is deleted before it is replaced, the engine deletes the key with it, before
 * it asks the provider anything else of the key: the provider cannot tell that from a removal.
 */
function refuseDeathBeforeSuccessor(
  name: string,
  options: pulumi.CustomResourceOptions | undefined,
): void {
  if (options?.deleteBeforeReplace === true)
    throw new pulumi.RunError(
      `API key "${name}": deleteBeforeReplace would revoke the old key before its successor works. ` +
        "Remove the option: a new key is always made first.",
    );
  if ((options?.replaceWith ?? []).length > 0)
    throw new pulumi.RunError(
      `API key "${name}": replaceWith may revoke the old key before its successor works. ` +
        "Give an output that the replacement of the other resource changes, such as its id, as rotationTrigger: then a new key is made first.",
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
  for (const file of quietAnswers())
    void pulumi.log.warn(
      `This program loads a second copy of @pulumi/pulumi (${file}). Resources made through it may not keep ` +
        "secrets secret: let all packages share one version, such as with `npm dedupe`.",
    );
}
