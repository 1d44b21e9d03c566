import { cut, type Fault, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import {
  containing,
  failureOf,
  keyPath,
  listedAs,
  type Run,
  type RunOptions,
  startRun,
  unlisted,
} from "./run";

// Keys are recognised by what lists show of them.
assume({ otherFields: "documented", deletedKeyListedForMs: 0 });

/** The create is carried out, and its answer is lost. */
const lost = (times = 1) => cut({ when: "after-work" }, { method: "POST", count: times });
const notDone = cut({ when: "before-work" }, { method: "POST" });
const refused = respond({ status: 400 }, { method: "POST" });

/** Lists of keys as they were long ago. */
const behind = (lists: number) => listedAs([], { count: lists });
const listedAfter = (ms: number) => ({ newKey: { listedAfterMs: ms, usableAfterMs: 0 } });

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
const audit = (name: string | undefined) =>
  `audit --stack <stack>\` shows which key "${name}" no state records`;

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

  const written: RunOptions["around"] = (transport) => ({
    ...transport,
    async send(request) {
      const text = JSON.stringify(await transport.send(request)) as string | undefined;
      return text && (JSON.parse(text.replaceAll('"ci-dev-', '"ci&#45;dev-')) as unknown);
    },
  });

  const unheard = cut({ when: "after-work" }, { method: "DELETE" });

  it.each<[where: string, faults: Fault[], options?: RunOptions]>([
    ["the list shows it after a second look", [lost()], { switches: listedAfter(4_000) }],
    ["Vultr writes the beginning of its name otherwise", [lost()], { around: written }],
    ["the answer is a success that says 503 in its body", [denied(503, true)]],
    ["an earlier request, whose answer was lost, has deleted it", [lost(), unheard]],
  ])("also where %s", async (...[, faults, options]) => {
    await using run = await startRun({ faults, ...options });
    const { name } = await make(run);
    expect(run.names()).toEqual([name]);
    expect(run.count("POST keys")).toBe(2);
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
});

it("a create that was not carried out is made anew after three looks that found nothing", async () => {
  await using run = await startRun({ faults: [notDone] });
  const { name } = await make(run);
  expect(name).not.toBe(firstName(run));
  expect(run.names()).toEqual([name]);
  expect(run.count("DELETE key")).toBe(0);
  expect(run.count("GET keys")).toBe(4);
  expect(run.gapsMs("GET keys").slice(0, 2)).toEqual([1_000, 4_000]);
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
    { what: "where Vultr says no", fault: refused, args: {} },
    { what: "where a success says 400 in its body", fault: denied(400), args: {} },
    { what: "also under an exact name", fault: refused, args: { name: "exact" } },
  ])("at once $what", async ({ fault, args }) => {
    await using run = await startRun({ faults: [fault] });
    expect(await failureOf(make(run, args))).toMatch(/^could not create .*Vultr answered 400/);
    expect(run.sent()).toEqual(["POST keys"]);
  });

  it("though an earlier attempt shows late", async () => {
    const busy = tooManyRequests({ retryAfterSeconds: 10 }, { method: "POST" });
    const switches = listedAfter(8_000);
    await using run = await startRun({ faults: [lost(), busy, refused], switches });
    expect(await failureOf(make(run))).toContain("answered 400");
    expect(run.names()).toEqual([]);
  });
});

describe("where nobody can say that no key is left, the error says what to run", () => {
  const undeletable = respond({ status: 403 }, { path: keyPath });
  const isTooLate = listedAfter(6_000);

  it.each<[where: string, faults: Fault[], says: RegExp, switches?: RunOptions["switches"]]>([
    [
      "no look sees it",
      [notDone, notDone, lost()],
      /no key of that name is seen so far/,
      isTooLate,
    ],
    ["the list cannot be read", [lost(), unlisted()], /could not be found out \(.*answered 403/],
    [
      "the deletion fails",
      [lost(), undeletable],
      /it exists as [-\w]+, nobody has its plaintext, and deleting it failed \(.*answered 403/,
    ],
  ])("as where %s", async (...[, faults, says, switches = {}]) => {
    await using run = await startRun({ faults, switches });
    const message = await failureOf(make(run));
    expect(message).toMatch(connectionError);
    expect(message).toMatch(says);
    expect(message).toContain(audit(run.names()[0]));
  });

  it("as where lists show no names", async () => {
    await using run = await startRun({ faults: [lost()], switches: { otherFields: "absent" } });
    await run.read(run.stateOf(run.vultr.addKey(run.userId))); // known, so not mentioned
    const says = await failureOf(make(run));
    const made = run.vultr.keysOf(run.userId)[1]!;
    expect(says).toMatch(connectionError);
    expect(says).toContain(`keys without a name, one of which may be it: ${made.id})`);
    expect(says).toContain(audit(made.name));
    expect(run.count("POST keys")).toBe(1);
  });

  it("as where two minutes do not suffice for all that have its name", async () => {
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

  it("the create fails, is not repeated, and names what is there and this run does not know", async () => {
    await using run = await startRun({ faults: [lost()] });
    const add = (called: string) => run.vultr.addKey(run.userId, { name: called });
    const [known, before, unlike] = [add(name), add(name), add("EXACT")];
    await run.read(run.stateOf(known));
    const says = await failureOf(make(run, { name }));
    const [made, ...others] = run.vultr
      .keysOf(run.userId)
      .filter((key) => ![known, before, unlike].includes(key));
    expect(others).toEqual([]);
    expect(run.sent()).toEqual(["GET keys", "POST keys", "GET keys"]);
    expect(says).toContain(`could not create API key "exact" of user ${run.userId}`);
    expect(says).toMatch(connectionError);
    const listed = /listed by that name \(([^)]*)\)/.exec(says)?.[1]?.split(", ");
    expect(new Set(listed)).toEqual(new Set([before.id, made!.id]));
    expect(says).toMatch(
      /; nothing was deleted\. Run `pulumi up` again\. Then `npx .* audit --stack <stack>`/,
    );
  });

  it.each([
    [
      "that none is listed so far is no promise that none will be",
      [notDone],
      /no unknown key of that name is listed so far; nothing was deleted/,
    ],
    [
      "a list that cannot be read is said to be so",
      [lost(), unlisted()],
      /the keys of that name could not be listed \(.*403.*\); nothing was deleted/,
    ],
  ])("%s", async (_what, faults, says) => {
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
    await using run = await startRun({ faults: [lost(), behind(3), unlisted()] });
    const { name } = await make(run);
    expect(name).not.toBe(firstName(run));
    expect(run.notices.at(-1)).toMatch(/^warning: .*could not be looked for or deleted \(.*403/);
    expect(run.notices.at(-1)).toContain(`"${firstName(run)}"`);
  });
});
