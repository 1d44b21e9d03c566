/** Overlapping keys: the current one and the ones before it, which die one bump later. */
import * as pulumi from "@pulumi/pulumi";

import { ringType } from "../names";
import { VultrUserApiKey, type VultrUserApiKeyArgs } from "./vultr-user-api-key";

/** Args of {@link VultrUserApiKeyRing}: those of its keys, and which of them there are. */
export interface VultrUserApiKeyRingArgs extends Pick<
  VultrUserApiKeyArgs,
  "userId" | "userEmail" | "expiresIn" | "verify" | "allowSelfRevoke"
> {
  /**
   * Which generation is current: a whole number from 1. Bumped by one, it makes one new key and
   * revokes the oldest; the key that was current stays valid until the next bump. Bumped by more, or
   * taken back, it renews one key for each step, at most all of them: the overlap is lost.
   */
  generation: number;
  /**
   * How many keys before the current one stay valid: a whole number from 0 to 9. 0 is a plain rotation.
   * Changing it deals the generations anew and may renew every key: do it when no consumer still
   * holds a previous key, and read the preview.
   *
   * @default 1
   */
  keepPrevious?: number | undefined;
}

/**
 * Keys of one user that overlap. Slot *s* of *keepPrevious + 1* holds the newest generation that leaves
 * the remainder *s*, so bumping `generation` by one replaces the key of the oldest slot alone.
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
  /** The keys before it that are still valid, newest first. Secret. */
  readonly previousApiKeys: pulumi.Output<string[]>;
  /** Vultr's ids: of the current key, then of the previous ones, newest first. */
  readonly keyIds: pulumi.Output<string[]>;
  /** The current key's fingerprint: not secret, changes with every rotation. */
  readonly fingerprint: pulumi.Output<string>;

  /**
   * @param name the ring's name in the program; its keys are named `<name>-<slot>`
   * @param args the current generation, how many keys stay behind it, and the args of each key
   * @param options Pulumi's options
   * @throws {pulumi.RunError} `generation` or `keepPrevious` is not such a number
   */
  constructor(
    name: string,
    args: VultrUserApiKeyRingArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const { generation, keepPrevious = 1, ...keyArgs } = args;
    expectWholeNumber(name, "generation", generation, 1, Number.MAX_SAFE_INTEGER);
    expectWholeNumber(name, "keepPrevious", keepPrevious, 0, 9);
    super(ringType, name, {}, options);

    const slots = keepPrevious + 1;
    const keys = Array.from({ length: Math.min(slots, generation) }, (_, age) => {
      const rotationTrigger = generation - age;
      const slotName = `${name}-${rotationTrigger % slots}`;
      return new VultrUserApiKey(slotName, { ...keyArgs, rotationTrigger }, { parent: this });
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

function expectWholeNumber(
  ring: string,
  arg: string,
  value: unknown,
  smallest: number,
  largest: number,
): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= smallest && value <= largest)
    return;
  const range =
    largest === Number.MAX_SAFE_INTEGER ? `${smallest} or more` : `${smallest} to ${largest}`;
  throw new pulumi.RunError(
    `API key ring "${ring}": ${arg} must be a whole number, ${range}, and is ${shown(arg, value)}`,
  );
}

/** What somebody wrote instead of a number, and what to write; of text only its kind, for it may be a secret. */
function shown(arg: string, value: unknown): string {
  const advice = `the program must know it: write the number itself, or read it with config.requireNumber("${arg}")`;
  if (pulumi.Output.isInstance(value)) return `an output; ${advice}`;
  if (value instanceof Promise) return `a promise; ${advice}`;
  if (typeof value === "number" || value === undefined || value === null) return String(value);
  return typeof value === "string" ? `text; ${advice}` : `of type ${typeof value}; ${advice}`;
}
