/** What the pipelines in examples/pipelines promise by their form: who starts a job, and what it is given. */
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

  test.each<[JobName, object]>([
    ["preview", { pull_request: null }],
    ["up", { push: { branches: ["main"] } }],
    ["rotate", { schedule: [{ cron: "17 4 * * *" }], workflow_dispatch: null }],
    ["drift", { schedule: [{ cron: "47 * * * *" }], workflow_dispatch: null }],
  ])("%s starts by %j alone", (name, on) => {
    expect(workflow(name).on).toEqual(on);
    expect(Object.keys(workflow(name).jobs)).toEqual([name]);
  });

  test.each(["rotate", "drift"] as const)("%s is for main", (name) => {
    expect(job(name).if).toBe("github.ref == 'refs/heads/main'");
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

  test("with OIDC the same command runs, and no secret is left", () => {
    const [plain] = job("up").steps.slice(-1);
    const withOidc = parseWorkflow(uncommented(workflowText("up")));
    const steps = withOidc.jobs["up"]!.steps.filter(({ run }) => run !== plain?.run);
    expect(withOidc.permissions["id-token"]).toBe("write");
    expect(steps.slice(-2)).toMatchObject([
      { uses: "pulumi/auth-actions@v1" },
      { run: `pulumi env run your-organisation/vultr/production -- ${plain?.run ?? ""}` },
    ]);
    expect(JSON.stringify(steps)).not.toContain("secrets.");
  });
});

/** The lines about OIDC put into effect. */
function uncommented(text: string): string {
  return text.replaceAll(/^( *)# (?=id-token|- | {2})/gm, "$1");
}

describe("at GitLab", () => {
  const file = parseGitlab(gitlabText());

  test.each<[JobName, string]>([
    [
      "preview",
      '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID',
    ],
    ["up", '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'],
    [
      "rotate",
      '$CI_PIPELINE_SOURCE == "schedule" && $TASK == "rotate" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
    ],
    [
      "drift",
      '$CI_PIPELINE_SOURCE == "schedule" && $TASK == "drift" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
    ],
  ])("%s starts by one rule", (name, rule) => {
    expect(file[name]?.rules).toEqual([{ if: rule }]);
  });

  test("a preview has no environment, so no variable of one, and the file holds no secret", () => {
    expect(file["preview"]?.environment).toBeUndefined();
    expect(JSON.stringify(file)).not.toMatch(/VULTR|ACCESS_TOKEN|PASSPHRASE/);
  });

  test.each(applying)("%s goes alone and to its end, with the secrets of production", (name) => {
    const job = { ...file[file[name]?.extends ?? ""], ...file[name] };
    expect(job).toMatchObject({ resource_group: "pulumi-production", interruptible: false });
    expect(environmentOf(job)).toBe("production");
  });
});
