import { makeKey, type WantedKey } from "../../../provider/keys/new-key";
import {
  BadRequestError,
  ConnectionError,
  ServerError,
  VultrError,
} from "../../../provider/vultr/errors";
import { cut, respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, keysPath, type Scene, startScene } from "./scene";

type Name = WantedKey["name"];

/** `one`, `two`, `three`: a name of its own for each attempt. */
function freshNames(): Name {
  const names = ["one", "two", "three"];
  return { fresh: () => names.shift()! };
}

const make = ({ context, userId, deadlineMs }: Scene, name: Name, limitMs = deadlineMs()) =>
  makeKey(context, { userId, name }, limitMs);

const namesOf = ({ vultr, userId }: Scene) => vultr.keysOf(userId).map((key) => key.name);
const count = (scene: Scene, kind: string) => scene.sent().filter((each) => each === kind).length;

/** The create is carried out, and its answer is lost. */
const lost = (times = 1) => cut({ when: "after-work" }, { method: "POST", count: times });

/** Lists of keys as they were long ago. */
const behind = (lists: number) =>
  respond({ status: 200, json: { api_keys: [] } }, { method: "GET", path: keysPath, count: lists });

describe("where a create was carried out and its answer lost, the key is deleted and made anew", () => {
  it("under a fresh name", async () => {
    await using scene = await startScene({ faults: [lost()] });
    scene.vultr.addKey(scene.userId, { name: "by hand" });
    const made = await make(scene, freshNames());
    expect(made).toMatchObject({ name: "two", userId: scene.userId });
    expect(namesOf(scene)).toEqual(["by hand", "two"]);
    expect(scene.notices).toEqual([expect.stringContaining('creating API key "one"')]);
  });

  it("also where the list shows it late: it is looked for at once, after one second and after five", async () => {
    const late = { listedAfterMs: 4_000, usableAfterMs: 0 };
    await using scene = await startScene({ faults: [lost()], switches: { newKey: late } });
    await make(scene, freshNames());
    expect(scene.gapsMs("GET keys").slice(0, 2)).toEqual([1_000, 4_000]);
    expect(namesOf(scene)).toEqual(["two"]);
  });

  it("and no longer looked for once it was found", async () => {
    await using scene = await startScene({ faults: [lost()] });
    await make(scene, freshNames());
    // Found by the first list, seen gone in the second, looked for once more at the end.
    expect(count(scene, "GET keys")).toBe(3);
  });
});

it("a create that was not carried out is made anew after three looks that found nothing", async () => {
  await using scene = await startScene({
    faults: [cut({ when: "before-work" }, { method: "POST" })],
  });
  expect(await make(scene, freshNames())).toMatchObject({ name: "two" });
  expect(namesOf(scene)).toEqual(["two"]);
  expect(count(scene, "DELETE key")).toBe(0);
  expect(count(scene, "GET keys")).toBe(4);
});

describe("it ends with the last failure and without a key", () => {
  it("after three creates", async () => {
    await using scene = await startScene({ faults: [lost(Infinity)] });
    expect(await rejection(make(scene, freshNames()))).toBeInstanceOf(ConnectionError);
    expect(count(scene, "POST keys")).toBe(3);
    expect(namesOf(scene)).toEqual([]);
    expect(scene.notices).toHaveLength(2);
  });

  it("after the deadline", async () => {
    const outage = respond({ status: 500 }, { method: "POST", count: Infinity });
    await using scene = await startScene({ faults: [outage] });
    const limitMs = scene.clock.monotonicMs() + 4_999; // the looks alone take five seconds
    expect(await rejection(make(scene, freshNames(), limitMs))).toBeInstanceOf(ServerError);
    expect(count(scene, "POST keys")).toBe(1);
  });

  it("at once where Vultr says no", async () => {
    await using scene = await startScene({
      faults: [respond({ status: 400 }, { method: "POST" })],
    });
    expect(await rejection(make(scene, freshNames()))).toBeInstanceOf(BadRequestError);
    expect(scene.sent()).toEqual(["POST keys"]);
  });
});

