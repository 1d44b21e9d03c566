import { cut, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import {
  containing,
  failureOf,
  keyPath,
  keysPath,
  type Run,
  type RunOptions,
  startRun,
} from "./run";

// Keys are recognised by what lists show of them.
assume({ otherFields: "documented", deletedKeyListedForMs: 0 });

/** The create is carried out, and its answer is lost. */
const lost = (times = 1) => cut({ when: "after-work" }, { method: "POST", count: times });
const notDone = cut({ when: "before-work" }, { method: "POST" });
const refused = respond({ status: 400 }, { method: "POST" });

/** The list cannot be read. */
const blind = respond({ status: 403 }, { method: "GET", path: keysPath });
/** Lists of keys as they were long ago. */
const behind = (lists: number) =>
  respond({ status: 200, json: { api_keys: [] } }, { method: "GET", path: keysPath, count: lists });

/** What a success denies in its body. */
const denied = (status: number, afterWork = false) =>
  respond({ status: 202, json: { error: "No.", status }, afterWork }, { method: "POST" });

/** The create of a rotation, which begins with the POST and, here, ends with it. */
const make = async ({ rotate }: Run, args = {}) =>
  (await rotate({ keyId: "old" }, { verify: false, ...args })).outs;

/** The name that the notice says got no clear answer. */
const firstName = ({ notices }: Run) =>
  /creating API key "([^"]+)" got no clear/.exec(notices[0]!)![1]!;

const connectionError = /: no clear answer arrived \(could not create API key .*\)/;

describe("where a create was carried out and its answer lost, the key is deleted and made anew", () => {
  it("under a fresh name", async () => {
    await using run = await startRun({ faults: [lost()], switches: { newKey: "at-once" } });
    run.vultr.addKey(run.userId, { name: "by hand" });
    const { name, userId, keyId } = await make(run);
    expect(name).not.toBe(firstName(run));
    expect(userId).toBe(run.userId);
    expect(run.vultr.keysOf(userId).map((key) => key.id)).toContain(keyId);
    expect(run.names()).toEqual(["by hand", name]);
    expect(run.notices).toEqual([containing("no key of that name is seen, trying again")]);
    // Found by the first list, seen gone in the second, looked for once more at the end.
    expect(run.count("GET keys")).toBe(3);
  });

  it("also where the list shows it late: it is looked for at once, after one second and after five", async () => {
    const newKey = { listedAfterMs: 4_000, usableAfterMs: 0 };
    await using run = await startRun({ faults: [lost()], switches: { newKey } });
    const { name } = await make(run);
    expect(run.gapsMs("GET keys").slice(0, 2)).toEqual([1_000, 4_000]);
    expect(run.names()).toEqual([name]);
  });

  it("also where Vultr does not know it for a while: its deletion is repeated", async () => {
    const lag = respond({ status: 404 }, { method: "DELETE", count: 2 });
    await using run = await startRun({ faults: [lost(), lag] });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
    expect(run.gapsMs("DELETE key")).toEqual([500, 1_000]);
  });

  it("also where Vultr writes the beginning of its name otherwise", async () => {
    const around: RunOptions["around"] = (transport) => ({
      ...transport,
      async send(request) {
        const text = JSON.stringify(await transport.send(request)) as string | undefined;
        return text && (JSON.parse(text.replaceAll('"ci-dev-', '"ci&#45;dev-')) as unknown);
      },
    });
    await using run = await startRun({ faults: [lost()], around });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
  });

  it("also where an earlier request has deleted it, whose answer was lost", async () => {
    const unheard = cut({ when: "after-work" }, { method: "DELETE" });
    await using run = await startRun({ faults: [lost(), unheard] });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
  });

  it("also where the answer has the id of a key that was there before, which stays", async () => {
    await using run = await startRun();
    const old = run.vultr.addKey(run.userId, { name: "old" });
    const json = { api_key: { id: old.id, api_key: "A".repeat(36), name: "ci" } };
    run.vultr.inject(respond({ status: 201, json, afterWork: true }, { method: "POST" }));
    const { outs } = await run.rotate(run.stateOf(old), { verify: false });
    expect(run.names()).toEqual(["old", outs.name]);
    expect(outs.keyId).not.toBe(old.id);
  });

  it("also where the answer is a success that says 503 in its body", async () => {
    await using run = await startRun({ faults: [denied(503, true)] });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
    expect(run.count("POST keys")).toBe(2);
  });
});

