import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { inSoak } from "../support/depth";
import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { startScene } from "../support/scene";
import { serve } from "../support/tiny-server";

const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  version: string;
};
const archiveFor = (platform: string) =>
  `pulumi-resource-vultr-user-api-key-v${version}-${platform}.tar.gz`;
const platforms = ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64"];

inSoak(
  "Pulumi installs the plugin from its archive, and makes and rotates a key with it",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "archives-"));
    const script = join(repositoryRoot, "test", "toolchain", "plugin-archive.mjs");
    const made = await runCommand(process.execPath, [script, folder.path], {
      cwd: folder.path,
      env: process.env,
    });
    expect({ code: made.code, output: made.output }).toMatchObject({ code: 0 });
    const archives = platforms.map(archiveFor);
    expect((await readdir(folder.path)).sort()).toEqual(["SHA256SUMS", ...archives]);
    const sums = readFileSync(join(folder.path, "SHA256SUMS"), "utf8");
    for (const archive of archives) {
      const hash = createHash("sha256").update(readFileSync(join(folder.path, archive)));
      expect(sums).toContain(`${hash.digest("hex")}  ${archive}\n`);
    }

    await using server = await serve((request, response) => {
      const archive = archives.find((each) => request.url === `/v2/${each}`);
      if (archive === undefined) response.writeHead(404).end();
      else response.end(readFileSync(join(folder.path, archive))); // with its length, on which Pulumi insists
    });
    await using scene = await startScene({
      env: { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: undefined },
    });
    const program = (rotationTrigger: number) => `
      const options = ${JSON.stringify({ version, pluginDownloadURL: server.url })};
      new PluginKey("deployer", { userEmail, rotationTrigger: ${rotationTrigger} }, options);`;
    await scene.up(program(1));
    const archive = archiveFor(`${process.platform}-${goArchitecture()}`);
    expect(server.requests.map(({ url }) => url)).toEqual([`/v2/${archive}`]);
    const [first] = scene.idsAtVultr();
    await scene.up(program(2));
    expect(scene.works(first)).toBe(false);
    expect(scene.idsAtVultr()).toHaveLength(1);
    await scene.destroy();
    expect(scene.idsAtVultr()).toEqual([]);
  },
);

const goArchitecture = () => (process.arch === "x64" ? "amd64" : process.arch);
