import { ServerError } from "../../../provider/vultr/errors";
import type { ListedApiKey } from "../../../provider/vultr/schemas";
import { respond } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { describeSwitch, type Scene } from "../emulator/describe-switch";
import { rejection } from "../transport/transport-to";
import { connect, type Connection } from "./connect";

/** What `look` finds, or the name of the error it meets. */
async function through(
  { vultr }: Pick<Scene, "vultr">,
  look: (connection: Connection) => Promise<unknown>,
  apiKey = vultr.rootApiKey,
): Promise<unknown> {
  await using connection = connect({ url: vultr.url, apiKey });
  try {
    return await look(connection);
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

async function listKeys({ vultr, userId }: Scene): Promise<ListedApiKey[]> {
  await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  return await connection.client.listUserApiKeys(userId, connection.soon());
}

const countKeys = async (scene: Scene) => (await listKeys(scene)).length;

/** Is this key of the scene's user accepted? */
const use = (scene: Scene, apiKey: string) =>
  through(scene, async ({ client, soon }) => {
    await client.getAccountAs(apiKey, soon());
    return "accepted";
  });

describeSwitch(
  "noExpiryDate",
  [
    ["empty-string", [undefined]],
    ["null", [undefined]],
    ["absent", [undefined]],
  ],
  async (scene) => {
    scene.vultr.addKey(scene.userId);
    return (await listKeys(scene)).map((key) => key.dateExpire);
  },
);

const listed = [{ name: "ci", dateExpire: "2031-06-30T00:00:00Z" }];

describeSwitch(
  "dateForm",
  [
    ["zulu", listed],
    ["offset", listed],
    ["no-zone", listed],
  ],
  async (scene) => {
    for (const key of listed) scene.vultr.addKey(scene.userId, key);
    const keys = await listKeys(scene);
    return keys.map(({ name, dateExpire }) => ({ name, dateExpire }));
  },
);

describeSwitch(
  "missingKey",
  [
    ["404", "NotFoundError"],
    ["400", "BadRequestError"],
    ["external-error", "NotFoundError"],
  ],
  (scene) =>
    through(scene, ({ client, soon }) =>
      client.deleteUserApiKey({ userId: scene.userId, keyId: "none" }, soon()),
    ),
);

describeSwitch(
  "unknownUser",
  [
    [404, ["NotFoundError", "NotFoundError", true, false]],
    [400, ["BadRequestError", "BadRequestError", true, false]],
  ],
  (scene) =>
    Promise.all([
      through(scene, ({ client, soon }) => client.getUser("none", soon())),
      through(scene, ({ client, soon }) => client.listUserApiKeys("none", soon())),
      through(scene, ({ client, soon }) => client.isUserGone("none", soon())),
      through(scene, ({ client, soon }) => client.isUserGone(scene.userId, soon())),
    ]),
);

describeSwitch(
  "noManageUsers",
  [
    [403, "PermissionError"],
    [401, "AuthenticationError"],
    [404, "NotFoundError"],
  ],
  (scene) => {
    const { apiKey } = scene.vultr.addKey(scene.userId);
    return through(scene, ({ client, soon }) => client.listUsers(soon()), apiKey);
  },
);

describeSwitch(
  "deletedKeyUsed",
  [
    ["401", "AuthenticationError"],
    ["401-other-text", "AuthenticationError"],
    ["403", "PermissionError"],
  ],
  (scene) => {
    const key = scene.vultr.addKey(scene.userId);
    scene.vultr.deleteKey(key.id);
    return use(scene, key.apiKey);
  },
);

describeSwitch(
  "expiredKeyUsed",
  [
    ["401", "AuthenticationError"],
    ["401-other-text", "AuthenticationError"],
    ["403", "PermissionError"],
  ],
  (scene) =>
    use(scene, scene.vultr.addKey(scene.userId, { dateExpire: "2020-01-01T00:00:00Z" }).apiKey),
);

describeSwitch(
  "expiredKeyListed",
  [
    ["stays", 1],
    ["disappears", 0],
  ],
  (scene) => {
    scene.vultr.addKey(scene.userId, { dateExpire: "2020-01-01T00:00:00Z" });
    return countKeys(scene);
  },
);

describeSwitch(
  "apiDisabled",
  [
    [401, "AuthenticationError"],
    [403, "PermissionError"],
  ],
  (scene) => {
    const { apiKey } = scene.vultr.addKey(scene.userId);
    scene.vultr.setApiEnabled(scene.userId, false);
    return use(scene, apiKey);
  },
);

describeSwitch(
  "newKey",
  [
    ["at-once", ["accepted", 1]],
    [{ listedAfterMs: 200, usableAfterMs: 200 }, ["AuthenticationError", 0]],
    ["flapping", ["AuthenticationError", 0]],
  ],
  async (scene) => {
    const { apiKey } = scene.vultr.addKey(scene.userId);
    return [await use(scene, apiKey), await countKeys(scene)];
  },
);

describeSwitch(
  "deletedKeyListedForMs",
  [
    [0, 0],
    [200, 1],
  ],
  (scene) => {
    scene.vultr.deleteKey(scene.vultr.addKey(scene.userId).id);
    return countKeys(scene);
  },
);

describeSwitch(
  "retryAfter",
  [
    ["sent", 3],
    ["absent", 3],
  ],
  async ({ limited, advance }) => {
    const clock = manualClock();
    const both = async (ms: number) => {
      advance(ms);
      await clock.sleep(ms);
    };
    const options = { url: limited.url, apiKey: limited.rootApiKey };
    await using connection = connect({ ...options, clock: { ...clock, sleep: both } });
    const { client, soon } = connection;
    const users = [];
    for (let count = 0; count < 3; count += 1)
      users.push(await client.getUser(limited.rootUserId, soon()));
    return users.length;
  },
);

describeSwitch(
  "serverErrorBody",
  [
    ["json", '"Internal server error."'],
    ["html", 'an HTML page titled "502"'],
    ["empty", "with an empty body"],
    ["gzip", '"Internal server error."'],
  ],
  async (scene) => {
    scene.vultr.inject(respond({ status: 502 }, { count: Infinity }));
    await using connection = connect({ url: scene.vultr.url, apiKey: scene.vultr.rootApiKey });
    const error = await rejection(connection.client.listUsers(connection.soon()));
    expect(error).toBeInstanceOf(ServerError);
    return (error as ServerError).reason;
  },
);

describeSwitch(
  "userStatus",
  [
    ["active", 2],
    [true, 2],
    ["absent", 2],
  ],
  (scene) =>
    through(scene, async ({ client, soon }) => {
      await client.getUser(scene.userId, soon());
      return (await client.listUsers(soon())).length;
    }),
);

describeSwitch(
  "weakAccount",
  [
    [200, "accepted"],
    [403, "PermissionError"],
  ],
  (scene) => use(scene, scene.vultr.addKey(scene.userId).apiKey),
);

describeSwitch(
  "emptyAllowlist",
  [
    ["allow", "accepted"],
    ["block", "IpNotAllowedError"],
  ],
  (scene) => use(scene, scene.vultr.addKey(scene.userId).apiKey),
);

describeSwitch(
  "listOrder",
  [
    ["creation", [true, 3]],
    ["shuffled", [true, 3]],
  ],
  async (scene) => {
    const made = [1, 2, 3].map(() => scene.vultr.addKey(scene.userId).id);
    const found = (await listKeys(scene)).map((key) => key.keyId);
    return [made.every((keyId) => found.includes(keyId)), found.length];
  },
);
