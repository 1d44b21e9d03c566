/**
 * Reads the pipelines in examples/pipelines as their services do: which commands a job runs, and which
 * variables each of them is given.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { repositoryRoot } from "./installed-package";

export const jobNames = ["preview", "up", "rotate", "drift"] as const;
export type JobName = (typeof jobNames)[number];
type Variables = Record<string, string>;

/** What a team keeps in the settings of its service; the last kind is for jobs of the environment "production". */
export interface Settings {
  variables: Variables;
  secrets: Variables;
  productionSecrets: Variables;
}

/** One command of a job, with everything that the file puts into its environment. */
interface Step {
  script: string;
  env: Variables;
  /** It runs after a failure as well. */
  always: boolean;
}

export interface Service {
  /** What a job runs where the state is in a backend of one's own. */
  stepsOf(job: JobName, settings: Settings): Step[];
  /** What the service itself sets in every job; `api` is the address of its API. */
  ownVariables(folder: string, api: string): Variables;
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Variables;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  env?: Variables;
  jobs: Record<string, WorkflowJob>;
}

interface WorkflowJob {
  if?: string;
  needs?: string;
  environment?: string;
  permissions?: Variables;
  env?: Variables;
  steps: { if?: string; run?: string; uses?: string; env?: Variables }[];
}

interface GitlabJob {
  extends?: string;
  environment?: string | { name: string; action?: string };
  variables?: Variables;
  rules?: { if: string }[];
  script?: string[];
}

type GitlabFile = Record<string, GitlabJob> & {
  variables: Variables;
  default: { before_script: string[] };
};

const pipelines = join(repositoryRoot, "examples", "pipelines");

export function workflowText(job: JobName): string {
  return readFileSync(join(pipelines, "github", `${job}.yml`), "utf8");
}

export function gitlabText(): string {
  return readFileSync(join(pipelines, "gitlab", ".gitlab-ci.yml"), "utf8");
}

export const parseWorkflow = (text: string) => parse(text) as Workflow;
export const parseGitlab = (text: string) => parse(text) as GitlabFile;

export function environmentOf({ environment }: GitlabJob): string | undefined {
  return typeof environment === "object" ? environment.name : environment;
}

/** The file of a team with a backend of its own: changed as its comments say, and in nothing else. */
function withOwnBackend(text: string): string {
  return text
    .replace(/^ *PULUMI_ACCESS_TOKEN: .*\n/m, "")
    .replaceAll(/# (PULUMI_(?:BACKEND_URL|CONFIG_PASSPHRASE): )/g, "$1");
}

/** Commands that install Pulumi and the program's packages: where a test runs, both are there. */
const installs = /^npm ci|^curl .*get\.pulumi\.com|^export PATH=/;

/** Comes with a step that runs after a failure too; another condition is none that a test can decide. */
const alwaysCondition = "${{ !cancelled() }}";

export const github: Service = {
  ownVariables: (folder) => ({ CI: "true", GITHUB_STEP_SUMMARY: join(folder, "summary.md") }),
  stepsOf(name, settings) {
    const workflow = parseWorkflow(withOwnBackend(workflowText(name)));
    const job = workflow.jobs[name]!;
    const isProduction = job.environment === "production";
    return job.steps.flatMap(({ if: condition, run, env }) => {
      if (run === undefined || installs.test(run)) return [];
      if (condition !== undefined && condition !== alwaysCondition)
        throw new Error(`No test knows what "if: ${condition}" means.`);
      const given = Object.entries({ ...workflow.env, ...job.env, ...env });
      const filled = Object.fromEntries(
        given.map(([key, value]) => [key, fill(value, isProduction, settings)]),
      );
      return { script: run, env: filled, always: condition !== undefined };
    });
  },
};

/** Fills expressions in; one that the settings do not answer is empty, as at GitHub. */
function fill(value: string, isProduction: boolean, settings: Settings): string {
  const contexts: Record<string, Variables> = {
    secrets: { ...settings.secrets, ...(isProduction && settings.productionSecrets) },
    vars: settings.variables,
    github: {
      token: "token of the job",
      repository: "team/keys",
      "event.pull_request.number": "7",
    },
  };
  return value.replaceAll(
    /\$\{\{ *(\w+)\.([\w.]+) *\}\}/g,
    (_, context: string, name: string) => contexts[context]?.[name] ?? "",
  );
}

export const gitlab: Service = {
  ownVariables: (_, api) => ({
    CI: "true",
    CI_API_V4_URL: api,
    CI_PROJECT_ID: "11",
    CI_MERGE_REQUEST_IID: "7",
  }),
  stepsOf(name, settings) {
    const file = parseGitlab(withOwnBackend(gitlabText()));
    const job = file[name]!;
    const lines = [...file.default.before_script, ...job.script!];
    const script = lines.filter((line) => !installs.test(line)).join("\n");
    // Variables of the settings win over those of the file.
    const env = {
      ...file.variables,
      ...job.variables,
      ...settings.variables,
      ...settings.secrets,
      ...(environmentOf(job) === "production" && settings.productionSecrets),
    };
    return [{ script, env, always: false }];
  },
};
