import { join } from "node:path";

import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const dayMs = 86_400_000;

const program = (userId: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const userId = "${userId}";
  new VultrUserApiKey("aged", { userId, rotateAfter: "30d" });
  new VultrUserApiKey("expiring", { userId, expiresIn: "60d", rotateBeforeExpiry: "15d" });
  new VultrUserApiKey("forgotten", { userId, expiresIn: "40d" });
`;

test("previews say why a key is due, up rotates it, and a second up does nothing", async () => {
  let aheadMs = 0;
  await using vultr = await startEmulator({ now: () => Date.now() + aheadMs });
  const user = vultr.addUser();
  await using project = await createProject({
    vultr,
    program: program(user.id),
    env: { NODE_OPTIONS: `--require ${join(__dirname, "..", "support", "moved-clock.cjs")}` },
  });
  const moveTo = (days: number) => {
    aheadMs = days * dayMs;
    project.env["MOVED_CLOCK_MS"] = String(aheadMs);
  };
  await project.succeed(up);
  const idOf = (name: string) =>
    vultr
      .keysOf(user.id)
      .filter((key) => key.name.startsWith(name))
      .map((key) => key.id);
  const [aged, expiring] = [idOf("aged"), idOf("expiring")];

  moveTo(29);
  const early = await project.succeed(["up", "--yes"]);
  expect(early.output).toContain("4 unchanged");

  moveTo(31);
  const preview = await project.succeed(["preview"]);
  expect(preview.output).toMatch(
    /API key "aged-test-\w+" is due for rotation: it is 31 days old, rotateAfter is 30d\./,
  );
  expect(preview.output).toContain("+-1 to replace");
  await project.succeed(up);
  expect(idOf("aged")).toHaveLength(1);
  expect(idOf("aged")).not.toEqual(aged);
  expect(idOf("expiring")).toEqual(expiring);
  expect((await project.succeed(["up", "--yes"])).output).toContain("4 unchanged");

  moveTo(46);
  const late = await project.succeed(["preview", "--diff"]);
  expect(late.output).toMatch(
    /"expiring-test-\w+" is due for rotation: it expires in 13 days, rotateBeforeExpiry is 15d\./,
  );
  expect(late.output).toMatch(
    /warning: API key "forgotten-test-\w+" expired at .* and nothing asks for a new one/,
  );
  expect(late.output).toContain("+-1 to replace");
  await project.succeed(up);
  expect(idOf("expiring")).not.toEqual(expiring);
  expect((await project.succeed(["up", "--yes"])).output).toContain("4 unchanged");
});
