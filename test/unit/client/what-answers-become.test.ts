import {
  BadRequestError,
  ResponseSchemaError,
  type VultrError,
} from "../../../provider/vultr/errors";
import { redact } from "../../../provider/vultr/redact";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { clientScene, type ClientScene } from "./client-scene";

type Ask = (scene: ClientScene) => Promise<unknown>;

const getUser: Ask = ({ client, soon }) => client.getUser("u-1", soon());
const listKeys: Ask = ({ client, soon }) => client.listUserApiKeys("u-1", soon());
const listUsers: Ask = ({ client, soon }) => client.listUsers(soon());
const createKey: Ask = ({ client, soon }) =>
  client.createUserApiKey({ userId: "u-1", name: "ci" }, soon());
const listAllowed: Ask = ({ client, soon }) => client.listAllowedSubnets("u-1", soon());
const getAccount: Ask = ({ client, soon }) => client.getAccount(soon(), "a-key-of-tests");

/** What becomes of a 200 with this body, however often it is asked for. */
async function madeOf(json: unknown, ask: Ask): Promise<unknown> {
  await using scene = await clientScene({
    faults: [respond({ status: 200, json }, { count: Infinity })],
  });
  return await ask(scene);
}

const refusalOf = async (json: unknown, ask: Ask) =>
  (await rejection(madeOf(json, ask))) as VultrError;

const plaintext = "PLAINTEXTPLAINTEXTPLAINTEXTPLAINTEXT";
const wire = { id: "k-1", name: "ci", api_key: plaintext, expire: true };

describe("a user has what Vultr says, and blanks where it says nothing or something odd", () => {
  const blank = { userId: "u-1", email: "", name: "", apiEnabled: undefined, status: "" };
  const known = { email: "a@example.com", name: "A" };
  const off = { apiEnabled: false, status: "suspended" };
  it.each<[wire: object, user: object]>([
    [
      { ...known, api_enabled: false, status: "suspended", acls: [] },
      { ...known, ...off },
    ],
    [{ email: null, name: null, api_enabled: null, status: true }, {}],
    [
      { email: 7, name: 8, api_enabled: "yes" },
      { email: "7", name: "8" },
    ],
    [{ email: ["a@example.com"], name: {}, api_enabled: 1 }, {}],
  ])("%j", async (shown, made) => {
    const [user, other] = [
      { ...blank, ...made },
      { ...blank, userId: "u-2" },
    ];
    expect(await madeOf({ user: { id: "u-1", ...shown } }, getUser)).toEqual(user);
    const users = [{ id: "u-1", ...shown }, { id: "u-2" }];
    expect(await madeOf({ users }, listUsers)).toEqual([user, other]);
  });
});

it.each<[what: string, ask: Ask, json: unknown, made: unknown]>([
  [
    "account",
    getAccount,
    { account: { name: "Acme", email: "root@example.com", acls: ["dns"], balance: 1 } },
    { name: "Acme", email: "root@example.com" },
  ],
  ["odd account", getAccount, { account: { acls: "dns" } }, { name: "", email: "" }],
  [
    "allowlist",
    listAllowed,
    { ip_whitelist: [{ subnet: "10.0.0.0", subnet_size: "8", added: "" }], meta: { total: 1 } },
    [{ subnet: "10.0.0.0", prefixLength: 8 }],
  ],
])("an %s has what Vultr says", async (_what, ask, json, made) => {
  expect(await madeOf(json, ask)).toEqual(made);
});

it("a row of users that names no id keeps its other fields, and blocks no other user", async () => {
  const odd = { id: null, email: "odd@example.com", status: 7 };
  const users = [{ id: "u-1" }, odd, { id: "", name: "no id" }, null, "odd", { id: "u-2" }];
  const ask: Ask = ({ client, soon }) => client.listUserRows(soon());
  const rows = (await madeOf({ users }, ask)) as object[];
  const none = { userId: undefined, email: "", name: "", apiEnabled: undefined, status: "" };
  expect(rows).toEqual([
    { ...none, userId: "u-1" },
    { ...none, email: "odd@example.com", status: "7" },
    { ...none, name: "no id" },
    none,
    none,
    { ...none, userId: "u-2" },
  ]);
});

