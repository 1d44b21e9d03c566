import { startEmulator } from "../emulator";
import { startScene } from "../support/scene";

test("two organisations, each with its own credential, which may be rotated by hand", async () => {
  const env = { VULTR_API_KEY: undefined, VULTR_API_URL: undefined };
  await using two = await startEmulator();
  await using scene = await startScene({ env });
  const { vultr: one } = scene;
  scene.alsoSecret(() => two.issuedApiKeys());
  await scene.setConfig("one", one.rootApiKey, true);
  await scene.setConfig("two", two.rootApiKey, true);
  await scene.up(`
    const organisation = (name, apiUrl, userId) => {
      const apiKey = new pulumi.Config().requireSecret(name);
      key(name + "-key", { userId }, { provider: new VultrProvider(name, { apiUrl, apiKey }) });
    };
    organisation("one", "${one.url}", userId);
    organisation("two", "${two.url}", "${two.addUser().id}");`);
  const counts = () => [one.liveKeys().length, two.liveKeys().length];
  expect(counts()).toEqual([1, 1]);
  for (const { callerKeyId } of [...one.requests, ...two.requests])
    expect(callerKeyId).not.toBeNull();

  const fresh = two.addKey(two.rootUserId, { name: "management, rotated" });
  const [stale] = two.keysOf(two.rootUserId);
  two.deleteKey(stale?.id ?? "");
  await scene.setConfig("two", fresh.apiKey, true);
  const { output } = await scene.succeed(["up", "--yes"]);
  expect(output).not.toMatch(/replace/);
  expect(counts()).toEqual([1, 1]);
  await scene.refresh();
  await scene.destroy();
  expect(counts()).toEqual([0, 0]);
});
