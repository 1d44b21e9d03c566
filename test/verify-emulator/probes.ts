/** What each switch of the emulator is in reality: a few requests, and what their answers say. */
import { randomUUID } from "node:crypto";

import type { Switches } from "../emulator";
import { isoTime, isRow, type ProbeKey, type Reply, type Row, said, type Visit } from "./visit";

/** What was seen of each switch: a value of it, or words for which it has none. */
export type Findings = Partial<Record<keyof Switches, unknown>>;

export const risks = {
  permissions:
    "turns API access of its service user off and on, and gives it the right to manage users",
  "by-hand": "asks you to suspend its service user and to change that user's access control list",
  "rate-limit": "sends 40 requests at once: other programs behind this address may be refused too",
} as const;
export type Risk = keyof typeof risks;

export interface Probe {
  /** Asked for by `--<risk>`. */
  risk?: Risk;
  finds: (keyof Switches)[];
  look: (visit: Visit, byHand: (step: HandStep) => Promise<void>) => Promise<Findings>;
}

export const handSteps = {
  suspend: "suspend this user",
  restore: "end the suspension, and allow this machine's address alone",
  "other-address": "replace the access control list with 203.0.113.9 alone",
  "no-address": "empty the access control list",
} as const;
export type HandStep = keyof typeof handSteps;

/** What a refusal means, as the switches name it. */
function refusalOf({ means, words }: Reply): string {
  if (/unauthorized ip address/i.test(words)) return `${means} of the address`;
  return means === 401 && words !== "Invalid API token." ? "401-other-text" : String(means);
}

const works = ({ status, means, words }: Reply) =>
  (status === means && means === 200 && words === "") || (means === 403 && words === "Forbidden.");

const use = (visit: Visit, { apiKey }: ProbeKey) => visit.send("/account", { apiKey });

const isListed = async (visit: Visit, key: ProbeKey) =>
  (await visit.listKeys()).some(({ id }) => id === key.id);

/** Whatever a create shows, and the list where it shows nothing. */
async function shownBy(visit: Visit, { reply }: ProbeKey): Promise<Row> {
  if (isRow(reply.json["api_key"])) return reply.json["api_key"];
  return "id" in reply.json ? reply.json : ((await visit.listKeys()).at(-1) ?? {});
}

/** The form of a body, as the switches name it. */
function formOf({ headers, text }: Reply): string {
  if (text === "") return "empty";
  if (headers.get("content-encoding") === "gzip") return "gzip";
  return (headers.get("content-type") ?? "").replace(/^.*\/|;.*$/g, "");
}

function creationOf({ reply }: ProbeKey): Findings {
  const { status, words, json, text } = reply;
  if (status === 0) return { lostCreateReply: words };
  if (status >= 500) return { lostCreateReply: `${status}-${formOf(reply)}` };
  const shown = isRow(json["api_key"]) ? json["api_key"] : undefined;
  const form = String(shown?.["api_key"]).includes("*") ? "masked" : "envelope";
  const bare = "id" in json ? "bare" : text === "" ? "empty" : "other";
  return {
    lostCreateReply: "off",
    createStatus: status,
    createBody: shown === undefined ? bare : form,
  };
}

function otherFieldsOf(user: Row, key: Row): string {
  const names: Row = { string: "documented", number: "numbers", undefined: "absent" };
  const typeNamed = (value: unknown) => (value === null ? "null" : names[typeof value]);
  const types = [user["email"], user["name"], key["name"], key["api_key"]].map(typeNamed);
  return [...new Set(types)].join(" and ");
}

/** Looks until the key is used, listed and read three times running, twelve times at most. */
async function arrivalOf(visit: Visit, key: ProbeKey): Promise<unknown> {
  const startMs = visit.now;
  const seen: Record<string, { looks: string; atMs: number }> = {};
  const note = (what: string, isThere: boolean) => {
    const so = (seen[what] ??= { looks: "", atMs: visit.now - startMs });
    if (!so.looks.includes("y")) so.atMs = visit.now - startMs;
    so.looks += isThere ? "y" : "n";
  };
  for (let round = 0; round < 12; round += 1) {
    note("used", works(await use(visit, key)));
    note("listed", await isListed(visit, key));
    note("read", (await visit.send(visit.pathOf(key))).means === 200);
    if (Object.values(seen).every(({ looks }) => looks.endsWith(round < 2 ? "yy" : "yyy"))) break;
  }
  const looks = Object.values(seen).map((each) => each.looks);
  if (looks.every((each) => !each.includes("n"))) return "at-once";
  if (looks.some((each) => each.includes("yn"))) return "flapping";
  if (looks.some((each) => !each.includes("y")))
    return `not there after ${visit.now - startMs} ms: ${looks.join(" ")}`;
  return { listedAfterMs: seen["listed"]!.atMs, usableAfterMs: seen["used"]!.atMs };
}

