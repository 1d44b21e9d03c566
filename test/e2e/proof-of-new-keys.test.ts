import { lateKey, respond } from "../emulator";
import { sharedScene } from "../support/scene";

const scene = sharedScene();

const program = (trigger: number) => `key("deployer", { rotationTrigger: ${trigger} });`;
const unprovable = respond({ status: 404 }, { method: "GET", path: "/account", count: Infinity });

// One life: each test goes on where the one before it ended.
test("a key that works only after 6 seconds is waited for, visibly", async () => {
  scene.vultr.inject(lateKey({ ms: 6_000 }));
  const { output } = await scene.up(program(1));
  expect(output).toMatch(
    /waiting for API key "deployer-test-\w+" to start working \(\d+ s so far\)/,
  );
  expect(scene.idsAtVultr()).toHaveLength(1);
  expect((await scene.outputsOf("deployer"))["verifiedAt"]).toMatch(/^\d{4}-.*Z$/);
});

test("a new key that is refused is deleted, the old one stays, and the next up succeeds", async () => {
  const { vultr, user } = scene;
  const old = scene.idsAtVultr();
  vultr.setApiEnabled(user.id, false);
  const { output } = await scene.failUp(program(2));
  vultr.setApiEnabled(user.id, true);
  expect(output).toContain(`API access is off for user ${user.id}`);
  expect(output).toContain("The new key was deleted again, nothing else was changed");
  expect(scene.idsAtVultr()).toEqual(old);
  expect(await scene.idsInState()).toEqual(old);
  expect(scene.works(old[0])).toBe(true);

  await scene.up();
  expect(scene.idsAtVultr()).toHaveLength(1);
  expect(scene.idsAtVultr()).not.toEqual(old);
});

test("a page of something in between with 403 proves no key", async () => {
  const old = scene.idsAtVultr();
  const html = "<html><title>Blocked</title></html>";
  scene.vultr.inject(respond({ status: 403, html }, { path: "/account", count: Infinity }));
  const { output } = await scene.failUp(program(3));
  scene.vultr.clearFaults();
  expect(output).toContain('403, an HTML page titled "Blocked"');
  expect(scene.idsAtVultr()).toEqual(old);
  expect(await scene.idsInState()).toEqual(old);
});

test("a new key that can neither be proven nor deleted is kept in state, and the old one lives", async () => {
  const { vultr } = scene;
  const [old] = scene.idsAtVultr();
  vultr.inject(unprovable, respond({ status: 403 }, { method: "DELETE", count: Infinity }));
  const { output } = await scene.failUp();
  expect(output).toContain("could not be deleted again");
  expect(output).toContain("It is kept in state, and the key that it is to replace stays alive");
  const [kept, pending] = await scene.keysInState();
  expect(kept?.initErrors).toHaveLength(1);
  expect(pending?.outputs?.["keyId"]).toBe(old);

  vultr.clearFaults();
  vultr.inject(unprovable);
  await scene.failUp();
  expect(scene.works(old)).toBe(true);
  const [still] = await scene.keysInState();
  expect(still).toMatchObject({ id: kept?.id, outputs: { isUnproven: true } });
  expect(still?.initErrors).toHaveLength(1);

  vultr.clearFaults();
  await scene.up();
  expect(scene.idsAtVultr()).toEqual([kept?.outputs?.["keyId"]]);
  const [proven] = await scene.keysInState();
  expect(proven?.initErrors).toBeUndefined();
  expect(proven?.outputs?.["verifiedAt"]).toMatch(/Z$/);
});

test("a hook that has a failed create tried again, as an update, loses no key", async () => {
  const { vultr } = scene;
  vultr.inject(unprovable, respond({ status: 403 }, { method: "DELETE", count: Infinity }));
  const hook = `let tries = 0; const again = new pulumi.ErrorHook("again", async () => ++tries < 2);`;
  const more = `key("hooked", {}, { hooks: { onError: [again] } });`;
  await scene.failUp(hook + program(3) + more);
  vultr.clearFaults();
  expect(await scene.idsInState()).toEqual(expect.arrayContaining(scene.idsAtVultr()));
  expect(scene.idsAtVultr()).toHaveLength(2);
  await scene.up(hook + program(3));
  expect(scene.idsAtVultr()).toHaveLength(1);
});

test("a rotation ends in one run if a hook has the failed create tried again with success", async () => {
  const [old] = scene.idsAtVultr();
  scene.vultr.inject(respond({ status: 400 }, { method: "POST" }));
  const hook = `let tries = 0; const again = new pulumi.ErrorHook("again", async () => ++tries < 2);`;
  const args = `{ rotationTrigger: "hooked" }, { hooks: { onError: [again] } }`;
  const { output } = await scene.up(`${hook} key("deployer", ${args});`);
  expect(output).toContain("retrying create due to on-error hook request");
  expect(scene.idsAtVultr()).toHaveLength(1);
  expect(scene.works(old)).toBe(false);
});

test("a hook after the create that fails is not asked again, and the next up revokes the old key", async () => {
  const [old] = scene.idsAtVultr();
  const hook = `{ afterCreate: [async () => { throw new Error("not yet"); }] }`;
  const { output } = await scene.failUp(
    `key("deployer", { rotationTrigger: "vetoed" }, { hooks: ${hook} });`,
  );
  expect(output).toContain("not yet");
  expect(scene.works(old)).toBe(true);
  expect(scene.idsAtVultr()).toEqual(await scene.idsInState());
  expect(scene.idsAtVultr()).toHaveLength(2);
  await scene.up();
  expect(scene.works(old)).toBe(false);
  expect(scene.idsAtVultr()).toHaveLength(1);
});
