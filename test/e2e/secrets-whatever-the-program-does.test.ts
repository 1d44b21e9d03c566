/** Options, transforms and proxies of a program take no secret out of its cover. */
import { expectNoSecrets } from "../support/project";
import { sharedScene } from "../support/scene";
import { serve } from "../support/tiny-server";

const scene = sharedScene();

test("a provider's credential in `up --json` of a program that constructs no key", async () => {
  await scene.setConfig("management", scene.vultr.rootApiKey, true);
  const { stdout } = await scene.up(
    `new VultrProvider("emea", { apiKey: new pulumi.Config().requireSecret("management") });`,
    ["--json"],
  );
  expect(stdout).toContain("emea");
  expectNoSecrets(scene.vultr.issuedApiKeys(), [stdout]);
});

test("a transform that returns options of its own", async () => {
  const adopted = scene.vultr.addKey(scene.user.id);
  await scene.setConfig("adopted", adopted.apiKey, true);
  const statements = `
    pulumi.runtime.registerResourceTransform(({ props }) => ({ props, opts: {} }));
    const adoptApiKey = new pulumi.Config().requireSecret("adopted");
    const adopted = key("adopted", { adoptKeyId: "${adopted.id}", adoptApiKey });
    exports.keys = [key("made").apiKey, adopted.apiKey];`;
  const { stdout } = await scene.up(statements, ["--json"]);
  expectNoSecrets(scene.vultr.issuedApiKeys(), [stdout]);
  expect((await scene.succeed(["stack", "output"])).output).toContain("[secret]");
  await scene.refresh();
  await scene.preview(undefined, ["--diff"]);
});

test("a key that the program reads by its URN, in `up --json`", async () => {
  const statements = `
    key("deployer").urn.apply((urn) => {
      if (!pulumi.runtime.isDryRun()) exports.again = new VultrUserApiKey("again", {}, { urn }).keyId;
    });`;
  const { stdout } = await scene.up(statements, ["--json"]);
  expect(stdout).toContain("getResource Invoke RPC finished");
  expectNoSecrets(scene.vultr.issuedApiKeys(), [stdout]);
});

test("a proxy gets nothing that is meant for this machine", async () => {
  await using proxy = await serve((_, response) => response.writeHead(502).end());
  const address = `http://127.0.0.1:${proxy.port}`;
  // Pulumi's own gRPC would ask the proxy for the engine; that is not what is tested here.
  const settings = { HTTP_PROXY: address, http_proxy: address, no_grpc_proxy: "127.0.0.1" };
  Object.assign(scene.env, settings);
  await scene.up(`key("deployer");`);
  expect(proxy.requests.map(({ method, url }) => [method, url])).toEqual([]);
  expect(scene.idsAtVultr("deployer-")).toHaveLength(1);
});