it("a create that was not carried out is made anew after three looks that found nothing", async () => {
  await using run = await startRun({ faults: [notDone] });
  const { name } = await make(run);
  expect(name).not.toBe(firstName(run));
  expect(run.names()).toEqual([name]);
  expect(run.count("DELETE key")).toBe(0);
  expect(run.count("GET keys")).toBe(4);
});

it("an attempt that shows late is found though the last one fails", async () => {
  const newKey = { listedAfterMs: 8_000, usableAfterMs: 0 };
  const busy = tooManyRequests({ retryAfterSeconds: 10 }, { method: "POST" });
  await using run = await startRun({ faults: [lost(), busy, refused], switches: { newKey } });
  expect(await failureOf(make(run))).toContain("answered 400");
  expect(run.names()).toEqual([]);
});

describe("it ends with the last failure and without a key", () => {
  it("after three creates", async () => {
    await using run = await startRun({ faults: [lost(Infinity)] });
    const says = await failureOf(make(run));
    expect(says).toMatch(/^could not create API key .*connection/);
    expect(says).not.toContain("audit"); // each was found and deleted: nothing is left to look for
    expect(run.count("POST keys")).toBe(3);
    expect(run.names()).toEqual([]);
    expect(run.notices).toHaveLength(2);
  });

  it.each([
    { what: "after the deadline", waitS: 295.1, creates: 1 }, // the looks alone take five seconds
    { what: "and not before", waitS: 294.9, creates: 2 },
  ])("$what", async ({ waitS, creates }) => {
    const wait = tooManyRequests({ retryAfterSeconds: waitS }, { method: "POST" });
    const outage = respond({ status: 500 }, { method: "POST", count: Infinity });
    await using run = await startRun({ faults: [wait, outage] });
    expect(await failureOf(make(run))).toMatch(/^could not create .*Vultr answered 500/);
    expect(run.count("POST keys")).toBe(1 + creates);
  });

  it.each([
    { what: "at once where Vultr says no", fault: refused, args: {} },
    { what: "at once where a success says 400 in its body", fault: denied(400), args: {} },
    { what: "at once also under an exact name", fault: refused, args: { name: "exact" } },
  ])("$what", async ({ fault, args }) => {
    await using run = await startRun({ faults: [fault] });
    expect(await failureOf(make(run, args))).toMatch(/^could not create .*Vultr answered 400/);
    expect(run.sent()).toEqual(["POST keys"]);
  });
});

