/** The README taken at its word: a new user follows it in an empty folder. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { installedPackage, pack, repositoryRoot } from "../support/installed-package";
import { engineEnvironment, expectNoSecrets, textBelow } from "../support/project";
import { runCommand } from "../support/run-command";

interface Block {
  language: string;
  text: string;
}

const fence = /^```(\w+)\n([^]*?)^```$/gm;

async function blocksOf(section?: string): Promise<Block[]> {
  const readme = await readFile(join(repositoryRoot, "README.md"), "utf8");
  const part =
    section === undefined ? readme : readme.split(`\n## ${section}\n`)[1]!.split("\n## ")[0]!;
  return [...part.matchAll(fence)].map(([, language = "", text = ""]) => ({ language, text }));
}

test("the commands work as written, and print what they are said to", async () => {
  const [program] = await blocksOf();
  const folder = await mkdtemp(join(tmpdir(), "readme-"));
  try {
    await using vultr = await startEmulator();
    const user = vultr.addUser({ email: "deployer@example.com" });
    const tarball = await pack(folder);
    const { VULTR_API_KEY: credential, ...engine } = engineEnvironment(folder, vultr);
    const env: NodeJS.ProcessEnv = { ...engine, ...npmSettings() };
    await writeFile(join(folder, "index.ts"), program!.text);

    const printed: string[] = [];
    let output = "";
    const another = { language: "sh", text: "pulumi stack init staging\n" };
    for (const { language, text } of [
      ...(await blocksOf("Getting started")),
      ...(await blocksOf("In pull requests")),
      another,
      ...(await blocksOf("Audit")),
    ]) {
      if (language === "yaml") await writeFile(join(folder, "Pulumi.yaml"), text);
      if (language === "sh") {
        if (text.includes("export VULTR_API_KEY")) env["VULTR_API_KEY"] = credential;
        else expect(env["VULTR_API_KEY"] !== undefined || vultr.requests.length === 0).toBe(true);
        const script = text.replace(
          /(npm install .*)\bpulumi-vultr-user-api-key$/m,
          `$1${tarball}`,
        );
        const result = await runCommand("bash", ["-e", "-c", script], { cwd: folder, env });
        expect({ text, ...result }).toMatchObject({ text, code: 0 });
        output = result.output;
        printed.push(output);
      }
      if (language === "text") expectInOrder(text, output);
    }
    expect(vultr.keysOf(user.id).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^deployer-production-\w{8}$/),
    ]);
    expectNoSecrets(vultr.issuedApiKeys(), [...printed, ...(await textBelow(folder))]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Where npm finds its registry here: in the home folder, or in the environment. The rest is about this run. */
function npmSettings(): NodeJS.ProcessEnv {
  const aboutThisRun = /^npm_config_(local_prefix|omit|include|dry_run|global)$/i;
  const settings = Object.entries(process.env).filter(
    ([name]) => /^npm_config_/i.test(name) && !aboutThisRun.test(name),
  );
  return { HOME: process.env["HOME"], ...Object.fromEntries(settings) };
}

/** Each line of the README stands in what was printed, after the one before it. */
function expectInOrder(text: string, output: string): void {
  const oneSpace = (line: string) => line.replace(/\s+/g, " ").trim();
  let rest = oneSpace(output);
  for (const line of text.trim().split("\n").map(oneSpace)) {
    const at = rest.indexOf(line);
    if (at === -1) throw new Error(`"${line}" is not printed, or not there:\n${output}`);
    rest = rest.slice(at + line.length);
  }
}

test("every program that the README shows compiles against the package", async () => {
  const programs = (await blocksOf()).filter(({ language }) => language === "ts");
  expect(programs.length).toBeGreaterThan(1);
  const folder = await mkdtemp(join(await installedPackage(), "readme-"));
  try {
    const files = programs.map((_, at) => join(folder, `block-${String(at + 1)}.ts`));
    for (const [at, { text }] of programs.entries()) await writeFile(files[at]!, text);
    const options = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--target",
      "es2023",
    ];
    const modules = ["--module", "node16", "--types", "node"];
    const compiled = await runCommand("tsc", [...options, ...modules, ...files], {
      cwd: folder,
      env: process.env,
    });
    expect(compiled).toMatchObject({ code: 0, output: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the comment that the README shows is one of a real preview", async () => {
  const golden = join(__dirname, "preview-comments", "a-rotation-by-trigger.md");
  const [, ...lines] = (await readFile(golden, "utf8")).split("<details>")[0]!.trim().split("\n");
  const quoted = lines.map((line) => `> ${line}`.trimEnd()).join("\n");
  expect(await readFile(join(repositoryRoot, "README.md"), "utf8")).toContain(quoted);
});

test("the program that the README shows first is the basic example", async () => {
  const [program] = await blocksOf();
  const example = await readFile(join(repositoryRoot, "examples", "basic", "index.ts"), "utf8");
  expect(program?.text).toBe(example);
});
