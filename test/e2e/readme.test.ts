/** The documents for users taken at their word: a new user follows them in an empty folder. */
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
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

const front = join(repositoryRoot, "README.md");
const recipes = join(repositoryRoot, "examples", "README.md");

const fence = /^```(\w+)\n([^]*?)^```$/gm;

async function blocksOf(file: string, section?: string): Promise<Block[]> {
  const text = await readFile(file, "utf8");
  const part =
    section === undefined ? text : text.split(`\n## ${section}\n`)[1]!.split("\n## ")[0]!;
  return [...part.matchAll(fence)].map(([, language = "", text = ""]) => ({ language, text }));
}

test("the commands work as written, and print what they are said to", async () => {
  const [program] = await blocksOf(front);
  await using temporary = await mkdtempDisposable(join(tmpdir(), "readme-"));
  const { path: folder } = temporary;
  await using vultr = await startEmulator();
  const user = vultr.addUser({ email: "deployer@example.com" });
  const tarball = await pack(folder);
  const { VULTR_API_KEY: credential, ...engine } = engineEnvironment(folder, vultr);
  const env: NodeJS.ProcessEnv = { ...engine, ...npmSettings() };
  await writeFile(join(folder, "index.ts"), program!.text);

  const printed: string[] = [];
  const ran: string[] = [];
  let output = "";
  let keyId = "";
  async function follow(blocks: readonly Block[]): Promise<void> {
    for (const { language, text } of blocks) {
      if (language === "yaml") await writeFile(join(folder, "Pulumi.yaml"), text);
      if (language === "text") expectInOrder(text, output);
      if (language !== "sh") continue;
      const isTyped = text.includes("read -rs VULTR_API_KEY");
      expect(isTyped || env["VULTR_API_KEY"] !== undefined || vultr.requests.length === 0).toBe(
        true,
      );
      const script = text
        .replace(/(npm install .*)\bpulumi-vultr-user-api-key$/m, `$1${tarball}`)
        .replaceAll("<key id>", keyId);
      // What the user types is no argument and no file.
      const typing = isTyped ? { typed: credential } : {};
      const result = await runCommand("bash", ["-e", "-c", `{\n${script}\n} <<< "$typed"`], {
        cwd: folder,
        env: { ...env, ...typing },
      });
      expect({ text, ...result }).toMatchObject({ text, code: 0 });
      if (isTyped) env["VULTR_API_KEY"] = credential;
      output = result.output;
      printed.push(output);
      ran.push(text);
    }
  }

  await follow(await blocksOf(front, "Getting started"));
  await follow(await blocksOf(front, "Pull requests"));
  expect(vultr.keysOf(user.id).map(({ name }) => name)).toEqual([
    expect.stringMatching(/^deployer-production-\w{8}$/),
  ]);
  const byHand = vultr.addKey(user.id, { name: "made by hand" });
  keyId = byHand.id;
  await runCommand("pulumi", ["stack", "init", "staging", "--no-select"], { cwd: folder, env });
  await follow(await blocksOf(recipes, "Audit"));
  expect(vultr.authenticates(byHand.apiKey)).toBe(false);
  expect(vultr.keysOf(user.id)).toHaveLength(1);
  await follow(await blocksOf(recipes, "Uninstall"));
  expect(vultr.keysOf(user.id)).toEqual([]);

  const all = [...(await blocksOf(front)), ...(await blocksOf(recipes))];
  const commands = all.filter(({ language }) => language === "sh").map(({ text }) => text);
  expect(ran).toEqual(commands);
  expectNoSecrets(vultr.issuedApiKeys(), [...printed, ...(await textBelow(folder))]);
});

/** Where npm finds its registry here, and whose certificate it trusts. The rest of npm's variables is about this run. */
function npmSettings(): NodeJS.ProcessEnv {
  const aboutThisRun = /^npm_config_(local_prefix|omit|include|dry_run|global)$/i;
  const settings = Object.entries(process.env).filter(
    ([name]) => /^npm_config_/i.test(name) && !aboutThisRun.test(name),
  );
  const { HOME, NODE_EXTRA_CA_CERTS } = process.env;
  return { HOME, NODE_EXTRA_CA_CERTS, ...Object.fromEntries(settings) };
}

/** Each line of the document stands in what was printed, after the one before it; "…" stands for anything. */
function expectInOrder(text: string, output: string): void {
  const oneSpace = (line: string) => line.replace(/\s+/g, " ").trim();
  let rest = oneSpace(output);
  for (const line of text.trim().split(/[\n…]/).map(oneSpace)) {
    const at = rest.indexOf(line);
    if (at === -1) throw new Error(`"${line}" is not printed, or not there:\n${output}`);
    rest = rest.slice(at + line.length);
  }
}

test("every program that they show compiles against the package", async () => {
  const blocks = [...(await blocksOf(front)), ...(await blocksOf(recipes))];
  const programs = blocks.filter(({ language }) => language === "ts");
  expect(programs.length).toBeGreaterThan(1);
  await using temporary = await mkdtempDisposable(join(await installedPackage(), "readme-"));
  const { path: folder } = temporary;
  const files = programs.map((_, at) => join(folder, `block-${String(at + 1)}.ts`));
  for (const [at, { text }] of programs.entries()) await writeFile(files[at]!, text);
  const flags = "--ignoreConfig --noEmit --strict --skipLibCheck --target es2023 --module node16";
  const compiled = await runCommand("tsc", [...flags.split(" "), "--types", "node", ...files], {
    cwd: folder,
    env: process.env,
  });
  expect(compiled).toMatchObject({ code: 0, output: "" });
});

// UPDATE_README=1 npm test -- test/e2e/readme
test("the comment that they show is one of a real preview", async () => {
  const golden = join(__dirname, "preview-comments", "a-rotation-by-trigger.md");
  const [, ...lines] = (await readFile(golden, "utf8")).split("<details>")[0]!.trim().split("\n");
  const quoted = lines.map((line) => `> ${line}`.trimEnd()).join("\n");
  const text = await readFile(recipes, "utf8");
  const generated = text.replace(
    /(<!-- prettier-ignore -->\n)(?:>.*\n)+/,
    (_, mark) => `${String(mark)}${quoted}\n`,
  );
  if (process.env["UPDATE_README"] === "1") await writeFile(recipes, generated);
  expect(generated).toContain(quoted);
  expect(await readFile(recipes, "utf8")).toBe(generated);
});

test("the program that the README shows first is the basic example", async () => {
  const [program] = await blocksOf(front);
  const example = await readFile(join(repositoryRoot, "examples", "basic", "index.ts"), "utf8");
  expect(program?.text).toBe(example);
});
