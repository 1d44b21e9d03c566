import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { startInNode, temporaryDirectory, toolchainDir } from "./machine";

const goMod = readFileSync(path.join(toolchainDir, "pulumi-cli/go.mod"), "utf8");
const pinnedVersion = /pulumi\/pkg\/v3 v(\S+)/.exec(goMod)![1]!;
const goVersion = /^go (\S+)$/m.exec(goMod)![1]!;

/** A machine with these programs, `a` and `b` with complete CLIs; its shared cache is `cache`. */
function machine(programs: Record<string, string> = {}) {
  const here = temporaryDirectory();
  for (const place of ["a", "b"]) {
    here.program(`${place}/pulumi`, `echo v${pinnedVersion}`);
    for (const language of ["nodejs", "yaml"])
      here.program(`${place}/pulumi-language-${language}`, "exit 1");
  }
  for (const [place, script] of Object.entries(programs)) here.program(place, script);
  return Object.assign(here, {
    async find({ PATH = "", PULUMI_CLI = "" }) {
      const environment = {
        PULUMI_VULTR_TOOLCHAIN_CACHE: here.path("cache"),
        PATH: PATH && here.path(PATH),
        PULUMI_CLI: PULUMI_CLI && here.path(PULUMI_CLI),
      };
      // Nobody listens at this address, so the official download counts as unreachable at once.
      const program = `
        import { findPulumiBinDir } from "toolchain/pulumi-cli.mjs";
        const { environment } = given;
        process.env.PATH = environment.PATH;
        const probedUrl = "http://127.0.0.1:9/";
        try {
          const node = process.execPath;
          process.stdout.write(await findPulumiBinDir({ node, environment, probedUrl }));
        } catch (error) {
          process.stderr.write(error.message);
          process.exitCode = 1;
        }
      `;
      const { code, stdout, stderr } = await startInNode(program, { environment }).ended;
      return { code, binDir: stdout, said: stderr };
    },
  });
}

const old = "echo v3.250.0";
const inCache = `cache/official-${pinnedVersion}-${process.platform}-${process.arch}/bin`;
const isOld = `its version is v3.250.0, and ${pinnedVersion} or newer is needed`;

it.each([
  ["PULUMI_CLI, before PATH", {}, { PULUMI_CLI: "a/pulumi", PATH: "b" }, "a", /^$/],
  ["PATH, before the cache", {}, { PATH: "b" }, "b", /^$/],
  ["the cache, if nothing is on PATH", {}, {}, inCache, /^$/],
  ["no older one on PATH", { "old/pulumi": old }, { PATH: "old" }, inCache, RegExp(isOld)],
  [
    "an older one that PULUMI_CLI names",
    { "a/pulumi": old },
    { PULUMI_CLI: "a/pulumi" },
    "a",
    /PULUMI_CLI names v3.250.0/,
  ],
])("takes %s, and says what is not as usual", async (_what, programs, env, binDir, says) => {
  using here = machine({ [`${inCache}/pulumi`]: "", ...programs });
  const found = await here.find(env);
  expect(found).toMatchObject({ code: 0, binDir: here.path(binDir) });
  expect(found.said).toMatch(says);
});

it("stops when the one that PULUMI_CLI names fails", async () => {
  using here = machine({ "named/pulumi": "echo broken; exit 1" });
  const { code, said } = await here.find({ PULUMI_CLI: "named/pulumi", PATH: "b" });
  expect(code).toBe(1);
  expect(said).toContain(`PULUMI_CLI names ${here.path("named/pulumi")}, which cannot be used`);
});

it("a CLI without a language host for Node gets our stand-in once, in a copy, with nothing beside it", async () => {
  using here = machine({ "bare/pulumi": `echo v${pinnedVersion}` });
  const first = await here.find({ PULUMI_CLI: "bare/pulumi" });
  expect(path.dirname(path.dirname(first.binDir))).toBe(here.path("cache"));
  const standIns = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
  expect(readdirSync(first.binDir).sort()).toEqual(["pulumi", ...standIns]);
  expect(readFileSync(path.join(first.binDir, "pulumi-language-nodejs"))).toEqual(
    readFileSync(path.join(toolchainDir, "language-host.cjs")),
  );
  expect(first.said).toContain("no Pulumi YAML beside the CLI, and no Go to build it");
  expect(readdirSync(here.path("bare"))).toEqual(["pulumi"]);
  expect(await here.find({ PULUMI_CLI: "bare/pulumi" })).toEqual(first);
  expect(readdirSync(here.path("cache"))).toHaveLength(1);
});

it("says what to install where nothing can be downloaded, and there is no Go to build it", async () => {
  using here = machine();
  const { code, said } = await here.find({});
  expect(code).toBe(1);
  expect(said).toContain(`Go ${goVersion} or newer`);
  expect(said).toContain("https://www.pulumi.com/docs/install/");
});
