import type { VultrError } from "../../../provider/vultr/errors";
import { ResponseSchemaError } from "../../../provider/vultr/errors";
import { redact } from "../../../provider/vultr/redact";
import { respond, startEmulator } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { connect, type Connection } from "./connect";

type Ask = (connection: Connection) => Promise<unknown>;

const getUser: Ask = ({ client, soon }) => client.getUser("u-1", soon());
const listKeys: Ask = ({ client, soon }) => client.listUserApiKeys("u-1", soon());
const listUsers: Ask = ({ client, soon }) => client.listUsers(soon());
const createKey: Ask = ({ client, soon }) =>
  client.createUserApiKey({ userId: "u-1", name: "ci" }, soon());
const getAccount: Ask = ({ client, soon }) => client.getAccountAs("a-key-of-tests", soon());

/** What becomes of a 200 with this body, however often it is asked for. */
async function madeOf(json: unknown, ask: Ask): Promise<unknown> {
  const answer = respond({ status: 200, json }, { count: Infinity });
  await using vultr = await startEmulator({ faults: [answer] });
  await using connection = connect({ url: vultr.url, apiKey: vultr.rootApiKey });
  return await ask(connection);
}

const refusalOf = async (json: unknown, ask: Ask) =>
  (await rejection(madeOf(json, ask))) as VultrError;

const plaintext = "PLAINTEXTPLAINTEXTPLAINTEXTPLAINTEXT";

describe("a user", () => {
  it("has what Vultr says", async () => {
    const user = { id: "u-1", email: "a@example.com", name: "A", api_enabled: false, acls: [] };
    expect(await madeOf({ user }, getUser)).toEqual({
      userId: "u-1",
      email: "a@example.com",
      name: "A",
      apiEnabled: false,
    });
  });

  it("has blanks where Vultr says nothing, and may use the API for all we know", async () => {
    const nothing = { userId: "u-1", email: "", name: "", apiEnabled: undefined };
    expect(await madeOf({ user: { id: "u-1" } }, getUser)).toEqual(nothing);
    expect(await madeOf({ users: [{ id: "u-1" }] }, listUsers)).toEqual([nothing]);
  });

  it.each([{}, { user: {} }, { user: { id: "" } }, { user: null }, { id: "u-1" }, null, []])(
    "is not made of %j",
    async (json) => {
      expect(await refusalOf(json, getUser)).toBeInstanceOf(ResponseSchemaError);
    },
  );
});

describe("a listed key", () => {
  it.each([
    { what: "a masked key", shown: "*******************************AB123", tail: "AB123" },
    { what: "a short one", shown: "***B1", tail: "B1" },
    { what: "a plaintext, which listings should not have", shown: plaintext, tail: "NTEXT" },
    { what: "nothing", shown: undefined, tail: "" },
  ])("keeps five characters at most of $what", async ({ shown, tail }) => {
    const json = { api_keys: [{ id: "k-1", name: "ci", api_key: shown }] };
    expect(await madeOf(json, listKeys)).toEqual([
      { keyId: "k-1", name: "ci", dateExpire: undefined, tail },
    ]);
  });

  it.each([{}, { api_keys: null }, { api_keys: [{ name: "ci" }] }, { api_keys: [{ id: "" }] }])(
    "is not made of %j, nor is an empty list",
    async (json) => {
      expect(await refusalOf(json, listKeys)).toBeInstanceOf(ResponseSchemaError);
    },
  );
});

describe("the expiry of a listed key is RFC 3339 in UTC with whole seconds, however Vultr writes it", () => {
  it.each([
    ["2031-06-30T00:00:00Z", "2031-06-30T00:00:00Z"],
    ["2031-06-30t00:00:00z", "2031-06-30T00:00:00Z"],
    ["2031-06-30T02:00:00.999+02:00", "2031-06-30T00:00:00Z"],
    ["2031-06-30T00:00:00-0230", "2031-06-30T02:30:00Z"],
    ["2031-06-30T00:00:00", "2031-06-30T00:00:00Z"],
    ["2031-06-30 00:00:00", "2031-06-30T00:00:00Z"],
    [" 2031-06-30 00:00:00 ", "2031-06-30T00:00:00Z"],
    ["2031-06-30", "2031-06-30T00:00:00Z"],
    ["never", undefined],
    ["", undefined],
    ["  ", undefined],
    [null, undefined],
    [undefined, undefined],
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
  const wire = { id: "k-1", name: "ci", api_key: plaintext, expire: true };
  const made = { keyId: "k-1", apiKey: plaintext, expires: true };

  it.each([
    { what: "in an envelope", json: { api_key: wire } },
    { what: "bare", json: wire },
  ])("is found $what", async ({ json }) => {
    expect(await madeOf(json, createKey)).toEqual(made);
  });

  it("may leave out whether it expires", async () => {
    const { expire: _, ...silent } = wire;
    expect(await madeOf(silent, createKey)).toEqual({ ...made, expires: undefined });
  });

  it.each([
    "*******************************AB123",
    `*${plaintext}`,
    `${plaintext}*`,
    "NINETEENCHARACTERSX",
    "",
  ])("whose plaintext is %j is refused: nobody could use it", async (apiKey) => {
    const error = await refusalOf({ api_key: { ...wire, api_key: apiKey } }, createKey);
    expect(error).toBeInstanceOf(ResponseSchemaError);
  });

  it("may have a plaintext of twenty characters", async () => {
    const apiKey = "TWENTYCHARACTERSLONG";
    expect(await madeOf({ ...wire, api_key: apiKey }, createKey)).toMatchObject({ apiKey });
  });

  it("without a plaintext is refused", async () => {
    expect(await refusalOf({ api_key: { id: "k-1" } }, createKey)).toBeInstanceOf(
      ResponseSchemaError,
    );
  });

  it("has a plaintext that is hidden also where the answer is of another shape", async () => {
    const apiKey = "of-no-shape-that-a-key-has-today";
    const error = await refusalOf({ key: [{ api_key: apiKey }] }, createKey);
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect(redact(`the key is ${apiKey}`)).toBe("the key is [redacted]");
  });

  it("has a plaintext that is hidden from then on, and a name that is not", async () => {
    const apiKey = "anotherPlaintextThatNoErrorMayShow";
    await madeOf({ ...wire, name: "the-name-of-the-key", api_key: apiKey }, createKey);
    expect(redact(`the-name-of-the-key: ${apiKey}`)).toBe("the-name-of-the-key: [redacted]");
  });

  it("has masked characters that need not be hidden", async () => {
    const masked = "****************AB123";
    await refusalOf({ api_key: { ...wire, api_key: masked } }, createKey);
    expect(redact(masked)).toBe(masked);
  });
});

describe("a key counts as accepted where the account is shown", () => {
  it("and it is one", async () => {
    expect(await madeOf({ account: { balance: 0 } }, getAccount)).toBeUndefined();
  });

  it.each([{}, { account: null }, { account: "" }, [], null])("not by %j", async (json) => {
    expect(await refusalOf(json, getAccount)).toBeInstanceOf(ResponseSchemaError);
  });
});

it("an answer of another shape is told by where it differs, never by its values", async () => {
  const rows = [{ id: plaintext.split("") }, { id: 7 }];
  const { message } = await refusalOf({ users: rows }, listUsers);
  expect(message).toMatch(/users\.0\.id \(\w+\), users\.1\.id \(\w+\)$/);
  expect((await refusalOf("text", getUser)).message).toMatch(/body \(\w+\)$/);
});
