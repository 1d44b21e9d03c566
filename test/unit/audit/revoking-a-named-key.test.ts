/** What `audit --revoke` does, and above all what it leaves alone. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main } from "../../../provider/command-line/main";
import { cut, type EmulatedKey, type Emulator, respond, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { type ExportedKey, stackExport } from "../../support/stack-exports";

/** Beside a user's keys a folder with a CLI that exports what lies there, with a backend in a folder. */
interface Account {
  vultr: Emulator;
  folder: string;
  used: EmulatedKey;
  byHand: EmulatedKey;
  /** Named as keys of the resource are, and in no state. */
  alike: EmulatedKey;
  /** What a state says of a key. */
  recordOf: (key: EmulatedKey, more?: Partial<ExportedKey>) => ExportedKey;
  /** Writes what `pulumi stack export --stack production` prints. */
  setState: (text: string) => Promise<void>;
}

async function withAccount(use: (account: Account) => Promise<void>): Promise<void> {
  const clock = manualClock();
  await using vultr = await startEmulator({ now: clock.now });
  const user = vultr.addUser({ email: "deployer@example.com" });
  const used = vultr.addKey(user.id, { name: "deployer-production-abcdefgh" });
  const byHand = vultr.addKey(user.id, { name: "by hand" });
  const alike = vultr.addKey(user.id, { name: "deployer-production-bcdefghj" });
  const recordOf: Account["recordOf"] = ({ id, name }, more) => {
    return { resource: "deployer", userId: user.id, keyId: id, name, ...more };
  };
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  const setState = (text: string) => writeFile(join(folder, "production.json"), text);
  try {
    await writeFile(join(folder, "whoami.json"), `{"url":"file://${folder}/backend?x=y"}`);
    await mkdir(join(folder, "backend", ".pulumi"), { recursive: true });
    const cli = `#!/bin/sh\ncase $1 in whoami) cat ${folder}/whoami.json;; *) cat ${folder}/$4.json;; esac\n`;
    await writeFile(join(folder, "pulumi"), cli);
    await chmod(join(folder, "pulumi"), 0o755);
    await setState(stackExport([recordOf(used)]));
    await use({ vultr, folder, used, byHand, alike, recordOf, setState });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function audit(
  { vultr, folder }: Account,
  args: readonly string[],
  answers: string[] = [],
  beforeAnswer: () => Promise<void> = () => Promise.resolve(),
) {
  const clock = manualClock();
  const terminal = scriptedTerminal({
    clock,
    answers,
    environment: {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      VULTR_API_URL: vultr.url,
      VULTR_API_KEY: vultr.rootApiKey,
    },
  });
  const ask = async (question: string) => {
    clock.advance(1);
    await beforeAnswer();
    return terminal.ask(question);
  };
  const exitCode = await main(["audit", ...args], { ...terminal, ask });
  const { printed, said, asked } = terminal;
  return { exitCode, printed: printed.join("\n"), said: said.join("\n"), asked };
}

const revoking = (...keys: { id: string }[]) => keys.flatMap(({ id }) => ["--revoke", id]);
const deletes = (vultr: Emulator) => vultr.requests.filter(({ method }) => method === "DELETE");
const production = ["--stack", "production"];

async function lock({ folder }: Account, project: string, stack = "production"): Promise<void> {
  const place = join(folder, "backend", ".pulumi", "locks", "organization", project, stack);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "b7b6b62a.json"), "{}");
}

test("revokes exactly the named keys after a yes, and reports what is left", async () => {
  await withAccount(async (account) => {
    const { vultr, used, byHand, alike } = account;
    const args = [...production, ...revoking(byHand), "--json"];
    const result = await audit(account, args, ["yes"]);
    expect(result.asked).toHaveLength(1);
    expect(result.said).toContain(`- by hand (${byHand.id}) of deployer@example.com`);
    expect(result.said).toContain(`Revoked by hand (${byHand.id}).`);
    expect(result.said).not.toContain("does not show locks");
    expect(vultr.keysOf(used.userId).map(({ id }) => id)).toEqual([used.id, alike.id]);
    const { keys } = JSON.parse(result.printed) as { keys: { keyId: string }[] };
    expect(keys.map(({ keyId }) => keyId)).not.toContain(byHand.id);
    expect(keys).toContainEqual(expect.objectContaining({ keyId: alike.id, class: "unrecorded" }));
    expect(result.exitCode).toBe(0);
  });
});

test("a fitting name alone costs no key its life: it is told, and lives on until it is named", async () => {
  await withAccount(async (account) => {
    const { vultr, byHand, alike } = account;
    const { printed } = await audit(account, [...production, ...revoking(byHand), "--yes"]);
    expect(printed).toContain("named like a key of deployer of stack keys/production");
    expect(vultr.authenticates(alike.apiKey)).toBe(true);
    await audit(account, [...production, ...revoking(alike), "--yes"]);
    expect(vultr.authenticates(alike.apiKey)).toBe(false);
  });
});

