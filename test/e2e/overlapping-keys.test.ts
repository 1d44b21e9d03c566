import { startScene } from "../support/scene";

const program = (generation: number) => `
  const ring = new VultrUserApiKeyRing("ring", { userId, generation: ${generation}, keepPrevious: 1 });
  const { keyIds, apiKey, previousApiKeys } = ring;
  Object.assign(exports, { keyIds, apiKey, previousApiKeys });
  new VultrUserApiKeyRing("plain", { userId, generation: ${Math.min(generation, 2)}, keepPrevious: 0 });
`;

test("over five generations the current and the previous key work, and older ones do not", async () => {
  await using scene = await startScene();
  const keyIds: string[] = [];
  for (let generation = 1; generation <= 5; generation += 1) {
    if (generation === 3)
      expect((await scene.preview(program(3))).output).toContain("+-1 to replace");
    const { output } = await scene.up(program(generation));
    if (generation > 2) expect(output).toContain("+-1 replaced");

    const { stdout } = await scene.succeed(["stack", "output", "--json"]);
    const outputs = JSON.parse(stdout) as { keyIds: string[] };
    expect(outputs.keyIds).toHaveLength(Math.min(generation, 2));
    keyIds.unshift(outputs.keyIds[0]!);
    expect(keyIds.map(scene.works)).toEqual(keyIds.map((_, age) => age < 2));
    expect(scene.idsAtVultr("ring-")).toHaveLength(Math.min(generation, 2));
  }
  // keepPrevious 0 is a plain rotation.
  const events = scene.vultr.timeline.filter(({ keyName }) => keyName.startsWith("plain-"));
  expect(events.map(({ event }) => event)).toEqual(["created", "created", "deleted"]);
});
