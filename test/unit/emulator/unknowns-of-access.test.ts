import { call, reasonIn, type Reply } from "./calling";
import { describeSwitch } from "./describe-switch";

/** The status, and whether the reason is the one that was seen live. */
function deathIn(reply: Reply): [number, boolean] {
  return [reply.status, reasonIn(reply) === "Invalid API token."];
}

describeSwitch(
  "noManageUsers",
  [
    [403, 403],
    [401, 401],
    [404, 404],
  ],
  async ({ vultr, userId }) => {
    const { apiKey } = vultr.addKey(userId);
    return (await call(vultr, "/users", { apiKey })).status;
  },
);

describeSwitch(
  "deletedKeyUsed",
  [
    ["401", [401, true]],
    ["401-other-text", [401, false]],
    ["403", [403, false]],
  ],
  async ({ vultr, userId }) => {
    const key = vultr.addKey(userId);
    vultr.deleteKey(key.id);
    return deathIn(await call(vultr, "/account", { apiKey: key.apiKey }));
  },
);

describeSwitch(
  "expiredKeyUsed",
  [
    ["401", [401, true]],
    ["401-other-text", [401, false]],
    ["403", [403, false]],
  ],
  async ({ vultr, userId }) => {
    const { apiKey } = vultr.addKey(userId, { dateExpire: "2020-01-01T00:00:00Z" });
    return deathIn(await call(vultr, "/account", { apiKey }));
  },
);

describeSwitch(
  "apiDisabled",
  [
    [401, 401],
    [403, 403],
  ],
  async ({ vultr, userId }) => {
    const { apiKey } = vultr.addKey(userId);
    vultr.setApiEnabled(userId, false);
    return (await call(vultr, "/account", { apiKey })).status;
  },
);

describeSwitch(
  "emptyAllowlist",
  [
    ["allow", 200],
    ["block", 401],
  ],
  async ({ vultr, userId }) => {
    const { apiKey } = vultr.addKey(userId);
    return (await call(vultr, "/account", { apiKey })).status;
  },
);

describeSwitch(
  "weakAccount",
  [
    [200, 200],
    [403, 403],
  ],
  async ({ vultr, userId }) => {
    const { apiKey } = vultr.addKey(userId);
    return (await call(vultr, "/account", { apiKey })).status;
  },
);

describeSwitch(
  "deleteKeyInUse",
  [
    [204, 204],
    [400, 400],
  ],
  async ({ vultr }) => {
    const admin = vultr.addUser({ acls: ["manage_users"] });
    const { id, apiKey } = vultr.addKey(admin.id);
    const path = `/users/${admin.id}/apikeys/${id}`;
    return (await call(vultr, path, { method: "DELETE", apiKey })).status;
  },
);

describeSwitch(
  "retryAfter",
  [
    ["sent", true],
    ["absent", false],
  ],
  async ({ limited }) => {
    await call(limited, "/account");
    return (await call(limited, "/account")).headers.has("retry-after");
  },
);
