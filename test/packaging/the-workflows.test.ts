import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";

const folder = join(repositoryRoot, ".github", "workflows");
const workflows = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(join(folder, file), "utf8"),
}));
const release = workflows.find(({ file }) => file === "release.yml")?.text ?? "";

/** The jobs of the release by name, each as its lines. */
const jobs = Object.fromEntries(
  release
    .slice(release.indexOf("\njobs:\n") + "\njobs:\n".length)
    .split(/^ {2}(?=\w+:$)/m)
    .slice(1)
    .map((job) => [/^\w+/.exec(job)?.[0] ?? "", job]),
);

test.each(workflows)("$file runs actions of exact commits only, and holds no token", ({ text }) => {
  const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
  expect(actions).not.toEqual([]);
  for (const action of actions) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
  expect(text).not.toMatch(/secrets\.|_TOKEN|authToken/);
});

test("a release is published by one job, after the whole gate, and that job alone has an identity", () => {
  expect(Object.keys(jobs)).toEqual(["gate", "publish"]);
  expect(release).toMatch(/^permissions: \{\}$/m);
  expect(jobs["gate"]).toContain("- run: .ci/run\n");
  expect(jobs["gate"]).not.toContain("write");
  expect(jobs["publish"]).toContain("needs: gate\n");
  expect(jobs["publish"]?.match(/\w+-?\w*: write/g)).toEqual(["id-token: write"]);
  expect(jobs["publish"]).toContain("- run: npm ci --ignore-scripts\n");
  expect(jobs["publish"]).toContain("- run: npm publish --provenance --access public\n");
});
