import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (trigger: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const key = new VultrUserApiKey("deployer", {
    userEmail: "deployer@example.com",
    rotationTrigger: ${JSON.stringify(trigger)},
    expiresIn: "90d",
  });
  exports.apiKey = key.apiKey;
  exports.keyId = key.keyId;
  exports.fingerprint = key.fingerprint;
`;

test("a key is made, kept, rotated, refreshed, made again and destroyed", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser({ email: "deployer@example.com" });
  await using project = await createProject({ vultr, program: program("1") });

  await project.succeed(up);
  const [first] = vultr.keysOf(user.id);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(first?.name).toMatch(/^deployer-/);
  const [state] = await project.keysInState();
  expect(state?.outputs).toMatchObject({ keyId: first?.id, userId: user.id, name: first?.name });
  expect(state?.outputs?.["dateExpire"]).toBe(first?.dateExpire);

  const sent = vultr.requests.length;
  const again = await project.succeed(["up", "--yes"]);
  expect(again.output).toContain("2 unchanged");
  expect(vultr.requests).toHaveLength(sent);

  await project.write(program("2"));
  const preview = await project.succeed(["preview", "--diff"]);
  expect(preview.output).toContain("+-pulumi-nodejs:dynamic/vultr:UserApiKey: (replace)");
  expect(preview.output).toContain('~ rotationTrigger: "1" => "2"');
  expect(preview.output).toContain("+-1 to replace");
  expect(vultr.requests).toHaveLength(sent);

  await project.succeed(up);
  const methods = vultr.requests.slice(sent).map((request) => request.method);
  expect(methods.filter((method) => method === "POST")).toHaveLength(1);
  expect(methods.filter((method) => method === "DELETE")).toHaveLength(1);
  expect(methods.indexOf("POST")).toBeLessThan(methods.indexOf("DELETE"));
  expect(vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);
  const [second] = vultr.keysOf(user.id);
  expect(second?.id).not.toBe(first?.id);
  const [rotated] = await project.keysInState();
  expect(rotated?.outputs?.["keyId"]).toBe(second?.id);
  expect(rotated?.outputs?.["name"]).toMatch(`deployer-test-`);
  expect(rotated?.outputs?.["fingerprint"]).not.toBe(state?.outputs?.["fingerprint"]);
  expect(vultr.authenticates(first?.apiKey ?? "")).toBe(false);
  expect(vultr.authenticates(second?.apiKey ?? "")).toBe(true);

  const refresh = await project.succeed(["refresh", "--yes", "--skip-preview"]);
  expect(refresh.output).toContain("2 unchanged");
  await project.succeed(["refresh", "--preview-only", "--expect-no-changes"]);

  vultr.deleteKey(second?.id ?? "");
  await project.succeed(["refresh", "--yes", "--skip-preview"]);
  expect(await project.keysInState()).toEqual([]);
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);

  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  expect(vultr.liveKeys()).toEqual([]);
  expect(await project.keysInState()).toEqual([]);
  expect(
    vultr.requests.every((request) => request.userAgent.startsWith("pulumi-vultr-user-api-key/")),
  ).toBe(true);
});

test("the same life through an inline program of the Automation API", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: "", entry: "unused.js" });
  await project.write(inlineProgram(user.id, project.env["PULUMI_BACKEND_URL"] ?? ""));

  const result = await project.run(process.execPath, ["unused.js"]);
  expect(result.output).toContain("steps done");
  const steps = JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "") as Record<
    string,
    unknown
  >;
  expect(steps).toMatchObject({
    create: { create: 2 },
    unchanged: { same: 2 },
    preview: { replace: 1, same: 1 },
    rotate: { replace: 1, same: 1 },
    refresh: { same: 2 },
    destroy: { delete: 2 },
  });
  expect(vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1, 0]);
});

const inlineProgram = (userId: string, backendUrl: string) => `
  const { LocalWorkspace } = require("@pulumi/pulumi/automation");
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  let trigger = 1;
  const program = async () => {
    const key = new VultrUserApiKey("deployer", { userId: "${userId}", rotationTrigger: trigger });
    return { apiKey: key.apiKey, keyId: key.keyId };
  };
  (async () => {
    const projectSettings = { name: "inline", runtime: "nodejs", backend: { url: "${backendUrl}" } };
    const stack = await LocalWorkspace.createStack(
      { stackName: "inline", projectName: "inline", program },
      { projectSettings, workDir: __dirname },
    );
    const steps = {};
    steps.create = (await stack.up()).summary.resourceChanges;
    steps.unchanged = (await stack.up()).summary.resourceChanges;
    trigger = 2;
    steps.preview = (await stack.preview()).changeSummary;
    steps.rotate = (await stack.up()).summary.resourceChanges;
    steps.refresh = (await stack.refresh()).summary.resourceChanges;
    steps.destroy = (await stack.destroy()).summary.resourceChanges;
    console.log("steps done");
    console.log(JSON.stringify(steps));
  })().catch((error) => { console.error(error); process.exit(1); });
`;
