/** Borrows an existing key as it is. Its first rotation replaces and revokes it; whatever else ends the resource leaves it. */
import type { CallOptions } from "../vultr/client";
import { VultrError } from "../vultr/errors";
import { formatUtc } from "../vultr/clock";
import type { ListedApiKey } from "../vultr/schemas";
import type { Context } from "./context";
import type { KeyInputs } from "./inputs";
import { listKeys } from "./presence";
import { isOther, namesOf } from "./run-memory";
import { type CreateResult, newState, resourceId } from "./state";
import { verify } from "./verify";

type AdoptInputs = KeyInputs & { adoptKeyId: string; userId: string };

/**
 * @param inputs with the user resolved
 * @throws {VultrError} the user has no such key, it is managed already, it is not as the args describe it, or
 *   `adoptApiKey` does not authenticate. The key is left as it is.
 */
export async function adopt(
  context: Context,
  inputs: AdoptInputs,
  limit: CallOptions,
): Promise<CreateResult> {
  const { adoptKeyId: keyId, userId, adoptApiKey: apiKey } = inputs;
  const others = context.memory.holdersOf(keyId).filter(isOther(inputs));
  if (others.length > 0)
    refuse(
      inputs,
      `another resource of this program holds it: ${namesOf(others)}`,
      "A key has one owner: remove one of the two resources.",
    );
  const listed = await listedKey(context, inputs, limit);
  if (inputs.name !== undefined && inputs.name !== listed.name)
    refuse(inputs, `it is named "${listed.name}"`, "Write that name, or leave name out.");
  if (
    inputs.dateExpire !== undefined &&
    Date.parse(inputs.dateExpire) !== Date.parse(listed.dateExpire ?? "")
  )
    refuse(
      inputs,
      listed.dateExpire === undefined ? "it never expires" : `it expires at ${listed.dateExpire}`,
      "An expiry cannot be changed: write that time, or leave dateExpire out.",
    );
  if (apiKey !== undefined) refuseOtherPlaintext(inputs, apiKey, listed);

  const { name, dateExpire } = listed;
  const proven = apiKey !== undefined && inputs.verify !== false;
  const verifiedAt = proven
    ? await verify(context, { userId, keyId, name, apiKey, dateExpire }, limit)
    : undefined;
  const createdAt = formatUtc(context.clock.now());
  const key = { keyId, userId, name, dateExpire, createdAt, apiKey, verifiedAt };
  return { id: resourceId(key), outs: newState(inputs, key) };
}

async function listedKey(
  context: Context,
  inputs: AdoptInputs,
  limit: CallOptions,
): Promise<ListedApiKey> {
  const { userId, adoptKeyId } = inputs;
  const keys = (await listKeys(context, userId, limit)) ?? [];
  const listed = keys.find((key) => key.keyId === adoptKeyId);
  if (listed !== undefined) return listed;
  return refuse(
    inputs,
    `user ${userId} has ${keys.length} API keys and this is none of them`,
    "Check adoptKeyId, and that the key belongs to this user. If the key has been rotated here since, remove adoptKeyId: a new key is made.",
  );
}

/** The listing shows the last five characters of each key, or none: enough to catch a mix-up. */
export function refuseOtherPlaintext(
  inputs: { adoptKeyId?: string | undefined },
  apiKey: string,
  listed: ListedApiKey,
): void {
  if (apiKey.endsWith(listed.tail)) return;
  refuse(
    inputs,
    `adoptApiKey is not its plaintext: it should end in ${listed.tail}`,
    "Write the plaintext of this key, or leave adoptApiKey out.",
  );
}

function refuse(inputs: { adoptKeyId?: string | undefined }, why: string, hint: string): never {
  throw new VultrError({
    message: `could not adopt API key ${inputs.adoptKeyId ?? ""}: ${why}`,
    hint: `${hint} Nothing was changed.`,
  });
}
