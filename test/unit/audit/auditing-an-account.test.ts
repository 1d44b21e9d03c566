import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main } from "../../../provider/command-line/main";
import { cut, type EmulatedUser, type Emulator, respond, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal, type TerminalScript } from "../../support/scripted-terminal";
import { type ExportedKey, stackExport } from "../../support/stack-exports";

interface Account {
  vultr: Emulator;
  user: EmulatedUser;
  /** The state that fits: one key in use, one made beside it by an interrupted run. */
  state: string;
  orphanId: string;
}

/** A user with a managed key, an orphan beside it and a key made by hand. */
async function withAccount(use: (account: Account) => Promise<void>): Promise<void> {
  const clock = manualClock();
  await using vultr = await startEmulator({ now: clock.now });
  const user = vultr.addUser({ email: "deployer@example.com" });
  const used = vultr.addKey(user.id, { name: "deployer-abcdefgh-after-aaaaaaaa" });
  const orphan = vultr.addKey(user.id, { name: "deployer-bcdefghj-after-aaaaaaaa" });
  vultr.addKey(user.id, { name: "by hand", dateExpire: "2026-10-01T00:00:00Z" });
  const recorded: ExportedKey = {
    resource: "deployer",
    userId: user.id,
    keyId: used.id,
    name: used.name,
  };
  await use({ vultr, user, state: stackExport([recorded]), orphanId: orphan.id });
}

async function run(account: Account, args: readonly string[], script: TerminalScript = {}) {
  const environment = { VULTR_API_URL: account.vultr.url, VULTR_API_KEY: account.vultr.rootApiKey };
  const terminal = scriptedTerminal({ standardInput: account.state, environment, ...script });
  const exitCode = await main(["audit", ...args], terminal);
  return {
    exitCode,
    printed: terminal.printed.join("\n"),
    said: terminal.said.join("\n"),
    terminal,
  };
}

const deletes = (vultr: Emulator) => vultr.requests.filter(({ method }) => method === "DELETE");

test("people get a table of what needs attention, and what to do about it", async () => {
  await withAccount(async (account) => {
    const { exitCode, printed } = await run(account, ["-"]);
    expect(exitCode).toBe(1);
    const lines = printed.split("\n");
    expect(lines[0]).toMatch(/^USER +NAME +KEY +STATUS +EXPIRES +RESOURCE +NOTE$/);
    expect(printed).toMatch(
      /^deployer@example\.com +by hand +\S+ +unmanaged, expired +2026-10-01T00:00:00Z$/m,
    );
    expect(printed).toMatch(
      /^deployer@example\.com +deployer-bcdefghj-after-aaaaaaaa +\S+ +orphan +deployer in keys\/production +made beside deployer-abcdefgh-after-aaaaaaaa/m,
    );
    expect(printed).not.toMatch(/^deployer@example\.com +deployer-abcdefgh/m);
    expect(printed).toContain(
      "4 keys of 2 users, compared with keys/production: 1 managed, 2 unmanaged.",
    );
    expect(printed).toContain("1 orphan: --revoke-orphans deletes them");
  });
});

test("--all shows the managed keys too", async () => {
  await withAccount(async (account) => {
    const { printed } = await run(account, ["-", "--all"]);
    expect(printed).toMatch(
      /^deployer@example\.com +deployer-abcdefgh-after-aaaaaaaa +\S+ +managed +deployer in/m,
    );
  });
});

test("programs get JSON, alone on standard output, with stable names", async () => {
  await withAccount(async (account) => {
    const { printed, said } = await run(account, ["-", "--json"]);
    const report = JSON.parse(printed) as { summary: object; keys: object[] };
    expect(report.summary).toEqual({
      users: 2,
      stacks: ["keys/production"],
      keys: 4,
      keysOfOtherOrganisations: 0,
      findings: 2,
      orphan: 1,
      "suspected-orphan": 0,
      missing: 0,
      "pending-deletion": 0,
      expired: 1,
      expiring: 0,
      unmanaged: 2,
    });
    expect(report.keys).toContainEqual(
      expect.objectContaining({ class: "orphan", keyId: account.orphanId, resource: "deployer" }),
    );
    expect(said).toContain("Listing the account's users");
  });
});

