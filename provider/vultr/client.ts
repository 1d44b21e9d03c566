/**
 * Vultr's API as this package needs it: one typed method an endpoint. Knows nothing of Pulumi.
 *
 * Every method waits for its turn under the rate limit and follows the retry table; each operation
 * ends within `deadlineMs`.
 */
import type { z } from "zod";

import type { Clock } from "./clock";
import { BadRequestError, NotFoundError, ResponseSchemaError } from "./errors";
import { wordsOfErrorIn } from "./failures";
import type { RateLimiter } from "./rate-limit";
import { rememberSecret } from "./redact";
import { type Operation, sendWithRetry } from "./retry";
import {
  accountSchema,
  type AllowedSubnet,
  allowlistSchema,
  apiKeysPageSchema,
  type CreatedApiKey,
  createdApiKeySchema,
  type ListedApiKey,
  type ListedUser,
  type Page,
  userSchema,
  usersPageSchema,
  type VultrAccount,
  type VultrUser,
} from "./schemas";
import { createSharedRead } from "./shared-read";
import type { ApiRequest, Transport } from "./transport";
import { word } from "../words";

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
  /** A time of `clock.monotonicMs()`, after which nothing new is started. */
  deadlineMs: number;
  /** Ends the call early, unless a key may be on its way. */
  signal?: AbortSignal | undefined;
}

export interface ReadOptions extends CallOptions {
  /** An answer shared with other callers must have been asked for at or after this time of `clock.monotonicMs()`. */
  notBeforeMs: number;
}

/** 500 users a page are the documented maximum. */
const allUsers = {
  path: "/users",
  query: { per_page: "500" },
  action: "list the account's users",
};

export class VultrClient {
  readonly #options;
  readonly #keyLists;
  readonly #userLists;

  constructor(options: { transport: Transport; limiter: RateLimiter; clock: Clock }) {
    this.#options = options;
    this.#keyLists = createSharedRead<ListedApiKey[]>(options.clock);
    this.#userLists = createSharedRead<ListedUser[]>(options.clock);
  }

  /**
   * All users, over all pages.
   *
   * @throws {ResponseSchemaError} also if a row names no id: then the list is not whole
   */
  async listUsers(options: ReadOptions): Promise<VultrUser[]> {
    const rows = await this.listUserRows(options);
    return rows.map(({ userId, ...user }, at) => {
      if (userId !== undefined) return { userId, ...user };
      throw unusableList(allUsers.action, `row ${at + 1} of ${rows.length} names no user's id`);
    });
  }