describe("an error without a status in a success is said in Vultr's words", () => {
  const words = { error: "Account limit\n reached.", api_keys: [] };
  const deleteKey: Ask = ({ client, soon }) =>
    client.deleteUserApiKey({ userId: "u-1", keyId: "k-1" }, soon());

  it.each<[string, Ask]>([
    ["list the API keys of user u-1", listKeys], // though a list comes with it
    ["delete API key k-1 of user u-1", deleteKey],
  ])("%s: as though it were a 400", async (action, ask) => {
    const error = await refusalOf(words, ask);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.message).toBe(`could not ${action}: Vultr answered 200, "Account limit reached."`);
  });

  it("a create is in doubt, because a key may have been made", async () => {
    const error = await refusalOf({ error: { code: [7] } }, createKey);
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect(error.message).toContain(`Vultr reported success, yet says "{"code":[7]}"`);
    expect(error.hint).toContain("Do as Vultr says");
  });

  it("a new key that comes with it is a key", async () => {
    expect(await madeOf({ api_key: wire, error: "odd" }, createKey)).toMatchObject({
      keyId: "k-1",
    });
  });

  it.each([null, "", false, undefined])("an error that is %j is none", async (error) => {
    expect(await madeOf({ api_keys: [], error }, listKeys)).toEqual([]);
    expect((await refusalOf({ error }, createKey)).message).toContain("not what its API documents");
  });
});

describe("a listed key keeps at most five characters of its plaintext, and blanks of what is odd", () => {
  it.each<[what: string, wire: object, key: object]>([
    ["a masked key", { api_key: `${"*".repeat(31)}AB123` }, { tail: "AB123" }],
    ["a short one", { api_key: "***B1" }, { tail: "B1" }],
    ["a mask that shows more", { api_key: "***XYZAB123" }, { tail: "AB123" }],
    ["a plaintext, which listings should not have", { api_key: plaintext }, {}],
    ["a mask that shows another part", { api_key: "AB123****" }, {}],
    ["nothing but a name", { name: "ci" }, { name: "ci" }],
    ["nothing", {}, {}],
    ["null", { name: null, api_key: null, expire: null, date_expire: null }, {}],
    ["numbers", { name: 7, api_key: 123456, date_expire: 1924905600 }, { name: "7" }],
    ["what is no text", { name: ["ci"], api_key: {}, expire: "no", date_expire: true }, {}],
  ])("%s", async (_, shown, key) => {
    const blank = { keyId: "k-1", name: "", dateExpire: undefined, tail: "" };
    const [first, second] = [
      { ...blank, ...key },
      { ...blank, keyId: "k-2" },
    ];
    const json = { api_keys: [{ id: "k-1", ...shown }, { id: "k-2" }] };
    expect(await madeOf(json, listKeys)).toEqual([first, second]);
  });
});

describe("the expiry of a listed key is RFC 3339 in UTC with whole seconds, however Vultr writes it", () => {
  it.each([
    ["2031-06-30T00:00:00Z", "2031-06-30T00:00:00Z"],
    ["2031-06-30t00:00:00z", "2031-06-30T00:00:00Z"],
    ["2031-06-30T02:00:00.999+02:00", "2031-06-30T00:00:00Z"],
    ["2031-06-30T00:00:00-0230", "2031-06-30T02:30:00Z"],
    ["2031-06-30T00:00:00", "2031-06-30T00:00:00Z"],
    [" 2031-06-30 00:00:00 ", "2031-06-30T00:00:00Z"],
    ["2031-06-30", "2031-06-30T00:00:00Z"],
    ["2031-06-99", undefined],
    ["never", undefined],
    ["7", undefined],
    ["in 2031-06-30", undefined],
    ["  ", undefined],
  ])("%j: %s", async (time, dateExpire) => {
    const json = { api_keys: [{ id: "k-1", date_expire: time }] };
    expect(await madeOf(json, listKeys)).toMatchObject([{ dateExpire }]);
  });

  it("unless Vultr says that it does not expire", async () => {
    const json = { api_keys: [{ id: "k-1", expire: false, date_expire: "2031-06-30T00:00:00Z" }] };
    expect(await madeOf(json, listKeys)).toMatchObject([{ dateExpire: undefined }]);
  });
});

