import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (userId: string, generation: number, keepPrevious = 1) => `
  const { VultrUserApiKeyRing } = require("pulumi-vultr-user-api-key");
  const ring = new VultrUserApiKeyRing("ring", {
    userId: "${userId}", generation: ${generation}, keepPrevious: ${keepPrevious},
  });
  exports.keyIds = ring.keyIds;
  exports.apiKey = ring.apiKey;
  exports.previousApiKeys = ring.previousApiKeys;
`;

test("over five generations the current and the previous key work, and older ones do not", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, 1) });
  const plaintexts: string[] = [];
  for (let generation = 1; generation <= 5; generation += 1) {
    await project.write(program(user.id, generation));
    if (generation <= 2) await project.succeed(up);
    else expect((await project.succeed(["up", "--yes"])).output).toContain("+-1 to replace");

    const outputs = JSON.parse((await project.succeed(["stack", "output", "--json"])).stdout) as {
      keyIds: string[];
    };
    const current = vultr.keysOf(user.id).find((key) => key.id === outputs.keyIds[0]);
    plaintexts.push(current?.apiKey ?? "");
    expect(plaintexts.map((apiKey) => vultr.authenticates(apiKey))).toEqual(
      plaintexts.map((_, age) => age >= plaintexts.length - 2),
    );
    expect(outputs.keyIds).toHaveLength(Math.min(generation, 2));
  }
  expect(vultr.keysOf(user.id)).toHaveLength(2);
});

test("keepPrevious 0 is a plain rotation, and wrong numbers are refused", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, 1, 0) });
  await project.succeed(up);
  await project.write(program(user.id, 2, 0));
  await project.succeed(up);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  expect(vultr.timeline.map((entry) => entry.liveKeyIds.length)).toEqual([1, 2, 1]);

  await project.write(program(user.id, 0));
  const failed = await project.pulumi(["preview"]);
  expect(failed.output).toContain(
    'API key ring "ring": generation must be a whole number, 1 or more',
  );
  expect(failed.output).not.toContain("    at ");
});
