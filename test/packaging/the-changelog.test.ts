import { cp, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";
import { runCommand } from "../support/run-command";

const changeset = `---
"pulumi-vultr-user-api-key": minor
---

\`rotateOn\` rotates a key on a day of the week.
Nothing changes without it.
`;

test("a release puts the words of each change on top of the changelog, and raises the version", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "changelog-"));
  const path = (...parts: string[]) => join(folder.path, ...parts);
  const run = async (command: string, args: string[]) => {
    const result = await runCommand(command, args, { cwd: folder.path, env: process.env });
    expect({ code: result.code, output: result.output }).toMatchObject({ code: 0 });
  };
  for (const file of ["config.json", "changelog.cjs"])
    await cp(join(repositoryRoot, ".changeset", file), path(".changeset", file));
  await writeFile(path(".changeset", "a-change.md"), changeset);
  const before = { name: "pulumi-vultr-user-api-key", version: "0.3.0" };
  await writeFile(path("package.json"), JSON.stringify(before));
  await writeFile(path("CHANGELOG.md"), "# Changelog\n\n## 0.3.0\n\n- The past.\n");
  await run("git", ["init", "--quiet"]);
  await run("changeset", ["version"]);

  const after = JSON.parse(await readFile(path("package.json"), "utf8")) as object;
  expect(after).toMatchObject({ version: "0.4.0" });
  expect(await readFile(path("CHANGELOG.md"), "utf8")).toBe(
    "# Changelog\n\n## 0.4.0\n\n### Minor Changes\n\n" +
      "- `rotateOn` rotates a key on a day of the week.\n  Nothing changes without it.\n\n" +
      "## 0.3.0\n\n- The past.\n",
  );
});