  /**
   * All users, over all pages, with the rows that name no usable id. One who moves from page to page while
   * they are read, and is listed twice, is one.
   *
   * @see https://docs.vultr.com/api — `GET /users`; the cursor is an opaque string, empty at the end
   */
  listUserRows(options: ReadOptions): Promise<ListedUser[]> {
    return this.#userLists.get("all", options.notBeforeMs, async (onStart) => {
      const rows = await this.#everyPage(allUsers, usersPageSchema, options, onStart);
      return [...new Map(rows.map((row) => [row.userId ?? Symbol("no id"), row])).values()];
    });
  }

  /** One user. @throws {NotFoundError | BadRequestError} Vultr does not know the id */
  getUser(userId: string, options: CallOptions): Promise<VultrUser> {
    const path = `/users/${encodeURIComponent(userId)}`;
    return this.#read({ path, action: `read user ${userId}` }, userSchema, options);
  }

  /**
   * All keys of a user. One full list, documented without paging; one that says that there is more
   * is followed, because a part proves no absence. Callers that ask at the same time share a request.
   *
   * @throws {ResponseSchemaError} also if the list holds fewer keys than it says there are
   */
  listUserApiKeys(userId: string, options: ReadOptions): Promise<ListedApiKey[]> {
    const action = `list the API keys of user ${userId}`;
    return this.#keyLists.get(userId, options.notBeforeMs, (onStart) =>
      this.#everyPage({ path: keysPath(userId), action }, apiKeysPageSchema, options, onStart),
    );
  }

  async #everyPage<Item>(
    first: Omit<ApiRequest, "method">,
    schema: z.ZodType<Page<Item>>,
    options: CallOptions,
    onStart: () => void,
  ): Promise<Item[]> {
    const items: Item[] = [];
    const seen = new Set<string>();
    let total = 0;
    for (let query = first.query ?? {}; ;) {
      const page = await this.#read({ ...first, query }, schema, options, onStart);
      items.push(...page.items);
      total = Math.max(total, page.total ?? 0);
      const cursor = page.nextCursor;
      if (cursor === undefined) break;
      if (seen.has(cursor)) throw unusableList(first.action, "Vultr repeats a page");
      seen.add(cursor);
      query = { ...first.query, cursor };
    }
    // One that is listed twice does not stand for another.
    const listed = new Set(items.map((item) => JSON.stringify(item))).size;
    if (listed < total)
      throw unusableList(first.action, `Vultr lists ${listed} of ${total} and no next page`);
    return items;
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
      return parsed(body, createdApiKeySchema, request.action);
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

  /** The account of whoever authenticates: the client, or the key that is to be tried. */
  getAccount(options: CallOptions, apiKey?: string): Promise<VultrAccount> {
    const action = apiKey === undefined ? "read the account" : "use the API key";
    return this.#read({ path: "/account", action, apiKey }, accountSchema, options);
  }

  /** From where a user's keys may be used. @see https://docs.vultr.com/platform/other/users */
  listAllowedSubnets(userId: string, options: CallOptions): Promise<AllowedSubnet[]> {
    const path = `/users/${encodeURIComponent(userId)}/ip-whitelist`;
    return this.#read(
      { path, action: `list the allowed addresses of user ${userId}` },
      allowlistSchema,
      options,
    );
  }

  /**
   * Does Vultr say in two ways that the user does not exist? The proof that one 404 is not. A list with
   * a row that names no id is none.
   */
  async isUserGone(userId: string, options: ReadOptions): Promise<boolean> {
    try {
      await this.getUser(userId, options);
      return false;
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof BadRequestError)) throw error;
    }
    const rows = await this.listUserRows(options);
    return rows.every((row) => row.userId !== undefined && row.userId !== userId);
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  async #read<T>(
    asked: Omit<ApiRequest, "method">,
    schema: z.ZodType<T>,
    options: CallOptions,
    onStart?: () => void,
  ): Promise<T> {
    const body = await this.#send("read", { ...asked, method: "GET" }, options, onStart);
    return parsed(body, schema, asked.action);
  }

  #send(
    operation: Operation,
    request: ApiRequest,
    options: CallOptions,
    onStart?: () => void,
  ): Promise<unknown> {
    const { transport, ...pacing } = this.#options;
    const send = () => {
      onStart?.();
      return transport.send(request);
    };
    return sendWithRetry(send, { ...options, ...pacing, operation, action: request.action });
  }
}

function keysPath(userId: string): string {
  return `/users/${encodeURIComponent(userId)}/apikeys`;
}

function parsed<T>(body: unknown, schema: z.ZodType<T>, action: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const words = wordsOfErrorIn(body);
  if (words !== undefined)
    throw new ResponseSchemaError({
      message: `could not ${action}: Vultr reported success, yet says ${words}`,
      hint: "Do as Vultr says, if it says why. Then run again.",
    });
  // Paths and expectations only: the values may be secret.
  const issues = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "body"} (${issue.code})`,
  );
  throw new ResponseSchemaError({
    message: `could not ${action}: Vultr's answer is not what its API documents: ${issues.join(", ")}`,
    hint: `Check ${word.apiUrl}. If it is right, Vultr's API has changed: please open an issue.`,
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

function unusableList(action: string, why: string): ResponseSchemaError {
  return new ResponseSchemaError({
    message: `could not ${action}: ${why}`,
    hint: "Run again. If it stays so, please open an issue.",
  });
}
