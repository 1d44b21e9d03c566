import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main } from "../../../provider/command-line/main";
import { type EmulatedUser, type Emulator, respond, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal, type TerminalScript } from "../../support/scripted-terminal";
import { type ExportedKey, stackExport } from "../../support/stack-exports";

interface Account {
  vultr: Emulator;
  user: EmulatedUser;
  /** The state that fits: one key in use. */
  state: string;
}

/** A user with a managed key and a key made by hand. */
async function withAccount(use: (account: Account) => Promise<void>): Promise<void> {
  const clock = manualClock();
  await using vultr = await startEmulator({ now: clock.now });
  const user = vultr.addUser({ email: "deployer@example.com" });
  const used = vultr.addKey(user.id, { name: "deployer-production-abcdefgh" });
  vultr.addKey(user.id, { name: "by hand", dateExpire: "2026-10-01T00:00:00Z" });
  const recorded: ExportedKey = {
    resource: "deployer",
    userId: user.id,
    keyId: used.id,
    name: used.name,
  };
  await use({ vultr, user, state: stackExport([recorded]) });
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

test("people get a table of what needs attention, and what to do about it", async () => {
  await withAccount(async (account) => {
    const { exitCode, printed } = await run(account, ["-"]);
    expect(exitCode).toBe(1);
    const lines = printed.split("\n");
    expect(lines[0]).toMatch(/^USER +NAME +KEY +STATUS +EXPIRES +RESOURCE +NOTE$/);
    expect(printed).toMatch(
      /^deployer@example\.com +by hand +\S+ +unrecorded, expired +2026-10-01T00:00:00Z$/m,
    );
    expect(printed).not.toMatch(/^deployer@example\.com +deployer-production/m);
    expect(printed).toContain(
      "3 keys of 2 users, compared with keys/production: 1 managed, 2 unrecorded.",
    );
    expect(printed).toContain("2 unrecorded: made by hand, by a stack that was not given, or by");
    expect(printed).toContain("1 expired: rotate those in use");
  });
});

test("rows of a class are in the order of users and names, and those to act on come last", async () => {
  await withAccount(async (account) => {
    account.vultr.addKey(account.user.id, { name: "a first one" });
    const { printed } = await run(account, ["-", "--all"]);
    expect(
      printed.match(/(deployer-production|a first one|by hand|management)(?=.* {2})/g),
    ).toEqual(["deployer-production", "a first one", "by hand", "management"]);
  });
});

test("keys of another organisation are counted, and not missed", async () => {
  await withAccount(async (account) => {
    const elsewhere = { resource: "emea", userId: "elsewhere", keyId: "some-id", name: "emea" };
    account.state = stackExport([{ ...elsewhere, provider: "emea" }, elsewhere]);
    const { printed } = await run(account, ["-", "--json"]);
    expect(printed).toContain('"keysOfOtherOrganisations": 1');
    const table = await run(account, ["-", "--user", account.user.id]);
    expect(table.printed).toContain(" 1 key of other organisations could not be looked at.");
    expect(table.printed).not.toContain("missing");
  });
});

test("an address of two users is none to look at", async () => {
  await withAccount(async (account) => {
    account.vultr.addUser({ email: "Deployer@example.com" });
    const { exitCode, said } = await run(account, ["-", "--user", "deployer@example.com"]);
    expect(exitCode).toBe(2);
    expect(said).toContain("2 of the account's 3 users have the id or e-mail address \"deployer@");
  });
});

test("--all shows the managed keys too", async () => {
  await withAccount(async (account) => {
    const { printed } = await run(account, ["-", "--all"]);
    expect(printed).toMatch(
      /^deployer@example\.com +deployer-production-abcdefgh +\S+ +managed +deployer in/m,
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
      keys: 3,
      keysOfOtherOrganisations: 0,
      findings: 1,
      unrecorded: 2,
      missing: 0,
      "pending-deletion": 0,
      expired: 1,
      expiring: 0,
    });
    const [used] = account.vultr.keysOf(account.user.id);
    expect(report.keys).toContainEqual({
      class: "managed",
      expiry: "never",
      keyId: used?.id,
      userId: account.user.id,
      userEmail: "deployer@example.com",
      name: "deployer-production-abcdefgh",
      stack: "keys/production",
      resource: "deployer",
    });
    expect(said).toContain("Listing the account's users");
  });
});

describe("exit codes", () => {
  test.each<[string, string[], number]>([
    ["findings", ["-"], 1],
    ["findings of another kind only", ["-", "--fail-on", "missing"], 0],
    ["no finding counts", ["-", "--fail-on", "none"], 0],
    ["unrecorded keys, if asked for", ["-", "--fail-on", "missing,unrecorded"], 1],
    ["a user without any", ["-", "--user", "root@example.com"], 0],
    ["no state", [], 2],
    ["standard input twice", ["-", "-"], 2],
    ["an option of before", ["-", "--revoke-orphans"], 2],
    ["a misspelt kind", ["-", "--fail-on", "orphans"], 2],
    ["--yes to no question", ["-", "--yes"], 2],
    ["--interrupted without --yes", ["-", "--revoke", "some-id", "--interrupted"], 2],
    ["a key to revoke, and no state", ["--revoke", "some-id", "--yes"], 2],
    ["a duration in months", ["-", "--expires-within", "2 months"], 2],
    ["a rate of none", ["-", "--requests-per-second", "0"], 2],
    ["an unknown user", ["-", "--user", "nobody@example.com"], 2],
    ["a file that is not there", ["no-such-file.json"], 2],
    ["a stack, and no Pulumi CLI", ["--stack", "production"], 2],
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
      const { exitCode, printed, said } = await run(account, ["-"]);
      expect(exitCode).toBe(2);
      expect(printed).toBe("");
      expect(said).toContain("could not list the API keys of user");
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
        `${file} is not a stack export: make one with \`pulumi stack export --file state.json\``,
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
    const name = "a\nforged row\u001b[1A\u001b[2K\u2028 \u202ebackwards";
    const { id } = account.vultr.addKey(account.user.id, { name });
    for (const args of [["--all"], ["--revoke", id, "--yes"]]) {
      const { printed, said } = await run(account, ["-", ...args]);
      expect(printed + said).toContain("a forged row [1A [2K  backwards");
      expect(printed + said).not.toMatch(/[^\P{C}\n]|\u2028/u);
    }
  });
});

test("a thousand users take the time that the limit asks for, and hardly more", async () => {
  const clock = manualClock();
  await using vultr = await startEmulator({
    now: clock.now,
    users: 1_200,
    requestsPerSecond: null,
  });
  const startMs = clock.now();
  const terminal = scriptedTerminal({
    clock,
    environment: { VULTR_API_URL: vultr.url, VULTR_API_KEY: vultr.rootApiKey },
    standardInput: stackExport([]),
  });
  expect(await main(["audit", "-"], terminal)).toBe(0);
  expect(vultr.requests).toHaveLength(1_201 + 3);
  const perSecond = vultr.requests.length / ((clock.now() - startMs) / 1_000);
  expect(perSecond).toBeGreaterThan(26.5);
  expect(perSecond).toBeLessThanOrEqual(30);
  expect(terminal.said.filter((line) => line.startsWith("Read the keys of"))).toHaveLength(8);
});
