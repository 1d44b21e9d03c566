import { manifest } from "../../../provider/manifest";
import { main } from "../../../provider/command-line/main";
import { cut, deadKey, respond } from "../../emulator";
import { assume } from "../../support/assume";
import { scriptedTerminal } from "../../support/scripted-terminal";
import { type Scene, startScene } from "./scene";

assume({ otherFields: "documented" });

test("where all is well, each check has a line, and nothing is sent but reads", async () => {
  await using scene = await startScene();
  const { exitCode, printed } = await scene.examine(["--user", "Deployer@example.com"]);
  expect(printed).toBe(`ok       Node 24.21.0
ok       pulumi-vultr-user-api-key VERSION
ok       @pulumi/pulumi: 3.276.0 in FOLDER/node_modules/@pulumi/pulumi
ok       configuration of the stack: that of the selected one counts before the environment
ok       the management key: it comes from VULTR_API_KEY
ok       the API's address: https://vultr.test/v2, from VULTR_API_URL
ok       requests a second: at most 30, by default
ok       vultr.test answers over IPv4
ok       this machine's clock and Vultr's agree
ok       the key authenticates: as Example (root@example.com)
ok       it may list the account's users (2)
ok       it is "management", and never expires
ok       Deployer@example.com is user USER-ID (Deployer)
ok       its API access: on
ok       its status: not suspended
ok       its API keys: 0
ok       its allowlist: it lets this machine in`);
  expect(exitCode).toBe(0);
  const { requests } = scene.vultr;
  expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(["HEAD", "GET"]));
  expect(requests[0]?.callerKeyId).toBeNull();
});

const ofUser = ["--user", "deployer@example.com"];
const errorWith = (code: string) => Object.assign(new Error("no route"), { code });

/** Breaks something. */
type Arrange = (scene: Scene) => unknown;

/** Answers to doctor's probe, at this time, and at this address of the machine. */
const answering =
  (dateMs: number, localAddress = "127.0.0.1") =>
  () =>
    Promise.resolve({ dateMs, localAddress });

const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;
const containing = (text: string) => expect.stringContaining(text) as string;
/** Any line that says what to do about the line above it. */
const advice = matching(/^ {9}\w/);

const exitCodeOf = (lines: string[]) => Number(lines.some((line) => line.startsWith("failed")));

test("of settings that are there twice, the stack's wins, and both are told", async () => {
  await using scene = await startScene();
  const { configure, write, vultr } = scene;
  await configure({
    "vultr:apiKey": { secret: true },
    "vultr:apiUrl": { value: `${vultr.url}/` },
    "vultr:requestsPerSecond": { value: "20" },
  });
  await write("get", `${vultr.rootApiKey}\n`);
  scene.environment["VULTR_API_KEY"] = "NOT-A-KEY-OF-THIS-ACCOUNT";
  const { exitCode, printed } = await scene.examine(["--stack", "production"]);
  expect(printed).toContain(`
ok       configuration of the stack: that of production counts before the environment
ok       the management key: it comes from vultr:apiKey of the stack (VULTR_API_KEY is set too, and not used)
ok       the API's address: https://vultr.test/v2, from vultr:apiUrl of the stack (VULTR_API_URL is set too, and not used)
ok       requests a second: at most 20, from vultr:requestsPerSecond of the stack
`);
  expect(printed).toContain("the key authenticates: as Example");
  expect(exitCode).toBe(0);
});

test("a setting that is secret is the one that a run uses, and is not shown", async () => {
  await using scene = await startScene();
  const { configure, write, vultr, environment } = scene;
  await configure({ "vultr:apiUrl": { secret: true } });
  await write("get", `${vultr.url}/\n`);
  environment["VULTR_API_URL"] = "https://elsewhere.test/v2";
  const { exitCode, printed } = await scene.examine();
  expect(printed).toContain("the API's address: [redacted], from vultr:apiUrl of the stack");
  expect(printed).toContain("[redacted] answers over IPv4");
  expect(printed).not.toContain("vultr.test");
  expect(printed).toContain("the key authenticates: as Example");
  expect(exitCode).toBe(0);
});

