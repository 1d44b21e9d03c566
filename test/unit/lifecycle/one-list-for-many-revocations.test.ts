import { type Confirmations, createConfirmations } from "../../../provider/lifecycle/confirmations";
import { revoke } from "../../../provider/lifecycle/revoke";
import type { ApiKeyRef } from "../../../provider/vultr/client";
import { VultrClient } from "../../../provider/vultr/client";
import { createRateLimiter } from "../../../provider/vultr/rate-limit";
import type { ApiRequest } from "../../../provider/vultr/transport";
import { type ManualClock, manualClock } from "../../support/manual-clock";

interface Scene {
  keys: ApiKeyRef[];
  /** What the engine runs at a time. */
  parallelism: number;
  /** What the engine writes before and after each operation, one write at a time, in milliseconds. */
  writeMs: number;
  /** From request to answer, in milliseconds. */
  latencyMs: number;
  /** Keys whose deletion Vultr refuses. */
  refused?: readonly string[];
}

interface Outcome {
  tookMs: number;
  lists: number;
  failed: string[];
}

const keysOf = (userId: string, count: number): ApiKeyRef[] =>
  Array.from({ length: count }, (_, at) => ({ userId, keyId: `${userId}-${at}` }));

/** The end of a run in which all of the keys were replaced, with the real client on a manual clock. */
async function revokeAll(
  scene: Scene,
  confirmationsOf = (clock: ManualClock) => createConfirmations(clock, scene.parallelism),
): Promise<Outcome> {
  const clock = manualClock({ startMs: 0 });
  const confirmations = confirmationsOf(clock);
  for (const key of scene.keys) confirmations.expect(key);
  const { transport, lists } = emulate(scene, clock);
  const client = new VultrClient({ transport, limiter: createRateLimiter(30, clock), clock });
  const context = { client, clock, apiUrl: "" };
  const failed: string[] = [];
  const queue = [...scene.keys];
  let written = Promise.resolve();
  const write = () => (written = written.then(() => clock.sleep(scene.writeMs)));

  async function work(): Promise<void> {
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
      await write();
      await revokeIn(confirmations, key);
      await write();
    }
  }

  async function revokeIn(all: Confirmations, key: ApiKeyRef): Promise<void> {
    const member = all.join(key);
    try {
      const seen = await revoke(context, key, Infinity, () => member.gathered());
      expect(seen).not.toContainEqual(expect.objectContaining({ keyId: key.keyId }));
    } catch {
      failed.push(key.keyId);
    } finally {
      member.leave();
    }
  }

  await Promise.all(Array.from({ length: scene.parallelism }, work));
  return { tookMs: clock.now(), lists: lists(), failed };
}

/** Vultr, as far as deleting and listing go; each takes effect halfway between request and answer. */
function emulate({ keys, latencyMs, refused = [] }: Scene, clock: ManualClock) {
  const live = new Set(keys.map((key) => key.keyId));
  let lists = 0;
  async function send({ method, path }: ApiRequest): Promise<unknown> {
    const [, , userId = "", , keyId = ""] = path.split("/");
    await clock.sleep(latencyMs / 2);
    if (method === "DELETE" && !refused.includes(keyId)) live.delete(keyId);
    if (method === "GET") lists += 1;
    const ids = [...live].filter((id) => id.startsWith(`${userId}-`));
    await clock.sleep(latencyMs / 2);
    return method === "GET" ? { api_keys: ids.map((id) => ({ id })) } : undefined;
  }
  const transport = { send, authenticateWith: () => undefined, close: () => Promise.resolve() };
  return { transport, lists: () => lists };
}

/** As it would be if everybody looked at once. */
const alone = (): Confirmations => ({
  expect: () => undefined,
  join: () => ({ gathered: () => Promise.resolve(), leave: () => undefined }),
});

describe("where the engine is slower than Vultr, keys of one user share lists, and it takes no longer", () => {
  const slow = { parallelism: 8, writeMs: 30, latencyMs: 4 };

  it.each([
    { what: "one user", keys: keysOf("a", 120) },
    {
      what: "three users, one after the other",
      keys: ["a", "b", "c"].flatMap((u) => keysOf(u, 40)),
    },
  ])("$what", async ({ keys }) => {
    const shared = await revokeAll({ ...slow, keys });
    const unshared = await revokeAll({ ...slow, keys }, alone);
    expect(unshared.lists).toBeGreaterThan(80);
    expect(shared.lists).toBeLessThanOrEqual(24);
    expect(shared.tookMs).toBeLessThanOrEqual(unshared.tookMs * 1.01);
  });

  it("where the engine takes 200 ms a key", async () => {
    const scene = { ...slow, writeMs: 100, keys: keysOf("a", 60) };
    const shared = await revokeAll(scene);
    const unshared = await revokeAll(scene, alone);
    expect(unshared.lists).toBe(60);
    expect(shared.lists).toBeLessThanOrEqual(20);
    expect(shared.tookMs).toBeLessThanOrEqual(unshared.tookMs * 1.01);
  });
});

