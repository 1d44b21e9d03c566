/**
 * Vultr's API as this package needs it: one typed method an endpoint. Knows nothing of Pulumi.
 *
 * Every method waits for its turn under the rate limit and follows the retry table; each operation
 * ends within `deadlineMs`.
 */
import type { z } from "zod";

import type { Clock } from "./clock";
import { BadRequestError, NotFoundError, ResponseSchemaError } from "./errors";
import type { RateLimiter } from "./rate-limit";
import { rememberSecret } from "./redact";
import { type Operation, sendWithRetry } from "./retry";
import {
  accountSchema,
  apiKeysPageSchema,
  type CreatedApiKey,
  createdApiKeySchema,
  type ListedApiKey,
  userSchema,
  usersPageSchema,
  type VultrUser,
} from "./schemas";
import { createSharedRead } from "./shared-read";
import type { ApiRequest, Transport } from "./transport";

/** A key's place at Vultr. */
export interface ApiKeyRef {
  userId: string;
  keyId: string;
}

/** What a new key is to be. */
export interface NewApiKey {
  userId: string;
  name: string;
  /** RFC 3339, UTC; left out for a key that never expires. */
  dateExpire?: string;
}

/** How long one call may take in all, waiting and repeats included. */
export interface CallOptions {
  /** A time of `clock.monotonicMs()`. */
  deadlineMs: number;
  /** Ends the call early, unless a key may be on its way. */
  signal?: AbortSignal | undefined;
}

export interface ReadOptions extends CallOptions {
  /** An answer shared with other callers must have been asked for at or after this time of `clock.monotonicMs()`. */
  notBeforeMs: number;
}

export interface ClientOptions {
  transport: Transport;
  limiter: RateLimiter;
  clock: Clock;
}

/** Users a page: the documented maximum. */
const usersPerPage = "500";

