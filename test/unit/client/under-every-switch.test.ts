import { defaultSwitches, respond, switchAlternatives, type Switches } from "../../emulator";
import { clientScene } from "./client-scene";

const past = { dateExpire: "2020-01-01T00:00:00Z" };
const future = { dateExpire: "2031-06-30T00:00:00Z" };

/** What the client makes of an account: what it finds, or the name of the error it meets. */
async function outcomes(switches: Partial<Switches>): Promise<Record<string, unknown>> {
  await using scene = await clientScene({ switches });
  const { vultr, client, soon } = scene;
  const fresh = { settled: false };
  const [user, off, other] = [vultr.addUser().id, vultr.addUser().id, vultr.addUser().id];
  const blocked = vultr.addUser().id;
  const suspended = vultr.addUser({ status: "suspended" }).id;
  vultr.blockAddress("203.0.113.9", blocked);
  const [deleted, expired, ofOff] = [
    vultr.addKey(other, fresh),
    vultr.addKey(other, { ...past, ...fresh }),
    vultr.addKey(off),
  ];
  vultr.addKey(user, { ...future, ...fresh });
  vultr.deleteKey(deleted.id);
  vultr.setApiEnabled(off, false);
  const use = (apiKey: string) => client.getAccountAs(apiKey, soon()).then(() => "accepted");
  const tries: Record<string, () => Promise<unknown>> = {
    users: async () => (await client.listUsers(soon())).length,
    apiEnabled: async () => (await client.getUser(off, soon())).apiEnabled,
    keys: async () => (await client.listUserApiKeys(user, soon())).map((key) => key.dateExpire),
    otherKeys: async () => (await client.listUserApiKeys(other, soon())).length,
    unknownUser: () => client.listUserApiKeys("none", soon()),
    isGone: () => client.isUserGone("none", soon()),
    deleteNone: () => client.deleteUserApiKey({ userId: user, keyId: "none" }, soon()),
    used: () => use(vultr.addKey(user, fresh).apiKey),
    deletedUsed: () => use(deleted.apiKey),
    expiredUsed: () => use(expired.apiKey),
    offUsed: () => use(ofOff.apiKey),
    blockedUsed: () => use(vultr.addKey(blocked, fresh).apiKey),
    suspendedUsed: () => use(vultr.addKey(suspended).apiKey),
    throttled: () => {
      vultr.inject(respond({ status: 502 }));
      return client.getUser(user, soon()).then(() => "read again");
    },
  };
  const found: Record<string, unknown> = {};
  for (const [what, look] of Object.entries(tries))
    found[what] = await look().catch((error: unknown) => (error as Error).name);
  return found;
}

const byDefault = {
  users: 6,
  apiEnabled: false,
  keys: [future.dateExpire],
  otherKeys: 1,
  unknownUser: "NotFoundError",
  isGone: true,
  deleteNone: "NotFoundError",
  used: "accepted",
  deletedUsed: "AuthenticationError",
  expiredUsed: "AuthenticationError",
  offUsed: "AuthenticationError",
  blockedUsed: "IpNotAllowedError",
  suspendedUsed: "AuthenticationError",
  throttled: "read again",
};

/** Words without a status say no more than a 400: never that a key is gone, and never whose fault it is. */
const wordsOnly = Object.fromEntries(
  [
    "unknownUser",
    "deleteNone",
    "deletedUsed",
    "expiredUsed",
    "offUsed",
    "blockedUsed",
    "suspendedUsed",
  ].map((what) => [what, "BadRequestError"]),
);

const notYet = { used: "AuthenticationError", blockedUsed: "AuthenticationError" };

/** Where a value of a switch makes a difference to the client. */
const differences: Record<string, Partial<Record<keyof typeof byDefault, unknown>>> = {
  "missingKey 400": { deleteNone: "BadRequestError" },
  "unknownUser 400": { unknownUser: "BadRequestError" },
  "deletedKeyUsed 403": { deletedUsed: "PermissionError" },
  "expiredKeyUsed 403": { expiredUsed: "PermissionError" },
  "expiredKeyListed disappears": { otherKeys: 0 },
  "apiDisabled 403": { offUsed: "PermissionError" },
  "suspendedUser 403": { suspendedUsed: "PermissionError" },
  "suspendedUser accepted": { suspendedUsed: "accepted" },
  "refusalSent words-only": wordsOnly,
  "newKey late": { ...notYet, keys: [], otherKeys: 0 },
  "newKey flapping": { ...notYet, keys: [], otherKeys: 0 },
  "deletedKeyListedForMs 200": { otherKeys: 2 },
  "weakAccount 403": { used: "PermissionError" },
  "otherFields null": { apiEnabled: undefined, keys: [undefined] },
  "otherFields absent": { apiEnabled: undefined, keys: [undefined] },
  "otherFields numbers": { apiEnabled: undefined, keys: [undefined] },
  "emptyAllowlist block": { used: "IpNotAllowedError" },
};

const values = Object.keys(defaultSwitches).flatMap((name) => {
  const switchName = name as keyof Switches;
  return [defaultSwitches[switchName], ...switchAlternatives[switchName]].map((value) => {
    const label = typeof value === "object" && value !== null ? "late" : String(value);
    return { label: `${name} ${label}`, switches: { [name]: value } };
  });
});

it.each(values)("$label", async ({ label, switches }) => {
  expect(await outcomes(switches)).toEqual({ ...byDefault, ...differences[label] });
});
