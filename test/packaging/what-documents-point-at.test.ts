import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { repositoryRoot } from "../support/installed-package";

const folder = join(repositoryRoot, ".github");
const manifest = readFileSync(join(repositoryRoot, "package.json"), "utf8");
const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };

describe.each(["SECURITY.md", "CONTRIBUTING.md"])("%s", (file) => {
  const text = readFileSync(join(folder, file), "utf8");

  it("points at files that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = ""]) =>
      resolve(folder, path),
    );
    const named = [
      ...text.matchAll(/`((?:test|provider|examples|\.github|\.changeset)\/[^`<]*)`/g),
    ].map(([, path = ""]) => resolve(repositoryRoot, path));
    const paths = [...links, ...named];
    expect(paths).not.toEqual([]);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it("names commands that exist", () => {
    const commands = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name = ""]) => name);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  });
});
