import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { repositoryRoot } from "../support/installed-package";

const folder = join(repositoryRoot, ".github", "workflows");
const workflows = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(join(folder, file), "utf8"),
}));
const textOf = (name: string) => workflows.find(({ file }) => file === name)?.text ?? "";
const release = textOf("release.yml");

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

test("a change runs the gate, and each night runs the soak", () => {
  expect(textOf("ci.yml")).toContain("- run: .ci/run\n");
  expect(textOf("soak.yml")).toContain("- run: npm run soak\n");
  expect(textOf("soak.yml")).toMatch(/^ {2}schedule:\n {4}- cron: "\d+ \d+ \* \* \*"$/m);
});

test("a release is published by one job, after the soak, and that job alone has an identity", () => {
  expect(Object.keys(jobs)).toEqual(["soak", "publish"]);
  expect(release).toMatch(/^permissions: \{\}$/m);
  expect(jobs["soak"]).toContain("- run: npm run soak\n");
  expect(jobs["soak"]).not.toMatch(/write|continue-on-error|^ {4}if:/m);
  expect(jobs["publish"]).toMatch(/^ {4}needs: soak( #.*)?$/m);
  expect(jobs["publish"]).not.toMatch(/^ {4}if:/m);
  expect(jobs["publish"]?.match(/\w+-?\w*: write/g)).toEqual(["id-token: write"]);
  expect(jobs["publish"]).toContain("- run: npm ci --ignore-scripts\n");
  expect(jobs["publish"]).toContain("- run: npm publish --provenance --access public\n");
});
