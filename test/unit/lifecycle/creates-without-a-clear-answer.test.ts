import { makeKey, type WantedKey } from "../../../provider/lifecycle/new-key";
import {
  BadRequestError,
  ConnectionError,
  ServerError,
  UncertainCreateError,
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
const behind = (lists: number, skip = 0) =>
  respond(
    { status: 200, json: { api_keys: [] } },
    { method: "GET", path: keysPath, count: lists, skip },
  );

describe("where a create was carried out and its answer lost, the key is deleted and made anew", () => {
  it("under a fresh name", async () => {
    await using scene = await startScene({ faults: [lost()] });
    scene.vultr.addKey(scene.userId, { name: "by hand" });
    const made = await make(scene, freshNames());
    expect(made).toMatchObject({ name: "two", userId: scene.userId });
    expect(namesOf(scene)).toEqual(["by hand", "two"]);
    expect(scene.notices).toEqual([expect.stringContaining('creating API key "one"')]);
  });

  it("under the name that was asked for, sparing others that had it before", async () => {
    await using scene = await startScene({ faults: [lost()] });
    const before = scene.vultr.addKey(scene.userId, { name: "ci" });
    const made = await make(scene, { exact: "ci" });
    expect(scene.vultr.keysOf(scene.userId).map((key) => key.id)).toEqual([before.id, made.keyId]);
  });

  it("sparing keys of that name that this run has recorded meanwhile", async () => {
    await using scene = await startScene({ faults: [lost()] });
    const recorded = scene.vultr.addKey(scene.userId, { name: "one" });
    scene.context.memory.noteRecorded(recorded.id, "one");
    await make(scene, freshNames());
    expect(namesOf(scene)).toEqual(["one", "two"]);
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
    const limitMs = scene.clock.now() + 4_999; // the looks alone take five seconds
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
    expect(error).toBeInstanceOf(UncertainCreateError);
    expect((error as Error).cause).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toContain("Vultr answered 403");
    const { hint } = error as UncertainCreateError;
    expect(hint).toContain('Look for "one"');
    expect(hint).toContain(`${scene.vultr.url}/users/${scene.userId}/apikeys .`);
  });

  it("to delete it, where that fails", async () => {
    const refusal = respond({ status: 403 }, { path: keyPath });
    await using scene = await startScene({ faults: [lost(), refusal] });
    const error = await rejection(make(scene, freshNames()));
    const [key] = scene.vultr.keysOf(scene.userId);
    expect(error).toBeInstanceOf(UncertainCreateError);
    expect((error as Error).cause).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toContain(`it exists as ${key!.id}`);
    expect((error as UncertainCreateError).hint).toContain(
      `-X DELETE ${scene.vultr.url}/users/${scene.userId}/apikeys/${key!.id} .`,
    );
  });
});

describe("after a success, keys of earlier attempts are looked for once more", () => {
  it("and deleted where they turn up", async () => {
    await using scene = await startScene({ faults: [lost(), behind(3)] });
    await make(scene, freshNames());
    expect(namesOf(scene)).toEqual(["two"]);
  });

  it("by their own name, among others of the same", async () => {
    await using scene = await startScene({ faults: [lost(), behind(3, 1)] });
    const before = scene.vultr.addKey(scene.userId, { name: "ci" });
    const made = await make(scene, { exact: "ci" });
    expect(scene.vultr.keysOf(scene.userId).map((key) => key.id)).toEqual([before.id, made.keyId]);
  });

  it("but not those that this run has recorded", async () => {
    await using scene = await startScene({ faults: [lost(), behind(3)] });
    const recorded = scene.vultr.addKey(scene.userId, { name: "one" });
    scene.context.memory.noteRecorded(recorded.id, "one");
    await make(scene, freshNames());
    expect(namesOf(scene)).toEqual(["one", "two"]);
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

describe("creates of one name for one user take turns, so that none takes another's key for its own", () => {
  const ci = { exact: "ci" };

  it("also where one of them gets no answer", async () => {
    await using scene = await startScene({ faults: [lost()] });
    const made = await Promise.all([make(scene, ci), make(scene, ci)]);
    const keyIds = scene.vultr.keysOf(scene.userId).map((key) => key.id);
    expect(keyIds).toEqual(made.map((key) => key.keyId));
  });

  it("also where one of them fails", async () => {
    await using scene = await startScene({
      faults: [respond({ status: 400 }, { method: "POST" })],
    });
    const ends = await Promise.allSettled([make(scene, ci), make(scene, ci)]);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  it("also those that come later", async () => {
    await using scene = await startScene();
    const [first, second] = [make(scene, ci), make(scene, ci)];
    await first;
    await Promise.all([second, make(scene, ci)]);
    expect(scene.sent()).toEqual(Array.from({ length: 3 }, () => ["GET keys", "POST keys"]).flat());
  });

  it("but those of another name do not wait: they share one look at the list", async () => {
    await using scene = await startScene();
    await Promise.all([make(scene, ci), make(scene, { exact: "cd" })]);
    expect(scene.sent()).toEqual(["GET keys", "POST keys", "POST keys"]);
  });

  it("nor do those of another user", async () => {
    await using scene = await startScene();
    const other = { ...scene, userId: scene.vultr.addUser().id };
    await Promise.all([make(scene, ci), make(other, ci)]);
    expect(scene.sent()).toEqual(["GET keys", "GET keys", "POST keys", "POST keys"]);
  });
});