describe("exit codes", () => {
  test.each<[string, string[], number]>([
    ["findings", ["-"], 1],
    ["findings of another kind only", ["-", "--fail-on", "missing"], 0],
    ["no finding counts", ["-", "--fail-on", "none"], 0],
    ["unmanaged keys, if asked for", ["-", "--fail-on", "missing,unmanaged"], 1],
    ["a user without any", ["-", "--user", "root@example.com"], 0],
    ["no state", [], 2],
    ["standard input twice", ["-", "-"], 2],
    ["a misspelt option", ["-", "--revoke-orphan"], 2],
    ["a misspelt kind", ["-", "--fail-on", "orphans"], 2],
    ["--yes to no question", ["-", "--yes"], 2],
    ["a duration in months", ["-", "--expires-within", "2 months"], 2],
    ["a rate of none", ["-", "--requests-per-second", "0"], 2],
    ["an unknown user", ["-", "--user", "nobody@example.com"], 2],
    ["a file that is not there", ["no-such-file.json"], 2],
  ])("%s: %j gives %d", async (_, args, exitCode) => {
    await withAccount(async (account) => {
      const result = await run(account, args);
      expect(result.exitCode).toBe(exitCode);
      if (exitCode < 2) return;
      expect(result.printed).toBe("");
      expect(result.said).toMatch(/^pulumi-vultr-user-api-key: /m);
      expect(result.said).not.toMatch(/^ {4}at /m);
    });
  });

  test("no credential: it says where to put one, and sends nothing", async () => {
    await withAccount(async (account) => {
      const { exitCode, said } = await run(account, ["-"], { environment: {} });
      expect(exitCode).toBe(2);
      expect(said).toContain("VULTR_API_KEY");
      expect(account.vultr.requests).toEqual([]);
    });
  });

  test.each([
    "",
    "{}",
    "not JSON SECRETSECRETSECRETSECRETSECRETSECRET",
    '{"deployment":{"resources":[{}]}}',
  ])("input that is no export, %j, is not quoted", async (standardInput) => {
    await withAccount(async (account) => {
      const { exitCode, said } = await run({ ...account, state: standardInput }, ["-"]);
      expect(exitCode).toBe(2);
      expect(said).toContain("standard input is not a stack export");
      expect(said).not.toContain("SECRET");
    });
  });

  test("one list that cannot be read makes no audit at all", async () => {
    await withAccount(async (account) => {
      account.vultr.inject(
        respond({ status: 403, json: { error: "Forbidden." } }, { path: "/users/*/apikeys" }),
      );
      const { exitCode, printed, said } = await run(account, ["-", "--revoke-orphans", "--yes"]);
      expect(exitCode).toBe(2);
      expect(printed).toBe("");
      expect(said).toContain("could not list the API keys of user");
      expect(deletes(account.vultr)).toEqual([]);
    });
  });
});

