import { verify } from "../../../provider/keys/verify";
import { ServerError, VerificationError } from "../../../provider/vultr/errors";
import { formatUtc } from "../../../provider/vultr/clock";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { type Scene, type SceneOptions, startScene } from "./scene";

interface KeyOptions {
  usableAfterMs?: number;
  dateExpire?: string;
}

/** Verifies a new key of the user. */
function prove({ vultr, userId, context, clock }: Scene, key: KeyOptions = {}, limitMs = 300_000) {
  const { id: keyId, apiKey, name } = vultr.addKey(userId, { name: "ci", ...key });
  const { dateExpire } = key;
  const made = { userId, keyId, apiKey, name, dateExpire };
  return verify(context, made, clock.monotonicMs() + limitMs);
}

async function refusalOf(options: SceneOptions, key: KeyOptions = {}) {
  await using scene = await startScene(options);
  const error = await rejection(prove(scene, key));
  expect(error).toBeInstanceOf(VerificationError);
  return { message: (error as Error).message, hint: (error as VerificationError).hint };
}

const never = { usableAfterMs: Infinity };

it("a key that authenticates is proven with one request, at that time", async () => {
  await using scene = await startScene();
  expect(await prove(scene)).toBe("2026-11-01T00:00:00Z");
  expect(scene.sent()).toEqual(["GET account"]);
  expect(scene.notices).toEqual([]);
});

it("so is a key that may not see bills: only a good key is told so", async () => {
  await using scene = await startScene({ switches: { weakAccount: 403 } });
  expect(await prove(scene)).toBe(formatUtc(scene.clock.now()));
  expect(scene.sent()).toEqual(["GET account", "GET user"]);
});

describe("a key that does not work yet", () => {
  it("is waited for at growing distances, visibly", async () => {
    await using scene = await startScene();
    const startMs = scene.clock.now();
    const verifiedAt = await prove(scene, { usableAfterMs: 13_000 });
    // The look at the user waits for its turn before the first pause begins.
    expect(scene.gapsMs("GET account")).toEqual([524, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(verifiedAt).toBe(formatUtc(startMs + 17_500));
    expect(scene.notices).toHaveLength(6);
    expect(scene.notices[0]).toContain("(0 s so far)");
    expect(scene.notices[5]).toContain("(13 s so far)");
  });

  it("has its user looked at once, not with every try", async () => {
    await using scene = await startScene();
    await prove(scene, { usableAfterMs: 13_000 });
    expect(scene.sent().filter((request) => request === "GET user")).toHaveLength(1);
  });

  it("is refused after a minute", async () => {
    await using scene = await startScene();
    const error = await rejection(prove(scene, never));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain("after 60 s Vultr still answers");
    const gapsMs = scene.gapsMs("GET account");
    expect(gapsMs).toEqual([524, 1_000, 2_000, 4_000, ...Array.from({ length: 10 }, () => 5_000)]);
  });

  it("is refused sooner where the deadline is", async () => {
    await using scene = await startScene();
    const deadlineMs = scene.clock.monotonicMs() + 1_600;
    expect(await rejection(prove(scene, never, 1_600))).toBeInstanceOf(VerificationError);
    expect(scene.gapsMs("GET account")).toEqual([524, 1_000]);
    expect(scene.clock.monotonicMs()).toBeLessThanOrEqual(deadlineMs);
  });
});

describe("the hint to a refusal, which comes after 57.5 s, mentions the clocks where the key expires within a day", () => {
  it.each([
    { dateExpire: "2026-11-02T00:00:57Z", mentioned: true },
    { dateExpire: "2026-11-02T00:00:58Z", mentioned: false },
  ])("$dateExpire: $mentioned", async ({ dateExpire, mentioned }) => {
    const { hint } = await refusalOf({}, { ...never, dateExpire });
    expect(hint.includes(dateExpire)).toBe(mentioned);
  });

  it("and not where it never expires", async () => {
    expect((await refusalOf({}, never)).hint).not.toContain("clock");
  });
});

describe("a user who may not use the API is named at once, without waiting", () => {
  it.each([401, 403] as const)("as Vultr answers %i", async (apiDisabled) => {
    await using scene = await startScene({ switches: { apiDisabled } });
    scene.vultr.setApiEnabled(scene.userId, false);
    const error = await rejection(prove(scene));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain(`API access is off for user ${scene.userId}`);
    expect(scene.gapsMs("GET account")).toEqual([]);
    expect(scene.notices).toEqual([]);
  });

  it("but where Vultr does not say so, the key is waited for", async () => {
    await using scene = await startScene();
    const user = { id: scene.userId, email: "a@example.com" };
    scene.vultr.inject(respond({ status: 200, json: { user } }, { path: "/users/*" }));
    expect(await prove(scene, { usableAfterMs: 100 })).toBeDefined();
  });
});

it("from an address that is not allowed nothing can be judged: the key is kept, with a warning", async () => {
  await using scene = await startScene();
  scene.vultr.blockAddress("203.0.113.7", scene.userId);
  expect(await prove(scene)).toBeUndefined();
  expect(scene.notices).toEqual([expect.stringContaining("203.0.113.7")]);
  expect(scene.sent()).toEqual(["GET account"]);
});

describe("a refusal of the address means that Vultr knows the key: it may take over, unproven", () => {
  it.each([401, 403])("%i", async (status) => {
    await using scene = await startScene();
    const json = { error: "Unauthorized IP address: 203.0.113.7", status };
    scene.vultr.inject(respond({ status, json }, { path: "/account" }));
    expect(await prove(scene)).toBeUndefined();
    expect(scene.sent()).toEqual(["GET account"]);
    expect(scene.notices).toEqual([expect.stringMatching(/^warning: .*verifiedAt stays empty/)]);
  });
});

describe("a 403 that is not Vultr's own JSON comes from something in between", () => {
  const page = (count: number) =>
    respond({ status: 403, html: "<title>Blocked</title>" }, { path: "/account", count });

  it("and is tried again", async () => {
    await using scene = await startScene({ faults: [page(2)] });
    expect(await prove(scene)).toBeDefined();
    expect(scene.sent()).toEqual(["GET account", "GET account", "GET account"]);
  });

  it("and proves nothing, however often it comes", async () => {
    await using scene = await startScene({ faults: [page(Infinity)] });
    expect(await rejection(prove(scene))).toBeInstanceOf(ServerError);
  });
});

it("a success that says 403 in its body is that 403: only a good key is told so", async () => {
  const json = { error: "Forbidden.", status: 403 };
  await using scene = await startScene({
    faults: [respond({ status: 200, json }, { path: "/account" })],
  });
  expect(await prove(scene)).toBeDefined();
  expect(scene.sent()).toEqual(["GET account", "GET user"]);
});

describe("the wall clock may jump while a key is waited for", () => {
  it.each([
    { what: "a day forward", jumpMs: 86_400_000 },
    { what: "a day back", jumpMs: -86_400_000 },
  ])("$what: the minute is as long as it was", async ({ jumpMs }) => {
    await using scene = await startScene();
    const { clock } = scene;
    const startMs = clock.monotonicMs();
    const proof = rejection(prove(scene, never));
    clock.jumpWallClock(jumpMs);
    expect(await proof).toBeInstanceOf(VerificationError);
    expect(Math.floor((clock.monotonicMs() - startMs) / 100)).toBe(575);
  });
});

it("an outage says nothing about the key, so it is told as it came", async () => {
  await using scene = await startScene();
  scene.vultr.inject(respond({ status: 500 }, { path: "/account", count: Infinity }));
  expect(await rejection(prove(scene))).toBeInstanceOf(ServerError);
});