/** Milliseconds that a deleted key is listed. */
async function departureOf(visit: Visit, key: ProbeKey): Promise<unknown> {
  const startMs = visit.now;
  for (let looks = 0; looks < 12; looks += 1)
    if (!(await isListed(visit, key))) return looks === 0 ? 0 : visit.now - startMs;
  return `still listed after ${visit.now - startMs} ms`;
}

export const probes: Probe[] = [
  {
    finds: ["unknownUser", "missingKey", "patchKey", "refusalSent", "userStatus"],
    async look(visit) {
      const none = randomUUID();
      const missing = await visit.send(`${visit.keysPath}/${none}`);
      const isExternal = "is_external_error" in missing.json;
      const stranger = await visit.send("/account", { apiKey: "A".repeat(36) });
      const inBody = "status" in stranger.json ? "in-body" : "words-only";
      const sent = stranger.status === 200 ? inBody : stranger.status;
      const { status } = await visit.readUser();
      const patched = await visit.send(`${visit.keysPath}/${none}`, { method: "PATCH", body: {} });
      const unknown = await visit.send(`/users/${none}/apikeys`);
      return {
        unknownUser: unknown.means,
        missingKey: isExternal ? "external-error" : missing.means,
        patchKey: patched.means,
        refusalSent: sent === 401 ? "as-status" : sent,
        userStatus: status ?? "absent",
      };
    },
  },
  {
    finds: [
      ...(["createStatus", "createBody", "lostCreateReply", "otherFields", "newKey"] as const),
      ...(["weakAccount", "noManageUsers", "dateForm"] as const),
      ...(["deletedKeyListedForMs", "deletedKeyUsed"] as const),
    ],
    async look(visit) {
      const key = await visit.makeKey();
      const found = creationOf(key);
      if (found.lostCreateReply !== "off") return found;
      const shown = await shownBy(visit, key);
      const user = await visit.readUser();
      const [listed] = await visit.listKeys();
      if (listed !== undefined) found.otherFields = otherFieldsOf(user, listed);
      const { date_expire: date } = shown;
      const zone = String(date).replace(/^[\d-]+T[\d:]+/, "");
      const forms: Row = { Z: "zulu", "+00:00": "offset", "": "no-zone" };
      if (typeof date === "string") found.dateForm = forms[zone] ?? date;
      if (key.apiKey === undefined || key.id === undefined) return found;
      found.newKey = await arrivalOf(visit, key);
      const account = refusalOf(await use(visit, key));
      if (!account.endsWith("address")) found.weakAccount = account;
      const users = await visit.send("/users", { apiKey: key.apiKey });
      if (!refusalOf(users).endsWith("address")) found.noManageUsers = users.means;
      await visit.deleteKey(key);
      found.deletedKeyListedForMs = await departureOf(visit, key);
      return { ...found, deletedKeyUsed: refusalOf(await use(visit, key)) };
    },
  },
  {
    finds: ["noExpiryDate", "badDate"],
    async look(visit) {
      // The one key that does not expire: it is deleted in the next moment.
      const key = await visit.makeKey({ expire: undefined, date_expire: undefined });
      const date = (await shownBy(visit, key))["date_expire"];
      const past = await visit.makeKey({ date_expire: isoTime(visit.now - 86_400_000) });
      const isMade = past.reply.means < 300;
      const { expire } = isMade ? await shownBy(visit, past) : {};
      const kept = expire === true ? "stored" : "expiry-dropped";
      return {
        noExpiryDate: date === "" ? "empty-string" : date === undefined ? "absent" : date,
        badDate: isMade ? kept : past.reply.means,
      };
    },
  },
  {
    finds: ["expiredKeyUsed", "expiredKeyListed"],
    async look(visit) {
      const key = await visit.makeKey({ date_expire: isoTime(visit.now + 60_000) });
      if (key.apiKey === undefined) return {};
      await visit.options.wait(75_000);
      return {
        expiredKeyListed: (await isListed(visit, key)) ? "stays" : "disappears",
        expiredKeyUsed: refusalOf(await use(visit, key)),
      };
    },
  },
  {
    finds: ["keyName"],
    async look(visit) {
      const nameOf = async (name: string | undefined) => {
        const key = await visit.makeKey({ name });
        if (key.reply.means >= 300) return String(key.reply.means);
        const shown = String((await shownBy(visit, key))["name"]);
        return shown.length > 100 ? String(shown.length) : shown;
      };
      await nameOf("twin");
      const twin = await nameOf("twin");
      await visit.dropKeys();
      const names = [twin, await nameOf("n".repeat(129)), await nameOf(undefined)].join(", ");
      const known: Row = {
        "twin, 129, ": "any",
        "400, 129, ": "reject-duplicate",
        "twin, 400, ": "reject-long",
        "twin, 128, ": "cut-long",
        "twin, 129, Default": "default-if-absent",
      };
      return { keyName: known[names] ?? names };
    },
  },
  {
    finds: ["keysPerUser", "listOrder"],
    async look(visit) {
      const before = await visit.listKeys();
      const made: unknown[] = [];
      let refused: Reply | undefined;
      while (made.length < 8 && refused === undefined) {
        const key = await visit.makeKey();
        if (key.reply.means < 300) made.push(key.id);
        else refused = key.reply;
      }
      const limit = before.length + made.length;
      const atLimit = refused?.means === 400 ? limit : refused && said(refused);
      const listed = (await visit.listKeys()).map(({ id }) => id);
      const order = listed.filter((id) => made.includes(id)).join();
      return {
        keysPerUser: atLimit ?? null,
        ...(made.length === 8 && { listOrder: order === made.join() ? "creation" : "shuffled" }),
      };
    },
  },
  {
    risk: "permissions",
    finds: ["apiDisabled", "deleteRight", "deleteKeyInUse"],
    async look(visit) {
      const change = (body: object) =>
        visit.send(`/users/${visit.userId}`, { method: "PATCH", body });
      const manager = await visit.makeKey();
      if (manager.apiKey === undefined || manager.id === undefined) return {};
      await change({ api_enabled: false });
      const off = refusalOf(await use(visit, manager));
      await change({ api_enabled: true, acls: ["manage_users"] });
      const other = await visit.makeKey({}, manager.apiKey);
      const deletion = await visit.deleteKey(other, manager.apiKey);
      const ofItself = await visit.deleteKey(manager, manager.apiKey);
      await change({ acls: [] });
      const rights: Record<number, string> = { 204: "manage_users", 403: "own" };
      return {
        apiDisabled: off,
        deleteRight: rights[deletion.means] ?? said(deletion),
        ...(deletion.means < 300 && { deleteKeyInUse: ofItself.means }),
      };
    },
  },
  {
    risk: "by-hand",
    finds: ["suspendedUser", "addressRefused", "emptyAllowlist"],
    async look(visit, byHand) {
      const key = await visit.makeKey();
      const before = await use(visit, key);
      await byHand("suspend");
      const suspended = await use(visit, key);
      await byHand("restore");
      await byHand("other-address");
      const elsewhere = refusalOf(await use(visit, key));
      await byHand("no-address");
      const nowhere = await use(visit, key);
      const refused = refusalOf(nowhere).endsWith("address");
      const now = refusalOf(suspended);
      return {
        // Where the key may not see the account, a 403 says nothing.
        ...(before.means === 200 && {
          suspendedUser: now === "200" ? "accepted" : now,
        }),
        addressRefused: elsewhere.replace(" of the address", ""),
        emptyAllowlist: refused ? "block" : works(nowhere) ? "allow" : said(nowhere),
      };
    },
  },
  {
    risk: "rate-limit",
    finds: ["retryAfter"],
    async look(visit) {
      await Promise.all(
        Array.from({ length: 40 }, () => visit.send("/account", { isPatient: false })),
      );
      return {};
    },
  },
];

/** What is seen in passing, if it is: nobody can make a service fail on purpose. */
export function seenInPassing(replies: readonly Reply[]): Findings {
  const found: Findings = {};
  const throttled = replies.find(({ status }) => status === 429);
  if (throttled !== undefined)
    found.retryAfter = throttled.headers.get("retry-after") === null ? "absent" : "sent";
  const failed = replies.find(({ status }) => status >= 500);
  if (failed !== undefined) found.serverErrorBody = formOf(failed);
  return found;
}

/** What no probe looks at, and why. */
export const notProbed: Partial<Record<keyof Switches, string>> = {
  serverErrorBody: "a service cannot be made to fail safely; told if a 5xx comes by itself",
  retryAfter: "told if a 429 comes by itself, or with --rate-limit",
};
