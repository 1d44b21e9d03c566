import { main } from "../../../provider/command-line/main";
import { respond, startEmulator, tooManyRequests } from "../../emulator";
import { assume } from "../../support/assume";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { type ExportedKey, stackExport } from "../../support/stack-exports";
import { startScene } from "./scene";

assume({ otherFields: "documented", expiredKeyListed: "stays", refusalSent: "as-status" });

/** The key made by hand has expired. */
const start = () => startScene("2026-10-01T00:00:00Z");

test("people get a table of what needs attention, and what to do about it", async () => {
  await using scene = await start();
  const { used, recordOf } = scene;
  const gone = recordOf(used, { resource: "gone", keyId: "gone", name: "gone" });
  const standardInput = stackExport([recordOf(used), gone]);
  const { exitCode, printed } = await scene.audit(["-"], { standardInput });
  expect(exitCode).toBe(1);
  expect(printed).toMatch(/^USER +NAME +KEY +STATUS +EXPIRES +RESOURCE +NOTE\n/);
  expect(printed).toMatch(
    /^deployer@example\.com +by hand +\S+ +unrecorded, expired +2026-10-01T00:00:00Z$/m,
  );
  expect(printed).not.toContain(used.name);
  expect(printed).toContain(
    "5 keys of 2 users, compared with keys/production: 1 managed, 3 unrecorded.",
  );
  expect(printed).toContain("3 unrecorded: made by hand, by a stack that was not given, or by");
  expect(printed).toContain("1 expired: rotate those in use");
  expect(printed).toMatch(/^1 missing: .* \(remove adoptKeyId and adoptApiKey first, if it was/m);
});

test("--all shows managed keys too; a class is in the order of users and names, those to act on last", async () => {
  await using scene = await start();
  scene.vultr.addKey(scene.user.id, { name: "a first one" });
  const { printed } = await scene.audit(["-", "--all"]);
  expect(printed).toMatch(/ deployer-production-abcdefgh +\S+ +managed +deployer in/m);
  expect(printed.match(/^\S+@example\.com +\w+[- ]\w*/gm)).toEqual([
    "deployer@example.com  deployer-production",
    "deployer@example.com  a first",
    "deployer@example.com  by hand",
    "deployer@example.com  deployer-production",
    "root@example.com      management ",
  ]);
});

test("in a narrow terminal each cell has a line of its own; in one with colours the header is bold", async () => {
  await using scene = await start();
  const narrow = await scene.audit(["-"], { columns: 80 });
  expect(narrow.printed).toMatch(
    /^deployer@example\.com\n {2}name {6}by hand\n {2}key {7}\S+\n {2}status {4}unrecorded, expired\n {2}expires {3}2026/m,
  );
  expect(narrow.printed).not.toContain("USER");
  const wide = await scene.audit(["-"], { columns: 200, hasColours: true });
  expect(wide.printed.startsWith("\u001b[1mUSER")).toBe(true);
});

test("whatever a key is named, the JSON is JSON, and what looks like a secret stays out", async () => {
  await using scene = await start();
  const odd = "\u009b2J\u202e\u{e0041} ##vso[task.complete] ##[group]";
  for (const name of ['Bearer a"b\\', odd]) scene.vultr.addKey(scene.user.id, { name });
  const { printed } = await scene.audit(["-", "--json"]);
  const { keys } = JSON.parse(printed) as { keys: { name: string }[] };
  expect(keys.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Bearer [redacted]"b\\', odd]),
  );
  expect(printed).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]|##/u);
});

test("keys that a run makes meanwhile are listed again: a recorded one is managed, a newer one is not told", async () => {
  await using scene = await start();
  const { vultr, user, used, alike, byHand, recordOf } = scene;
  const listOf = (id: string) => ({ path: `/users/${id}/apikeys`, method: "GET" as const });
  // The first list is from before the run. When the second one is asked for, two further keys have come.
  vultr.inject(respond({ status: 200, json: { api_keys: [{ id: used.id }] } }, listOf(user.id)));
  vultr.inject(tooManyRequests({ retryAfterSeconds: 5 }, listOf(vultr.rootUserId))); // this takes a while
  const standardInput = stackExport([recordOf(used), recordOf(alike)]);
  const { printed } = await scene.audit(["-", "--all"], { standardInput });
  expect(printed).toContain("3 keys of 2 users, compared with keys/production: 2 managed, 1 unre");
  expect(printed).not.toContain(byHand.id);
});