test("a stack with settings of the plugin is looked at by these", async () => {
  await using scene = await startScene();
  const { configure, write, vultr } = scene;
  await configure({
    "vultr:requestsPerSecond": { value: "10" },
    "vultr-user-api-key:apiKey": { secret: true },
    "vultr-user-api-key:requestsPerSecond": { value: "20" },
  });
  await write("get", `${vultr.rootApiKey}\n`);
  const { printed, found } = await scene.examine();
  expect(printed).toContain(`
ok       the management key: it comes from vultr-user-api-key:apiKey of the stack (VULTR_API_KEY is set too, and not used)
ok       the API's address: https://vultr.test/v2, from VULTR_API_URL
ok       requests a second: at most 20, from vultr-user-api-key:requestsPerSecond of the stack
`);
  expect(found).toEqual([
    "warning  the stack has settings of the classes, vultr:*, and of the plugin, vultr-user-api-key:*, which are looked at here",
    "         Remove those that the program does not use.",
  ]);
  await configure({ "vultr-user-api-key:requestsPerSecond": { value: "0" } });
  expect((await scene.examine()).found[0]).toMatch(
    /^failed {3}vultr-user-api-key:requestsPerSecond must be a whole number/,
  );
});

test("a stack that was asked for and cannot be read is a failure", async () => {
  await using scene = await startScene();
  await scene.write("pulumi", "#!/bin/sh\necho error: no stack named x >&2; exit 255\n");
  const { exitCode, found } = await scene.examine(["--stack", "x"]);
  expect(found[0]).toMatch(/^failed {3}configuration of the stack: it cannot be read: .* named x/);
  expect(found[1]).toContain("Install the Pulumi CLI, log in, and name a stack with --stack.");
  expect(exitCode).toBe(1);
});

describe("a family of addresses that leads nowhere, if the other one does", () => {
  test.each([
    ["ENETUNREACH", "skipped  IPv6 does not lead there (ENETUNREACH); the other family is enough"],
    ["ETIMEDOUT", "warning  could not reach Vultr over IPv6: vultr.test did not answer in time"],
  ])("%s: %s", async (code, line) => {
    await using scene = await startScene();
    const { machine, environment } = scene;
    const { probe } = machine;
    machine.probe = (apiUrl, family) =>
      family === 4 ? probe(apiUrl, family) : Promise.reject(errorWith(code));
    environment["VULTR_API_URL"] = scene.vultr.url.replace("127.0.0.1", "localhost");
    const { exitCode, found } = await scene.examine();
    expect(found[0]?.replace(/localhost:\d+/, "vultr.test")).toBe(line);
    expect(exitCode).toBe(0);
  });
});

test.each([403, 401, 404] as const)(
  "a key without rights, which Vultr answers with %d, is told which right is missing",
  async (noManageUsers) => {
    await using scene = await startScene();
    const { vultr, environment, user } = scene;
    const itsKeysWork = { refusalSent: "as-status", emptyAllowlist: "allow" } as const;
    vultr.setSwitches({ noManageUsers, weakAccount: 403, ...itsKeysWork });
    environment["VULTR_API_KEY"] = vultr.addKey(user.id).apiKey;
    const { exitCode, printed, found } = await scene.examine(ofUser);
    expect(printed).toContain("ok       the key authenticates: its user may not read the account");
    expect(found).toEqual([
      expect.stringContaining(
        `failed   could not list the account's users: Vultr answered ${noManageUsers}`,
      ),
      "         Managing other users' keys takes the root user or the Manage Users permission (`manage_users`): grant it to the owner of the management key, or use another key, in vultr:apiKey if that is set, else in VULTR_API_KEY.",
      "skipped  deployer@example.com cannot be looked up with this key",
    ]);
    expect(exitCode).toBe(1);
  },
);

