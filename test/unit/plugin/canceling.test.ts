/** Ctrl-C: the engine calls Cancel and ends the process soon after. */
import type { Transport } from "../../../provider/vultr/transport";
import { cut, deadKey, delay, type Fault, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, keysPath } from "../lifecycle/run";
import { type Plugin, startPlugin, urn } from "./plugin";

// Which request is under way when Cancel comes.
assume({
  otherFields: "documented",
  refusalSent: "as-status",
  weakAccount: 200,
  newKey: "at-once",
  emptyAllowlist: "allow",
  deletedKeyUsed: "401",
  deletedKeyListedForMs: 0,
});

const address = "deployer@example.com";

const posts = { method: "POST" } as const;

/** Longer than any test waits. */
const forever = delay({ ms: 3_600_000 });

/** A plugin that is canceled while its n-th request is under way, whose answer does not come unless it is a create's. */
async function startCanceledAt(n: number, faults: Fault[] = []) {
  let sent = 0;
  const around = (transport: Transport): Transport => ({
    ...transport,
    send(request) {
      sent += 1;
      if (sent !== n) return transport.send(request);
      if (request.method !== "POST") plugin.vultr.inject(forever);
      const before = plugin.vultr.requests.length;
      const answer = transport.send(request);
      const cancelOnArrival = () => {
        if (plugin.vultr.requests.length > before) plugin.cancel();
        else setImmediate(cancelOnArrival);
      };
      cancelOnArrival();
      return answer;
    },
  });
  const plugin: Plugin = await startPlugin({ around, faults });
  plugin.vultr.setEmail(plugin.userId, address);
  return plugin;
}

type Made = Awaited<ReturnType<Plugin["make"]>>;

describe("a create that is canceled ends at once, and leaves no key", () => {
  const looked = ["GET users", "GET keys"];
  const undone = ["DELETE key", "GET keys"];
  it.each<[step: string, request: number, sent: string[]]>([
    ["looking for the user", 1, ["GET users"]],
    ["looking for leftovers", 2, looked],
    [
      "making the key, whose answer alone tells what to undo",
      3,
      [...looked, "POST keys", ...undone],
    ],
    ["proving the key", 4, [...looked, "POST keys", "GET account", ...undone]],
  ])("while it is %s", async (_step, request, sent) => {
    await using plugin = await startCanceledAt(request);
    const made = plugin.make({ userId: undefined, userEmail: address });
    expect(await failureOf(made)).toContain("canceled");
    expect(plugin.names()).toEqual([]);
    expect(plugin.sent()).toEqual(sent);
  });

  it.each<[what: string, fault: Fault]>([
    ["it waits for its turn after a 429", tooManyRequests({ retryAfterSeconds: 60 }, posts)],
    ["nobody knows whether there is a key: it is looked for", cut({ when: "after-work" }, posts)],
  ])("while %s", async (_what, fault) => {
    await using plugin = await startCanceledAt(2, [fault]);
    expect(await failureOf(plugin.make())).toContain("canceled");
    expect(plugin.names()).toEqual([]);
    expect(plugin.count("POST keys")).toBe(1);
  });

  it("while it waits for a key that does not work", async () => {
    let sleepsBefore = 0;
    await using plugin = await startPlugin({
      faults: [deadKey()],
      onLine({ message }) {
        if (!/waiting for API key .*\(\d\d s so far\)/.test(message)) return;
        sleepsBefore = plugin.clock.sleepsMs.length;
        plugin.cancel();
      },
    });
    expect(await failureOf(plugin.make())).toMatch(/canceled.*The new key was deleted again/);
    expect(plugin.names()).toEqual([]);
    // After the pause that was begun nothing pauses, but for the rate limit.
    const sleepsMs = plugin.clock.sleepsMs.slice(sleepsBefore + 1);
    expect(sleepsMs.filter((ms) => ms > 100)).toEqual([]);
  });

  it("unless it cannot be deleted: then state records it", async () => {
    const refused = respond({ status: 403 }, { method: "DELETE", count: Infinity });
    await using plugin = await startCanceledAt(2, [refused]);
    await expect(plugin.make()).rejects.toMatchObject({ properties: { isUnproven: true } });
  });
});

describe("whatever else is canceled ends at once, and changes nothing by half", () => {
  it.each<[verb: string, request: number, call: (plugin: Plugin, key: Made) => Promise<unknown>]>([
    ["read", 4, ({ calls }, { id, state, inputs }) => calls.read({ urn, id }, state, inputs)],
    [
      "update",
      4,
      ({ calls }, { id, state: { verifiedAt: _, ...unproven }, inputs }) =>
        calls.update({ urn, id }, { ...unproven, isUnproven: true }, inputs, inputs),
    ],
    ["delete, sent", 4, ({ calls }, { id, state }) => calls.delete({ urn, id }, state)],
    ["delete, carried out", 5, ({ calls }, { id, state }) => calls.delete({ urn, id }, state)],
  ])("%s: the same command goes on from there", async (_verb, request, call) => {
    await using plugin = await startCanceledAt(request);
    const made = await plugin.make();
    plugin.nextRun();
    expect(await failureOf(call(plugin, made))).toMatch(/canceled.*Run the same command again/);
    plugin.nextRun();
    await plugin.calls.delete({ urn, id: made.id }, made.state);
    expect(plugin.names()).toEqual([]);
  });
});

it("at the end of a run, when nothing is under way, Cancel does nothing", async () => {
  await using plugin = await startPlugin();
  const made = await plugin.make();
  const sent = plugin.sent();
  plugin.cancel();
  plugin.cancel();
  expect(plugin.sent()).toEqual(sent);
  expect(plugin.lines).toEqual([]);
  expect(await plugin.diff(made, made.inputs)).toMatchObject({ changes: false });
  expect(plugin.names()).toEqual([made.state.name]);
});

describe("the time that customTimeouts allow", () => {
  it("ends the waiting for a proof; the key is deleted in time of its own", async () => {
    await using plugin = await startPlugin({ faults: [deadKey()] });
    const startedMs = plugin.clock.monotonicMs();
    const created = plugin.calls.create(urn, plugin.args(), { timeoutSeconds: 10 });
    expect(await failureOf(created)).toMatch(/after 10 s Vultr still answers.*was deleted again/);
    expect(plugin.clock.monotonicMs() - startedMs).toBeLessThan(10_000);
    expect(plugin.names()).toEqual([]);
  });

  it("ends repetitions", async () => {
    const failing = respond({ status: 503 }, { path: keysPath, count: Infinity });
    const gives = async (timeoutSeconds: number) => {
      await using plugin = await startPlugin({ faults: [failing] });
      await failureOf(plugin.calls.create(urn, plugin.args(), { timeoutSeconds }));
      return plugin.count("GET keys");
    };
    expect(await gives(1)).toBeLessThan(await gives(0));
  });

  it("is a minute at least for a deletion, which keeps the limit of its last run while it is pending", async () => {
    await using plugin = await startPlugin();
    const { id, state } = await plugin.make();
    plugin.nextRun();
    plugin.vultr.inject(tooManyRequests({ retryAfterSeconds: 30 }));
    await plugin.calls.delete({ urn, id }, state, 1);
    expect(plugin.names()).toEqual([]);
  });

  it("that are longer than ours make nothing wait longer", async () => {
    const faults = [tooManyRequests({ retryAfterSeconds: 301 })];
    await using plugin = await startPlugin({ faults });
    const created = plugin.calls.create(urn, plugin.args(), { timeoutSeconds: 3_600 });
    expect(await failureOf(created)).toContain("rate limit");
  });
});