describe("a new key", () => {
  const made = { keyId: "k-1", apiKey: plaintext, expires: true };
  const { expire: _, ...silent } = wire;
  const short = "TWENTYCHARACTERSLONG";

  it.each<[what: string, json: object, key: object]>([
    ["in an envelope", { api_key: wire }, made],
    ["bare", wire, made],
    ["silent about its expiry", silent, { ...made, expires: undefined }],
    ["of twenty characters", { ...wire, api_key: short }, { ...made, apiKey: short }],
    ["without a name", { ...wire, name: null, date_expire: 7 }, made],
  ])("%s is found", async (_what, json, key) => {
    expect(await madeOf(json, createKey)).toEqual(key);
  });

  const masked = "*******************************AB123";
  it.each([masked, `*${plaintext}`, `${plaintext}*`, "NINETEENCHARACTERSX", "", null, undefined])(
    "whose plaintext is %j is refused: nobody could use it",
    async (apiKey) => {
      const error = await refusalOf({ api_key: { ...wire, api_key: apiKey } }, createKey);
      expect(error).toBeInstanceOf(ResponseSchemaError);
      expect(redact(masked)).toBe(masked); // masked characters need not be hidden
    },
  );

  it("has a plaintext that is hidden from then on, and a name that is not", async () => {
    const apiKey = "anotherPlaintextThatNoErrorMayShow";
    await madeOf({ ...wire, name: "the-name-of-the-key", api_key: apiKey }, createKey);
    expect(redact(`the-name-of-the-key: ${apiKey}`)).toBe("the-name-of-the-key: [redacted]");
    const odd = "of-no-shape-that-a-key-has-today"; // and in an answer of another shape
    expect(await refusalOf({ key: [{ api_key: odd }] }, createKey)).toBeInstanceOf(
      ResponseSchemaError,
    );
    expect(redact(`the key is ${odd}`)).toBe("the key is [redacted]");
  });
});

describe("ids are strict, and so are envelopes: nothing is made of", () => {
  const noUser = [{}, { user: {} }, { user: { id: "" } }, { user: null }, { id: "u-1" }, null];
  it.each<[ask: string, Ask, ...bodies: unknown[]]>([
    ["a user", getUser, ...noUser, [], { user: { id: 7 } }],
    ["users", listUsers, { users: [{ id: "u-1" }, { id: 7 }] }, { users: [null] }, { users: {} }],
    ["users", listUsers, { users: null }, {}, [], "users", null],
    ["keys", listKeys, {}, { api_keys: null }, { api_keys: [{ name: "ci" }] }, [], null],
    ["keys", listKeys, { api_keys: [{ id: "" }] }, { api_keys: [{ id: "k-1" }, null] }],
    ["a new key", createKey, { api_key: { ...wire, id: null } }, { ...wire, id: "" }],
    ["the account", getAccount, {}, { account: null }, { account: "" }, [], null],
    ["an allowlist", listAllowed, { meta: {} }, { ip_whitelist: null }],
  ])("%s: %#", async (_what, ask, ...bodies) => {
    for (const json of bodies)
      expect(await refusalOf(json, ask)).toBeInstanceOf(ResponseSchemaError);
  });

  it("and what differs is told by its place, never by its value", async () => {
    const rows = [{ id: [plaintext] }, { id: 7 }];
    const { message } = await refusalOf({ api_keys: rows }, listKeys);
    expect(message).toMatch(/api_keys\.0\.id \(\w+\), api_keys\.1\.id \(\w+\)$/);
    const users = await refusalOf({ users: [{ id: "u-1" }, ...rows] }, listUsers);
    expect(users.message).toBe("could not list the account's users: row 2 of 3 names no user's id");
    expect((await refusalOf("text", getUser)).message).toMatch(/body \(\w+\)$/);
  });
});
