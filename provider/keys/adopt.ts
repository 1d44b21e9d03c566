/** Takes an existing key into state and leaves it unchanged. Only a rotation revokes it; removing the resource does not. */
import { VultrError } from "../vultr/errors";
import { formatUtc } from "../vultr/clock";
import type { ListedApiKey } from "../vultr/schemas";
import type { Context } from "./context";
import type { KeyInputs } from "./inputs";
import { listKeys } from "./presence";
import { identitiesOf } from "./run-memory";
import { type KeyState, newState } from "./state";
import { verify } from "./verify";

type AdoptInputs = KeyInputs & { adoptKeyId: string; userId: string };

/**
 * @param inputs with the user resolved
 * @throws {VultrError} the user has no such key, it is managed already, it is not as the args describe it, or
 *   `adoptApiKey` does not authenticate. The key is left as it is.
 */
export async function adopt(context: Context, inputs: AdoptInputs): Promise<KeyState> {
  const { adoptKeyId: keyId, userId, adoptApiKey: apiKey } = inputs;
  const others = context.memory.holdersOf(keyId, inputs);
  if (others.length > 0)
    refuse(
      keyId,
      `another resource of this program holds it: ${identitiesOf(others)}`,
      "A key has one owner: remove one of the two resources.",
    );
  const listed = await listedKey(context, inputs);
  if (inputs.name !== undefined && inputs.name !== listed.name)
    refuse(keyId, `it is named "${listed.name}"`, "Write that name, or leave name out.");
  const wantedMs = inputs.dateExpire === undefined ? undefined : Date.parse(inputs.dateExpire);
  const listedMs = listed.dateExpire === undefined ? undefined : Date.parse(listed.dateExpire);
  if (wantedMs !== undefined && wantedMs !== listedMs)
    refuse(
      keyId,
      listed.dateExpire === undefined ? "it never expires" : `it expires at ${listed.dateExpire}`,
      "An expiry cannot be changed: leave dateExpire out, or write that time.",
    );
  if (apiKey !== undefined) refuseOtherPlaintext(apiKey, listed);

  const { name, dateExpire } = listed;
  const proven = apiKey !== undefined && inputs.verify !== false;
  const nextStep = "Check adoptApiKey, or leave it out.";
  const verifiedAt = proven
    ? await verify(context, { userId, name, apiKey, dateExpire, nextStep })
    : undefined;
  const createdAt = formatUtc(context.clock.now());
  return newState(inputs, { keyId, userId, name, dateExpire, createdAt, apiKey, verifiedAt });
}

async function listedKey(context: Context, inputs: AdoptInputs): Promise<ListedApiKey> {
  const { userId, adoptKeyId } = inputs;
  const keys = (await listKeys(context, userId)) ?? [];
  const listed = keys.find(({ keyId }) => keyId === adoptKeyId);
  if (listed !== undefined) return listed;
  return refuse(
    adoptKeyId,
    `user ${userId} has ${keys.length} API keys and this is none of them`,
    "Check adoptKeyId, and that the key belongs to this user. If the key has been rotated here since, remove adoptKeyId and adoptApiKey: a new key is made.",
  );
}

/**
 * Vultr lists the last five characters of each key, or none: enough to notice most mix-ups.
 *
 * @throws {VultrError} `apiKey` is not the plaintext of the listed key
 */
export function refuseOtherPlaintext(apiKey: string, { keyId, tail }: ListedApiKey): void {
  if (apiKey.endsWith(tail)) return;
  refuse(
    keyId,
    `adoptApiKey is not its plaintext: it should end in ${tail}`,
    "Write the plaintext of this key, or leave adoptApiKey out.",
  );
}

function refuse(keyId: string, why: string, hint: string): never {
  throw new VultrError({
    message: `could not adopt API key ${keyId}: ${why}`,
    hint: `${hint} Nothing was changed.`,
  });
}
