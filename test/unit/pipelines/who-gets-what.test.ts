/** What the pipelines in examples/pipelines promise by their form: who starts a job, and what it is given. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { repositoryRoot } from "../../support/installed-package";
import {
  environmentOf,
  gitlabText,
  type JobName,
  jobNames,
  parseGitlab,
  parseWorkflow,
  workflowText,
} from "../../support/pipelines";

const applying = ["up", "rotate", "drift"] as const;

describe("at GitHub", () => {
  const workflow = (name: JobName) => parseWorkflow(workflowText(name));
  const job = (name: JobName) => workflow(name).jobs[name]!;

  test.each<[JobName, on: object, others: string[]]>([
    ["preview", { pull_request: null }, []],
    ["up", { push: { branches: ["main"] } }, []],
    ["rotate", { schedule: [{ cron: "17 4 * * *" }], workflow_dispatch: null }, ["report"]],
    ["drift", { schedule: [{ cron: "47 * * * *" }], workflow_dispatch: null }, ["report"]],
  ])("%s starts by %j alone", (name, on, others) => {
    expect(workflow(name).on).toEqual(on);
    expect(Object.keys(workflow(name).jobs)).toEqual([name, ...others]);
  });

  test("a preview has nothing of Vultr's or of production's, and is not for forks", () => {
    const { permissions } = workflow("preview");
    expect(workflowText("preview")).not.toMatch(/VULTR|environment:|secrets\.PULUMI_ACCESS_TOKEN/);
    expect(job("preview").if).toBe(
      "github.event.pull_request.head.repo.full_name == github.repository",
    );
    expect(permissions).toEqual({ contents: "read", "pull-requests": "write" });
  });

  test.each(applying)("%s goes alone, to its end, with the secrets of production", (name) => {
    const { concurrency, permissions } = workflow(name);
    expect(concurrency).toEqual({ group: "pulumi-production", "cancel-in-progress": false });
    expect(permissions).toEqual({ contents: "read" });
    expect(job(name).environment).toBe("production");
  });

  test.each(jobNames)("%s shows its secrets to the command of Pulumi alone", (name) => {
    const { env = {}, jobs } = workflow(name);
    expect(JSON.stringify([env, jobs[name]?.env])).not.toContain("secrets.");
    const holders = job(name).steps.filter((step) => JSON.stringify(step).includes("secrets."));
    expect(holders.map(({ run }) => run?.split(" ")[0])).toEqual(["pulumi"]);
  });

  test.each(jobNames)("%s runs no script of a package, and no text from outside", (name) => {
    const commands = job(name).steps.flatMap(({ run }) => run ?? []);
    expect(commands).toContain("npm ci --ignore-scripts");
    expect(commands.filter((command) => command.includes("${{"))).toEqual([]);
  });

  test.each(["rotate", "drift"] as const)(
    "%s is for main; if it ends otherwise than green, a job without secrets of production reports it",
    (name) => {
      const { [name]: watched, report } = workflow(name).jobs;
      expect(watched?.if).toBe("github.ref == 'refs/heads/main'");
      expect(report).toMatchObject({ needs: name, permissions: { issues: "write" } });
      const result = `needs.${name}.result`;
      const isRed = `${result} != 'success' && ${result} != 'skipped'`;
      expect(report?.if).toBe(`\${{ always() && ${isRed} }}`);
      expect(report?.environment).toBeUndefined();
      expect(JSON.stringify(report)).not.toContain("secrets.");
    },
  );

  test("with OIDC the same command runs, and no secret is left", () => {
    const [plain] = job("up").steps.slice(-1);
    const withOidc = parseWorkflow(uncommented(workflowText("up")));
    const steps = withOidc.jobs["up"]!.steps.filter(({ run }) => run !== plain?.run);
    expect(withOidc.permissions["id-token"]).toBe("write");
    expect(steps.slice(-2)).toMatchObject([
      { uses: expect.stringMatching(/^pulumi\/auth-actions@[0-9a-f]{40}$/) as string },
      { run: `pulumi env run your-organisation/vultr/production -- ${plain?.run ?? ""}` },
    ]);
    expect(JSON.stringify(steps)).not.toContain("secrets.");
  });
});

describe("what a fork's pull request can reach", () => {
  const files = ["examples/pipelines/github", ".github/workflows"].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder)).map((file) => join(folder, file)),
  );
  const textOf = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");

  test.each(files)("%s starts by nothing that gives strangers our secrets", (file) => {
    const triggers = Object.keys(parseWorkflow(textOf(file)).on);
    const safe = ["push", "pull_request", "schedule", "workflow_dispatch"];
    expect(triggers.filter((trigger) => !safe.includes(trigger))).toEqual([]);
  });

  test.each(files.filter((file) => "pull_request" in parseWorkflow(textOf(file)).on))(
    "%s gives a fork no secret: it has none, or runs not for forks",
    (file) => {
      for (const { if: condition, steps } of Object.values(parseWorkflow(textOf(file)).jobs)) {
        const hasSecrets = JSON.stringify(steps).includes("secrets.");
        if (hasSecrets) expect(condition).toContain("head.repo.full_name == github.repository");
      }
    },
  );

  test.each(files)("%s pins each action by a commit, with its version beside it", (file) => {
    const uses = textOf(file).match(/uses: .*/g) ?? [];
    expect(uses).not.toEqual([]);
    for (const line of uses)
      expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("an action has one commit for each version", () => {
    const pins = new Set(files.flatMap((file) => textOf(file).match(/uses: .*/g) ?? []));
    const versions = new Set([...pins].map((pin) => pin.replace(/@[0-9a-f]+/, "")));
    expect(versions.size).toBe(pins.size);
  });
});

/** The lines about OIDC put into effect. */
function uncommented(text: string): string {
  return text.replaceAll(/^( *)# (?=id-token|- | {2})/gm, "$1");
}

describe("at GitLab", () => {
  const file = parseGitlab(gitlabText());

  const onMain = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
  const ofThisProject = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID";
  const by = (source: string) => `$CI_PIPELINE_SOURCE == "${source}"`;

  test.each<[JobName, string]>([
    ["preview", `${by("merge_request_event")} && ${ofThisProject}`],
    ["up", `${by("push")} && ${onMain}`],
    ["rotate", `${by("schedule")} && $TASK == "rotate" && ${onMain}`],
    ["drift", `${by("schedule")} && $TASK == "drift" && ${onMain}`],
  ])("%s starts by one rule", (name, rule) => {
    expect(file[name]?.rules).toEqual([{ if: rule }]);
  });

  test("a preview has no environment, so no variable of one, and the file holds no secret", () => {
    expect(file["preview"]?.environment).toBeUndefined();
    const readsState = 'export PULUMI_ACCESS_TOKEN="$PULUMI_PREVIEW_TOKEN"';
    expect(file["preview"]?.script).toContain(readsState);
    expect(JSON.stringify(file).replace(JSON.stringify(readsState), "")).not.toMatch(
      /VULTR|ACCESS_TOKEN|PASSPHRASE/,
    );
  });

  test.each(applying)("%s goes alone and to its end, with the secrets of production", (name) => {
    const job = { ...file[file[name]?.extends ?? ""], ...file[name] };
    expect(job).toMatchObject({ resource_group: "pulumi-production", interruptible: false });
    expect(environmentOf(job)).toBe("production");
  });
});
