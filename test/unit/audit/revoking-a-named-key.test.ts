/** What `audit --revoke` does, and above all what it leaves alone. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { cut, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { type ExportOptions, stackExport } from "../../support/stack-exports";
import { type Scene, startScene } from "./scene";

// By its fields a key is recognised; that it authenticates shows that it lives on.
assume({ otherFields: "documented", emptyAllowlist: "allow" });

const revoking = (...keys: { id: string }[]) => [
  ...["--stack", "production"],
  ...keys.flatMap(({ id }) => ["--revoke", id]),
];

test("revokes exactly the named keys after a yes, and reports what is left", async () => {
  await using scene = await startScene();
  const { vultr, user, used, byHand, alike } = scene;
  const result = await scene.audit([...revoking(byHand), "--json"], { answers: ["yes"] });
  expect(result.asked).toHaveLength(1);
  expect(result.said).toContain(`- by hand (${byHand.id}) of deployer@example.com`);
  expect(result.said).toContain(`Revoked by hand (${byHand.id}).`);
  expect(result.said).not.toContain("does not show locks");
  expect(vultr.keysOf(user.id).map(({ id }) => id)).toEqual([used.id, alike.id]);
  const { keys } = JSON.parse(result.printed) as { keys: { keyId: string }[] };
  expect(keys.map(({ keyId }) => keyId)).not.toContain(byHand.id);
  expect(keys).toContainEqual(expect.objectContaining({ keyId: alike.id, class: "unrecorded" }));
  expect(result.exitCode).toBe(0);
});

test("what a stack records while another key is revoked stays, and is told", async () => {
  await using scene = await startScene();
  const { vultr, byHand, alike, used, recordOf, folder } = scene;
  let taken = alike; // in whatever order Vultr lists them
  const onSaid = (line: string) => {
    if (!line.startsWith("Revoked")) return;
    taken = line.includes(byHand.id) ? alike : byHand;
    const state = stackExport([recordOf(used), recordOf(taken, { resource: "taker" })]);
    writeFileSync(join(folder, "production.json"), state);
  };
  const result = await scene.audit([...revoking(byHand, alike), "--yes"], { onSaid });
  expect(result).toMatchObject({ exitCode: 2, printed: "" });
  expect(result.said).toMatch(/nothing more was revoked\n.*taker of stack .* records it as in use/);
  const living = [byHand, alike].filter(({ apiKey }) => vultr.authenticates(apiKey));
  expect(living).toEqual([taken]);
});

test("where no stack is left, it revokes beside an empty state, as the error without a state says", async () => {
  await using scene = await startScene();
  const { vultr, byHand } = scene;
  const revoke = ["--revoke", byHand.id, "--yes"];
  const { said } = await scene.audit(revoke);
  const [, standardInput] = /if no stack is left, pipe (\S+) into -/.exec(said) ?? [];
  expect((await scene.audit(["-", ...revoke], { standardInput: standardInput! })).exitCode).toBe(0);
  expect(vultr.authenticates(byHand.apiKey)).toBe(false);
});

describe("nothing at all is revoked", () => {
  const expectRefusal = (result: Awaited<ReturnType<Scene["audit"]>>, reason: RegExp) => {
    const { exitCode, printed, said } = result;
    expect(said).toMatch(/^pulumi-vultr-user-api-key: nothing was revoked$/m);
    expect(said).toMatch(reason);
    expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: "" });
  };

  test.each<[string, RegExp, (scene: Scene) => string[] | Promise<string[]>]>([
    [
      "a file for the same stack as --stack records it",
      /deployer of stack keys\/production records it as in use/,
      async ({ alike, recordOf, write }) => [
        await write("file.json", stackExport([recordOf(alike)])),
        ...revoking(alike),
      ],
    ],
    [
      "--user leaves its user out",
      /no user who was looked at has a key of this id/,
      () => ["--user", "root@example.com"],
    ],
    [
      "it is the audit's own",
      /it may be the key in VULTR_API_KEY that the audit uses: put another one there/,
      ({ vultr }) => revoking(...vultr.keysOf(vultr.rootUserId)),
    ],
    [
      "Vultr lists no ending of it, so that it may be the audit's own",
      /it may be the key in VULTR_API_KEY/,
      ({ vultr, user, byHand: { id, name } }) => {
        const target = { path: `/users/${user.id}/apikeys`, method: "GET" as const };
        vultr.inject(respond({ status: 200, json: { api_keys: [{ id, name }] } }, target));
        return [];
      },
    ],
    [
      "the state of a stack that it was copied from bears another name, and the stack is locked",
      /stack copy is locked/,
      async ({ lock, write, used, recordOf }) => {
        await write("copy.json", stackExport([recordOf(used)]));
        await lock("organization", "keys", "copy");
        return ["--stack", "copy"];
      },
    ],
  ])("if of one of the keys is true: %s", async (_, reason, arrange) => {
    await using scene = await startScene();
    const more = await arrange(scene);
    expectRefusal(await scene.audit([...revoking(scene.byHand), ...more, "--yes"]), reason);
    expect(scene.deletes()).toEqual([]);
  });

  type Operation = NonNullable<ExportOptions["wanting"]>[number];

  const wanting =
    (operation: Omit<Operation, "id">) =>
    ({ user, alike, used, recordOf, setState }: Scene) =>
      setState([recordOf(used)], { wanting: [{ id: `${user.id}/${alike.id}`, ...operation }] });

  test.each<[string, RegExp, (scene: Scene) => unknown]>([
    [
      "one of the keys is recorded",
      /deployer of stack keys\/production records it as in use: that program ends it, by `pulumi up`/,
      ({ alike, recordOf, setState }) => setState([recordOf(alike)]),
    ],
    [
      "one is to be deleted by `pulumi up`",
      /deployer of stack keys\/production records it as pending deletion: .* `pulumi up`/,
      ({ alike, recordOf, setState }) => setState([recordOf(alike, { isPendingDeletion: true })]),
    ],
    [
      "a program reads one",
      /reader of stack keys\/production records it as read with \.get: remove the \.get, run `pulumi up`, then revoke it/,
      ({ alike, recordOf, setState }) =>
        setState([recordOf(alike, { resource: "reader", isExternal: true })]),
    ],
    [
      "one is gone",
      /no user who was looked at has a key of this id/,
      ({ vultr, alike }) => {
        vultr.setSwitches({ deletedKeyListedForMs: 0 });
        vultr.deleteKey(alike.id);
      },
    ],
    [
      "a create is under way",
      /a create of runner of stack keys\/production was interrupted or is under way; .* if no run is under way, add --interrupted/,
      ({ used, recordOf, setState }) => setState([recordOf(used)], { creating: ["runner"] }),
    ],
    [
      "an adoption of one is under way",
      /taking it over or looking it up by taker of stack keys\/production was interrupted or is under way: wait .* `pulumi refresh --clear-pending-creates`/,
      wanting({ type: "creating" }),
    ],
    [
      "an import of one with another adoptKeyId is under way",
      /taking it over or looking it up by taker of stack/,
      wanting({ type: "importing", adoptKeyId: "another" }),
    ],
    [
      "a look-up of one is under way, beside which the program writes another keyId",
      /taking it over or looking it up by taker of stack/,
      wanting({ type: "reading", adoptKeyId: "another", keyId: "another" }),
    ],
    [
      "a given stack is locked, in a backend from before projects",
      /stack keys\/production is locked: .* `pulumi cancel production`/,
      ({ lock }) => lock("production"),
    ],
    [
      "a given stack is locked, in a backend whose address has escapes",
      /stack keys\/production is locked: wait .* `pulumi cancel organization\/keys\/production`/,
      async ({ lock, write, folder }) => {
        await lock();
        await write("whoami.json", `{"url":"file://${folder}/%62ackend"}`);
      },
    ],
    [
      "a given stack is locked whose first run has recorded nothing yet",
      /stack production is locked: .* `pulumi cancel production`/,
      async ({ lock, write }) => {
        await write("production.json", '{"deployment":{}}');
        await lock("organization", "any-project", "production");
      },
    ],
  ])("if, between the question and the answer or before, %s", async (_, reason, happen) => {
    await using scene = await startScene();
    const args = revoking(scene.byHand, scene.alike);
    const beforeAnswer = async () => {
      await happen(scene);
    };
    expectRefusal(await scene.audit(args, { answers: ["yes"], beforeAnswer }), reason);
    expectRefusal(await scene.audit([...args, "--yes"]), reason);
    expect(scene.deletes()).toEqual([]);
  });

  test.each(["no", "y", "", "YES"])("after the answer %j", async (answer) => {
    await using scene = await startScene();
    const args = [...revoking(scene.byHand), "--fail-on", "unrecorded"];
    expect((await scene.audit(args, { answers: [answer] })).exitCode).toBe(1);
    expect(scene.deletes()).toEqual([]);
  });

  test("where nobody can answer, and there is no --yes", async () => {
    await using scene = await startScene();
    const refused = await scene.audit(revoking(scene.byHand));
    expect(refused.exitCode).toBe(2);
    expect(refused.said).toContain("add --yes");
    expect(scene.deletes()).toEqual([]);
  });
});

test("a create that state calls pending is named before the question, or answered for by --interrupted", async () => {
  await using scene = await startScene();
  const { vultr, alike, byHand } = scene;
  await scene.setState([scene.recordOf(scene.used)], { creating: ["deployer"] });
  const { said } = await scene.audit(revoking(alike), { answers: ["yes"] });
  expect(said).toContain(
    "In state, a create of deployer of stack keys/production was interrupted or is under way: one of these may be its key.",
  );
  await scene.audit([...revoking(byHand), "--yes", "--interrupted"]);
  for (const { apiKey } of [alike, byHand]) expect(vultr.authenticates(apiKey)).toBe(false);
});

test("locks of other stacks and projects do not matter", async () => {
  await using scene = await startScene();
  await scene.lock("organization", "other", "production");
  await scene.lock("organization", "keys", "staging");
  expect((await scene.audit([...revoking(scene.byHand), "--yes"])).exitCode).toBe(0);
});

test.each(['{"url":"s3://bucket"}', '{"url":"file:///no/such/folder"}', "not logged in"])(
  "locks that a backend does not show are left to the person: %s",
  async (whoami) => {
    await using scene = await startScene();
    await scene.write("whoami.json", whoami);
    const { exitCode, said } = await scene.audit([...revoking(scene.byHand), "--yes"]);
    expect(said).toContain("does not show locks: make sure that no run is under way");
    expect(exitCode).toBe(0);
  },
);

test("a revocation that fails says so, and the same command again ends it", async () => {
  await using scene = await startScene();
  const { vultr, byHand, alike } = scene;
  const args = [...revoking(byHand), "--yes"];
  vultr.inject(respond({ status: 403, json: { error: "Forbidden." } }, { method: "DELETE" }));
  const failed = await scene.audit(args);
  expect(failed).toMatchObject({ exitCode: 2, printed: "" });
  expect(failed.said).toContain(`could not delete API key ${byHand.id}`);
  vultr.inject(cut({ when: "after-work" }, { method: "DELETE" }));
  expect((await scene.audit(args)).exitCode).toBe(0);
  expect(scene.deletes()).toHaveLength(3);
  expect(vultr.authenticates(byHand.apiKey)).toBe(false);
  expect(vultr.authenticates(alike.apiKey)).toBe(true);
});
