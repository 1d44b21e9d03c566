import { respond } from "../../emulator";
import { call, keysIn, type WireUser } from "./calling";
import { describeSwitch } from "./describe-switch";

describeSwitch(
  "missingKey",
  [
    ["404", [404, false]],
    ["400", [400, false]],
    ["external-error", [404, true]],
  ],
  async ({ vultr, userId }) => {
    const reply = await call(vultr, `/users/${userId}/apikeys/none`);
    return [reply.status, reply.text.includes("is_external_error")];
  },
);

describeSwitch(
  "unknownUser",
  [
    [404, 404],
    [400, 400],
  ],
  async ({ vultr }) => (await call(vultr, "/users/none/apikeys")).status,
);

describeSwitch(
  "expiredKeyListed",
  [
    ["stays", 1],
    ["disappears", 0],
  ],
  async ({ vultr, userId, list }) => {
    vultr.addKey(userId, { dateExpire: "2020-01-01T00:00:00Z" });
    return keysIn(await list()).length;
  },
);

describeSwitch(
  "deletedKeyListedForMs",
  [
    [0, [0, 0]],
    [200, [1, 0]],
  ],
  async ({ vultr, userId, advance, list }) => {
    vultr.deleteKey(vultr.addKey(userId).id);
    const before = keysIn(await list()).length;
    advance(200);
    return [before, keysIn(await list()).length];
  },
);

describeSwitch(
  "serverErrorBody",
  [
    ["json", ["application/json", null, false]],
    ["html", ["text/html", null, false]],
    ["empty", [null, null, true]],
    ["gzip", ["application/json", "gzip", false]],
  ],
  async ({ vultr }) => {
    vultr.inject(respond({ status: 502 }));
    const { headers, text } = await call(vultr, "/account");
    return [headers.get("content-type"), headers.get("content-encoding"), text === ""];
  },
);

describeSwitch(
  "userStatus",
  [
    ["active", "active"],
    [true, true],
    ["absent", undefined],
  ],
  async ({ vultr }) => {
    const { users } = JSON.parse((await call(vultr, "/users")).text) as { users: WireUser[] };
    return users[0]!.status;
  },
);

describeSwitch(
  "listOrder",
  [
    ["creation", [true, true]],
    ["shuffled", [true, false]], // the same order by chance: once in 479 million
  ],
  async ({ vultr, userId, list }) => {
    const made = Array.from({ length: 12 }, () => vultr.addKey(userId).id);
    const listed = keysIn(await list()).map((key) => key.id);
    return [listed.toSorted().join() === made.toSorted().join(), listed.join() === made.join()];
  },
);

describeSwitch(
  "patchKey",
  [
    [405, 405],
    [404, 404],
  ],
  async ({ vultr, userId }) => {
    const path = `/users/${userId}/apikeys/${vultr.addKey(userId).id}`;
    return (await call(vultr, path, { method: "PATCH", body: {} })).status;
  },
);
