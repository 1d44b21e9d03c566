/** Several valid keys of one user: a rotation replaces the oldest one and leaves the others valid. */
import * as pulumi from "@pulumi/pulumi";

import { ringType } from "../names";
import { notAnArg } from "../nearest-name";
import { VultrUserApiKey, type VultrUserApiKeyArgs } from "./vultr-user-api-key";

/**
 * Args of {@link VultrUserApiKeyRing}: the generations to keep valid, and args that all its keys share. A change
 * of `userId`, `userEmail` or `expiresIn` replaces all keys in one run, with no overlap.
 */
export interface VultrUserApiKeyRingArgs extends Pick<
  VultrUserApiKeyArgs,
  "userId" | "userEmail" | "expiresIn" | "verify" | "allowSelfRevoke"
> {
  /**
   * The generation of the current key: a whole number from 1. Adding 1 makes one new key and revokes the
   * oldest; the others stay valid. Adding more, or lowering it, replaces one key for each step, at most
   * all of them: consumers may be left without a valid key.
   */
  generation: number;
  /**
   * How many keys before the current one stay valid: a whole number from 0 to 9. 0 means no overlap.
   * Changing it moves generations to other slots and may replace every key: do it when no consumer still
   * holds a previous key, and read the preview.
   *
   * @default 1
   */
  keepPrevious?: number | undefined;
}

/**
 * Keys of one user that are valid at the same time. The ring has *keepPrevious + 1* slots with one key each.
 * The key of generation *g* is in slot *g* modulo the number of slots, so adding 1 to `generation`
 * replaces only the oldest key.
 *
 * @example
 * ```ts
 * const ring = new VultrUserApiKeyRing("dns-hook", { userEmail: "dns@example.com", generation: 4 });
 * export const apiKey = ring.apiKey; // generation 4; the key of generation 3 works as well
 * ```
 */
export class VultrUserApiKeyRing extends pulumi.ComponentResource {
  /** The current key. Secret. */
  readonly apiKey: pulumi.Output<string>;
  /** The previous keys, which are still valid, newest first. Secret. */
  readonly previousApiKeys: pulumi.Output<string[]>;
  /** Vultr's ids of the current key and then of the previous ones, newest first. */
  readonly keyIds: pulumi.Output<string[]>;
  /** The current key's fingerprint: not secret, changes with every rotation. */
  readonly fingerprint: pulumi.Output<string>;

  /**
   * @param name the ring's name in the program; its keys are named `<name>-<slot>`
   * @param args the current generation, how many previous keys stay valid, and the args of each key
   * @param options Pulumi's options; `hooks` are those of each key
   * @throws {pulumi.RunError} `generation` or `keepPrevious` is not a whole number in its range, or there is an arg
   *   that a ring does not have
   */
  constructor(
    name: string,
    args: VultrUserApiKeyRingArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { generation, keepPrevious = 1, ...keyArgs } = args;
    const mistake =
      otherArg(args) ??
      noWholeNumber("generation", generation, 1, Infinity) ??
      noWholeNumber("keepPrevious", keepPrevious, 0, 9);
    if (mistake !== undefined) throw new pulumi.RunError(`API key ring "${name}": ${mistake}`);
    // Pulumi hands most options of a component on to its children, but not the hooks that may keep a key alive.
    const { hooks = {}, ...ofRing } = options ?? {};
    super(ringType, name, {}, ofRing);

    const slots = keepPrevious + 1;
    const keys = Array.from({ length: Math.min(slots, generation) }, (_, age) => {
      const rotationTrigger = generation - age;
      const slotName = `${name}-${rotationTrigger % slots}`;
      return new VultrUserApiKey(
        slotName,
        { ...keyArgs, rotationTrigger },
        { parent: this, hooks },
      );
    });
    const [current, ...previous] = keys as [VultrUserApiKey, ...VultrUserApiKey[]];
    this.apiKey = current.apiKey;
    this.fingerprint = current.fingerprint;
    this.previousApiKeys = pulumi.all(previous.map((key) => key.apiKey));
    this.keyIds = pulumi.all(keys.map((key) => key.keyId));
    const { apiKey, previousApiKeys, keyIds, fingerprint } = this;
    this.registerOutputs({ apiKey, previousApiKeys, keyIds, fingerprint });
  }
}

const argNames = Object.keys({
  userId: true,
  userEmail: true,
  expiresIn: true,
  verify: true,
  allowSelfRevoke: true,
  generation: true,
  keepPrevious: true,
} satisfies Record<keyof VultrUserApiKeyRingArgs, true>); // an arg that is forgotten here does not compile

/** TypeScript sees such mistakes. In plain JavaScript `rotationTrigger` would do nothing, and `name` would be that of all keys. */
function otherArg(args: object): string | undefined {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const wrong = given.map(([arg]) => arg).find((arg) => !argNames.includes(arg));
  if (wrong === undefined) return undefined;
  return `${notAnArg(wrong, argNames)}; adding 1 to generation rotates`;
}

function noWholeNumber(
  arg: string,
  value: unknown,
  smallest: number,
  largest: number,
): string | undefined {
  const isWhole = typeof value === "number" && Number.isSafeInteger(value);
  if (isWhole && value >= smallest && value <= largest) return undefined;
  const range = largest === Infinity ? `${smallest} or more` : `${smallest} to ${largest}`;
  return `${arg} must be a whole number, ${range}, and is ${describeValue(value, arg)}`;
}

/** Says what the value is, and what to write instead. It does not quote text, which may be a secret. */
function describeValue(value: unknown, arg: string): string {
  const advice = `the program must know it: write the number itself, or read it with config.requireNumber("${arg}")`;
  if (pulumi.Output.isInstance(value)) return `an output; ${advice}`;
  if (value instanceof Promise) return `a promise; ${advice}`;
  if (typeof value === "number" || value === undefined || value === null) return String(value);
  return typeof value === "string" ? `text; ${advice}` : `of type ${typeof value}; ${advice}`;
}
