import { call, keyIn, keysIn } from "./calling";
import { describeSwitch } from "./describe-switch";

const dated = { expire: true, date_expire: "2031-06-30T00:00:00Z" };
const past = { expire: true, date_expire: "2020-01-01T00:00:00Z" };
const longName = "n".repeat(129);

/** A name of the limit's size, by its length. */
function shorten(name: string): string {
  return name.length > 100 ? `${name.length} long` : name;
}

function shapeOf(text: string): string {
  if (text === "") return "empty";
  const parsed = JSON.parse(text) as { api_key: string | { api_key: string } };
  const { api_key: inner } = parsed;
  const shape = typeof inner === "string" ? "bare" : "envelope";
  const shown = typeof inner === "string" ? inner : inner.api_key;
  return `${shape}, ${shown.includes("*") ? "mask" : "plaintext"}`;
}

describeSwitch(
  "createStatus",
  [
    [202, 202],
    [200, 200],
    [201, 201],
  ],
  async ({ create }) => (await create()).status,
);

describeSwitch(
  "createBody",
  [
    ["envelope", "envelope, plaintext"],
    ["bare", "bare, plaintext"],
    ["empty", "empty"],
    ["masked", "envelope, mask"],
  ],
  async ({ create }) => shapeOf((await create()).text),
);

describeSwitch(
  "noExpiryDate",
  [
    ["empty-string", ""],
    ["null", null],
    ["absent", undefined],
  ],
  async ({ create }) => keyIn(await create()).date_expire,
);

describeSwitch(
  "dateForm",
  [
    ["zulu", "2031-06-30T00:00:00Z"],
    ["offset", "2031-06-30T00:00:00+00:00"],
    ["no-zone", "2031-06-30T00:00:00"],
  ],
  async ({ create }) => keyIn(await create(dated)).date_expire,
);

describeSwitch(
  "badDate",
  [
    ["400", 400],
    ["stored", true],
    ["expiry-dropped", false],
  ],
  async ({ create }) => {
    const reply = await create(past);
    return reply.status === 202 ? keyIn(reply).expire : reply.status;
  },
);

describeSwitch(
  "keyName",
  [
    ["any", ["twin", "129 long", ""]],
    ["reject-duplicate", [400, "129 long", ""]],
    ["reject-long", ["twin", 400, ""]],
    ["cut-long", ["twin", "128 long", ""]],
    ["default-if-absent", ["twin", "129 long", "Default"]],
  ],
  async ({ create }) => {
    await create({ name: "twin" });
    const replies = [await create({ name: "twin" }), await create({ name: longName })];
    replies.push(await create());
    return replies.map((reply) =>
      reply.status === 202 ? shorten(keyIn(reply).name) : reply.status,
    );
  },
);

describeSwitch(
  "keysPerUser",
  [
    [null, [202, 202, 202]],
    [2, [202, 202, 400]],
  ],
  async ({ create }) =>
    [await create(), await create(), await create()].map((reply) => reply.status),
);

describeSwitch(
  "newKey",
  [
    [
      "at-once",
      [
        [1, 200],
        [1, 200],
      ],
    ],
    [
      { listedAfterMs: 200, usableAfterMs: 200 },
      [
        [0, 401],
        [1, 200],
      ],
    ],
    [
      "flapping",
      [
        [0, 401],
        [1, 200],
      ],
    ],
  ],
  async ({ vultr, advance, create, list }) => {
    const { api_key: apiKey } = keyIn(await create());
    const seen: [number, number][] = [];
    for (let look = 0; look < 2; look += 1) {
      const { status } = await call(vultr, "/account", { apiKey });
      seen.push([keysIn(await list()).length, status]);
      advance(200);
    }
    return seen;
  },
);

describeSwitch(
  "lostCreateReply",
  [
    ["off", [202, 1]],
    ["reset", ["ECONNRESET", 1]],
    ["timeout", ["ABORT_ERR", 1]],
    ["504-html", [504, 1]],
  ],
  async ({ vultr, userId }) => {
    const signal = AbortSignal.timeout(1_000);
    const path = `/users/${userId}/apikeys`;
    const outcome = await call(vultr, path, { method: "POST", signal }).then(
      (reply) => reply.status,
      (error: unknown) => (error as { code: string }).code,
    );
    return [outcome, vultr.keysOf(userId).length];
  },
);
