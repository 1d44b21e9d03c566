import { join } from "node:path";

import { startScene } from "../support/scene";

const dayMs = 86_400_000;
const movedClock = join(__dirname, "..", "support", "moved-clock.cjs");

test("previews say why a key is due, up rotates it, and a second up does nothing", async () => {
  let aheadMs = 0;
  await using scene = await startScene({
    emulator: { now: () => Date.now() + aheadMs },
    env: { NODE_OPTIONS: `--require ${movedClock}` },
  });
  const moveTo = (days: number) => {
    aheadMs = days * dayMs;
    scene.env["MOVED_CLOCK_MS"] = String(aheadMs);
  };
  await scene.up(`
    key("aged", { rotateAfter: "30d" });
    key("expiring", { expiresIn: "60d", rotateBeforeExpiry: "15d" });
    key("forgotten", { expiresIn: "40d" });`);
  const [aged, expiring] = [scene.idsAtVultr("aged"), scene.idsAtVultr("expiring")];

  moveTo(29);
  expect((await scene.succeed(["up", "--yes"])).output).toContain("4 unchanged");

  moveTo(31);
  const preview = await scene.preview();
  expect(preview.output).toMatch(
    /API key "aged-test-\w+" is due for rotation: it is 31 days old, rotateAfter is 30d\./,
  );
  expect(preview.output).toContain("+-1 to replace");
  await scene.up();
  expect(scene.idsAtVultr("aged")).toHaveLength(1);
  expect(scene.idsAtVultr("aged")).not.toEqual(aged);
  expect(scene.idsAtVultr("expiring")).toEqual(expiring);
  expect((await scene.up()).output).toContain("4 unchanged");

  moveTo(46);
  const late = await scene.preview(undefined, ["--diff"]);
  expect(late.output).toMatch(
    /"expiring-test-\w+" is due for rotation: it expires in 13 days, rotateBeforeExpiry is 15d\./,
  );
  expect(late.output).toMatch(
    /warning: API key "forgotten-test-\w+" expired at .* and nothing asks for a new one/,
  );
  expect(late.output).toContain("+-1 to replace");
  await scene.up();
  expect(scene.idsAtVultr("expiring")).not.toEqual(expiring);
  expect((await scene.up()).output).toContain("4 unchanged");
});
