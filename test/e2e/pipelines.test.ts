/**
 * The pipelines in examples/pipelines: the commands that their files hold, on the real engine, with the
 * variables that the files and the settings give and no others.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { type Emulator, startEmulator } from "../emulator";
import { repositoryRoot } from "../support/installed-package";
import { github, gitlab, type JobName, type Service, type Settings } from "../support/pipelines";
import { createProject, expectNoSecrets, type Project } from "../support/project";
import { runCommand } from "../support/run-command";

const dayMs = 86_400_000;

const programOf = (expiresIn: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const userEmail = "deployer@example.com";
  const key = new VultrUserApiKey("deployer", { userEmail, expiresIn: "${expiresIn}", rotateBeforeExpiry: "15d" });
  exports.apiKey = key.apiKey;
`;

interface JobRun {
  code: number | null;
  output: string;
  /** Values of all variables that the job's steps were given. */
  given: string[];
}

/** Runs one job in a bare environment; after a failure only those of its steps that always run. */
async function runJob(
  service: Service,
  name: JobName,
  project: Project,
  vultr: Emulator,
  aheadMs: number,
): Promise<JobRun> {
  const { PATH, HOME, PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK, PULUMI_BACKEND_URL } = project.env;
  const settings: Settings = {
    variables: { PULUMI_BACKEND_URL: PULUMI_BACKEND_URL! },
    secrets: { PULUMI_CONFIG_PASSPHRASE: "test", GITLAB_COMMENT_TOKEN: "comment token" },
    productionSecrets: { VULTR_API_KEY: vultr.rootApiKey },
  };
  const machine = {
    PATH: [toolsOf(project), PATH].join(delimiter),
    HOME,
    PULUMI_HOME,
    PULUMI_SKIP_UPDATE_CHECK,
    VULTR_API_URL: vultr.url,
    NODE_OPTIONS: `--require ${join(repositoryRoot, "test", "support", "moved-clock.cjs")}`,
    MOVED_CLOCK_MS: String(aheadMs),
    ...service.ownVariables(project.folder),
  };
  const job: JobRun = { code: 0, output: "", given: [] };
  for (const { script, env, always } of service.stepsOf(name, settings)) {
    if (job.code !== 0 && !always) continue;
    const shell = ["-e", "-o", "pipefail", "-c", script];
    const step = await runCommand("bash", shell, {
      cwd: project.folder,
      env: { ...machine, ...env },
    });
    if (job.code === 0) job.code = step.code;
    job.output += step.output;
    job.given.push(...Object.values(env));
  }
  expectNoSecrets(vultr.issuedApiKeys(), [job.output]);
  return job;
}

const toolsOf = (project: Project) => join(project.folder, "tools");

/** What a runner has beside Pulumi: `npx`, and the command that posts, here one that notes what it was given. */
async function addTools(project: Project, postsWith: string): Promise<void> {
  const tools = toolsOf(project);
  await mkdir(tools);
  const post = join(tools, postsWith);
  await writeFile(post, `#!/bin/sh\nprintf '%s\\n' "$@" > posted.txt\ncp comment.md posted.md\n`);
  await chmod(post, 0o755);
  const npx = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "npx"))
    .find((file) => existsSync(file));
  if (npx === undefined) throw new Error("There is no npx on the PATH: install npm.");
  await symlink(npx, join(tools, "npx"));
}

test.each([
  ["GitHub", github],
  ["GitLab", gitlab],
])(
  "the jobs for %s preview without a credential, apply, rotate in time and notice drift",
  async (_, service) => {
    let aheadMs = 0;
    await using vultr = await startEmulator({ now: () => Date.now() + aheadMs });
    const user = vultr.addUser({ email: "deployer@example.com" });
    await using project = await createProject({ vultr, program: programOf("60d") });
    await project.succeed(["stack", "init", "production"]);
    await addTools(project, service.postsWith);
    const run = (name: JobName) => runJob(service, name, project, vultr, aheadMs);
    const succeed = async (name: JobName) => {
      const job = await run(name);
      if (job.code !== 0) throw new Error(`The job ${name} failed:\n${job.output}`);
      return job;
    };
    const posted = (file: string) => readFile(join(project.folder, file), "utf8");
    const keyIds = () => vultr.keysOf(user.id).map(({ id }) => id);

    const { given } = await succeed("preview");
    expect(vultr.requests).toEqual([]);
    expect(given).not.toContain(vultr.rootApiKey);
    expect(await posted("posted.txt")).toContain("comment.md");
    expect(await posted("posted.md")).toContain("deployer");

    await succeed("up");
    const [first] = keyIds();
    expect(keyIds()).toHaveLength(1);

    aheadMs = 50 * dayMs;
    await succeed("rotate");
    const [second] = keyIds();
    expect(keyIds()).toHaveLength(1);
    expect(second).not.toBe(first);
    expect(vultr.timeline.map(({ liveKeyIds }) => liveKeyIds.length)).toEqual([1, 2, 1]);

    await succeed("drift");
    vultr.deleteKey(second!);
    const drift = await run("drift");
    expect(drift.code).not.toBe(0);
    expect(drift.output).toContain("no changes were expected");
    expect(await project.keysInState()).toHaveLength(1); // it only looked

    await project.write(programOf("2 months"));
    const sent = vultr.requests.length;
    const refused = await run("preview");
    expect(refused.code).not.toBe(0);
    expect(vultr.requests).toHaveLength(sent);
    expect(await posted("posted.md")).toContain("months and years differ in length");
  },
);
