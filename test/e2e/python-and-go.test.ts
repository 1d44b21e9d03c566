/**
 * Programs in Python and Go, with SDKs that Pulumi's generators make of the plugin's schema. Only the soak has
 * the minutes to build them; it needs Go and Python 3. The language hosts are the toolchain's stand-ins: the
 * official ones come with the official download of the CLI alone.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { atDepth } from "../support/depth";
import { useWholeExample } from "../support/example-copy";
import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";
import { type Scene, startScene } from "../support/scene";
import { expectLifeOfExample } from "./life-of-an-example";

const inSoak = atDepth({ gate: describe.skip, soak: describe });
const buildTimeoutMs = 30 * 60_000;
const sdkModule = "github.com/pulumi/pulumi/sdk/v3";

type Language = "python" | "go";

inSoak("with a generated SDK", () => {
  /** What is built once: hosts in `bin`, the SDKs by language, and Python's packages in `venv`. */
  let tools: string;
  let env: NodeJS.ProcessEnv;

  async function run(command: string, args: string[], cwd = tools): Promise<string> {
    const options = { cwd, env: process.env, timeoutMs: buildTimeoutMs };
    const { code, stdout, output } = await runCommand(command, args, options);
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}:\n${output}`);
    return stdout.trim();
  }

  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), "languages-"));
    const toolchain = join(repositoryRoot, "test", "toolchain");
    for (const file of ["go.mod", "go.sum"])
      await cp(join(toolchain, "pulumi-cli", file), join(tools, file));
    await cp(join(repositoryRoot, "test/support/generate-sdk/main.go"), join(tools, "main.go"));
    await run("go", ["build", "-mod=mod", "-buildvcs=false", "-o", "generate-sdk", "main.go"]);
    const schema = await readFile(
      join(repositoryRoot, "provider/doors/plugin/schema.json"),
      "utf8",
    );
    const withVersion = { ...(JSON.parse(schema) as object), version: "0.0.1" };
    await writeFile(join(tools, "schema.json"), JSON.stringify(withVersion));
    for (const language of ["python", "go"])
      await run(join(tools, "generate-sdk"), ["schema.json", language, language]);

    await mkdir(join(tools, "bin"));
    for (const language of ["python", "go"]) {
      const host = join(tools, "bin", `pulumi-language-${language}`);
      await cp(join(toolchain, "language-host.cjs"), host);
      await chmod(host, 0o755);
    }
    await run("python3", ["-m", "venv", "venv"]);
    const python = join(tools, "venv", "bin", "python");
    await run(python, ["-m", "pip", "install", "--quiet", "./python"]);
    const sdk = await run("go", ["list", "-mod=mod", "-m", "-f", "{{.Dir}}", sdkModule]);
    const runner = join(sdk, "python", "cmd", "pulumi-language-python-exec");
    const caches = ["GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB"];
    const values = (await run("go", ["env", ...caches])).split("\n");
    const goFolder = dirname(await run("which", ["go"]));
    env = {
      ...Object.fromEntries(caches.map((name, at) => [name, values[at]])),
      PULUMI_STAND_IN_PYTHON: JSON.stringify({ python, runner }),
      PATH: [join(tools, "bin"), dirname(process.execPath), process.env["PULUMI_BIN_DIR"], goFolder]
        .concat("/usr/bin", "/bin")
        .join(":"),
    };
  }, buildTimeoutMs);
  afterAll(() => rm(tools, { recursive: true, force: true }));

  /** A scene whose program is an example, set up as its reader would. */
  async function startExample(language: Language): Promise<Scene> {
    const scene = await startScene({ env });
    await useWholeExample(scene, language);
    const sdk = join(scene.folder, "sdks", "vultr-user-api-key");
    await cp(join(tools, language), sdk, { recursive: true });
    if (language === "go") await run("go", ["mod", "tidy"], scene.folder);
    return scene;
  }

  test.each<Language>(["python", "go"])(
    "examples/%s makes a key, rotates it and revokes it",
    async (language) => {
      await using scene = await startExample(language);
      await expectLifeOfExample(scene);
    },
    buildTimeoutMs,
  );

  test("the ring that examples/README.md shows keeps the previous key over a bump", async () => {
    const document = await readFile(join(repositoryRoot, "examples", "README.md"), "utf8");
    const [, program] = /^```python\n([^]*?)^```$/m.exec(document)!;
    await using scene = await startExample("python");
    await writeFile(join(scene.folder, "__main__.py"), program!);
    const counts: number[] = [];
    let before: string[] = [];
    for (const generation of ["1", "2", "3"]) {
      await scene.setConfig("generation", generation);
      before = scene.idsAtVultr();
      await scene.up();
      counts.push(scene.idsAtVultr().length);
    }
    expect(counts).toEqual([1, 2, 2]);
    expect(scene.idsAtVultr().filter((id) => before.includes(id))).toHaveLength(1);
    await scene.destroy();
    expect(scene.idsAtVultr()).toEqual([]);
  });
});