describe("where nobody can say that no key is left, the error says what to run", () => {
  it("to look for what the last of three creates may have made: it is listed too late for any look", async () => {
    const newKey = { listedAfterMs: 6_000, usableAfterMs: 0 };
    await using run = await startRun({
      faults: [notDone, notDone, lost()],
      switches: { newKey },
    });
    const says = await failureOf(make(run));
    const [name] = run.names();
    expect(says).toContain("and no key of that name is seen so far");
    expect(says).toContain(`audit --stack <stack>\` shows which key "${name}" no state records`);
  });

  it("to look for it, where the list cannot be read", async () => {
    await using run = await startRun({ faults: [lost(), blind] });
    const says = await failureOf(make(run));
    const { name } = run.vultr.keysOf(run.userId)[0]!;
    expect(says).toMatch(connectionError);
    expect(says).toMatch(/could not be found out \(.*Vultr answered 403/);
    expect(says).toContain(`audit --stack <stack>\` shows which key "${name}" no state records`);
  });

  it.each(["null", "absent"] as const)(
    "to look for it, where lists show no names (%s)",
    async (otherFields) => {
      await using run = await startRun({ faults: [lost()], switches: { otherFields } });
      await run.read(run.stateOf(run.vultr.addKey(run.userId))); // known, so not mentioned
      const says = await failureOf(make(run));
      const made = run.vultr.keysOf(run.userId)[1]!;
      expect(says).toMatch(connectionError);
      expect(says).toContain(`keys without a name, one of which may be it: ${made.id})`);
      expect(says).toContain(
        `audit --stack <stack>\` shows which key "${made.name}" no state records`,
      );
      expect(run.count("POST keys")).toBe(1);
    },
  );

  it("to delete it, where that fails", async () => {
    const refusal = respond({ status: 403 }, { path: keyPath });
    await using run = await startRun({ faults: [lost(), refusal] });
    const says = await failureOf(make(run));
    const { id } = run.vultr.keysOf(run.userId)[0]!;
    expect(says).toMatch(connectionError);
    expect(says).toContain(`it exists as ${id}, nobody has its plaintext`);
    expect(says).toMatch(/deleting it failed \(.*Vultr answered 403.*audit/);
  });

  it("to delete them, where two minutes do not suffice for all that have its name", async () => {
    let twin: object | undefined;
    const wait = tooManyRequests({ retryAfterSeconds: 117.9 }, { method: "DELETE" });
    await using run = await startRun({
      faults: [lost(), wait],
      switches: { newKey: "at-once", missingKey: "404", refusalSent: "as-status" },
      around: (transport) => ({
        ...transport,
        async send(request) {
          const answer = await transport.send(request);
          if (request.method !== "GET") return answer;
          const { api_keys: keys } = answer as { api_keys: object[] };
          twin ??= { ...keys[0], id: "twin" };
          return { api_keys: [...keys, twin] };
        },
      }),
    });
    expect(await failureOf(make(run))).toMatch(
      /it exists as .*, twin, .*delete API key twin .*404/,
    );
    // Two for the key itself; of the ten seconds that a missing one is tried for, two are left.
    expect(run.count("DELETE key")).toBe(2 + 3);
    expect(run.names()).toEqual([]);
  });
});

describe("under an exact name, a key that may be this one's or somebody else's is never deleted", () => {
  assume({ keyName: "any", keysPerUser: null, newKey: "at-once" });

  const name = "exact";

  it("the create fails, is not repeated, and names what is there", async () => {
    await using run = await startRun({ faults: [lost()] });
    const before = run.vultr.addKey(run.userId, { name });
    const unlike = run.vultr.addKey(run.userId, { name: "EXACT" });
    const says = await failureOf(make(run, { name }));
    const ids = run.vultr.keysOf(run.userId).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(run.sent()).toEqual(["POST keys", "GET keys"]);
    expect(says).toContain(`could not create API key "exact" of user ${run.userId}`);
    expect(says).toMatch(connectionError);
    const listed = /listed by that name \(([^)]*)\)/.exec(says)?.[1]?.split(", ");
    expect(new Set(listed)).toEqual(new Set([before.id, ids[2]]));
    expect(says).not.toContain(unlike.id);
    expect(says).toMatch(
      /; nothing was deleted\. Run `pulumi up` again\. Then `npx .* audit --stack <stack>`/,
    );
  });

  it("those that this run knows are not among them", async () => {
    await using run = await startRun({ faults: [lost()] });
    await run.read(run.stateOf(run.vultr.addKey(run.userId, { name })));
    const says = await failureOf(make(run, { name }));
    const made = run.vultr.keysOf(run.userId)[1]!;
    expect(says).toContain(`listed by that name (${made.id})`);
  });

  it.each([
    {
      what: "that none is listed so far is no promise that none will be",
      faults: [notDone],
      says: /no unknown key of that name is listed so far; nothing was deleted/,
    },
    {
      what: "a list that cannot be read is said to be so",
      faults: [lost(), blind],
      says: /the keys of that name could not be listed \(.*403.*\); nothing was deleted/,
    },
  ])("$what", async ({ faults, says }) => {
    await using run = await startRun({ faults });
    expect(await failureOf(make(run, { name }))).toMatch(says);
  });

  it("creates of one exact name do not wait for one another", async () => {
    await using run = await startRun();
    await Promise.all([make(run, { name }), make(run, { name })]);
    expect(run.sent()).toEqual(["POST keys", "POST keys"]); // no look: there was no doubt
  });
});

describe("after a success, keys of earlier attempts are looked for once more", () => {
  assume({ newKey: "at-once" });

  it("and deleted where they turn up", async () => {
    await using run = await startRun({ faults: [lost(), behind(3)] });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
    expect(run.notices).toHaveLength(1);
  });

  it("and a look that fails is a warning: the new key is good", async () => {
    await using run = await startRun({ faults: [lost(), behind(3), blind] });
    const { name } = await make(run);
    expect(name).not.toBe(firstName(run));
    expect(run.notices.at(-1)).toMatch(/^warning: .*could not be looked for or deleted \(.*403/);
    expect(run.notices.at(-1)).toContain(`"${firstName(run)}"`);
  });
});
