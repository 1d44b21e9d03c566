import { cut, respond, startEmulator, truncate, type Emulator } from "../../emulator";
import { call } from "./calling";

let vultr: Emulator;

beforeEach(async () => {
  vultr = await startEmulator({ requestsPerSecond: null });
});
afterEach(() => vultr.close());

it("packs a body once, though the fault and the switch both ask for it", async () => {
  vultr.setSwitches({ serverErrorBody: "gzip" });
  vultr.inject(respond({ status: 500, gzip: true }));
  const reply = await call(vultr, "/account");
  expect(JSON.parse(reply.text)).toEqual({ error: "Internal server error.", status: 500 });
});

it("meets every request that a global pattern matches", async () => {
  vultr.inject(respond({ status: 500 }, { path: /account/g, count: 3 }));
  const statuses = [];
  for (let sent = 0; sent < 4; sent += 1) statuses.push((await call(vultr, "/account")).status);
  expect(statuses).toEqual([500, 500, 500, 200]);
});

it("counts towards `skip` only what no earlier fault met", async () => {
  vultr.inject(respond({ status: 500 }), respond({ status: 502 }, { skip: 1 }));
  const statuses = [];
  for (let sent = 0; sent < 4; sent += 1) statuses.push((await call(vultr, "/account")).status);
  expect(statuses).toEqual([500, 200, 502, 200]);
});

describe("a delete, whose answer has no body", () => {
  const deleteOne = () => {
    const { id, userId } = vultr.addKey(vultr.addUser().id);
    return call(vultr, `/users/${userId}/apikeys/${id}`, { method: "DELETE" });
  };

  it("has nothing to truncate", async () => {
    vultr.inject(truncate());
    expect(await deleteOne()).toMatchObject({ status: 204, text: "" });
  });

  it("is done when its answer is cut", async () => {
    vultr.inject(cut({ when: "mid-body" }), cut({ when: "after-work" }));
    await deleteOne().catch(() => undefined); // headers may get through, and are all there is
    await expect(deleteOne()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(vultr.liveKeys()).toEqual([]);
  });
});
