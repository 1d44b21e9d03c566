import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { repositoryRoot } from "../support/installed-package";

const manifest = readFileSync(join(repositoryRoot, "package.json"), "utf8");
const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };

const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");

/** Every document that people write; a folder with a dot is not found by `**`. */
const documents = globSync(
  ["*.md", ".github/*.md", ".changeset/README.md", "{examples,provider,test}/**/*.md"],
  { cwd: repositoryRoot, exclude: (path) => path.endsWith("node_modules") },
).filter((file) => !file.startsWith(join("test", "e2e", "preview-comments")));

/** A heading's anchor, as GitHub makes it. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(documents)("%s", (file) => {
  const text = read(file);
  const folder = dirname(join(repositoryRoot, file));

  it("points at files and headings that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(repositoryRoot, file) : resolve(folder, path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsIn(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
    const named = [
      ...text.matchAll(/`((?:test|provider|examples|\.github|\.changeset)\/[^`<*{\s]*)`/g),
    ].map(([, path = ""]) => path);
    expect(named.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
  });

  it("names commands that exist", () => {
    const commands = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name = ""]) => name);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test("the README is a front door: it is read in one sitting", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(200);
});

test.each(["yaml", "python", "go"])(
  "examples/%s says where the plugin is, as the README does",
  (example) => {
    const section = read("README.md").split("\n## Other languages\n")[1] ?? "";
    const [, lines = "not there"] = /^```yaml\n([^]*?)^```$/m.exec(section) ?? [];
    expect(read(`examples/${example}/Pulumi.yaml`)).toContain(lines);
  },
);

test("every message that troubleshooting explains is one that the code gives", () => {
  const code = globSync("provider/**/*.ts", { cwd: repositoryRoot })
    .map(read)
    .join("\n")
    .replace(/["`] \+\s+["`]/g, "")
    .replace(/\$\{[^{}]*\}/g, "…");
  const section = read("examples/README.md").split("\n## Troubleshooting\n")[1] ?? "";
  const table = section.split("| Message of Pulumi")[0] ?? "";
  const rows = [...table.matchAll(/^\| (`.*?`) +\|/gm)].map(([, cell = ""]) => cell);
  const messages = rows.flatMap((cell) => cell.split(/^`|`, `|`$/).slice(1, -1));
  expect(messages.length).toBeGreaterThan(rows.length); // some rows explain several
  expect(messages.filter((message) => !code.includes(message))).toEqual([]);
});
