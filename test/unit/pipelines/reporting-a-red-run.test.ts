/** What the job `report` of GitHub's pipelines tells: one issue for each workflow, however often it is red. */
import { chmod, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseWorkflow, workflowText } from "../../support/pipelines";
import { runCommand } from "../../support/run-command";

/** Runs the job's script with a `gh` that lists these issues; returns what it was asked for. */
async function report(name: "rotate" | "drift", listed: string): Promise<string[]> {
  const { steps } = parseWorkflow(workflowText(name)).jobs["report"]!;
  await using temporary = await mkdtempDisposable(join(tmpdir(), "report-"));
  const { path: folder } = temporary;
  const gh = `#!/bin/sh\necho "$*" >> asked.txt\n[ "$2" != list ] || printf '${listed}'\n`;
  await writeFile(join(folder, "gh"), gh);
  await chmod(join(folder, "gh"), 0o755);
  const env = { PATH: `${folder}:/usr/bin:/bin`, TITLE: steps[0]!.env!["TITLE"], RUN: "RUN-URL" };
  const run = await runCommand("bash", ["-e", "-c", steps[0]!.run!], { cwd: folder, env });
  expect(run).toMatchObject({ code: 0, output: "" });
  return (await readFile(join(folder, "asked.txt"), "utf8")).trim().split("\n").slice(1);
}

test.each(["rotate", "drift"] as const)(
  "the first red %s opens an issue with a link, and a later one adds to it",
  async (name) => {
    const title = `The workflow ${name} of the Vultr API keys is red`;
    const body = "Not green, and its log says why: RUN-URL";
    expect(await report(name, "")).toEqual([`issue create --title ${title} --body ${body}`]);
    expect(await report(name, "12\\n")).toEqual(["issue comment 12 --body Red again: RUN-URL"]);
  },
);
