/**
 * A visit to an account: raw HTTP without any code of the package, slow and counted. It makes one service
 * user and touches nothing else. Whatever ends it, the user's name tells the next one what to delete.
 */
import { randomBytes, randomUUID } from "node:crypto";

/** Names of all users that a visit makes: nobody else's match. */
const userName = /^emulator-check-[0-9a-f]{12}@example\.com$/;

/** Most requests of one visit, clean-up not counted. */
const maxRequests = 120;

export interface VisitOptions {
  url: string;
  apiKey: string;
  /** Called before each request with its number; real visits wait here. */
  pace: (count: number) => Promise<void>;
  wait: (ms: number) => Promise<void>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** How long an answer may take, in milliseconds. */
  patienceMs: number;
}

export interface Reply {
  /** HTTP status; 0 if no answer came. */
  status: number;
  /** `status`, or that which the body of a success says. */
  means: number;
  /** Vultr's `error`, or how the connection ended. */
  words: string;
  headers: Headers;
  text: string;
  /** The body; `{}` where it is none. */
  json: Row;
}

export interface Call {
  method?: string;
  /** @default the management key */
  apiKey?: string | undefined;
  body?: object;
  /** Sent again, some seconds later, while Vultr answers 429. @default true */
  isPatient?: boolean;
}

export interface ProbeKey {
  reply: Reply;
  /** Undefined where the answer does not show it. */
  id: string | undefined;
  apiKey: string | undefined;
}

export type Row = Record<string, unknown>;

export class Visit {
  /** Every answer so far, for what is only seen in passing. */
  readonly replies: Reply[] = [];
  userId = "";
  readonly #made = new Set<string>();
  #isStopped = false;

  constructor(readonly options: VisitOptions) {}

  get now(): number {
    return this.options.now();
  }

  get keysPath(): string {
    return `/users/${this.userId}/apikeys`;
  }

