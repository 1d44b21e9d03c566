/**
 * The pipelines in examples/pipelines: the commands that their files hold, on the real engine, with the
 * variables that the files and the settings give and no others.
 */
import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { json } from "node:stream/consumers";

import { respond } from "../emulator";
import { github, gitlab, type JobName, type Service, type Settings } from "../support/pipelines";
import { expectNoSecrets, type Project } from "../support/project";
import { runCommand } from "../support/run-command";
import { type Scene, startScene } from "../support/scene";
import { serve } from "../support/tiny-server";

const programOf = (expiresIn: string) => `
  const args = { userEmail, expiresIn: "${expiresIn}", rotateBeforeExpiry: "15d" };
  exports.apiKey = key("deployer", args).apiKey;`;

interface JobRun {
  code: number | null;
  output: string;
  /** Values of all variables that the job's steps were given. */
  given: string[];
}

/** Runs one job in a bare environment; after a failure only those of its steps that always run. */
async function runJob(service: Service, name: JobName, scene: Scene, api: string): Promise<JobRun> {
  const { vultr } = scene;
  const { PATH, HOME, PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK, PULUMI_BACKEND_URL } = scene.env;
  const { NODE_OPTIONS, MOVED_CLOCK_MS } = scene.env;
  const settings: Settings = {
    variables: { PULUMI_BACKEND_URL: PULUMI_BACKEND_URL! },
    secrets: { PULUMI_CONFIG_PASSPHRASE: "test", GITLAB_COMMENT_TOKEN: "comment token" },
    productionSecrets: { VULTR_API_KEY: vultr.rootApiKey },
  };
  const machine = {
    PATH: [toolsOf(scene), PATH].join(delimiter),
    HOME,
    PULUMI_HOME,
    PULUMI_SKIP_UPDATE_CHECK,
    VULTR_API_URL: vultr.url,
    NODE_OPTIONS,
    MOVED_CLOCK_MS,
    ...service.ownVariables(scene.folder, api),
  };
  const job: JobRun = { code: 0, output: "", given: [] };
  for (const { script, env, always } of service.stepsOf(name, settings)) {
    if (job.code !== 0 && !always) continue;
    const shell = ["-e", "-o", "pipefail", "-c", script];
    const options = { cwd: scene.folder, env: { ...machine, ...env } };
    const step = await runCommand("bash", shell, options);
    if (job.code === 0) job.code = step.code;
    job.output += step.output;
    job.given.push(...Object.values(env));
  }
  expectNoSecrets(vultr.issuedApiKeys(), [job.output]);
  return job;
}

/** The one line that says why a job is red, without the mark by which its service shows it. */
function lastLineOf({ output }: JobRun): string | undefined {
  return output
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^(::error::|ERROR: )/, "");
}

const toolsOf = (project: Project) => join(project.folder, "tools");

/** What a runner has beside Pulumi: `npx`, and at GitHub `gh`, here one that notes what it was given. */
async function addTools(project: Project): Promise<void> {
  const tools = toolsOf(project);
  await mkdir(tools);
  const post = join(tools, "gh");
  await writeFile(post, `#!/bin/sh\necho "$*" >> posted.txt\ncp comment.md posted.md\n`);
  await chmod(post, 0o755);
  const npx = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "npx"))
    .find((file) => existsSync(file));
  if (npx === undefined) throw new Error("There is no npx on the PATH: install npm.");
  await symlink(npx, join(tools, "npx"));
}

