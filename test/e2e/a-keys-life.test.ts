import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { respond } from "../emulator";
import { expectNoSecrets } from "../support/project";
import { sharedScene, startScene, testOfDynamic } from "../support/scene";

/** It loads the package, which keeps keys out of debug events, also where the plugin serves them. */
const program = (trigger: string) => `
  require("pulumi-vultr-user-api-key");
  const { apiKey, keyId, fingerprint } =
    key("deployer", { userEmail, rotationTrigger: "${trigger}", expiresIn: "90d" });
  const greeting = apiKey.apply((plaintext) => "key " + plaintext);
  Object.assign(exports, { apiKey, keyId, fingerprint, greeting });
`;

// One life: each test goes on where the one before it ended. Closing the scene searches all that the
// engine has printed and written for every key there ever was.
describe("a key's life", () => {
  // PULUMI_DEBUG_COMMANDS brings --event-log.
  const env = { VULTR_API_KEY: undefined, PULUMI_DEBUG_COMMANDS: "true" };
  const scene = sharedScene({ env });
  const logged = ["--event-log", "events.json"];
  const eventLog = () => readFile(join(scene.folder, "events.json"), "utf8");

  const giveCredential = () =>
    scene.setConfig(`${scene.settings}:apiKey`, scene.vultr.rootApiKey, true);
  const keys = () => scene.vultr.keysOf(scene.user.id);
  /** What was asked of Vultr, in order; the same question several times in a row once. */
  const sentSince = (before: number) =>
    scene.vultr.requests
      .slice(before)
      .map(({ method, path }) => `${method} ${path.replace(scene.user.id, "«user»")}`)
      .filter((each, at, all) => each !== all[at - 1]);

  test("without a credential a preview succeeds, and up fails with both ways to set one", async () => {
    await scene.preview(program("1"), ["--diff"]);
    const { output } = await scene.failUp();
    expect(output).toContain(`pulumi config set --secret ${scene.settings}:apiKey`);
    expect(output).toContain("VULTR_API_KEY");
    expect(output).not.toContain("    at ");
    expect(scene.vultr.requests).toEqual([]);
  });

  test("it is made, and state has what Vultr has", async () => {
    await giveCredential();
    await scene.up(undefined, [...logged, "--json"]);
    // The SDK's debug events are among them.
    expect(await eventLog()).toContain("RegisterResource RPC finished");
    expect(keys()).toHaveLength(1);
    const [{ id: keyId, name, dateExpire }] = keys() as [ReturnType<typeof keys>[0]];
    const userId = scene.user.id;
    expect(name).toMatch(/^deployer-/);
    const outputs = await scene.outputsOf("deployer");
    expect(outputs).toMatchObject({ keyId, userId, name, dateExpire });
    expect(outputs["apiKey"]).toHaveProperty("ciphertext");
    expect(sentSince(0)).toEqual([
      "GET /users",
      "GET /users/«user»/apikeys",
      "POST /users/«user»/apikeys",
      "GET /account",
    ]);
    expect(scene.vultr.requests.at(-1)?.callerKeyId).toBe(keyId);
  });

  test("another up has nothing to do, and sends nothing", async () => {
    const before = scene.vultr.requests.length;
    const { output } = await scene.succeed(["up", "--yes", "--debug"]);
    expect(output).toContain("2 unchanged");
    expect(scene.vultr.requests).toHaveLength(before);
  });

  test("without a credential a preview shows its rotation", async () => {
    const before = scene.vultr.requests.length;
    await scene.run("pulumi", ["config", "rm", `${scene.settings}:apiKey`]);
    const { output } = await scene.preview(program("2"), ["--diff"]);
    expect(output).toContain(`+-${scene.keyType}: (replace)`);
    expect(output).toContain('~ rotationTrigger: "1" => "2"');
    expect(output).toContain("+-1 to replace");
    await scene.preview(undefined, ["--json"]);
    expect(scene.vultr.requests).toHaveLength(before);
    expect(keys()).toHaveLength(1);
  });

  test("it is rotated, new key first, over a refused create and a refused deletion", async () => {
    const { vultr } = scene;
    const before = vultr.requests.length;
    const [first] = keys();
    const { fingerprint } = await scene.outputsOf("deployer");
    await giveCredential();
    const refusal = { error: `no ${vultr.rootApiKey}` };
    vultr.inject(respond({ status: 403, json: refusal }, { method: "POST" }));
    await scene.failUp(undefined, [...logged, "--diff"]);
    const invalid = { error: "Invalid API token." };
    vultr.inject(respond({ status: 401, json: invalid }, { method: "DELETE" }));
    await scene.failUp(undefined, [...logged, "--diff"]);
    await scene.up(undefined, logged);

    const [list, remove] = [
      "GET /users/«user»/apikeys",
      `DELETE /users/«user»/apikeys/${first!.id}`,
    ];
    const make = ["GET /users", "POST /users/«user»/apikeys"];
    // Before the second deletion, which comes in a run of its own, it looks whether the new key is still there.
    const sent = [...make, ...make, "GET /account", remove, list, remove, list];
    expect(sentSince(before)).toEqual(sent);
    expect(vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);
    const [second] = keys();
    expect(second?.id).not.toBe(first?.id);
    const rotated = await scene.outputsOf("deployer");
    expect(rotated).toMatchObject({ keyId: second?.id, previousKeyId: first?.id });
    expect(rotated["name"]).toMatch("deployer-test-");
    expect(rotated["fingerprint"]).not.toBe(fingerprint);
    expect([scene.works(first?.id), scene.works(second?.id)]).toEqual([false, true]);
    await scene.succeed(["stack", "output", "--json"]);
  });

  test("refresh changes nothing while it lives, and drops it once it was deleted by hand", async () => {
    const refresh = await scene.succeed(["refresh", "--yes", "--skip-preview", "--diff"]);
    expect(refresh.output).toContain("2 unchanged");
    scene.vultr.deleteKey(keys()[0]!.id);
    await scene.refresh();
    expect(await scene.keysInState()).toEqual([]);
    await scene.up();
    expect(keys()).toHaveLength(1);
  });

  test("destroy revokes it; all along requests said who sent them", async () => {
    await scene.succeed(["destroy", "--yes", "--diff", ...logged]);
    expect(scene.vultr.liveKeys()).toEqual([]);
    expect(await scene.keysInState()).toEqual([]);
    expect(await eventLog()).toContain("deployer");
    expect(scene.vultr.issuedApiKeys().length).toBeGreaterThanOrEqual(3);
    for (const { userAgent } of scene.vultr.requests)
      expect(userAgent).toMatch(/^pulumi-vultr-user-api-key\//);
  });
});

test("the search for secrets finds a key that was printed", () => {
  expect(() => {
    expectNoSecrets(["SECRET"], ["all well", "here it is: SECRET"]);
  }).toThrow(/here it is: «KEY»/);
});

testOfDynamic("the same life through an inline program of the Automation API", async () => {
  await using scene = await startScene();
  await scene.write(`
    const { LocalWorkspace } = require("@pulumi/pulumi/automation");
    const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
    let rotationTrigger = 1;
    const program = async () => {
      const { apiKey } = new VultrUserApiKey("deployer", { userId: "${scene.user.id}", rotationTrigger });
      return { apiKey };
    };
    const backend = { url: process.env.PULUMI_BACKEND_URL };
    const projectSettings = { name: "inline", runtime: "nodejs", backend };
    (async () => {
      const stack = await LocalWorkspace.createStack(
        { stackName: "inline", projectName: "inline", program },
        { projectSettings, workDir: __dirname },
      );
      await stack.up();
      await stack.up({ expectNoChanges: true });
      rotationTrigger = 2;
      await stack.up();
      await stack.destroy();
    })().catch((error) => { console.error(error); process.exit(1); });`);
  await scene.run(process.execPath, ["index.js"]);
  expect(scene.vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1, 0]);
});