test("keys of another organisation are counted, and missed by records of the stack's own provider alone", async () => {
  await using scene = await start();
  const elsewhere: ExportedKey = { resource: "a", userId: "elsewhere", keyId: "id", name: "emea" };
  const records = [{ ...elsewhere, provider: "emea" }, elsewhere];
  for (const either of [records, records.toReversed()]) {
    const { printed } = await scene.audit(["-", "--json"], { standardInput: stackExport(either) });
    const summary: object = { keysNotLookedFor: 1, missing: 1 };
    expect(JSON.parse(printed)).toMatchObject({ summary });
  }
  const ofUser = ["-", "--user", scene.user.id];
  const { printed } = await scene.audit(ofUser, { standardInput: stackExport(records) });
  expect(printed).toContain(
    " 1 recorded key of other users, or of an organisation that VULTR_API_KEY does not see, was not looked for.",
  );
  expect(printed).not.toContain("missing");
});

test("programs get JSON, alone on standard output, with stable names", async () => {
  await using scene = await start();
  const { printed, said } = await scene.audit(["-", "--json"]);
  const report = JSON.parse(printed) as { summary: object; keys: object[] };
  expect(report).toMatchObject({ schemaVersion: 1 });
  expect(report.summary).toEqual({
    users: 2,
    stacks: ["keys/production"],
    keys: 4,
    keysNotLookedFor: 0,
    findings: 1,
    unrecorded: 3,
    missing: 0,
    "pending-deletion": 0,
    expired: 1,
    expiring: 0,
  });
  expect(report.keys).toContainEqual({
    class: "managed",
    expiry: "never",
    keyId: scene.used.id,
    userId: scene.user.id,
    userEmail: "deployer@example.com",
    name: "deployer-production-abcdefgh",
    stack: "keys/production",
    resource: "deployer",
  });
  expect(said).toContain("Listing the account's users");
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
    ["a duration in months", ["-", "--expires-within", "2 months"], 2],
    ["an unknown user", ["-", "--user", "nobody@example.com"], 2],
    ["a file that is not there", ["no-such-file.json"], 2],
    ["a stack that the CLI does not know", ["--stack", "staging"], 2],
  ])("%s: %j gives %d", async (_, args, exitCode) => {
    await using scene = await start();
    const result = await scene.audit(args);
    expect(result.exitCode).toBe(exitCode);
    if (exitCode < 2) return;
    expect(result.printed).toBe("");
    expect(result.said).toMatch(/^pulumi-vultr-user-api-key: /m);
    expect(result.said).not.toMatch(/^ {4}at /m);
  });

  test("no credential: it says where to put one, and sends nothing", async () => {
    await using scene = await start();
    const { exitCode, said } = await scene.audit(["-"], { environment: {} });
    expect(exitCode).toBe(2);
    expect(said).toContain("VULTR_API_KEY");
    expect(scene.vultr.requests).toEqual([]);
  });

  test.each([
    [{ VULTR_API_KEY: "NOT-A-KEY-OF-THIS-ACCOUNT" }, [], "Put a valid one into VULTR_API_KEY."],
    [{ VULTR_API_URL: "https://example.com/v2?x" }, [], ": VULTR_API_URL must end with its path;"],
    [{ VULTR_API_KEY: "a key" }, [], ": VULTR_API_KEY is not text, or holds a space"],
    [{}, ["--requests-per-second", "0"], ": --requests-per-second must be a whole number"],
    [{}, ["--stack", ""], ": --stack is empty: is a variable not set?"],
    [{}, ["--stack", "dev"], ": the Pulumi CLI is missing or failed"],
  ])("hints name what the audit takes: %j %j", async (wrong, args, hint) => {
    await using scene = await start();
    const environment = { VULTR_API_URL: scene.vultr.url, VULTR_API_KEY: "any-key", ...wrong };
    const { exitCode, said } = await scene.audit(["-", ...args], { environment });
    expect(exitCode).toBe(2);
    expect(said).toContain(hint);
    expect(said).not.toMatch(/vultr:|pulumi config|--run-program/);
  });

  test.each([
    "",
    "{}",
    "not JSON SECRETSECRETSECRETSECRETSECRETSECRET",
    '{"deployment":{"resources":[{}]}}',
    '{"deployment":{"deployment":{"resources":[]}}}',
    '{"deployment":{"Resources":[]}}',
    '{"version":5,"deployment":{"resources":[]}}',
  ])("input that is no export, %j, is not quoted", async (standardInput) => {
    await using scene = await start();
    const { exitCode, said } = await scene.audit(["-"], { standardInput });
    expect(exitCode).toBe(2);
    expect(said).toContain("standard input is not a stack export");
    expect(said).not.toContain("SECRET");
  });

  test("one list that cannot be read makes no audit at all", async () => {
    await using scene = await start();
    const target = { path: "/users/*/apikeys" };
    scene.vultr.inject(respond({ status: 403, json: { error: "Forbidden." } }, target));
    const { exitCode, printed, said } = await scene.audit(["-"]);
    expect({ exitCode, printed }).toEqual({ exitCode: 2, printed: "" });
    expect(said).toContain("could not list the API keys of user");
  });
});

