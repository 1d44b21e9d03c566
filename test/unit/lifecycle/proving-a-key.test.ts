import { formatUtc } from "../../../provider/vultr/clock";
import { deadKey, respond, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, type KeyRun, page, runWithKey, startRun, toProof, without } from "./run";

// What Vultr answers to a key that works, and to one that does not.
assume({
  otherFields: "documented",
  refusalSent: "as-status",
  weakAccount: 200,
  emptyAllowlist: "allow",
});

const never = { usableAfterMs: Infinity };

/** The update of a state in which the key is not proven yet. */
const prove = async ({ update, state, key: { dateExpire } }: KeyRun) => {
  const expiry = dateExpire === undefined ? {} : { dateExpire };
  return (await update({ ...without(state, "verifiedAt"), ...expiry })).verifiedAt;
};

it("a key that is listed and authenticates is proven, at that time", async () => {
  await using run = await runWithKey();
  expect(await prove(run)).toBe("2026-11-01T00:00:00Z");
  expect(run.sent()).toEqual(["GET keys", "GET account"]);
  expect(run.notices).toEqual([]);
});

it("so is a key that may not see bills: only a good key is told so", async () => {
  await using run = await runWithKey({ switches: { weakAccount: 403 } });
  expect(await prove(run)).toBe(formatUtc(run.clock.now()));
  expect(run.sent()).toEqual(["GET keys", "GET account", "GET user"]);
});

describe("a key that does not work yet", () => {
  it("is waited for at growing distances, visibly, and its user is looked at once", async () => {
    await using run = await runWithKey({ key: { usableAfterMs: 13_000 } });
    const startMs = run.clock.now();
    const verifiedAt = await prove(run);
    // The look at the user waits for its turn before the first pause begins.
    expect(run.gapsMs("GET account")).toEqual([534, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(run.count("GET user")).toBe(1);
    expect(verifiedAt).toBe(formatUtc(startMs + 17_500));
    expect(run.notices).toHaveLength(6);
    expect(run.notices[0]).toContain("(0 s so far)");
    expect(run.notices[5]).toContain("(13 s so far)");
  });

  it.each([0, 86_400_000, -86_400_000])(
    "is refused after a minute, though the wall clock jumps by %i ms",
    async (jumpMs) => {
      await using run = await runWithKey({ key: never });
      const startMs = run.clock.monotonicMs();
      const proof = failureOf(prove(run));
      run.clock.jumpWallClock(jumpMs);
      expect(await proof).toMatch(
        /^could not verify API key .*after 60 s Vultr still answers "Invalid.* Run again\. If it fails again, change rotationTrigger/,
      );
      const gapsMs = run.gapsMs("GET account");
      const pausesMs = Array.from({ length: 10 }, () => 5_000);
      expect(gapsMs).toEqual([534, 1_000, 2_000, 4_000, ...pausesMs]);
      expect(Math.floor((run.clock.monotonicMs() - startMs) / 100)).toBe(575);
    },
  );

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
])(
  "a refusal, which comes after 57.5 s, mentions the clocks if the key expires within a day: $dateExpire, $isMentioned",
  async ({ dateExpire, isMentioned }) => {
    await using run = await runWithKey({ key: { ...never, dateExpire } });
    const says = await failureOf(prove(run));
    expect(says.includes(`Its expiry is ${dateExpire}`)).toBe(isMentioned);
    expect(says.includes("this machine's clock says 2026-11-01T00:00:57Z")).toBe(isMentioned);
    expect(says).toContain("If it fails again, change rotationTrigger");
  },
);

describe("a user who may not use the API is named at once, without waiting", () => {
  const userShown = ({ userId }: KeyRun) => {
    const user = { id: userId, email: "a@example.com" };
    return respond({ status: 200, json: { user } }, { path: "/users/*" });
  };

  it.each([401, 403] as const)("as Vultr answers %i", async (apiDisabled) => {
    await using run = await runWithKey({ switches: { apiDisabled } });
    run.vultr.setApiEnabled(run.userId, false);
    const says = await failureOf(prove(run));
    expect(says).toMatch(/^could not verify API key/);
    expect(says).toContain(`API access is off for user ${run.userId}`);
    expect(says).toContain(`send PATCH /users/${run.userId} with {"api_enabled": true}`);
    expect(run.sent()).toEqual(["GET keys", "GET account", "GET user"]);
    expect(run.notices).toEqual([]);
  });

  it("also if that begins while the key is waited for", async () => {
    const notYet = toProof(401, { json: { error: "Invalid API token." } });
    await using run = await runWithKey({ switches: { apiDisabled: 403 }, faults: [notYet] });
    run.vultr.setApiEnabled(run.userId, false);
    run.vultr.inject(userShown(run));
    expect(await failureOf(prove(run))).toContain(`API access is off for user ${run.userId}`);
    expect(run.count("GET account")).toBe(2);
  });

  it.each([
    ["suspended", 401],
    ["Suspended", 401],
    ["closed", 401],
    ["suspended", 403],
  ] as const)("as the user is %s and Vultr answers %i", async (status, suspendedUser) => {
    await using run = await runWithKey({ switches: { suspendedUser }, key: never });
    run.vultr.setStatus(run.userId, status);
    const says = await failureOf(prove(run));
    expect(says).toMatch(/^could not verify API key/);
    expect(says).toContain(`user ${run.userId} is ${status.toLowerCase()}, and Vultr may refuse`);
    expect(says).toContain("Vultr's support");
    expect(run.count("GET account")).toBe(1);
  });

  it.each(["active", "not suspended", "closed again"])(
    "but not as the user is %s",
    async (status) => {
      await using run = await runWithKey({ key: { usableAfterMs: 100 } });
      run.vultr.setStatus(run.userId, status);
      expect(await prove(run)).toBeDefined();
    },
  );

  it("but where Vultr does not say so, the key is waited for", async () => {
    await using run = await runWithKey({ key: { usableAfterMs: 100 } });
    run.vultr.inject(userShown(run));
    expect(await prove(run)).toBeDefined();
  });
});

it("a refusal of the address means that Vultr knows the key: it may take over, unproven, with a warning", async () => {
  await using run = await runWithKey();
  run.vultr.blockAddress("203.0.113.7", run.userId);
  expect(await prove(run)).toBeUndefined();
  expect(run.sent()).toEqual(["GET keys", "GET account"]);
  const warning = /^warning: .*203\.0\.113\.7.*verifiedAt stays empty/;
  expect(run.notices).toEqual([expect.stringMatching(warning)]);
});

it("an answer that is not Vultr's own says nothing about the key, and it is tried again", async () => {
  await using run = await runWithKey({ faults: [toProof(403, page, 2)] });
  expect(await prove(run)).toBeDefined();
  expect(run.sent()).toEqual(["GET keys", "GET account", "GET account", "GET account"]);
});
