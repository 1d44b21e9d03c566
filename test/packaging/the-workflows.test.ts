import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { repositoryRoot } from "../support/installed-package";

interface Job {
  needs?: string;
  permissions?: object;
  steps: { run?: string; env?: object }[];
}

interface Workflow {
  on: { schedule?: { cron: string }[] };
  permissions: object;
  jobs: Record<string, Job>;
}

const folder = join(repositoryRoot, ".github", "workflows");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");
const workflow = (file: string) => parse(textOf(file)) as Workflow;
const commandsOf = (job: Job | undefined) => job?.steps.flatMap(({ run }) => run ?? []);

test.each(readdirSync(folder))("%s holds no token but the one that ends with its job", (file) => {
  const withoutOwn = textOf(file).replaceAll("GH_TOKEN: ${{ github.token }}", "");
  expect(withoutOwn).not.toMatch(/secrets\.|_TOKEN|authToken/);
});

test("a change runs the gate, and each night runs the soak", () => {
  expect(commandsOf(workflow("ci.yml").jobs["test"])).toEqual([".ci/run"]);
  const { on, jobs } = workflow("soak.yml");
  expect(commandsOf(jobs["soak"])).toEqual(["npm run soak"]);
  expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) as string }]);
});

describe("a release", () => {
  const { permissions, jobs } = workflow("release.yml");
  const { soak, publish, archive } = jobs;

  test("is published by one job, after the soak, and that job alone has an identity", () => {
    expect(permissions).toEqual({});
    expect(Object.keys(jobs)).toEqual(["soak", "publish", "archive"]);
    expect(commandsOf(soak)).toEqual(["npm run soak"]);
    expect(soak?.permissions).toEqual({ contents: "read" });
    expect(textOf("release.yml")).not.toMatch(/continue-on-error|^ *(- )?if:/m);
    expect(publish?.needs).toBe("soak");
    expect(publish?.permissions).toEqual({ contents: "read", "id-token": "write" });
    const commands = commandsOf(publish);
    expect(commands).toContain("npm ci --ignore-scripts");
    expect(commands?.at(-1)).toBe("npm publish --provenance --access public");
  });

  test("brings the plugin's archives after that, and only the last step of those may write", () => {
    expect(archive).toMatchObject({ needs: "publish", permissions: { contents: "write" } });
    expect(commandsOf(archive)).toEqual([
      "npm ci --ignore-scripts",
      "npm audit signatures",
      "npm run build",
      "node test/toolchain/plugin-archive.mjs archives",
      expect.stringMatching(/^gh release create .+ archives\/\*$/),
    ]);
    expect(archive?.steps.at(-1)?.env).toEqual({ GH_TOKEN: "${{ github.token }}" });
    expect(textOf("release.yml").match(/github\.token/g)).toHaveLength(1);
  });
});