it("where requests keep most of the engine's workers busy anyway, nobody waits", async () => {
  const scene = { parallelism: 8, writeMs: 30, latencyMs: 100, keys: keysOf("a", 120) };
  const { tookMs } = await revokeAll(scene);
  expect(tookMs).toBeLessThanOrEqual((await revokeAll(scene, alone)).tookMs * 1.02);
});

describe("nobody waits in vain for long", () => {
  const keys = keysOf("a", 40);

  it.each([
    { what: "requests take long", parallelism: 8, writeMs: 10, latencyMs: 250 },
    { what: "the engine runs one at a time", parallelism: 1, writeMs: 10, latencyMs: 4 },
    { what: "the engine runs four at a time", parallelism: 4, writeMs: 10, latencyMs: 100 },
  ])("$what, and eight were thought to come together", async ({ what: _, ...scene }) => {
    const together = await revokeAll({ ...scene, keys }, (clock) => createConfirmations(clock, 8));
    const unshared = await revokeAll({ ...scene, keys }, alone);
    expect(together.tookMs).toBeLessThanOrEqual(unshared.tookMs + 1_010);
  });

  it("keys of other users are not waited for: none waits for a user whose keys are all here", async () => {
    const each = Array.from({ length: 5 }, (_, at) => keysOf(`u${at}`, 1)).flat();
    const scene = { parallelism: 8, writeMs: 30, latencyMs: 4, keys: each };
    const { tookMs, lists } = await revokeAll(scene);
    expect(lists).toBe(5);
    expect(tookMs).toBe((await revokeAll(scene, alone)).tookMs);
  });

  it("a single key is looked for at once", async () => {
    const clock = manualClock();
    const confirmations = createConfirmations(clock, 8);
    const [key] = keysOf("a", 1) as [ApiKeyRef];
    confirmations.expect(key);
    await confirmations.join(key).gathered();
    expect(clock.sleepsMs).toEqual([]);
  });

  it("a key that nobody said would be revoked is looked for at once", async () => {
    const clock = manualClock();
    const confirmations = createConfirmations(clock, 8);
    await confirmations.join({ userId: "a", keyId: "k" }).gathered();
    expect(clock.sleepsMs).toEqual([]);
  });

  it("one that is expected and never comes is waited for once, not each time", async () => {
    const clock = manualClock({ startMs: 0 });
    const confirmations = createConfirmations(clock, 8);
    confirmations.expect({ userId: "a", keyId: "never" });
    for (const key of keysOf("a", 5)) {
      const member = confirmations.join(key);
      await member.gathered();
      member.leave();
    }
    expect(clock.now()).toBe(1_000);
  });
});

describe("those who come one by one", () => {
  /** Comes, waits for the others, and says when that was over. */
  async function wait(confirmations: Confirmations, clock: ManualClock, keyId: string) {
    const member = confirmations.join({ userId: "a", keyId });
    await member.gathered();
    member.leave();
    return clock.now();
  }

  it("form a group after each wait, as long as they keep coming", async () => {
    const clock = manualClock({ startMs: 0 });
    const confirmations = createConfirmations(clock, 8);
    for (const key of keysOf("a", 4)) confirmations.expect(key);
    const first = wait(confirmations, clock, "a-0");
    await clock.sleep(800);
    const second = wait(confirmations, clock, "a-1");
    expect(await Promise.all([first, second])).toEqual([1_000, 1_000]);
    await clock.sleep(100);
    expect(await wait(confirmations, clock, "a-2")).toBe(2_100);
  });

  it("are waited for again where the engine has handed over as many as it can before", async () => {
    const clock = manualClock({ startMs: 0 });
    const confirmations = createConfirmations(clock, 3);
    for (const key of keysOf("a", 5)) confirmations.expect(key);
    const together = ["a-0", "a-1"].map((keyId) => wait(confirmations, clock, keyId));
    expect(await Promise.all(together)).toEqual([0, 0]);
    expect(await wait(confirmations, clock, "a-2")).toBe(1_000);
    expect(await wait(confirmations, clock, "a-3")).toBe(2_000);
  });
});

it("a deletion that is refused fails alone", async () => {
  const keys = keysOf("a", 30);
  const scene = { parallelism: 8, writeMs: 30, latencyMs: 4, keys, refused: ["a-7"] };
  const { failed } = await revokeAll(scene);
  expect(failed).toEqual(["a-7"]);
});