test("files and several stacks are compared at once", async () => {
  await using scene = await start();
  const file = await scene.write("staging.json", stackExport([], { stack: "staging" }));
  const { printed } = await scene.audit([file, "-"]);
  expect(printed).toContain("compared with keys/staging, keys/production:");
  const odd = await scene.audit(["no\u001b[2J\u202esuch.json"]);
  expect(odd.said).toContain("the stack export no [2Jsuch.json cannot be read");
  await scene.write("staging.json", "{");
  expect((await scene.audit([file])).said).toContain(
    `${file} is not a stack export: make one with \`pulumi stack export --file state.json\``,
  );
});

test("no secret is shown: not of the account, not of the state, not in a name", async () => {
  await using scene = await start();
  const { vultr, user, used, recordOf } = scene;
  vultr.addKey(user.id, { name: `pasted ${vultr.rootApiKey}` });
  const plaintext = `"plaintext":"\\"${used.apiKey}\\""`;
  const state = stackExport([recordOf(used)]);
  const standardInput = state.replace('"ciphertext":"v1:…"', plaintext);
  expect(standardInput).toContain(used.apiKey);
  for (const args of [["--all"], ["--json"]]) {
    const { printed, said } = await scene.audit(["-", ...args], { standardInput });
    expect(printed).toContain("pasted [redacted]");
    for (const secret of vultr.issuedApiKeys()) expect(printed + said).not.toContain(secret);
  }
});

test("a name at Vultr cannot forge a row, nor hide one", async () => {
  await using scene = await start();
  const name = "a\nforged row\u001b[1A\u001b[2K\u2028 \u202ebackwards";
  const { id } = scene.vultr.addKey(scene.user.id, { name });
  for (const args of [["--all"], ["--revoke", id, "--yes"]]) {
    const { printed, said } = await scene.audit(["-", ...args]);
    expect(printed + said).toContain("a forged row [1A [2K  backwards");
    expect(printed + said).not.toMatch(/[^\P{C}\n]|\u2028/u);
  }
});

test("a thousand users take the time that the limit asks for, and hardly more", async () => {
  const clock = manualClock();
  const account = { now: clock.now, users: 1_200, requestsPerSecond: null };
  await using vultr = await startEmulator(account);
  const startMs = clock.now();
  const environment = { VULTR_API_URL: vultr.url, VULTR_API_KEY: vultr.rootApiKey };
  const terminal = scriptedTerminal({ clock, environment, standardInput: stackExport([]) });
  expect(await main(["audit", "-"], terminal)).toBe(0);
  expect(vultr.requests).toHaveLength(1_201 + 3);
  const perSecond = vultr.requests.length / ((clock.now() - startMs) / 1_000);
  expect(perSecond).toBeGreaterThan(26.5);
  expect(perSecond).toBeLessThanOrEqual(30);
  expect(terminal.said.filter((line) => line.startsWith("Read the keys of"))).toHaveLength(8);
});
