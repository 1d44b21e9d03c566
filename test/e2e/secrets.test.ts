import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { respond, startEmulator } from "../emulator";
import { createProject, expectNoSecrets, up } from "../support/project";

/*
 * Closing a project searches all that the engine printed and wrote for every key there ever was.
 * This test adds the outputs that others do not make, and proves that the search can fail.
 */
const program = (userId: string, trigger: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const key = new VultrUserApiKey("deployer", { userId: "${userId}", rotationTrigger: ${trigger} });
  exports.apiKey = key.apiKey;
  exports.greeting = key.apiKey.apply((apiKey) => "key " + apiKey);
`;

test("no output, event log or state shows a key, also when a run fails", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  const env = { VULTR_API_KEY: undefined, PULUMI_DEBUG_COMMANDS: "true" }; // for --event-log
  await using project = await createProject({ vultr, env, program: program(user.id, 1) });
  await project.setConfig("vultr:apiKey", vultr.rootApiKey, true);
  const eventLog = join(project.folder, "events.json");

  await project.succeed(["preview", "--diff"]);
  await project.succeed([...up, "--event-log", eventLog, "--json"]);
  const log = await readFile(eventLog, "utf8");
  expect(log).toContain("RegisterResource RPC finished"); // the SDK's debug events are among them
  await project.write(program(user.id, 2));
  await project.succeed(["preview", "--json"]);
  await project.succeed(["preview", "--diff"]);

  vultr.inject(
    respond({ status: 403, json: { error: `no ${vultr.rootApiKey}` } }, { method: "POST" }),
  );
  const failed = await project.pulumi([...up, "--diff", "--event-log", eventLog]);
  expect(failed.code).not.toBe(0);
  vultr.inject(
    respond({ status: 401, json: { error: "Invalid API token." } }, { method: "DELETE" }),
  );
  const halfDone = await project.pulumi([...up, "--diff", "--event-log", eventLog]);
  expect(halfDone.code).not.toBe(0);
  await project.succeed([...up, "--event-log", eventLog]);

  await project.succeed([...up, "--debug"]);
  await project.succeed(["stack", "output", "--json"]);
  await project.succeed(["refresh", "--yes", "--skip-preview", "--diff"]);
  await project.succeed(["destroy", "--yes", "--diff", "--event-log", eventLog]);
  expect(await readFile(eventLog, "utf8")).toContain("deployer");
  expect(vultr.issuedApiKeys().length).toBeGreaterThanOrEqual(3);
});

test("the search finds a key that was printed", () => {
  expect(() => {
    expectNoSecrets(["SECRET"], ["all well", "here it is: SECRET"]);
  }).toThrow(/here it is: «KEY»/);
});