describe("what is wrong is named, with what to do", () => {
  assume({ refusalSent: "as-status", addressRefused: 401, listOrder: "creation" });

  const later = containing("Whether this machine is let in is not seen from here: compare");

  test.each<[string, Arrange, ...unknown[]]>([
    [
      "Node and the SDK are too old, and the clock is wrong",
      async ({ machine, clock, install }) => {
        machine.nodeVersion = "22.3.0";
        machine.probe = answering(clock.now() - 3_600_000);
        await install("", "3.99.0");
      },
      "failed   Node 22.3.0 is too old",
      "         Use Node >=22.19.",
      "failed   @pulumi/pulumi: 3.99.0 in FOLDER/node_modules/@pulumi/pulumi is too old",
      "         Install ^3.250.0.",
      "failed   this machine's clock is 1 hour ahead of Vultr's",
      "         Set it, such as by NTP: expiries are worked out by it, and Vultr judges them by its own.",
    ],
    [
      "there is a second SDK",
      ({ install }) => install("node_modules/@pulumi/policy/", "3.250.0"),
      "warning  @pulumi/pulumi: it is installed 2 times: 3.250.0 in FOLDER/node_modules/@pulumi/policy/node_modules/@pulumi/pulumi; 3.276.0 in FOLDER/node_modules/@pulumi/pulumi",
      "         Resources made through a second copy may not keep secrets secret: let all packages share one version, such as with `npm dedupe`.",
    ],
    [
      "the SDK that a program loads lies further up than its other packages",
      async ({ machine, install }) => {
        await install("keys/node_modules/other/", "3.250.0");
        machine.folder = `${machine.folder}/keys`;
      },
      containing("2 times: 3.250.0 in FOLDER/keys/node_modules/other/node_modules/"),
      advice,
    ],
    [
      "the stack's configuration is no JSON",
      ({ write }) => write("config.json", "SECRETS"),
      "warning  configuration of the stack: it cannot be read: it is not what `pulumi config --json` prints",
      containing("What follows counts the environment alone."),
    ],
    [
      "the stack's key stands in plaintext, and a setting seems misspelt beside one that is not ours",
      ({ configure, vultr }) =>
        configure({
          "vultr:apiKey": { value: vultr.rootApiKey, secret: false },
          "vultr:apikey": { secret: true },
          "vultr:rateLimit": { value: "500" },
        }),
      "warning  vultr:apikey is not a setting of this package; did you mean apiKey?",
      "         It is not read. If it is meant for this package, correct its name.",
      "warning  the management key: it comes from vultr:apiKey of the stack (VULTR_API_KEY is set too, and not used) and stands there in plaintext",
      "         Encrypt it, `pulumi config set --secret vultr:apiKey`. If the file was ever committed, make a new key.",
    ],
    [
      "the stack's key cannot be decrypted",
      ({ configure }) => configure({ "vultr:apiKey": { secret: true } }),
      "failed   the management key: it comes from vultr:apiKey of the stack (VULTR_API_KEY is set too, and not used) and cannot be decrypted here",
      "         Log in to the backend, or set PULUMI_CONFIG_PASSPHRASE. Then run again.",
      "skipped  Vultr is asked nothing more until there is a key to ask with",
    ],
    [
      "a setting is malformed, and the stack's address cannot be decrypted",
      ({ configure }) =>
        configure({
          "vultr:requestsPerSecond": { value: "many" },
          "vultr:apiUrl": { secret: true },
        }),
      "failed   vultr:requestsPerSecond must be a whole number from 1 to 1000; the default is 30, Vultr's own limit",
      "         Correct it, then run again.",
      "failed   vultr:apiUrl cannot be decrypted here",
      "         Log in to the backend, or set PULUMI_CONFIG_PASSPHRASE. Then run again.",
      "skipped  Vultr is asked nothing until the settings are right",
    ],
    [
      "there is neither SDK nor setting, and a proxy",
      ({ environment, machine }) => {
        delete environment["VULTR_API_KEY"];
        delete environment["VULTR_API_URL"];
        environment["HTTP_PROXY"] = "http://user:password@proxy.test"; // leads to https, too
        machine.folder = "/";
      },
      "skipped  @pulumi/pulumi: none is installed for a program in /",
      "skipped  configuration of the stack: / is no Pulumi project, so the environment alone counts",
      "failed   the management key: none is set",
      "         Set it for the stack, `pulumi config set --secret vultr:apiKey` (vultr-user-api-key:apiKey for the plugin), or for the environment, VULTR_API_KEY. It must belong to the root user or to one with the Manage Users permission. If all keys have an explicit provider, such as a VultrProvider, this does not matter: to look at one, put its apiKey into VULTR_API_KEY.",
      "skipped  a proxy may lead to api.vultr.com (HTTP_PROXY): routes and clocks are not looked at",
      "skipped  Vultr is asked nothing more until there is a key to ask with",
    ],
    [
      "nothing answers",
      async ({ vultr }) => vultr.close(),
      "failed   could not reach Vultr over IPv4: no connection to vultr.test (ECONNREFUSED)",
      "         Check the network, HTTPS_PROXY and vultr:apiUrl (or VULTR_API_URL). Then run again.",
      "skipped  Vultr is asked nothing more until it answers",
    ],
    [
      "the answer has no time",
      ({ machine }) => (machine.probe = answering(NaN)),
      "skipped  the answer does not say what time it is",
    ],
    [
      "the key may not be used from here",
      ({ vultr }) => {
        vultr.blockAddress("192.0.2.7");
      },
      'failed   could not read the account: Vultr answered 401, "Unauthorized IP address: 192.0.2.7"',
      containing("192.0.2.7"),
      "skipped  deployer@example.com cannot be looked up with this key",
    ],
    [
      "the key expires soon",
      ({ vultr, environment }) => {
        const soon = { name: "other", dateExpire: "2026-11-04T12:00:00Z" };
        environment["VULTR_API_KEY"] = vultr.addKey(vultr.rootUserId, soon).apiKey;
      },
      'warning  it is "other", and expires in 3 days (2026-11-04T12:00:00Z)',
      "         Make a new management key in time, and set it in its place.",
    ],
    [
      "the key cannot be told from the user's others",
      ({ vultr }) => {
        const none = { status: 200, json: { api_keys: [] } };
        vultr.inject(respond(none, { path: `/users/${vultr.rootUserId}/apikeys` }));
      },
      "skipped  which of its user's keys it is, and so when it expires, is not seen",
    ],
    [
      "two users have the address",
      ({ vultr }) => vultr.addUser({ email: "deployer@example.com" }),
      'failed   2 of the account\'s 3 users have the id or e-mail address "deployer@example.com"',
      expect.stringMatching(/^ {9}Name the one that is meant by its id: USER-ID, [-0-9a-f]{36}\.$/),
    ],
    [
      "no user has it",
      ({ vultr, user }) => {
        vultr.removeUser(user.id);
      },
      'failed   0 of the account\'s 1 users have the id or e-mail address "deployer@example.com"',
      containing("Is the key of the right organization?"),
    ],
    [
      "API access is off, the user suspended, and this machine not on the allowlist",
      ({ user, machine, clock }) => {
        Object.assign(user, { apiEnabled: false, status: "suspended" });
        user.allowlist = ["203.0.113.0/24", "::/0"];
        machine.probe = answering(clock.now(), "198.51.100.7");
      },
      "failed   its API access: off, so its keys are refused",
      '         Turn it on: PATCH https://vultr.test/v2/users/USER-ID with {"api_enabled": true}.',
      'failed   its status: "suspended", so its keys may be refused',
      "         See Manage Organization, Users in the console.",
      "failed   its allowlist: it lacks 198.51.100.7, so the user's keys are refused here",
      "         Add the address (Manage Organization, Users, the user, API Access, Access Control List), or run from an allowed one. With verify: false keys are made and not tried.",
    ],
    [
      "the user has not come yet, and its allowlist is empty",
      ({ user }) => Object.assign(user, { status: "pending", allowlist: [] }),
      "warning  its status: it has not accepted its invitation",
      "         See Manage Organization, Users in the console.",
      "warning  its allowlist: it is empty",
      later,
    ],
    [
      "whether this machine is on the allowlist cannot be seen",
      ({ user }) => (user.allowlist = ["203.0.113.0/24", "2001:db8::/32"]),
      "warning  its allowlist: it has 203.0.113.0/24, 2001:db8::/32 alone",
      later,
    ],
    [
      "the user's keys cannot be listed, nor the allowlist",
      ({ vultr, user }) => {
        const refusal = { status: 403, json: { error: "No." } };
        vultr.inject(respond(refusal, { path: `/users/${user.id}/apikeys` }));
        vultr.inject(respond({ status: 200, json: {} }, { path: /ip-whitelist$/, count: 6 }));
      },
      'failed   could not list the API keys of user USER-ID: Vultr answered 403, "No."',
      advice,
      expect.stringMatching(/^failed {3}could not list the allowed addresses of user USER-ID: /),
      advice,
    ],
  ])("%s", async (_, arrange, ...expected) => {
    await using scene = await startScene();
    await arrange(scene);
    const { exitCode, found } = await scene.examine(ofUser);
    expect(found).toEqual(expected);
    expect(exitCode).toBe(exitCodeOf(found));
  });
});

