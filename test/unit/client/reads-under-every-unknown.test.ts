import { ServerError } from "../../../provider/vultr/errors";
import type { ListedApiKey } from "../../../provider/vultr/schemas";
import { respond } from "../../emulator";
import { describeSwitches } from "../emulator/describe-switches";
import { type Scene, startScene } from "../emulator/scene";
import { rejection } from "../transport/transport-to";
import { connect, type Connection } from "./connect";

/** What `look` finds, or the name of the error it meets. */
async function through(
  { vultr }: Scene,
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

const past = { dateExpire: "2020-01-01T00:00:00Z" };
const dated = { name: "ci", dateExpire: "2031-06-30T00:00:00Z" };
const turnedAway = {
  401: "AuthenticationError",
  "401-other-text": "AuthenticationError",
  403: "PermissionError",
};

describeSwitches({
  noExpiryDate: {
    sees: { "empty-string": [undefined], null: [undefined], absent: [undefined] },
    look: async (scene) => {
      scene.vultr.addKey(scene.userId);
      return (await listKeys(scene)).map((key) => key.dateExpire);
    },
  },
  dateForm: {
    sees: { zulu: [dated], offset: [dated], "no-zone": [dated] },
    look: async (scene) => {
      scene.vultr.addKey(scene.userId, dated);
      return (await listKeys(scene)).map(({ name, dateExpire }) => ({ name, dateExpire }));
    },
  },
  missingKey: {
    sees: { 404: "NotFoundError", 400: "BadRequestError", "external-error": "NotFoundError" },
    look: (scene) =>
      through(scene, ({ client, soon }) =>
        client.deleteUserApiKey({ userId: scene.userId, keyId: "none" }, soon()),
      ),
  },
  unknownUser: {
    sees: {
      404: ["NotFoundError", "NotFoundError", true, false],
      400: ["BadRequestError", "BadRequestError", true, false],
    },
    look: (scene) =>
      Promise.all([
        through(scene, ({ client, soon }) => client.getUser("none", soon())),
        through(scene, ({ client, soon }) => client.listUserApiKeys("none", soon())),
        through(scene, ({ client, soon }) => client.isUserGone("none", soon())),
        through(scene, ({ client, soon }) => client.isUserGone(scene.userId, soon())),
      ]),
  },
  noManageUsers: {
    sees: { 403: "PermissionError", 401: "AuthenticationError", 404: "NotFoundError" },
    look: (scene) => {
      const { apiKey } = scene.vultr.addKey(scene.userId);
      return through(scene, ({ client, soon }) => client.listUsers(soon()), apiKey);
    },
  },
  deletedKeyUsed: {
    sees: turnedAway,
    look: (scene) => {
      const key = scene.vultr.addKey(scene.userId);
      scene.vultr.deleteKey(key.id);
      return use(scene, key.apiKey);
    },
  },
  expiredKeyUsed: {
    sees: turnedAway,
    look: (scene) => use(scene, scene.vultr.addKey(scene.userId, past).apiKey),
  },
  expiredKeyListed: {
    sees: { stays: 1, disappears: 0 },
    look: (scene) => {
      scene.vultr.addKey(scene.userId, past);
      return countKeys(scene);
    },
  },
  apiDisabled: {
    sees: { 401: "AuthenticationError", 403: "PermissionError" },
    look: (scene) => {
      scene.vultr.setApiEnabled(scene.userId, false);
      return use(scene, scene.vultr.addKey(scene.userId).apiKey);
    },
  },
  newKey: {
    sees: {
      "at-once": ["accepted", 1],
      late: ["AuthenticationError", 0],
      flapping: ["AuthenticationError", 0],
    },
    look: async (scene) => {
      const { apiKey } = scene.vultr.addKey(scene.userId);
      return [await use(scene, apiKey), await countKeys(scene)];
    },
  },
  deletedKeyListedForMs: {
    sees: { 0: 0, 200: 1 },
    look: (scene) => {
      scene.vultr.deleteKey(scene.vultr.addKey(scene.userId).id);
      return countKeys(scene);
    },
  },
  retryAfter: {
    sees: { sent: 3, absent: 3 },
    look: async ({ vultr: { switches } }) => {
      await using limited = await startScene({ switches, requestsPerSecond: 1 });
      const { url, rootApiKey: apiKey, rootUserId } = limited.vultr;
      await using connection = connect({ url, apiKey, clock: limited.clock });
      const { client, soon } = connection;
      const users = [];
      for (let count = 0; count < 3; count += 1)
        users.push(await client.getUser(rootUserId, soon()));
      return users.length;
    },
  },
  serverErrorBody: {
    sees: {
      json: '"Internal server error."',
      html: 'an HTML page titled "502"',
      empty: "with an empty body",
      gzip: '"Internal server error."',
    },
    look: async ({ vultr }) => {
      vultr.inject(respond({ status: 502 }, { count: Infinity }));
      await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
      const error = await rejection(connection.client.listUsers(connection.soon()));
      expect(error).toBeInstanceOf(ServerError);
      return (error as ServerError).reason;
    },
  },
  userStatus: {
    sees: { active: 2, true: 2, absent: 2 },
    look: (scene) =>
      through(scene, async ({ client, soon }) => {
        await client.getUser(scene.userId, soon());
        return (await client.listUsers(soon())).length;
      }),
  },
  weakAccount: {
    sees: { 200: "accepted", 403: "PermissionError" },
    look: (scene) => use(scene, scene.vultr.addKey(scene.userId).apiKey),
  },
  emptyAllowlist: {
    sees: { allow: "accepted", block: "IpNotAllowedError" },
    look: (scene) => use(scene, scene.vultr.addKey(scene.userId).apiKey),
  },
  listOrder: {
    sees: { creation: [true, 3], shuffled: [true, 3] },
    look: async (scene) => {
      const made = [1, 2, 3].map(() => scene.vultr.addKey(scene.userId).id);
      const found = (await listKeys(scene)).map((key) => key.keyId);
      return [made.every((keyId) => found.includes(keyId)), found.length];
    },
  },
});
