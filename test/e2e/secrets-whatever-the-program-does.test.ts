/** Options, transforms and proxies of a program take no secret out of its cover. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { type EmulatedUser, type Emulator, respond, startEmulator } from "../emulator";
import { createProject, expectNoSecrets, type Project, up } from "../support/project";

let vultr: Emulator;
let user: EmulatedUser;
let project: Project;

beforeEach(async () => {
  vultr = await startEmulator();
  user = vultr.addUser();
  project = await createProject({ vultr, program: "" });
});

// Closing the project searches all that was printed and written.
afterEach(async () => {
  await project[Symbol.asyncDispose]();
  await vultr.close();
});

const head = `
  const pulumi = require("@pulumi/pulumi");
  const { VultrUserApiKey, VultrProvider } = require("pulumi-vultr-user-api-key");
`;

test("a transform that returns options of its own", async () => {
  const adopted = vultr.addKey(user.id);
  await project.setConfig("adopted", adopted.apiKey, true);
  await project.write(`${head}
    pulumi.runtime.registerResourceTransform(({ props }) => ({ props, opts: {} }));
    const made = new VultrUserApiKey("made", { userId: "${user.id}" });
    const adopted = new VultrUserApiKey("adopted", {
      userId: "${user.id}", adoptKeyId: "${adopted.id}",
      adoptApiKey: new pulumi.Config().requireSecret("adopted"),
    });
    exports.keys = [made.apiKey, adopted.apiKey];`);
  const { stdout } = await project.succeed([...up, "--json"]);
  expectNoSecrets(vultr.issuedApiKeys(), [stdout]);
  expect((await project.succeed(["stack", "output"])).output).toContain("[secret]");
  await project.succeed(["refresh", "--yes", "--skip-preview"]);
  await project.succeed(["preview", "--diff"]);
});

test("a provider's credential in `up --json` of a program that constructs no key", async () => {
  await project.setConfig("management", vultr.rootApiKey, true);
  await project.write(`${head}
    new VultrProvider("emea", { apiKey: new pulumi.Config().requireSecret("management") });`);
  const { stdout } = await project.succeed([...up, "--json"]);
  expect(stdout).toContain("emea");
  expectNoSecrets(vultr.issuedApiKeys(), [stdout]);
});

test("a proxy gets nothing that is meant for this machine", async () => {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.writeHead(502).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await project.write(`${head} new VultrUserApiKey("deployer", { userId: "${user.id}" });`);
  // Pulumi's own gRPC would ask the proxy for the engine; that is not what is tested here.
  Object.assign(project.env, {
    HTTP_PROXY: address,
    http_proxy: address,
    no_grpc_proxy: "127.0.0.1",
  });
  const { code } = await project.pulumi(up);
  proxy.close();
  expect(code).toBe(0);
  expect(seen).toEqual([]);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
});

test("allowSelfRevoke, set as advised, reaches the old key that is pending deletion", async () => {
  const management = vultr.addUser({ email: "admin@example.com", acls: ["manage_users"] });
  const own = vultr.addKey(management.id, { name: "terraform" });
  const program = (trigger: number, more: object) => `${head}
    new VultrUserApiKey("own", {
      userId: "${management.id}", adoptKeyId: "${own.id}", rotationTrigger: ${trigger}, ...${JSON.stringify(more)},
    });`;
  await project.write(program(1, {}));
  await project.succeed(up);
  // Rotated with another key in charge, but its deletion fails.
  vultr.inject(respond({ status: 403 }, { method: "DELETE" }));
  await project.write(program(2, {}));
  expect((await project.pulumi(up)).code).not.toBe(0);

  project.env["VULTR_API_KEY"] = own.apiKey;
  const refused = await project.pulumi(up);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("or set allowSelfRevoke: true");
  await project.write(program(2, { allowSelfRevoke: true }));
  await project.succeed(up);
  expect(vultr.authenticates(own.apiKey)).toBe(false);
  expect(vultr.keysOf(management.id)).toHaveLength(1);
});
