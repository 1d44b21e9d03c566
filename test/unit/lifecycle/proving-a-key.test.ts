import { formatUtc } from "../../../provider/vultr/clock";
import { deadKey, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, type Run, type RunOptions, startRun } from "./run";

interface KeyOptions {
  usableAfterMs?: number;
  dateExpire?: string;
}

// What Vultr answers to a key that works, and to one that does not.
assume({
  otherFields: "documented",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

const never = { usableAfterMs: Infinity };

/** A run with a new key of the user; `prove` is the update of a state in which it is not proven yet. */
async function runWithKey(key: KeyOptions = {}, options: RunOptions = {}) {
  const run = await startRun(options);
  const { verifiedAt: _, ...state } = run.stateOf(run.vultr.addKey(run.userId, key));
  const { dateExpire } = key;
  const prove = async () =>
    (await run.update({ ...state, ...(dateExpire && { dateExpire }) })).verifiedAt;
  return { ...run, prove };
}

const answer = (status: number, body: { json?: object; html?: string } = {}, count = 1) =>
  respond({ status, ...body }, { path: "/account", count });

it("a key that is listed and authenticates is proven, at that time", async () => {
  await using run = await runWithKey();
  expect(await run.prove()).toBe("2026-11-01T00:00:00Z");
  expect(run.sent()).toEqual(["GET keys", "GET account"]);
  expect(run.notices).toEqual([]);
});

it.each<{ what: string; options: RunOptions }>([
  { what: "that may not see bills", options: { switches: { weakAccount: 403 } } },
  {
    what: "of which a success says 403 in its body",
    options: { faults: [answer(200, { json: { error: "Forbidden.", status: 403 } })] },
  },
])("so is a key $what: only a good key is told so", async ({ options }) => {
  await using run = await runWithKey({}, options);
  expect(await run.prove()).toBe(formatUtc(run.clock.now()));
  expect(run.sent()).toEqual(["GET keys", "GET account", "GET user"]);
});

describe("a key that does not work yet", () => {
  it("is waited for at growing distances, visibly, and its user is looked at once", async () => {
    await using run = await runWithKey({ usableAfterMs: 13_000 });
    const startMs = run.clock.now();
    const verifiedAt = await run.prove();
    // The look at the user waits for its turn before the first pause begins.
    expect(run.gapsMs("GET account")).toEqual([534, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(run.count("GET user")).toBe(1);
    expect(verifiedAt).toBe(formatUtc(startMs + 17_500));
    expect(run.notices).toHaveLength(6);
    expect(run.notices[0]).toContain("(0 s so far)");
    expect(run.notices[5]).toContain("(13 s so far)");
  });

  it.each([
    { what: "whatever the clock says", jumpMs: 0 },
    { what: "though the wall clock jumps a day forward", jumpMs: 86_400_000 },
    { what: "though the wall clock jumps a day back", jumpMs: -86_400_000 },
  ])("is refused after a minute, $what", async ({ jumpMs }) => {
    await using run = await runWithKey(never);
    const startMs = run.clock.monotonicMs();
    const proof = failureOf(run.prove());
    run.clock.jumpWallClock(jumpMs);
    expect(await proof).toMatch(
      /^could not verify API key .*after 60 s Vultr still answers "Invalid.* Run again\. If it fails again, change rotationTrigger/,
    );
    const gapsMs = run.gapsMs("GET account");
    expect(gapsMs).toEqual([534, 1_000, 2_000, 4_000, ...Array.from({ length: 10 }, () => 5_000)]);
    expect(Math.floor((run.clock.monotonicMs() - startMs) / 100)).toBe(575);
  });

  it("is refused sooner where the time for the verb is over", async () => {
    const late = tooManyRequests({ retryAfterSeconds: 298.3 }, { method: "POST" });
    await using run = await startRun({ faults: [late, deadKey()] });
    expect(await failureOf(run.rotate({ keyId: "old" }))).toMatch(
      /^could not verify API key .* Run again: another key is made\./,
    );
    expect(run.gapsMs("GET account")).toEqual([534, 1_000]);
  });
});

it.each([
  { dateExpire: "2026-11-02T00:00:57Z", isMentioned: true },
  { dateExpire: "2026-11-02T00:00:58Z", isMentioned: false },
  { dateExpire: undefined, isMentioned: false },
])(
  "a refusal, which comes after 57.5 s, mentions the clocks if the key expires within a day: $dateExpire, $isMentioned",
  async ({ dateExpire, isMentioned }) => {
    await using run = await runWithKey({ ...never, ...(dateExpire && { dateExpire }) });
    const says = await failureOf(run.prove());
    expect(says.includes(`Its expiry is ${dateExpire ?? ""}`)).toBe(isMentioned);
    expect(says.includes("this machine's clock says 2026-11-01T00:00:57Z")).toBe(isMentioned);
  },
);

describe("a user who may not use the API is named at once, without waiting", () => {
  it.each([401, 403] as const)("as Vultr answers %i", async (apiDisabled) => {
    await using run = await runWithKey({}, { switches: { apiDisabled } });
    run.vultr.setApiEnabled(run.userId, false);
    const says = await failureOf(run.prove());
    expect(says).toMatch(/^could not verify API key/);
    expect(says).toContain(`API access is off for user ${run.userId}`);
    expect(says).toContain(`send PATCH /users/${run.userId} with {"api_enabled": true}`);
    expect(run.sent()).toEqual(["GET keys", "GET account", "GET user"]);
    expect(run.notices).toEqual([]);
  });

  it("also if that begins while the key is waited for", async () => {
    const notYet = answer(401, { json: { error: "Invalid API token." } });
    const options = { switches: { apiDisabled: 403 as const }, faults: [notYet] };
    await using run = await runWithKey({}, options);
    run.vultr.setApiEnabled(run.userId, false);
    const before = { id: run.userId, email: "a@example.com" };
    run.vultr.inject(respond({ status: 200, json: { user: before } }, { path: "/users/*" }));
    expect(await failureOf(run.prove())).toContain(`API access is off for user ${run.userId}`);
    expect(run.count("GET account")).toBe(2);
  });

  it.each([
    { status: "suspended", suspendedUser: 401 },
    { status: "Suspended", suspendedUser: 401 },
    { status: "closed", suspendedUser: 401 },
    { status: "suspended", suspendedUser: 403 },
  ] as const)("as the user is $status and Vultr answers $suspendedUser", async (row) => {
    const { status, suspendedUser } = row;
    await using run = await runWithKey(
      { usableAfterMs: Infinity },
      { switches: { suspendedUser } },
    );
    run.vultr.setStatus(run.userId, status);
    const says = await failureOf(run.prove());
    expect(says).toMatch(/^could not verify API key/);
    expect(says).toContain(`user ${run.userId} is ${status.toLowerCase()}, and Vultr may refuse`);
    expect(says).toContain("Vultr's support");
    expect(run.count("GET account")).toBe(1);
  });

  it.each(["active", "pending", "not suspended", "closed again"])(
    "but not as the user is %s",
    async (status) => {
      await using run = await runWithKey({ usableAfterMs: 100 });
      run.vultr.setStatus(run.userId, status);
      expect(await run.prove()).toBeDefined();
    },
  );

  it("but where Vultr does not say so, the key is waited for", async () => {
    await using run = await runWithKey({ usableAfterMs: 100 });
    const user = { id: run.userId, email: "a@example.com" };
    run.vultr.inject(respond({ status: 200, json: { user } }, { path: "/users/*" }));
    expect(await run.prove()).toBeDefined();
  });
});

describe("a refusal of the address means that Vultr knows the key: it may take over, unproven", () => {
  const block = ({ vultr, userId }: Run) => {
    vultr.blockAddress("203.0.113.7", userId);
  };
  const refuse = (status: number) => (run: Run) => {
    const json = { error: "Unauthorized IP address: 203.0.113.7", status };
    run.vultr.inject(answer(status, { json }));
  };

  it.each([
    { what: "as Vultr does it", refuseAddress: block },
    { what: "by a 401", refuseAddress: refuse(401) },
    { what: "by a 403", refuseAddress: refuse(403) },
  ])("$what, with a warning", async ({ refuseAddress }) => {
    await using run = await runWithKey();
    refuseAddress(run);
    expect(await run.prove()).toBeUndefined();
    expect(run.sent()).toEqual(["GET keys", "GET account"]);
    const warning = /^warning: .*203\.0\.113\.7.*verifiedAt stays empty/;
    expect(run.notices).toEqual([expect.stringMatching(warning)]);
  });
});

describe("an answer that is not Vultr's own, or an outage, says nothing about the key", () => {
  const page = { html: "<title>Blocked</title>" };

  it("and is tried again", async () => {
    await using run = await runWithKey({}, { faults: [answer(403, page, 2)] });
    expect(await run.prove()).toBeDefined();
    expect(run.sent()).toEqual(["GET keys", "GET account", "GET account", "GET account"]);
  });

  it.each([
    { status: 403, body: page, says: "Vultr answered 403, an HTML page" },
    { status: 500, body: {}, says: "Vultr answered 500" },
  ])("and is told as it came, however often it comes: $status", async ({ status, body, says }) => {
    await using run = await runWithKey({}, { faults: [answer(status, body, Infinity)] });
    expect(await failureOf(run.prove())).toMatch(new RegExp(`^could not use .*: ${says}`));
  });
});