describe("--revoke-orphans", () => {
  test("deletes the orphan after a yes, sees it gone, and nothing else is touched", async () => {
    await withAccount(async (account) => {
      const { vultr, user, orphanId } = account;
      const args = ["-", "--revoke-orphans", "--fail-on", "orphan"];
      const { exitCode, said, terminal } = await run(account, args, { answers: ["yes"] });
      expect(terminal.asked).toHaveLength(1);
      expect(said).toContain(
        `deployer-bcdefghj-after-aaaaaaaa (${orphanId}) of deployer@example.com`,
      );
      expect(deletes(vultr).map(({ path }) => path)).toEqual([
        `/users/${user.id}/apikeys/${orphanId}`,
      ]);
      expect(vultr.requests.at(-1)).toMatchObject({
        method: "GET",
        path: `/users/${user.id}/apikeys`,
      });
      expect(vultr.keysOf(user.id).map(({ name }) => name)).toEqual([
        "deployer-abcdefgh-after-aaaaaaaa",
        "by hand",
      ]);
      expect(exitCode).toBe(0);
      expect((await run(account, args, { answers: ["yes"] })).terminal.asked).toEqual([]);
    });
  });

  test.each(["no", "y", "", "YES"])("does nothing after the answer %j", async (answer) => {
    await withAccount(async (account) => {
      const { exitCode } = await run(account, ["-", "--revoke-orphans"], { answers: [answer] });
      expect(exitCode).toBe(1);
      expect(deletes(account.vultr)).toEqual([]);
    });
  });

  test("needs --yes where nobody can answer", async () => {
    await withAccount(async (account) => {
      const refused = await run(account, ["-", "--revoke-orphans"]);
      expect(refused.exitCode).toBe(2);
      expect(refused.said).toContain("add --yes");
      expect(deletes(account.vultr)).toEqual([]);
      await run(account, ["-", "--revoke-orphans", "--yes"]);
      expect(deletes(account.vultr)).toHaveLength(1);
    });
  });

  test("a deletion that fails says so and what to do, and the next audit finds the key again", async () => {
    await withAccount(async (account) => {
      account.vultr.inject(
        respond({ status: 403, json: { error: "Forbidden." } }, { method: "DELETE" }),
      );
      const failed = await run(account, ["-", "--revoke-orphans", "--yes"]);
      expect(failed.exitCode).toBe(2);
      expect(failed.said).toContain(`could not delete API key ${account.orphanId}`);
      account.vultr.inject(cut({ when: "after-work" }, { method: "DELETE" }));
      expect((await run(account, ["-", "--revoke-orphans", "--yes"])).exitCode).toBe(1);
      expect(deletes(account.vultr)).toHaveLength(3);
      expect(account.vultr.liveKeys().map(({ id }) => id)).not.toContain(account.orphanId);
    });
  });
});

test("files and several stacks are compared at once", async () => {
  await withAccount(async (account) => {
    const folder = await mkdtemp(join(tmpdir(), "audit-"));
    try {
      const file = join(folder, "staging.json");
      await writeFile(file, stackExport([], { stack: "staging" }));
      const { printed } = await run(account, [file, "-"]);
      expect(printed).toContain("compared with keys/staging, keys/production:");
      await writeFile(file, "{");
      const { said } = await run(account, [file]);
      expect(said).toContain(
        `${file} is not a stack export: make one with \`pulumi stack export --file ${file}\``,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("no secret is shown: not of the account, not of the state, not in a name", async () => {
  await withAccount(async (account) => {
    const { vultr, user } = account;
    vultr.addKey(user.id, { name: `pasted ${vultr.rootApiKey}` });
    const plaintext = vultr.keysOf(user.id)[0]!.apiKey;
    account.state = account.state.replace(
      '"ciphertext":"v1:…"',
      `"plaintext":"\\"${plaintext}\\""`,
    );
    for (const args of [["--all"], ["--json"]]) {
      const { printed, said } = await run(account, ["-", ...args]);
      expect(printed).toContain("pasted [redacted]");
      for (const secret of vultr.issuedApiKeys()) expect(printed + said).not.toContain(secret);
    }
  });
});

test("a name at Vultr cannot forge a row, nor hide one", async () => {
  await withAccount(async (account) => {
    account.vultr.addKey(account.user.id, { name: "a\nforged row\u001b[1A\u001b[2K" });
    const { printed } = await run(account, ["-", "--all"]);
    expect(printed).toContain("a?forged row?[1A?[2K");
    expect(printed).not.toContain("\u001b");
    expect(printed).not.toMatch(/^forged/m);
  });
});

test("a thousand users take the time that the limit asks for, and hardly more", async () => {
  const clock = manualClock();
  await using vultr = await startEmulator({ now: clock.now, users: 1_200 });
  const startMs = clock.now();
  const terminal = scriptedTerminal({
    clock,
    environment: { VULTR_API_URL: vultr.url, VULTR_API_KEY: vultr.rootApiKey },
    standardInput: stackExport([]),
  });
  expect(await main(["audit", "-"], terminal)).toBe(0);
  expect(vultr.requests.filter(({ status }) => status !== 200)).toEqual([]);
  expect(vultr.requests).toHaveLength(1_201 + 3);
  const perSecond = vultr.requests.length / ((clock.now() - startMs) / 1_000);
  expect(perSecond).toBeGreaterThan(27);
  expect(perSecond).toBeLessThanOrEqual(30);
  expect(terminal.said.filter((line) => line.startsWith("Read the keys of"))).toHaveLength(8);
}, 60_000);
