import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

test("two organisations, each with its own credential, which may be rotated by hand", async () => {
  await using one = await startEmulator();
  await using two = await startEmulator();
  const users = [one.addUser(), two.addUser()];
  const program = `
    const pulumi = require("@pulumi/pulumi");
    const { VultrProvider, VultrUserApiKey } = require("pulumi-vultr-user-api-key");
    const config = new pulumi.Config();
    const organisation = (name, apiUrl, userId) => {
      const provider = new VultrProvider(name, { apiUrl, apiKey: config.requireSecret(name) });
      new VultrUserApiKey(name + "-key", { userId }, { provider });
    };
    organisation("one", "${one.url}", "${users[0]?.id ?? ""}");
    organisation("two", "${two.url}", "${users[1]?.id ?? ""}");
  `;
  const env = { VULTR_API_KEY: undefined, VULTR_API_URL: undefined };
  await using project = await createProject({ vultr: one, env, program });
  project.alsoSecret(() => two.issuedApiKeys());
  await project.setConfig("one", one.rootApiKey, true);
  await project.setConfig("two", two.rootApiKey, true);
  await project.succeed(up);
  expect([one.liveKeys().length, two.liveKeys().length]).toEqual([1, 1]);
  expect(one.requests.every((request) => request.callerKeyId !== null)).toBe(true);
  expect(two.requests.every((request) => request.callerKeyId !== null)).toBe(true);

  const fresh = two.addKey(two.rootUserId, { name: "management, rotated" });
  const [stale] = two.keysOf(two.rootUserId);
  two.deleteKey(stale?.id ?? "");
  await project.setConfig("two", fresh.apiKey, true);
  const { output } = await project.succeed(["up", "--yes"]);
  expect(output).not.toMatch(/replace/);
  expect([one.liveKeys().length, two.liveKeys().length]).toEqual([1, 1]);
  await project.succeed(["refresh", "--yes", "--skip-preview"]);
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect([...one.liveKeys(), ...two.liveKeys()]).toEqual([]);
});