/** The notes of a merge request at GitLab; the first is somebody else's, and quotes ours. */
function startNotes(folder: string) {
  const notes = [{ id: 1, author: { id: 5 }, body: "<!-- pulumi-vultr-user-api-key -->" }];
  return serve((request, response) => {
    void (async () => {
      const { method = "", url = "", headers } = request;
      const { pathname, searchParams } = new URL(url, "http://gitlab");
      const isAllowed = headers["private-token"] === "comment token";
      const answer = async () => {
        if (pathname === "/user") return { id: 6 };
        if (method === "GET") return searchParams.get("page") === "1" ? notes : [];
        const { body } = (await json(request)) as { body: string };
        const [, id] = /\/notes\/(\d+)$/.exec(pathname) ?? [];
        const note = notes.find((each) => String(each.id) === id);
        if (note === undefined) notes.push({ id: notes.length + 1, author: { id: 6 }, body });
        else note.body = body;
        await appendFile(join(folder, "posted.txt"), `${method} ${pathname}\n`);
        await writeFile(join(folder, "posted.md"), body);
        return {};
      };
      response.statusCode = isAllowed ? 200 : 401;
      response.end(JSON.stringify(isAllowed ? await answer() : {}));
    })();
  });
}

const notesPath = "/projects/11/merge_requests/7/notes";
const edit = "pr comment 7 --edit-last --create-if-none --body-file comment.md";

test.each([
  ["GitHub", github, [edit, edit]],
  ["GitLab", gitlab, [`POST ${notesPath}`, `PUT ${notesPath}/2`]],
])(
  "the jobs for %s preview without a credential, apply, rotate in time and notice drift",
  async (_, service, edits) => {
    await using scene = await startScene();
    await using notes = await startNotes(scene.folder);
    const api = `http://127.0.0.1:${notes.port}`;
    const { vultr } = scene;
    await scene.declare(programOf("60d"));
    await scene.succeed(["stack", "init", "production"]);
    await addTools(scene);
    const run = (name: JobName) => runJob(service, name, scene, api);
    const succeed = async (name: JobName) => {
      const job = await run(name);
      if (job.code !== 0) throw new Error(`The job ${name} failed:\n${job.output}`);
      return job;
    };
    const posted = (file: string) => readFile(join(scene.folder, file), "utf8");

    const { given } = await succeed("preview");
    expect(vultr.requests).toEqual([]);
    expect(given).not.toContain(vultr.rootApiKey);
    expect(await posted("posted.md")).toContain("deployer");

    await succeed("up");
    const [first] = scene.idsAtVultr();

    // Vultr refuses to revoke. The run is red and says what is left, and the next one ends the work.
    scene.moveTo(50);
    const forbidden = { status: 403, json: { error: "Forbidden", status: 403 } };
    vultr.inject(respond(forbidden, { method: "DELETE" }));
    const halfDone = await run("rotate");
    expect(halfDone.code).not.toBe(0);
    expect(lastLineOf(halfDone)).toBe(
      "Not all keys are in order. 1 pending-deletion: `pulumi up` ends them, unless retainOnDelete or an adoption keeps them.",
    );
    expect(scene.idsAtVultr().filter(scene.works)).toHaveLength(2);
    await succeed("rotate");
    const [second] = scene.idsAtVultr();
    expect(second).not.toBe(first);
    expect(vultr.timeline.map(({ liveKeyIds }) => liveKeyIds.length)).toEqual([1, 2, 1]);

    await succeed("drift");
    vultr.deleteKey(second!);
    const drift = await run("drift");
    expect(drift.code).not.toBe(0);
    expect(drift.output).toContain("no changes were expected");
    expect(lastLineOf(drift)).toBe(
      "Not all keys are in order. 1 missing: if VULTR_API_KEY is of their organisation, `pulumi refresh`, then `pulumi up`, makes them anew (remove adoptKeyId and adoptApiKey first, if it was adopted).",
    );
    expect(await scene.keysInState()).toHaveLength(1); // it only looked

    await scene.declare(programOf("2 months"));
    const sent = vultr.requests.length;
    const refused = await run("preview");
    expect(refused.code).not.toBe(0);
    expect(vultr.requests).toHaveLength(sent);
    expect(await posted("posted.md")).toContain("months and years differ in length");
    expect((await posted("posted.txt")).trim().split("\n")).toEqual(edits);
  },
);