describe("nothing at all is revoked", () => {
  type Arrange = (account: Account) => Promise<string[]> | string[];

  test.each<[string, RegExp, Arrange]>([
    [
      "if one of the keys is in use by a stack",
      /deployer of stack keys\/production records it as in use: that program ends it, by `pulumi up`/,
      ({ used }) => revoking(used),
    ],
    [
      "if another given state records one",
      /hook of stack keys\/staging records it as in use/,
      async ({ folder, alike, recordOf }) => {
        const state = stackExport([recordOf(alike, { resource: "hook" })], { stack: "staging" });
        await writeFile(join(folder, "staging.json"), state);
        return [join(folder, "staging.json"), ...revoking(alike)];
      },
    ],
    [
      "if a file for the same stack as --stack records one",
      /deployer of stack keys\/production records it as in use/,
      async ({ folder, alike, recordOf }) => {
        await writeFile(join(folder, "file.json"), stackExport([recordOf(alike)]));
        return [join(folder, "file.json"), ...revoking(alike)];
      },
    ],
    [
      "if one is to be deleted by `pulumi up`",
      /deployer of stack keys\/production records it as pending deletion: .* `pulumi up`/,
      async ({ alike, recordOf, setState }) => {
        await setState(stackExport([recordOf(alike, { isPendingDeletion: true })]));
        return revoking(alike);
      },
    ],
    [
      "if a program reads one",
      /reader of stack keys\/production records it as read with \.get/,
      async ({ alike, recordOf, setState }) => {
        const reader = recordOf(alike, { resource: "reader", isExternal: true });
        await setState(stackExport([reader]));
        return revoking(alike);
      },
    ],
    [
      "if no user has one",
      /no user who was looked at has a key of this id/,
      () => revoking({ id: "no-such-id" }),
    ],
    [
      "if --user leaves its user out",
      /no user who was looked at has a key of this id/,
      () => ["--user", "root@example.com"],
    ],
    [
      "if one is the audit's own",
      /it may be the key in VULTR_API_KEY that the audit uses: put another one there/,
      ({ vultr }) => revoking(...vultr.keysOf(vultr.rootUserId)),
    ],
    [
      "while a given stack is locked",
      /stack keys\/production is locked: wait .* `pulumi cancel`/,
      async (account) => {
        await lock(account, "keys");
        return [];
      },
    ],
    [
      "while a given stack is locked whose first run has recorded nothing yet",
      /stack production is locked/,
      async (account) => {
        await account.setState('{"deployment":{}}');
        await lock(account, "any-project");
        return [];
      },
    ],
  ])("%s", async (_, reason, arrange) => {
    await withAccount(async (account) => {
      const { vultr, byHand } = account;
      const alive = [...vultr.liveKeys(), ...vultr.keysOf(vultr.rootUserId)];
      const args = [...production, ...revoking(byHand), ...(await arrange(account))];
      const { exitCode, said, printed } = await audit(account, [...args, "--yes"]);
      expect(said).toMatch(/^pulumi-vultr-user-api-key: nothing was revoked$/m);
      expect(said).toMatch(reason);
      expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: "" });
      expect(deletes(vultr)).toEqual([]);
      for (const { apiKey } of alive) expect(vultr.authenticates(apiKey)).toBe(true);
    });
  });

  test.each(["no", "y", "", "YES"])("after the answer %j", async (answer) => {
    await withAccount(async (account) => {
      const args = [...production, ...revoking(account.byHand), "--fail-on", "unrecorded"];
      expect((await audit(account, args, [answer])).exitCode).toBe(1);
      expect(deletes(account.vultr)).toEqual([]);
    });
  });

  test("where nobody can answer, and there is no --yes", async () => {
    await withAccount(async (account) => {
      const refused = await audit(account, [...production, ...revoking(account.byHand)]);
      expect(refused.exitCode).toBe(2);
      expect(refused.said).toContain("add --yes");
      expect(deletes(account.vultr)).toEqual([]);
    });
  });
});

describe("what happens between the question and the answer counts", () => {
  test.each<[string, RegExp, (account: Account) => Promise<void>]>([
    [
      "the key is recorded",
      /deployer of stack keys\/production records it as in use/,
      ({ alike, recordOf, setState }) => setState(stackExport([recordOf(alike)])),
    ],
    ["a run locks the stack", /is locked/, (account) => lock(account, "keys")],
    [
      "a create begins",
      /a create of runner of stack keys\/production was interrupted or is under way/,
      ({ used, recordOf, setState }) =>
        setState(stackExport([recordOf(used)], { creating: ["runner"] })),
    ],
    [
      "the key is gone",
      /no user who was looked at has a key of this id/,
      ({ vultr, alike }) => {
        vultr.deleteKey(alike.id);
        return Promise.resolve();
      },
    ],
  ])("%s: nothing is revoked", async (_, reason, happen) => {
    await withAccount(async (account) => {
      const args = [...production, ...revoking(account.byHand, account.alike)];
      const { exitCode, said } = await audit(account, args, ["yes"], () => happen(account));
      expect(exitCode).toBe(2);
      expect(said).toMatch(reason);
      expect(deletes(account.vultr)).toEqual([]);
    });
  });
});

