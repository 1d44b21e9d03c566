/** A key's life on the real engine, under each value that Vultr may turn out to have. */
import { defaultSwitches } from "../emulator";
import { atDepth } from "../support/depth";
import { clearFailures, everySwitch } from "../support/every-switch";
import { sharedScene } from "../support/scene";

/** Of these the gate has a taste. */
const taste = 'otherFields "null"';

/** Its answers never come: each would be waited for in real time. */
const slow = 'lostCreateReply "timeout"';

const cases = everySwitch.filter(({ label }) =>
  atDepth({ gate: label === taste, soak: label !== slow }),
);

const scene = sharedScene();

test.each(cases)("$label", async ({ name, label, switches }) => {
  const { vultr } = scene;
  vultr.setSwitches({ ...defaultSwitches, ...switches });
  const failure = clearFailures[label];
  for (const generation of [1, 2]) {
    await scene.declare(`
      key("auto", { rotationTrigger: ${generation} });
      key("exact", { name: "ci", expiresIn: "${generation * 30}d" });`);
    const run = await scene.pulumi(["up", "--yes", "--skip-preview"]);
    if (run.code !== 0) expect(run.output).toMatch(failure ?? "no failure");
    // A second key of one name, or a third of one user, may never be asked for.
    else if (!name.startsWith("key")) expect(failure).toBeUndefined();
    const recorded = await scene.idsInState();
    const unrecorded = scene.idsAtVultr().filter((id) => !recorded.includes(id));
    if (failure === undefined) expect([recorded.length, unrecorded]).toEqual([2, []]);
    // Nothing proves that a key of an exact name was made by this run: it is named and left.
    for (const id of unrecorded) {
      expect(run.output).toContain(id);
      vultr.deleteKey(id);
    }
    expect(recorded).toEqual(scene.idsAtVultr());
  }
  if (failure === undefined)
    await scene.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  await scene.destroy();
  expect(vultr.liveKeys()).toEqual([]);
});
