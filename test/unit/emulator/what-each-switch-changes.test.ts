import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  defaultSwitches,
  type EmulatedKey,
  respond,
  switchAlternatives,
  type Switches,
} from "../../emulator";
import { call, keyIn, reasonIn, type Scene, startScene } from "./scene";

/** Values that are delays, whatever they are, are called `late`. */
type Label<Value> = Value extends string | number | boolean | null ? `${Value}` : "late";

type Rows = {
  [Name in keyof Switches]: {
    /** What `look` returns under each value. */
    sees: Record<Label<Switches[Name]>, unknown>;
    look: (scene: Scene) => unknown;
  };
};

const past = "2020-01-01T00:00:00Z";
const future = "2031-06-30T00:00:00Z";

/** The status, whether the reason is the one seen live, and whether the key is said to work. */
async function death({ vultr }: Scene, key: EmulatedKey): Promise<unknown[]> {
  const reply = await call(vultr, "/account", key);
  return [reply.status, reasonIn(reply) === "Invalid API token.", vultr.authenticates(key.apiKey)];
}

const deaths = {
  401: [401, true, false],
  "401-other-text": [401, false, false],
  403: [403, false, false],
};

const rows: Rows = {
  createStatus: {
    sees: { 202: 202, 200: 200, 201: 201 },
    look: async ({ create }) => (await create()).status,
  },
  createBody: {
    sees: { envelope: "{ { plaintext", bare: "{ plaintext", empty: "", masked: "{ { mask" },
    look: async ({ create }) => {
      const { text } = await create();
      const shown = text.replace(/[A-Z0-9]{36}/, "plaintext").replace(/\*{31}[A-Z0-9]{5}/, "mask");
      return shown.match(/\{|plaintext|mask/g)?.join(" ") ?? shown;
    },
  },
  noExpiryDate: {
    sees: { "empty-string": "", null: null, absent: undefined },
    look: async ({ create }) => keyIn(await create()).date_expire,
  },
  dateForm: {
    sees: {
      zulu: "2031-06-30T00:00:00Z",
      offset: "2031-06-30T00:00:00+00:00",
      "no-zone": "2031-06-30T00:00:00",
    },
    look: async ({ create }) =>
      keyIn(await create({ expire: true, date_expire: future })).date_expire,
  },
  missingKey: {
    sees: { 404: [404, false], 400: [400, false], "external-error": [404, true] },
    look: async ({ vultr, path }) => {
      const reply = await call(vultr, `${path}/none`);
      return [reply.status, reply.text.includes("is_external_error")];
    },
  },
  unknownUser: {
    sees: { 404: 404, 400: 400 },
    look: ({ statusOf }) => statusOf("/users/none/apikeys"),
  },
  noManageUsers: {
    sees: { 403: 403, 401: 401, 404: 404 },
    look: ({ vultr, userId, statusOf }) => statusOf("/users", vultr.addKey(userId)),
  },
  deletedKeyUsed: {
    sees: deaths,
    look: (scene) => {
      const key = scene.vultr.addKey(scene.userId);
      scene.vultr.deleteKey(key.id);
      return death(scene, key);
    },
  },
  expiredKeyUsed: {
    sees: deaths,
    look: (scene) => death(scene, scene.vultr.addKey(scene.userId, { dateExpire: past })),
  },
  expiredKeyListed: {
    sees: { stays: [1, 200], disappears: [0, 404] },
    look: async ({ vultr, userId, path, list, statusOf }) => {
      const { id } = vultr.addKey(userId, { dateExpire: past });
      return [(await list()).length, await statusOf(`${path}/${id}`)];
    },
  },
  apiDisabled: {
    sees: { 401: [401, true, false], 403: [403, false, false] },
    look: (scene) => {
      scene.vultr.setApiEnabled(scene.userId, false);
      return death(scene, scene.vultr.addKey(scene.userId));
    },
  },
  suspendedUser: {
    sees: { 401: [401, true, false], 403: [403, false, false], accepted: "works" },
    look: async (scene) => {
      scene.vultr.setStatus(scene.userId, "suspended");
      const key = scene.vultr.addKey(scene.userId);
      return scene.vultr.authenticates(key.apiKey) ? "works" : death(scene, key);
    },
  },
  deleteRight: {
    // A manager who is not root creates and deletes; root deletes.
    sees: { manage_users: [202, 204, 204], own: [202, 403, 204] },
    look: async ({ vultr, userId, path, statusOf }) => {
      const { id } = vultr.addUser({ acls: ["manage_users"] });
      const { apiKey } = vultr.addKey(id);
      const deletion = (as: object) =>
        statusOf(`${path}/${vultr.addKey(userId).id}`, { method: "DELETE", ...as });
      return [
        await statusOf(path, { method: "POST", apiKey }),
        await deletion({ apiKey }),
        await deletion({}),
      ];
    },
  },
  refusalSent: {
    // Of an unknown key, of a wrong request, and of what is right.
    sees: {
      "as-status": [401, "error status", 400, 204],
      "in-body": [200, "error status", 200, 204],
      "words-only": [200, "error", 200, 204],
    },
    look: async ({ vultr, userId, path, statusOf }) => {
      const { status, text } = await call(vultr, "/account", { apiKey: "none" });
      return [
        status,
        Object.keys(JSON.parse(text) as object).join(" "),
        await statusOf(path, { method: "POST", body: { expire: true } }),
        await statusOf(`${path}/${vultr.addKey(userId).id}`, { method: "DELETE" }),
      ];
    },
  },
  badDate: {
    sees: { 400: 400, stored: true, "expiry-dropped": false },
    look: async ({ create }) => {
      const reply = await create({ expire: true, date_expire: past });
      return reply.status === 202 ? keyIn(reply).expire : reply.status;
    },
  },
  keyName: {
    sees: {
      any: ["twin", 129, ""],
      "reject-duplicate": ["Bad request.", 129, ""],
      "reject-long": ["twin", "Bad request.", ""],
      "cut-long": ["twin", 128, ""],
      "default-if-absent": ["twin", 129, "Default"],
    },
    look: async ({ create }) => {
      await create({ name: "twin" });
      const nameOf = async (body: object) => {
        const reply = await create(body);
        const name = reply.status === 202 ? keyIn(reply).name : reasonIn(reply);
        return name.length > 100 ? name.length : name;
      };
      return [
        await nameOf({ name: "twin" }),
        await nameOf({ name: "n".repeat(129) }),
        await nameOf({}),
      ];
    },
  },
  keysPerUser: {
    sees: { null: [202, 202, 202], 2: [202, 202, 400] },
    look: async ({ create }) =>
      [await create(), await create(), await create()].map((reply) => reply.status),
  },
  deleteKeyInUse: {
    // A key of the caller's that is not in use, and the one that is.
    sees: { 204: [204, 204], 400: [204, 400] },
    look: async ({ vultr, statusOf }) => {
      const { id: userId } = vultr.addUser({ acls: ["manage_users"] });
      const [other, { id, apiKey }] = [vultr.addKey(userId), vultr.addKey(userId)];
      const deletion = (keyId: string) =>
        statusOf(`/users/${userId}/apikeys/${keyId}`, { method: "DELETE", apiKey });
      return [await deletion(other.id), await deletion(id)];
    },
  },
  newKey: {
    // Seven looks, 50 ms apart, at whether the key works, is listed and is read.
    sees: {
      "at-once": ["yyyyyyy", "yyyyyyy", "yyyyyyy"],
      late: ["nnnnyyy", "nnnnyyy", "nnnnyyy"],
      flapping: ["nynynyy", "nynynyy", "nynynyy"],
    },
    look: async ({ vultr, clock, path, create, list, statusOf }) => {
      const { id, api_key: apiKey } = keyIn(await create());
      let [used, listed, read] = ["", "", ""];
      for (let look = 0; look < 7; look += 1) {
        used += (await statusOf("/account", { apiKey })) === 200 ? "y" : "n";
        listed += (await list()).length === 1 ? "y" : "n";
        read += (await statusOf(`${path}/${id}`)) === 200 ? "y" : "n";
        clock.advance(50);
      }
      expect(await statusOf("/account")).toBe(200); // the management key is spared
      expect(await statusOf(`/users/${vultr.rootUserId}/apikeys`)).toBe(200);
      return [used, listed, read];
    },
  },
  deletedKeyListedForMs: {
    sees: { 0: [0, 0, 0], 200: [1, 1, 0] },
    look: async ({ vultr, userId, clock, list }) => {
      vultr.deleteKey(vultr.addKey(userId).id);
      const listed = [(await list()).length];
      for (const ms of [199, 1]) {
        clock.advance(ms);
        listed.push((await list()).length);
      }
      return listed;
    },
  },
  lostCreateReply: {
    // What the caller meets, the answer that was sent, and how many keys there are.
    sees: {
      off: [202, 202, 1],
      reset: ["ECONNRESET", null, 1],
      timeout: ["ABORT_ERR", null, 1],
      "504-html": [504, 504, 1],
    },
    look: async ({ vultr, userId, path, list }) => {
      const patience = new AbortController();
      const met = call(vultr, path, { method: "POST", signal: patience.signal }).then(
        (reply) => reply.status,
        (error: unknown) => (error as { code: string }).code,
      );
      while (vultr.keysOf(userId).length === 0) await list();
      if (vultr.switches.lostCreateReply === "timeout") patience.abort();
      const code = await met;
      const sent = vultr.requests.find((request) => request.method === "POST")?.status;
      return [code, sent, vultr.keysOf(userId).length];
    },
  },
  retryAfter: {
    sees: { sent: "1", absent: undefined },
    look: async ({ vultr: { switches } }) => {
      await using limited = await startScene({ switches, requestsPerSecond: 1 });
      await limited.list();
      return (await call(limited.vultr, "/account")).headers["retry-after"];
    },
  },
  serverErrorBody: {
    sees: {
      json: ["application/json", undefined, false],
      html: ["text/html", undefined, false],
      empty: [undefined, undefined, true],
      gzip: ["application/json", "gzip", false],
    },
    look: async ({ vultr }) => {
      vultr.inject(respond({ status: 502 }));
      const { headers, text } = await call(vultr, "/account");
      return [headers["content-type"], headers["content-encoding"], text === ""];
    },
  },
  userStatus: {
    sees: { active: "active", true: true, absent: undefined },
    look: async ({ vultr, userId }) => {
      const { text } = await call(vultr, `/users/${userId}`);
      return (JSON.parse(text) as { user: { status?: unknown } }).user.status;
    },
  },
  weakAccount: {
    sees: { 200: [200, 200], 403: [403, 200] },
    look: async ({ vultr, userId, statusOf }) => {
      const billing = vultr.addUser({ acls: ["billing"] }).id;
      return [
        await statusOf("/account", vultr.addKey(userId)),
        await statusOf("/account", vultr.addKey(billing)),
      ];
    },
  },
  addressRefused: {
    sees: { 401: 401, 403: 403 },
    look: ({ vultr, userId, statusOf }) => {
      vultr.blockAddress("203.0.113.9", userId);
      return statusOf("/account", vultr.addKey(userId));
    },
  },
  otherFields: {
    // A user's e-mail address, a listed key's name and mask, a new key's plaintext, and meta.
    sees: {
      documented: ["string", "string", "string", "string", "object"],
      null: [null, null, null, "string", null],
      absent: [undefined, undefined, undefined, "string", undefined],
      numbers: ["number", "number", "number", "string", "number"],
    },
    look: async ({ vultr, userId, list, create }) => {
      const made = keyIn(await create({ name: "ci" }));
      const parsed = async (path: string) =>
        JSON.parse((await call(vultr, path)).text) as Record<string, Record<string, unknown>>;
      const [listed] = await list();
      const email = (await parsed(`/users/${userId}`))["user"]!["email"];
      const { meta } = await parsed("/users");
      expect(listed!.id).toBe(made.id);
      const typeOf = (value: unknown) =>
        value === null || value === undefined ? value : typeof value;
      return [email, listed!.name, listed!.api_key, made.api_key, meta].map(typeOf);
    },
  },
  emptyAllowlist: {
    sees: { allow: [200, true, true], block: [401, false, true] },
    look: async ({ vultr, userId, statusOf }) => {
      const key = vultr.addKey(userId);
      return [
        await statusOf("/account", key),
        vultr.authenticates(key.apiKey),
        vultr.authenticates(vultr.rootApiKey),
      ];
    },
  },
  listOrder: {
    // Shuffled into the same order by chance: once in 479 million times.
    sees: { creation: [true, true], shuffled: [true, false] },
    look: async ({ vultr, userId, list }) => {
      const made = Array.from({ length: 12 }, () => vultr.addKey(userId).id);
      const listed = (await list()).map((key) => key.id);
      return [listed.toSorted().join() === made.toSorted().join(), listed.join() === made.join()];
    },
  },
  patchKey: {
    // On a key, and on what is no key.
    sees: { 405: [405, 405, 405], 404: [404, 405, 405] },
    look: ({ path, statusOf }) =>
      Promise.all([`${path}/any`, path, "/account"].map((to) => statusOf(to, { method: "PATCH" }))),
  },
};

const labelOf = (value: unknown) => (typeof value === "object" && value ? "late" : String(value));

describe.each(Object.keys(defaultSwitches) as (keyof Switches)[])("%s", (name) => {
  const { sees, look } = rows[name];
  const values = [defaultSwitches[name], ...switchAlternatives[name]];

  it.each(Object.entries(sees))("%s", async (label, seen) => {
    const value = values.find((each) => labelOf(each) === label);
    await using scene = await startScene({ switches: { [name]: value } });
    expect(await look(scene)).toEqual(seen);
  });

  it("is told in NOTES.md with its default and its alternatives", () => {
    const notes = readFileSync(join(__dirname, "../../emulator/NOTES.md"), "utf8");
    const [, byDefault, others] = new RegExp(
      `^\\| \`${name}\` +\\| \`(.*?)\` +\\| (.*?) +\\|$`,
      "m",
    ).exec(notes)!;
    expect(byDefault).toBe(labelOf(defaultSwitches[name]));
    // Delays are an object in code, and a number of milliseconds in the notes.
    for (const value of switchAlternatives[name])
      expect(others).toContain(labelOf(value).replace("late", "200"));
    expect(Object.keys(sees).sort()).toEqual(values.map(labelOf).sort());
  });
});
