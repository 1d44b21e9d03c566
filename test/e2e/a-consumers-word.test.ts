import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { createProject, up } from "../support/project";

test("the old key lives until its consumer says that it uses the new one", async () => {
  let inUse = "nothing yet";
  const consumer = createServer((_, response) => response.end(inUse));
  await new Promise<void>((resolve) => consumer.listen(0, "127.0.0.1", resolve));
  const { port } = consumer.address() as AddressInfo;
  try {
    await using vultr = await startEmulator();
    const user = vultr.addUser({ email: "deployer@example.com" });
    const program = await readFile(
      join(repositoryRoot, "examples", "confirmed", "index.ts"),
      "utf8",
    );
    await using project = await createProject({ vultr, program, entry: "index.ts" });
    await project.setConfig("userEmail", "deployer@example.com");
    await project.setConfig("consumerStatusUrl", `http://127.0.0.1:${port}`);
    await project.setConfig("keyGeneration", "1");
    await project.succeed(up);
    const fingerprint = async () =>
      (await project.keysInState()).find((key) => key.delete !== true)?.outputs?.["fingerprint"];
    inUse = String(await fingerprint());

    await project.setConfig("keyGeneration", "2");
    const refused = await project.pulumi(up);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("The consumer still uses key");
    expect(vultr.keysOf(user.id)).toHaveLength(2);
    expect(vultr.keysOf(user.id).every((key) => vultr.authenticates(key.apiKey))).toBe(true);
    expect((await project.pulumi(up)).code).not.toBe(0);
    expect(vultr.keysOf(user.id)).toHaveLength(2);

    inUse = String(await fingerprint());
    await project.succeed(up);
    expect(vultr.keysOf(user.id)).toHaveLength(1);

    inUse = "nothing any more";
    await project.succeed(["destroy", "--yes", "--skip-preview", "--run-program"]);
    expect(vultr.liveKeys()).toEqual([]);
  } finally {
    consumer.close();
    consumer.closeAllConnections();
  }
});