  /** From now on it makes nothing more; clean-up goes on. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Never throws over an answer, or over none. */
  async send(path: string, { isPatient = true, ...call }: Call = {}): Promise<Reply> {
    for (;;) {
      if (this.#isStopped || this.replies.length >= maxRequests)
        throw new Error(`stopped after ${this.replies.length} requests`);
      const reply = await this.#request(path, call);
      this.replies.push(reply);
      if (reply.status !== 429 || !isPatient) return reply;
      await this.options.wait(2_000);
    }
  }

  /** Makes the service user, whose keys are all that the probes touch. */
  async begin(): Promise<void> {
    const email = `emulator-check-${randomBytes(6).toString("hex")}@example.com`;
    const password = `Aa1!${randomUUID()}`;
    const names = { first_name: "Emulator", last_name: "Check", email };
    const rights = { password, api_enabled: true, service_user: true, acls: [] };
    const reply = await this.send("/users", { method: "POST", body: { ...names, ...rights } });
    const { id } = rowIn(reply.json, "user");
    if (typeof id !== "string") throw new Error(`no service user could be made: ${said(reply)}`);
    this.userId = id;
  }

  /** Makes a key of the service user; it expires in an hour, unless `body` says otherwise. */
  async makeKey(body: object = {}, caller?: string): Promise<ProbeKey> {
    const soon = { expire: true, date_expire: isoTime(this.now + 3_600_000) };
    const asked = { ...soon, name: `probe-${this.replies.length}`, ...body };
    const reply = await this.send(this.keysPath, { method: "POST", apiKey: caller, body: asked });
    const key = isRow(reply.json["api_key"]) ? reply.json["api_key"] : reply.json;
    const [id, apiKey] = [key["id"], key["api_key"]].map((each) =>
      typeof each === "string" && !each.includes("*") ? each : undefined,
    );
    if (id !== undefined) this.#made.add(id);
    return { reply, id, apiKey };
  }

  pathOf({ id = "" }: Pick<ProbeKey, "id">): string {
    return `${this.keysPath}/${id}`;
  }

  async deleteKey(key: Pick<ProbeKey, "id">, apiKey?: string): Promise<Reply> {
    const reply = await this.send(this.pathOf(key), { method: "DELETE", apiKey });
    if (reply.means < 300) this.#made.delete(key.id ?? "");
    return reply;
  }

  /** Deletes what the last probe left, so that a limit on keys does not meet the next one. */
  async dropKeys(): Promise<void> {
    for (const id of [...this.#made]) await this.deleteKey({ id });
  }

  async readUser(): Promise<Row> {
    const { json } = await this.send(`/users/${this.userId}`);
    return rowIn(json, "user");
  }

  async listKeys(): Promise<Row[]> {
    const { json } = await this.send(this.keysPath);
    return rowsIn(json, "api_keys");
  }

  /**
   * Deletes this visit's user, and every one that has the name of a visit's, with their keys first: whether
   * Vultr deletes those with their user is not known.
   *
   * @returns what could not be deleted
   */
  async clean(): Promise<string[]> {
    const left: string[] = [];
    const ids = new Set(this.userId === "" ? [] : [this.userId]);
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const page: Reply = await this.#insist(
        `/users?per_page=500&cursor=${encodeURIComponent(cursor)}`,
      );
      if (!Array.isArray(page.json["users"])) left.push(`users that are not listed: ${said(page)}`);
      for (const { id, email } of rowsIn(page.json, "users"))
        if (typeof id === "string" && userName.test(String(email))) ids.add(id);
      const { next } = rowIn(rowIn(page.json, "meta"), "links");
      cursor = typeof next === "string" && next !== "" && next !== cursor ? next : undefined;
    }
    for (const id of ids) {
      const path = `/users/${id}`;
      const keys = await this.#insist(`${path}/apikeys`);
      for (const key of rowsIn(keys.json, "api_keys"))
        await this.#insist(`${path}/apikeys/${String(key["id"])}`, { method: "DELETE" });
      const reply = await this.#insist(path, { method: "DELETE" });
      const isGone = [400, 404].includes(reply.means);
      const isDeleted = reply.means >= 200 && reply.means < 300;
      if (!isDeleted && !isGone) left.push(`user ${id}: ${said(reply)}`);
    }
    return left;
  }

  /** As part of clean-up a request is repeated until somebody answers it. */
  async #insist(path: string, call: Call = {}): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      const reply = await this.#request(path, call);
      const isRefused = reply.status === 0 || reply.status === 429 || reply.status >= 500;
      if (!isRefused || tries === 10) return reply;
      await this.options.wait(1_000);
    }
  }

  async #request(path: string, { method = "GET", apiKey, body }: Call): Promise<Reply> {
    const { url, patienceMs, pace, apiKey: managementKey } = this.options;
    await pace(this.replies.length);
    const headers = {
      authorization: `Bearer ${apiKey ?? managementKey}`,
      ...(body && { "content-type": "application/json" }),
    };
    try {
      const answer = await fetch(url + path, {
        ...{ method, headers, redirect: "manual", signal: AbortSignal.timeout(patienceMs) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return replyOf(answer.status, answer.headers, await answer.text());
    } catch (error) {
      const isLate = String(error).startsWith("TimeoutError");
      return { ...replyOf(0, new Headers(), ""), words: isLate ? "timeout" : "reset" };
    }
  }
}

function replyOf(status: number, headers: Headers, text: string): Reply {
  const json = jsonIn(text);
  const { error, status: inBody } = json;
  const isDenied = status < 300 && error !== undefined && typeof inBody === "number";
  const words = typeof error === "string" ? error : "";
  return { status, means: isDenied ? inBody : status, words, headers, text, json };
}

function jsonIn(text: string): Row {
  try {
    const json = JSON.parse(text) as unknown;
    return isRow(json) ? json : {};
  } catch {
    return {};
  }
}

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The row of that name; `{}` where it is none. */
function rowIn(row: Row, name: string): Row {
  const found = row[name];
  return isRow(found) ? found : {};
}

function rowsIn(row: Row, name: string): Row[] {
  const found = row[name];
  return Array.isArray(found) ? found.filter(isRow) : [];
}

/** An answer for people: no plaintext is in an error. */
export function said({ status, words }: Reply): string {
  return `${status === 0 ? "no answer" : status} ${words}`.trim();
}

/** RFC 3339 in whole seconds. */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
