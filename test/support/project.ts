/**
 * A Pulumi project in a folder of its own, run by the real engine against an emulator, with the
 * package installed from its tarball. Everything the engine prints and writes is searched for keys
 * when the project is closed.
 */
import { existsSync, mkdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, relative, sep } from "node:path";

import { isKeyType } from "../../provider/names";
import type { Emulator } from "../emulator";
import { compileCache, installedPackage } from "./installed-package";
import { type CommandOptions, type CommandResult, runCommand } from "./run-command";

export interface ProjectOptions {
  /** The program: JavaScript by default, which starts fastest of those that can use the dynamic provider. */
  program: string;
  /**
   * Name of the program's file; its ending decides the language. In Pulumi.yaml the program is what
   * follows the project's settings. @default index.js
   */
  entry?: string;
  /** The package's plugin is declared, by its place in node_modules. @default false */
  hasPlugin?: boolean;
  /** More fields of the program's package.json, such as `type`. */
  packageJson?: object;
  /** Name of its stack. @default test */
  stack?: string;
  vultr: Emulator;
  /** A folder in which the package is installed in another way than by npm. */
  installedIn?: string;
  /** Environment of the engine beside the usual; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
}

/** A resource as `pulumi stack export` shows it. */
export interface ExportedResource {
  urn: string;
  id?: string;
  type: string;
  delete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
}

type RunPulumi = (
  args: readonly string[],
  options?: Partial<CommandOptions>,
) => Promise<CommandResult>;

export type Project = Awaited<ReturnType<typeof createProject>>;

/** Where the documentation tells people to find the plugin of the npm package. */
const pluginSettings = `plugins:
  providers:
    - name: vultr-user-api-key
      path: node_modules/.bin
`;

export const up = ["up", "--yes", "--skip-preview"];

export async function createProject(options: ProjectOptions) {
  const { vultr, entry = "index.js", stack = "test", hasPlugin = false } = options;
  const programs = join(options.installedIn ?? (await installedPackage()), "programs");
  await mkdir(programs, { recursive: true });
  const folder = await mkdtemp(join(programs, "project-"));
  const description = { name: "project", private: true, main: entry, ...options.packageJson };
  await writeFile(join(folder, "package.json"), JSON.stringify(description));
  if (hasPlugin) await symlink(join(programs, "..", "node_modules"), join(folder, "node_modules"));
  const isYaml = entry === "Pulumi.yaml";
  // A program in JavaScript need not wait until the SDK has loaded the TypeScript compiler.
  const nodejs = `{ name: nodejs, options: { typescript: ${entry.endsWith(".ts")} } }`;
  const settings = `name: project\nruntime: ${isYaml ? "yaml" : nodejs}\n${hasPlugin ? pluginSettings : ""}`;
  const write = (program: string) =>
    writeFile(join(folder, entry), isYaml ? settings + program : program);
  await writeFile(join(folder, "Pulumi.yaml"), settings);
  await write(options.program);
  const env: NodeJS.ProcessEnv = {
    ...engineEnvironment(folder, vultr),
    // The engine starts Node three times for each run: a fifth cheaper with what it compiled before.
    NODE_COMPILE_CACHE: compileCache,
    // The gate has checked the types of the examples by then.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    ...options.env,
  };
  const printed: string[] = [];
  const moreSecrets: (() => string[])[] = [];

  const attempt = async (
    command: string,
    args: readonly string[],
    more?: Partial<CommandOptions>,
  ) => {
    const result = await runCommand(command, args, { cwd: folder, env, ...more });
    printed.push(result.output);
    return result;
  };
  const pulumi: RunPulumi = (args, more) =>
    attempt("pulumi", [...args, "--non-interactive", "--color", "never"], more);
  const succeed: RunPulumi = async (args, more) =>
    expectCode(await pulumi(args, more), true, ["pulumi", ...args]);
  const fail: RunPulumi = async (args, more) =>
    expectCode(await pulumi(args, more), false, ["pulumi", ...args]);
  const run = async (command: string, args: readonly string[]) =>
    expectCode(await attempt(command, args), true, [command, ...args]);
  const exported = async () => {
    const result = await run("pulumi", ["stack", "export"]);
    const state = JSON.parse(result.stdout) as { deployment: { resources?: ExportedResource[] } };
    return state.deployment.resources ?? [];
  };
  await succeed(["stack", "init", stack]);

  return {
    folder,
    env,
    /** Runs the CLI as a person or a pipeline would, without questions. */
    pulumi,
    /** The same, but a failure fails the test and shows what was printed. */
    succeed,
    /** The same, but a success fails the test. */
    fail,
    /** Runs another command in the project's folder and environment. */
    attempt,
    /** The same, but a failure fails the test. */
    run,
    /** All resources in the stack's state. */
    exported,
    /** Replaces the program. */
    write,
    async setConfig(key: string, value: string, secret = false) {
      const how = secret ? "--secret" : "--plaintext";
      await run("pulumi", ["config", "set", key, value, how]);
    },
    /** Vultr keys in the stack's state, those pending deletion included. */
    keysInState: async () => (await exported()).filter(({ type }) => isKeyType(type)),
    /** More secrets to search for, such as those of a second emulator. */
    alsoSecret: (secrets: () => string[]) => moreSecrets.push(secrets),
    async [Symbol.asyncDispose]() {
      const secrets = [...vultr.issuedApiKeys(), ...moreSecrets.flatMap((more) => more())];
      const written = await textBelow(folder);
      await rm(folder, { recursive: true });
      expectNoSecrets(secrets, [...printed, ...written]);
    },
  };
}

function expectCode(result: CommandResult, isSuccess: boolean, command: string[]): CommandResult {
  if ((result.code === 0) === isSuccess) return result;
  throw new Error(`${command.join(" ")} ended with ${String(result.code)}:\n${result.output}`);
}

/** The engine's environment: offline, in the folder, and of the caller's environment only what it needs. */
export function engineEnvironment(folder: string, vultr: Emulator): NodeJS.ProcessEnv {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  return {
    PATH: enginePath(dirname(process.execPath), pulumiFolder()),
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    VULTR_API_URL: vultr.url,
    VULTR_API_KEY: vultr.rootApiKey,
  };
}

/** The folder of the Pulumi CLI that the set-up found. */
export function pulumiFolder(): string {
  const folder = process.env["PULUMI_BIN_DIR"];
  if (folder !== undefined && existsSync(folder)) return folder;
  throw new Error(
    "There is no Pulumi CLI to test with: run the tests by `npm test`, which finds one.",
  );
}

/** A PATH on which the engine finds this Node and this CLI, whatever else is installed. */
export function enginePath(ofNode: string, ofPulumi: string): string {
  return [ofNode, ofPulumi, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
}

/** Path of the command that the package brings, as npm installed it for a project's program. */
export async function installedCommand(): Promise<string> {
  return join(await installedPackage(), "node_modules", ".bin", "pulumi-vultr-user-api-key");
}

/**
 * Every file below a folder but packages installed there, as text: state, its backups, configuration, logs.
 *
 * @throws {Error} there is none, and nothing was searched
 */
export async function textBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter(
    (entry) =>
      entry.isFile() && !relative(folder, entry.parentPath).split(sep).includes("node_modules"),
  );
  if (files.length === 0) throw new Error(`No file below ${folder} was searched.`);
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}

/** @throws {Error} one of the texts holds one of the secrets; says which text, not which secret */
export function expectNoSecrets(secrets: readonly string[], texts: readonly string[]): void {
  for (const text of texts) {
    const found = secrets.find((secret) => text.includes(secret));
    if (found === undefined) continue;
    const at = text.indexOf(found);
    const around = text.slice(Math.max(0, at - 300), at + 300).replaceAll(found, "«KEY»");
    throw new Error(`A key in plaintext was printed or written:\n${around}`);
  }
}