describe("where nobody can say that no key is left, the error says what to run", () => {
  it("to look for it, where the list cannot be read", async () => {
    const blind = respond({ status: 403 }, { method: "GET", path: keysPath });
    await using scene = await startScene({ faults: [lost(), blind] });
    const error = await rejection(make(scene, freshNames()));
    expect(error).toBeInstanceOf(VultrError);
    expect((error as Error).cause).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toMatch(/could not be found out \(.*Vultr answered 403/);
    const { hint } = error as VultrError;
    expect(hint).toContain('audit` shows "one" if it exists');
  });

  it("to delete it, where that fails", async () => {
    const refusal = respond({ status: 403 }, { path: keyPath });
    await using scene = await startScene({ faults: [lost(), refusal] });
    const error = await rejection(make(scene, freshNames()));
    const [key] = scene.vultr.keysOf(scene.userId);
    expect(error).toBeInstanceOf(VultrError);
    expect((error as Error).cause).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toContain(`it exists as ${key!.id}`);
    expect((error as VultrError).hint).toContain("audit");
  });
});

it("a 404 about a key that was just made is lag: its deletion is repeated", async () => {
  const lag = respond({ status: 404 }, { method: "DELETE", count: 2 });
  await using scene = await startScene({ faults: [lost(), lag] });
  await make(scene, freshNames());
  expect(namesOf(scene)).toEqual(["two"]);
  expect(scene.gapsMs("DELETE key")).toEqual([500, 1_000]);
});

describe("under an exact name, a key that may be this one's or somebody else's is never deleted", () => {
  const ci = { exact: "ci" };

  it("the create fails, is not repeated, and names what is there", async () => {
    await using scene = await startScene({ faults: [lost()] });
    const before = scene.vultr.addKey(scene.userId, { name: "ci" });
    const unlike = scene.vultr.addKey(scene.userId, { name: "CI" });
    const error = await rejection(make(scene, ci));
    const ids = scene.vultr.keysOf(scene.userId).map((key) => key.id);
    expect(ids).toHaveLength(3);
    expect(scene.sent()).toEqual(["POST keys", "GET keys"]);
    expect(error).toBeInstanceOf(VultrError);
    const { message, hint, cause } = error as VultrError;
    expect(message).toContain(`could not create API key "ci" of user ${scene.userId}`);
    expect(message).toContain(`listed by that name (${before.id}, ${ids[2]!})`);
    expect(message).not.toContain(unlike.id);
    expect(hint).toMatch(/^Nothing was deleted\. Run `pulumi up` again; then `npx .* audit`/);
    expect(cause).toBeInstanceOf(ConnectionError);
  });

  it("those that this run knows are not among them", async () => {
    await using scene = await startScene({ faults: [lost()] });
    const before = scene.vultr.addKey(scene.userId, { name: "ci" });
    scene.context.memory.noteKnown(before.id);
    const { message } = (await rejection(make(scene, ci))) as Error;
    const made = scene.vultr.keysOf(scene.userId)[1]!;
    expect(message).toContain(`listed by that name (${made.id})`);
  });

  it("that none is listed so far is no promise that none will be", async () => {
    const notDone = cut({ when: "before-work" }, { method: "POST" });
    await using scene = await startScene({ faults: [notDone] });
    const error = await rejection(make(scene, ci));
    expect(error).toBeInstanceOf(VultrError);
    expect((error as Error).message).toContain("no unknown key of that name is listed so far");
  });

  it("a list that cannot be read is said to be so", async () => {
    const blind = respond({ status: 403 }, { method: "GET", path: keysPath });
    await using scene = await startScene({ faults: [lost(), blind] });
    const error = await rejection(make(scene, ci));
    expect(error).toBeInstanceOf(VultrError);
    expect((error as Error).message).toMatch(/could not be listed \(.*403/);
  });

  it("what Vultr clearly refused is told as it came", async () => {
    const refusal = respond({ status: 400 }, { method: "POST" });
    await using scene = await startScene({ faults: [refusal] });
    expect(await rejection(make(scene, ci))).toBeInstanceOf(BadRequestError);
    expect(scene.sent()).toEqual(["POST keys"]);
  });
});

it("a success that says 400 in its body is that 400, not a doubtful create", async () => {
  const json = { error: "Bad request.", status: 400 };
  const denied = respond({ status: 200, json }, { method: "POST" });
  await using scene = await startScene({ faults: [denied] });
  expect(await rejection(make(scene, freshNames()))).toBeInstanceOf(BadRequestError);
  expect(scene.sent()).toEqual(["POST keys"]);
});

it("a success that says 503 in its body is an outage, in which a key may have been made", async () => {
  const json = { error: "Try later.", status: 503 };
  const denied = respond({ status: 202, json, afterWork: true }, { method: "POST" });
  await using scene = await startScene({ faults: [denied] });
  await make(scene, freshNames());
  expect(namesOf(scene)).toEqual(["two"]);
});

describe("after a success, keys of earlier attempts are looked for once more", () => {
  it("and deleted where they turn up", async () => {
    await using scene = await startScene({ faults: [lost(), behind(3)] });
    await make(scene, freshNames());
    expect(namesOf(scene)).toEqual(["two"]);
  });

  it("and a look that fails is a warning: the new key is good", async () => {
    const blind = respond({ status: 403 }, { method: "GET", path: keysPath });
    await using scene = await startScene({ faults: [lost(), behind(3), blind] });
    expect(await make(scene, freshNames())).toMatchObject({ name: "two" });
    expect(scene.notices.at(-1)).toMatch(/^warning: .*"one".*could not be looked for/);
  });

  it("not where there was no doubt", async () => {
    await using scene = await startScene();
    await make(scene, freshNames());
    expect(scene.sent()).toEqual(["POST keys"]);
  });
});

it("creates of one exact name do not wait for one another", async () => {
  await using scene = await startScene();
  const ci = { exact: "ci" };
  await Promise.all([make(scene, ci), make(scene, ci)]);
  expect(scene.sent()).toEqual(["POST keys", "POST keys"]);
});
