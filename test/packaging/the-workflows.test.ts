import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { repositoryRoot } from "../support/installed-package";

interface Step {
  run?: string;
  env?: object;
}

interface Workflow {
  on: { schedule?: { cron: string }[] };
  permissions: object;
  jobs: Record<string, { needs?: string; permissions?: object; steps: Step[] }>;
}

const folder = join(repositoryRoot, ".github", "workflows");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");
const workflow = (file: string) => parse(textOf(file)) as Workflow;
const commandsOf = (file: string, job: string) =>
  workflow(file).jobs[job]?.steps.flatMap(({ run }) => run ?? []);

test.each(readdirSync(folder))("%s holds no token but the one that ends with its job", (file) => {
  const withoutOwn = textOf(file).replaceAll("GH_TOKEN: ${{ github.token }}", "");
  expect(withoutOwn).not.toMatch(/secrets\.|_TOKEN|authToken/);
});

test("a change runs the gate, and each night runs the soak", () => {
  expect(commandsOf("ci.yml", "test")).toEqual([".ci/run"]);
  expect(commandsOf("soak.yml", "soak")).toEqual(["npm run soak"]);
  const nightly = expect.stringMatching(/^\d+ \d+ \* \* \*$/) as string;
  expect(workflow("soak.yml").on.schedule).toEqual([{ cron: nightly }]);
});

test("a release is published by one job, after the soak, and that job alone has an identity", () => {
  const { jobs, permissions } = workflow("release.yml");
  expect(permissions).toEqual({});
  expect(Object.keys(jobs)).toEqual(["soak", "publish", "archive"]);
  expect(commandsOf("release.yml", "soak")).toEqual(["npm run soak"]);
  expect(jobs["soak"]?.permissions).toEqual({ contents: "read" });
  expect(textOf("release.yml")).not.toMatch(/continue-on-error|^ *(- )?if:/m);
  expect(jobs["publish"]?.needs).toBe("soak");
  expect(jobs["publish"]?.permissions).toEqual({ contents: "read", "id-token": "write" });
  const commands = commandsOf("release.yml", "publish");
  expect(commands).toContain("npm ci --ignore-scripts");
  expect(commands?.at(-1)).toBe("npm publish --provenance --access public");
});

test("the archives of the plugin follow what was published, and only their last step may write", () => {
  const { archive } = workflow("release.yml").jobs;
  expect(archive).toMatchObject({ needs: "publish", permissions: { contents: "write" } });
  const commands = archive?.steps.flatMap(({ run }) => run ?? []);
  expect(commands).toEqual([
    "npm ci --ignore-scripts",
    "npm audit signatures",
    "npm run build",
    "node test/toolchain/plugin-archive.mjs archives",
    expect.stringMatching(/^gh release create .+ archives\/\*$/),
  ]);
  expect(archive?.steps.map(({ env }) => env).filter(Boolean)).toEqual([
    { GH_TOKEN: "${{ github.token }}" },
  ]);
  expect(archive?.steps.at(-1)?.env).toBeDefined();
  expect(textOf("release.yml").match(/github\.token/g)).toHaveLength(1);
});
