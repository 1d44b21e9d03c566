/** Listing, reading, creating and deleting the keys of a user. */
import { randomInt } from "node:crypto";
import { z } from "zod";

import { type Answer, badRequest, emptyAnswer, jsonAnswer, notFound } from "./answers";
import { mayDeleteKeys } from "./authentication";
import { msOfDate } from "./dates";
import type { Handler } from "./routes";
import type { EmulatedAccount, EmulatedKey, NewKey } from "./state";
import { keyBody, mask } from "./wire-bodies";

/** Unknown fields are ignored; a known field of the wrong type is a 400. */
const createKeyBody = z.object({
  name: z.string().default(""),
  expire: z.boolean().default(false),
  date_expire: z.string().default(""),
});
type CreateKeyBody = z.infer<typeof createKeyBody>;

export const listKeys: Handler = (account, request, { user }) => {
  const keys = listedKeys(account, user.id).filter((key) => request.findsKey("list", key));
  if (account.switches().listOrder === "shuffled") shuffle(keys);
  return jsonAnswer(200, { api_keys: keys.map((key) => keyBody(account, key, mask(key.apiKey))) });
};

export const getKey: Handler = (account, request, { user, keyId }) => {
  const key = listedKeys(account, user.id).find((listed) => listed.id === keyId);
  if (key === undefined || !request.findsKey("read", key)) return missingKey(account);
  return jsonAnswer(200, { api_key: keyBody(account, key, mask(key.apiKey)) });
};

export const createKey: Handler = (account, request, { user }) => {
  const asked = createKeyBody.safeParse(request.json);
  if (!asked.success) return badRequest;
  const expiry = expiryOf(account, asked.data);
  const name = nameOf(account, user.id, asked.data.name);
  if (expiry === undefined || name === undefined) return badRequest;
  const { keysPerUser, createStatus, createBody } = account.switches();
  if (keysPerUser !== null && account.keysOf(user.id).length >= keysPerUser) return badRequest;
  const usableAfterMs = request.newKeyUsableAfterMs;
  const lag = usableAfterMs === undefined ? {} : { usableAfterMs };
  const key = account.addKey(user.id, { name, ...expiry, ...lag });
  request.onCreated();
  if (createBody === "empty") return emptyAnswer(createStatus);
  const body = keyBody(account, key, createBody === "masked" ? mask(key.apiKey) : key.apiKey);
  return jsonAnswer(createStatus, createBody === "bare" ? body : { api_key: body });
};

export const deleteKey: Handler = (account, { caller }, { user, keyId }) => {
  const refused = mayDeleteKeys(account, caller);
  if (refused !== undefined) return refused;
  if (!account.keysOf(user.id).some((live) => live.id === keyId)) return missingKey(account);
  if (keyId === caller.key.id && account.switches().deleteKeyInUse === 400) return badRequest;
  account.deleteKey(keyId);
  return emptyAnswer(204);
};

/** The expiry that a create gets; undefined where it is turned away. */
function expiryOf(
  account: EmulatedAccount,
  { expire, date_expire: dateExpire }: CreateKeyBody,
): Pick<NewKey, "dateExpire"> | undefined {
  if (!expire && dateExpire === "") return {};
  if (expire && msOfDate(dateExpire) > account.now()) return { dateExpire };
  const { badDate } = account.switches();
  if (badDate === "400") return undefined;
  return badDate === "stored" && expire && dateExpire !== "" ? { dateExpire } : {};
}

/** The name that a create gets; undefined where it is turned away. */
function nameOf(account: EmulatedAccount, userId: string, asked: string): string | undefined {
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
  const external = { error: "Not found.", status: 404, is_external_error: false };
  const answers = {
    "400": badRequest,
    "404": notFound,
    "external-error": jsonAnswer(404, external),
  };
  return answers[account.switches().missingKey];
}

function shuffle(list: unknown[]): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [list[at], list[other]] = [list[other], list[at]];
  }
}