describe("a create that state calls pending", () => {
  const withPending = (use: (account: Account) => Promise<void>) =>
    withAccount(async (account) => {
      const { used, recordOf, setState } = account;
      await setState(stackExport([recordOf(used)], { creating: ["deployer"] }));
      await use(account);
    });
  const named = "a create of deployer of stack keys/production was interrupted or is under way";

  test("is named before the question", async () => {
    await withPending(async (account) => {
      const args = [...production, ...revoking(account.alike)];
      const { said } = await audit(account, args, ["yes"]);
      expect(said).toContain(`In state, ${named}: one of these may be its key.`);
      expect(account.vultr.authenticates(account.alike.apiKey)).toBe(false);
    });
  });

  test("is not answered for by --yes, but by --yes with --interrupted", async () => {
    await withPending(async (account) => {
      const args = [...production, ...revoking(account.alike), "--yes"];
      const refused = await audit(account, args);
      expect(refused).toMatchObject({ exitCode: 2, printed: "" });
      expect(refused.said).toContain("if no run is under way, add --interrupted");
      expect(account.vultr.authenticates(account.alike.apiKey)).toBe(true);
      expect((await audit(account, [...args, "--interrupted"])).said).toContain("Revoked");
      expect(account.vultr.authenticates(account.alike.apiKey)).toBe(false);
    });
  });
});

describe("locks", () => {
  test("of other stacks and projects do not matter", async () => {
    await withAccount(async (account) => {
      await lock(account, "other");
      await lock(account, "keys", "staging");
      const args = [...production, ...revoking(account.byHand), "--yes"];
      expect((await audit(account, args)).exitCode).toBe(0);
    });
  });

  test("of a backend from before projects count", async () => {
    await withAccount(async (account) => {
      const place = join(account.folder, "backend", ".pulumi", "locks", "production");
      await mkdir(place, { recursive: true });
      await writeFile(join(place, "b7b6b62a.json"), "{}");
      const args = [...production, ...revoking(account.byHand), "--yes"];
      expect((await audit(account, args)).said).toContain("stack keys/production is locked");
    });
  });

  test.each(['{"url":"s3://bucket"}', '{"url":"file:///no/such/folder"}', "not logged in"])(
    "that a backend does not show are left to the person: %s",
    async (whoami) => {
      await withAccount(async (account) => {
        await writeFile(join(account.folder, "whoami.json"), whoami);
        const args = [...production, ...revoking(account.byHand), "--yes"];
        const { exitCode, said } = await audit(account, args);
        expect(said).toContain("does not show locks: make sure that no run is under way");
        expect(exitCode).toBe(0);
      });
    },
  );
});

test("a key whose ending Vultr does not list may be the audit's own", async () => {
  await withAccount(async (account) => {
    const { vultr, byHand } = account;
    const { id, name } = byHand;
    vultr.inject(
      respond(
        { status: 200, json: { api_keys: [{ id, name }] } },
        { path: `/users/${byHand.userId}/apikeys`, method: "GET" },
      ),
    );
    const { exitCode, said } = await audit(account, [...production, ...revoking(byHand), "--yes"]);
    expect(said).toContain("it may be the key in VULTR_API_KEY");
    expect(exitCode).toBe(2);
    expect(vultr.authenticates(byHand.apiKey)).toBe(true);
  });
});

test("a revocation that fails says so, and the same command again ends it", async () => {
  await withAccount(async (account) => {
    const { vultr, byHand, alike } = account;
    const args = [...production, ...revoking(byHand), "--yes"];
    vultr.inject(respond({ status: 403, json: { error: "Forbidden." } }, { method: "DELETE" }));
    const failed = await audit(account, args);
    expect(failed).toMatchObject({ exitCode: 2, printed: "" });
    expect(failed.said).toContain(`could not delete API key ${byHand.id}`);
    vultr.inject(cut({ when: "after-work" }, { method: "DELETE" }));
    expect((await audit(account, args)).exitCode).toBe(0);
    expect(deletes(vultr)).toHaveLength(3);
    expect(vultr.authenticates(byHand.apiKey)).toBe(false);
    expect(vultr.authenticates(alike.apiKey)).toBe(true);
  });
});
