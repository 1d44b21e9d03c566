/** Listing, reading, creating and deleting the keys of a user. */
import { randomInt } from "node:crypto";
import { z } from "zod";

import { type Answer, badRequest, emptyAnswer, jsonAnswer, notFound } from "./answers";
import { mayDeleteKeys } from "./authentication";
import { msOfDate } from "./dates";
import type { Handler } from "./routes";
import type { EmulatedAccount, EmulatedKey } from "./state";
import { keyBody, mask } from "./wire-bodies";

/** Unknown fields are ignored; a known field of the wrong type is a 400. */
const createKeyBody = z.object({
  name: z.string().optional(),
  expire: z.boolean().optional(),
  date_expire: z.string().optional(),
});
type CreateKeyBody = z.infer<typeof createKeyBody>;

export const listKeys: Handler = (account, request, { userId }) => {
  const keys = listedKeys(account, userId).filter((key) => request.findsKey("list", key));
  if (account.switches().listOrder === "shuffled") shuffle(keys);
  return jsonAnswer(200, { api_keys: keys.map((key) => keyBody(account, key, mask(key.apiKey))) });
};

export const getKey: Handler = (account, request, { userId, keyId }) => {
  const key = listedKeys(account, userId).find((listed) => listed.id === keyId);
  if (key === undefined || !request.findsKey("read", key)) return missingKey(account);
  return jsonAnswer(200, { api_key: keyBody(account, key, mask(key.apiKey)) });
};

export const createKey: Handler = (account, request, { userId }) => {
  const asked = createKeyBody.safeParse(request.json);
  if (!asked.success) return badRequest();
  const expiry = expiryOf(account, asked.data);
  const name = nameOf(account, userId, asked.data.name);
  if (expiry === undefined || name === undefined) return badRequest();
  const { keysPerUser, createStatus, createBody } = account.switches();
  if (keysPerUser !== null && account.keysOf(userId).length >= keysPerUser) return badRequest();
  const usableAfterMs = request.newKeyUsableAfterMs;
  const lag = usableAfterMs === undefined ? {} : { usableAfterMs };
  const key = account.addKey(userId, { name, ...expiry, ...lag });
  request.onCreated();
  const body = keyBody(account, key, createBody === "masked" ? mask(key.apiKey) : key.apiKey);
  if (createBody === "empty") return emptyAnswer(createStatus);
  return jsonAnswer(createStatus, createBody === "bare" ? body : { api_key: body });
};

export const deleteKey: Handler = (account, request, { userId, keyId }) => {
  const refused = mayDeleteKeys(account, request.caller);
  if (refused !== undefined) return refused;
  const key = account.keysOf(userId).find((live) => live.id === keyId);
  if (key === undefined) return missingKey(account);
  if (key.id === request.caller.key.id && account.switches().deleteKeyInUse === 400)
    return badRequest();
  account.deleteKey(key.id);
  return emptyAnswer(204);
};

/** The expiry that a create gets; undefined where it is turned away. */
function expiryOf(
  account: EmulatedAccount,
  asked: CreateKeyBody,
): { dateExpire?: string } | undefined {
  const { expire = false, date_expire: date = "" } = asked;
  if (!expire && date === "") return {};
  if (expire && msOfDate(date) > account.now()) return { dateExpire: date };
  const { badDate } = account.switches();
  if (badDate === "400") return undefined;
  return badDate === "stored" && expire && date !== "" ? { dateExpire: date } : {};
}

/** The name that a create gets; undefined where it is turned away. */
function nameOf(account: EmulatedAccount, userId: string, asked = ""): string | undefined {
  const longest = 128;
  switch (account.switches().keyName) {
    case "reject-duplicate":
      return account.keysOf(userId).some((key) => key.name === asked) ? undefined : asked;
    case "reject-long":
      return asked.length > longest ? undefined : asked;
    case "cut-long":
      return asked.slice(0, longest);
    case "default-if-absent":
      return asked === "" ? "Default" : asked;
    case "any":
      return asked;
  }
}

function listedKeys(account: EmulatedAccount, userId: string): EmulatedKey[] {
  const { deletedKeyListedForMs, expiredKeyListed } = account.switches();
  const nowMs = account.now();
  return [...account.keys.values()].filter((key) => {
    if (key.userId !== userId || key.listedFromMs > nowMs) return false;
    if (expiredKeyListed === "disappears" && account.isExpired(key)) return false;
    return key.deletedAtMs === undefined || nowMs < key.deletedAtMs + deletedKeyListedForMs;
  });
}

function missingKey(account: EmulatedAccount): Answer {
  const { missingKey: choice } = account.switches();
  if (choice === "400") return badRequest();
  if (choice === "404") return notFound();
  return jsonAnswer(404, { error: "Not found.", status: 404, is_external_error: false });
}

function shuffle(list: unknown[]): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [list[at], list[other]] = [list[other], list[at]];
  }
}