describe("--try", () => {
  assume({
    refusalSent: "as-status",
    createBody: "envelope",
    lostCreateReply: "off",
    newKey: "at-once",
    deletedKeyUsed: "401",
    emptyAllowlist: "allow",
  });

  const trial = [...ofUser, "--try"];
  const stepsOf = ({ printed }: { printed: string }) =>
    printed
      .split("\n")
      .slice(printed.split("\n").findIndex((line) => line.includes("1. find the user")))
      .map((line) => line.replace(/doctor-\w{8}" \([-\w]+\)/, 'doctor-RANDOM" (KEY-ID)'));
  const found = "ok       1. find the user: USER-ID (deployer@example.com)";
  const made =
    'ok       2. create a key: "doctor-RANDOM" (KEY-ID), which expires at 2026-11-01T00:10:00Z';
  const moved = "skipped  3. move workloads to it: there are none; in a program the outputs do it";
  const works = "ok       4. check that they work: the key authenticates";
  const listed = "ok       5. find the key's id: it is one of 1 that Vultr lists";
  const deleted = "ok       6. delete the key: Vultr accepted";
  const gone = "ok       7. confirm that it is absent: it is listed no more, and refused";

  const none = { status: 200, json: { api_keys: [] } };
  const refusal = { status: 403, json: { error: "No." } };
  /** From now on one list of keys is empty; the first two are read before the steps begin. */
  const emptyList = (skip: number) =>
    respond(none, { path: "/users/*/apikeys", method: "GET", skip });

  test.each<[string, faults: ReturnType<typeof respond>[], ...unknown[]]>([
    ["all goes well", [], made, moved, works, listed, deleted, gone],
    [
      "Vultr does not know the key yet when it is to be deleted",
      [respond({ status: 404, json: { error: "Not found." } }, { method: "DELETE" }), emptyList(3)],
      ...[made, moved, works, listed, deleted, gone],
    ],
    [
      "the new key does not work",
      [deadKey()],
      ...[made, moved],
      matching(/^failed {3}4\. check that they work: could not verify API key/),
      ...[advice, listed, deleted, gone],
    ],
    [
      "the new key is not listed",
      [emptyList(2)],
      ...[made, moved, works, "failed   5. find the key's id: Vultr does not list it"],
      ...[advice, deleted, gone],
    ],
    [
      "no key can be made",
      [respond({ status: 400, json: { error: "Bad." } }, { method: "POST" })],
      matching(/^failed {3}2\. create a key: could not create API key .* answered 400/),
      advice,
    ],
  ])(
    "tells the seven steps of a rotation by hand, and leaves nothing, if %s",
    async (_, faults, ...expected) => {
      await using scene = await startScene();
      for (const fault of faults) scene.vultr.inject(fault);
      const result = await scene.examine(trial);
      const steps = stepsOf(result);
      expect(steps).toEqual([found, ...expected]);
      expect(result.exitCode).toBe(exitCodeOf(steps));
      expect(scene.vultr.liveKeys()).toEqual([]);
    },
  );

  test("speaks of a key that it deletes, not of a program that keeps one or runs again", async () => {
    await using scene = await startScene();
    const { vultr, user } = scene;
    user.blockedAddress = "192.0.2.7";
    const result = await scene.examine(trial);
    expect(stepsOf(result)[3]).toBe(
      "warning  4. check that they work: Vultr knows the key, and this machine may not use it",
    );
    expect(result.said).toMatch(/cannot be judged from here: .*192\.0\.2\.7"\.$/m);
    expect(vultr.liveKeys()).toEqual([]);
    vultr.inject(cut({ when: "after-work" }, { method: "POST" }));
    vultr.inject(respond(refusal, { method: "DELETE" }));
    const { printed } = await scene.examine(trial);
    expect(printed).toMatch(/Run again; the key expires in ten minutes\. Then `npx .* audit/);
    expect(printed).not.toContain("pulumi up");
  });

  test("says how to delete what Vultr does not let it delete, which expires in any case", async () => {
    await using scene = await startScene();
    scene.vultr.inject(respond(refusal, { method: "DELETE" }));
    const result = await scene.examine(trial);
    expect(stepsOf(result).slice(-2)).toEqual([
      matching(/^failed {3}6\. delete the key: could not delete API key/),
      matching(/^ {9}\w.* The key expires in ten minutes\.$/),
    ]);
    expect(result.exitCode).toBe(1);
    expect(scene.vultr.liveKeys()).toMatchObject([{ dateExpire: "2026-11-01T00:10:00Z" }]);
  });
});

test("--json is for programs: a version, and the same checks", async () => {
  await using scene = await startScene();
  scene.user.apiEnabled = false;
  const { exitCode, printed } = await scene.examine([...ofUser, "--json"]);
  const report = JSON.parse(printed) as { checks: { check: string; status: string }[] };
  expect(report).toMatchObject({ schemaVersion: 1, version: manifest().version });
  expect(report.checks.map(({ check }) => check).join(" ")).toBe(
    "machine.node machine.package machine.sdk settings.stack settings.apiKey settings.apiUrl settings.requestsPerSecond " +
      "network.ipv4 clock key.authenticates key.lists-users key.expires " +
      "user.found user.api-access user.status user.keys user.allowlist",
  );
  expect(report.checks).toContainEqual({
    check: "user.api-access",
    status: "failed",
    text: "its API access: off, so its keys are refused",
    advice: containing("PATCH"),
  });
  expect(exitCode).toBe(1);
});

test.each([[["--try"]], [["--try", "--user", "a", "--user", "b"]], [["--users"]], [["a-file"]]])(
  "%j is not how it is called",
  async (args) => {
    const terminal = scriptedTerminal();
    expect(await main(["doctor", ...args], terminal)).toBe(2);
    expect(terminal.printed).toEqual([]);
    expect(terminal.said.join()).toMatch(/^pulumi-vultr-user-api-key: .*\(--help tells more\)$/s);
  },
);

test("it keeps to the limit on requests", async () => {
  await using scene = await startScene();
  await scene.configure({ "vultr:requestsPerSecond": { value: "1" } });
  const startMs = scene.clock.monotonicMs();
  await scene.examine(ofUser);
  const requests = scene.vultr.requests.length;
  expect(scene.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual((requests - 1) * 1_000);
});

test("on a terminal the word that begins a line is coloured, and nothing from elsewhere is", async () => {
  await using scene = await startScene();
  scene.user.status = "\u001b[31mred";
  const { printed } = await scene.examine(ofUser, true);
  expect(printed).toContain("\u001b[32mok       \u001b[39mNode 24.21.0");
  expect(printed).toContain('\u001b[31mfailed   \u001b[39mits status: " [31mred"');
});
