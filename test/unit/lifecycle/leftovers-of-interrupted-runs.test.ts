import type { KeyInputs } from "../../../provider/lifecycle/inputs";
import { removeLeftoverSuccessors, reportLeftovers } from "../../../provider/lifecycle/leftovers";
import { listKeys } from "../../../provider/lifecycle/presence";
import type { KeyState } from "../../../provider/lifecycle/state";
import { respond } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keysPath, type Scene, startScene } from "./scene";

const containing = (text: string) => expect.stringContaining(text) as string;

describe("before a key is made, keys that look like an earlier attempt at it are named", () => {
  const report = ({ context, userId, deadlineMs }: Scene, args: KeyInputs = {}) =>
    reportLeftovers(context, { resourceName: "deployer", ...args }, userId, deadlineMs());

  it("with the command that deletes them, and nothing is deleted", async () => {
    await using scene = await startScene();
    const key = scene.vultr.addKey(scene.userId, { name: "deployer-abcdefgh" });
    await report(scene);
    expect(scene.notices).toEqual([containing(`"deployer-abcdefgh" (${key.id})`)]);
    expect(scene.notices[0]).toContain(
      `-X DELETE ${scene.vultr.url}/users/${scene.userId}/apikeys/${key.id}`,
    );
    expect(scene.sent()).toEqual(["GET keys"]);
  });

  it.each<{ named: string; args: KeyInputs; reported: boolean }>([
    { named: "deployer-abcdefgh", args: {}, reported: true },
    { named: "deployer-abcdefgh-after-0b5e1234", args: {}, reported: true },
    { named: "other-abcdefgh", args: {}, reported: false },
    { named: "deployer", args: {}, reported: false },
    { named: "ci", args: { name: "ci" }, reported: true },
    { named: "CI", args: { name: "ci" }, reported: false },
    { named: "deployer-abcdefgh", args: { name: "ci" }, reported: false },
    { named: "key-abcdefgh", args: { resourceName: undefined }, reported: true },
  ])("$named, for $args: $reported", async ({ named, args, reported }) => {
    await using scene = await startScene();
    scene.vultr.addKey(scene.userId, { name: named });
    await report(scene, args);
    expect(scene.notices).toHaveLength(reported ? 1 : 0);
  });

  it("but not those that this run has recorded", async () => {
    await using scene = await startScene();
    const { id } = scene.vultr.addKey(scene.userId, { name: "deployer-abcdefgh" });
    scene.context.memory.noteRecorded(id, "deployer-abcdefgh");
    await report(scene);
    expect(scene.notices).toEqual([]);
  });

  it("from one list a user and run, which may be a minute old", async () => {
    await using scene = await startScene();
    const { context, userId, clock, deadlineMs } = scene;
    await context.client.listUserApiKeys(userId, { deadlineMs: deadlineMs(), notBeforeMs: 0 });
    clock.advance(60_000);
    await report(scene);
    await report(scene, { name: "ci" });
    expect(scene.sent()).toEqual(["GET keys"]);
  });

  it("and not from an older one", async () => {
    await using scene = await startScene();
    const { context, userId, clock, deadlineMs } = scene;
    await context.client.listUserApiKeys(userId, { deadlineMs: deadlineMs(), notBeforeMs: 0 });
    clock.advance(60_001);
    await report(scene);
    expect(scene.sent()).toEqual(["GET keys", "GET keys"]);
  });

  it("and where the list cannot be read, the create fails before it makes anything", async () => {
    await using scene = await startScene({
      faults: [respond({ status: 403 }, { path: keysPath })],
    });
    expect(await rejection(report(scene))).toMatchObject({ status: 403 });
  });

  describe("for a key that replaces another", () => {
    const state = (keyId: string, userId: string): KeyState => ({
      keyId,
      userId,
      name: "ci",
      createdAt: "2026-01-01T00:00:00Z",
    });

    it.each([
      {
        what: "with an automatic name: the end of the run looks",
        args: {},
        known: true,
        reported: 0,
      },
      { what: "with an exact name", args: { name: "ci" }, known: true, reported: 1 },
      {
        what: "with an exact name, of which no key in use is known",
        args: { name: "ci" },
        known: false,
        reported: 0,
      },
    ])("$what: $reported", async ({ args, known, reported }) => {
      await using scene = await startScene();
      const { context, userId, vultr } = scene;
      const inputs = { resourceName: "deployer", ...args };
      context.memory.noteExisting(inputs);
      const old = vultr.addKey(userId, { name: "ci" });
      if (known) context.memory.noteCurrent(state(old.id, userId), inputs);
      vultr.addKey(userId, { name: "deployer-abcdefgh" });
      vultr.addKey(userId, { name: "ci" });
      await report(scene, args);
      expect(scene.notices).toHaveLength(reported);
    });
  });
});

describe("once a replaced key is gone, other keys that were made to succeed it", () => {
  const oldId = "0b5e1234-0000-4000-8000-000000000002";
  const successor = (letters: string) => `deployer-${letters}-after-0b5e1234`;

  /** As the end of a deletion does, with the list that showed the key gone. */
  async function remove({ context, userId, deadlineMs }: Scene, resourceName?: string) {
    const keys = await listKeys(context, userId, { deadlineMs: deadlineMs(), notBeforeMs: 0 });
    const gone = { userId, keyId: oldId, ...(resourceName !== undefined && { resourceName }) };
    await removeLeftoverSuccessors(context, gone, keys, deadlineMs());
  }

  it("are deleted where the recorded successor is known", async () => {
    await using scene = await startScene();
    const used = scene.vultr.addKey(scene.userId, { name: successor("abcdefgh") });
    const left = scene.vultr.addKey(scene.userId, { name: successor("bcdefghj") });
    scene.context.memory.noteRecorded(used.id, used.name);
    await remove(scene, "deployer");
    expect(scene.vultr.keysOf(scene.userId).map((key) => key.id)).toEqual([used.id]);
    expect(scene.notices).toEqual([containing(`(${left.id}) of user ${scene.userId}`)]);
    expect(scene.notices[0]).toContain("so it was deleted");
  });

  it("are only named where it is not", async () => {
    await using scene = await startScene();
    const left = scene.vultr.addKey(scene.userId, { name: successor("abcdefgh") });
    await remove(scene, "deployer");
    expect(scene.vultr.keysOf(scene.userId)).toHaveLength(1);
    expect(scene.notices).toEqual([containing(`${scene.userId}/apikeys/${left.id}`)]);
    expect(scene.notices[0]).toMatch(/^warning: /);
  });

  it.each([
    "deployer-abcdefgh",
    "deployer-abcdefgh-after-0c5e1234",
    "other-abcdefgh-after-0b5e1234",
    "ci",
  ])("are not keys such as %s", async (name) => {
    await using scene = await startScene();
    const used = scene.vultr.addKey(scene.userId, { name: successor("abcdefgh") });
    scene.context.memory.noteRecorded(used.id, used.name);
    scene.vultr.addKey(scene.userId, { name });
    await remove(scene, "deployer");
    expect(scene.vultr.keysOf(scene.userId)).toHaveLength(2);
    expect(scene.notices).toEqual([]);
  });

  it("of a resource whose name state does not have", async () => {
    await using scene = await startScene();
    scene.vultr.addKey(scene.userId, { name: "key-abcdefgh-after-0b5e1234" });
    await remove(scene);
    expect(scene.notices).toHaveLength(1);
  });
});