export class VultrClient {
  readonly #options: ClientOptions;
  readonly #keyLists;
  readonly #userLists;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#keyLists = createSharedRead<ListedApiKey[]>(options.clock);
    this.#userLists = createSharedRead<VultrUser[]>(options.clock);
  }

  /**
   * All users, over all pages.
   *
   * @see https://docs.vultr.com/api — `GET /users`; the cursor is an opaque string, empty at the end
   */
  listUsers(options: ReadOptions): Promise<VultrUser[]> {
    return this.#userLists.get("all", options.notBeforeMs, async (onStart) => {
      const users: VultrUser[] = [];
      const action = "list the account's users";
      await this.#everyPage(action, async (cursor) => {
        const query = { per_page: usersPerPage, ...cursor };
        const request: ApiRequest = { method: "GET", path: "/users", query, action };
        const page = await this.#read(request, usersPageSchema, options, onStart);
        users.push(...page.users);
        return page.nextCursor;
      });
      return users;
    });
  }

  /** One user. @throws {NotFoundError | BadRequestError} Vultr does not know the id */
  getUser(userId: string, options: CallOptions): Promise<VultrUser> {
    const path = `/users/${encodeURIComponent(userId)}`;
    return this.#read({ method: "GET", path, action: `read user ${userId}` }, userSchema, options);
  }

  /**
   * All keys of a user. One full list, documented without paging; one that says that there is more
   * is followed, because a part proves no absence. Callers that ask at the same time share a request.
   *
   * @throws {ResponseSchemaError} also if the list holds fewer keys than it says there are
   */
  listUserApiKeys(userId: string, options: ReadOptions): Promise<ListedApiKey[]> {
    return this.#keyLists.get(userId, options.notBeforeMs, async (onStart) => {
      const keys: ListedApiKey[] = [];
      let total = 0;
      const action = `list the API keys of user ${userId}`;
      await this.#everyPage(action, async (cursor) => {
        const path = keysPath(userId);
        const request: ApiRequest = { method: "GET", path, query: cursor, action };
        const page = await this.#read(request, apiKeysPageSchema, options, onStart);
        keys.push(...page.keys);
        total = Math.max(total, page.total ?? 0);
        return page.nextCursor;
      });
      if (keys.length < total)
        throw unusableListing(action, `Vultr lists ${keys.length} of ${total} and no next page`);
      return keys;
    });
  }

  /** Reads pages until one names no next; `read` gets the query of its page and returns the next cursor. */
  async #everyPage(
    action: string,
    read: (cursor: Record<string, string>) => Promise<string | undefined>,
  ): Promise<void> {
    const seen = new Set<string>();
    for (let cursor = await read({}); cursor !== undefined; cursor = await read({ cursor })) {
      if (seen.has(cursor)) throw unusableListing(action, "Vultr repeats a page");
      seen.add(cursor);
    }
  }

  /**
   * Creates a key; its plaintext is shown this once. Repeated only where no key can exist yet.
   *
   * @throws {ResponseSchemaError} a key may exist, but its plaintext did not arrive
   */
  async createUserApiKey(key: NewApiKey, options: CallOptions): Promise<CreatedApiKey> {
    const { userId, name, dateExpire } = key;
    const expiry = dateExpire === undefined ? {} : { expire: true, date_expire: dateExpire };
    const request: ApiRequest = {
      method: "POST",
      path: keysPath(userId),
      body: { name, ...expiry },
      action: `create API key "${name}" of user ${userId}`,
    };
    try {
      const body = await this.#send("create", request, options);
      rememberPlaintext(body);
      return parsed(body, createdApiKeySchema, request);
    } finally {
      this.#keyLists.invalidate(userId);
    }
  }

  /**
   * Asks for a key to be deleted. An absent key is not told apart from a wrong request here:
   * only the list proves absence.
   *
   * @throws {NotFoundError | BadRequestError} also where the key is gone already
   */
  async deleteUserApiKey(key: ApiKeyRef, options: CallOptions): Promise<void> {
    const path = `${keysPath(key.userId)}/${encodeURIComponent(key.keyId)}`;
    const action = `delete API key ${key.keyId} of user ${key.userId}`;
    try {
      await this.#send("delete", { method: "DELETE", path, action }, options);
    } finally {
      this.#keyLists.invalidate(key.userId);
    }
  }

  /** Succeeds where `apiKey` authenticates and may read the account. */
  async getAccountAs(apiKey: string, options: CallOptions): Promise<void> {
    const action = "use the new API key";
    const request: ApiRequest = { method: "GET", path: "/account", apiKey, action };
    await this.#read(request, accountSchema, options);
  }

  /** Does Vultr say in two ways that the user does not exist? The proof that one 404 is not. */
  async isUserGone(userId: string, options: ReadOptions): Promise<boolean> {
    try {
      await this.getUser(userId, options);
      return false;
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof BadRequestError)) throw error;
    }
    const users = await this.listUsers(options);
    return !users.some((user) => user.userId === userId);
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  async #read<T extends z.ZodType>(
    request: ApiRequest,
    schema: T,
    options: CallOptions,
    onStart?: () => void,
  ): Promise<z.infer<T>> {
    return parsed(await this.#send("read", request, options, onStart), schema, request);
  }

  #send(operation: Operation, request: ApiRequest, options: CallOptions, onStart?: () => void) {
    const { transport, limiter, clock } = this.#options;
    const send = (): Promise<unknown> => {
      onStart?.();
      return transport.send(request);
    };
    const { action } = request;
    const { deadlineMs, signal } = options;
    return sendWithRetry(send, { operation, action, deadlineMs, signal, limiter, clock });
  }
}

function keysPath(userId: string): string {
  return `/users/${encodeURIComponent(userId)}/apikeys`;
}

function parsed<T extends z.ZodType>(body: unknown, schema: T, request: ApiRequest): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  // Paths and expectations only: the values may be secret.
  const issues = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "body"} (${issue.code})`,
  );
  throw new ResponseSchemaError({
    message: `could not ${request.action}: Vultr's answer is not what its API documents: ${issues.join(", ")}`,
    hint: "Check `vultr:apiUrl`. If it is right, Vultr's API has changed: please open an issue.",
  });
}

/** A plaintext in an answer of an unexpected shape is a secret all the same. */
function rememberPlaintext(body: unknown): void {
  JSON.stringify(body, (field, value: unknown) => {
    if (field === "api_key" && typeof value === "string" && !value.includes("*"))
      rememberSecret(value);
    return value;
  });
}

function unusableListing(action: string, why: string): ResponseSchemaError {
  return new ResponseSchemaError({
    message: `could not ${action}: ${why}`,
    hint: "Run again. If it stays so, please open an issue.",
  });
}
