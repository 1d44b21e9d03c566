/** A stack whose keys change as its reviewers are told in comments: an emulated account, and a clock that tests move. */
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { createProject, installedCommand, up } from "../support/project";
import { runCommand } from "../support/run-command";

const movedClock = join(__dirname, "..", "support", "moved-clock.cjs");
const dayMs = 86_400_000;

export const programOf = (body: string) => `
  const pulumi = require("@pulumi/pulumi");
  const { VultrProvider, VultrUserApiKey, VultrUserApiKeyRing } = require("pulumi-vultr-user-api-key");
  const userEmail = "deployer@example.com";
  ${body}
`;

/** Resources that use keys, or decide about them. The replacement of `dependency` deletes first. */
export const things = `
  class Thing extends pulumi.dynamic.Resource {
    constructor(name, args, opts) {
      const outs = (inputs) => ({ ...inputs, key: process.env.VULTR_API_KEY, out: String(inputs.args.generation) });
      const isOther = (olds, news) => JSON.stringify(olds.args) !== JSON.stringify(news.args);
      super(
        {
          diff: async (_id, olds, news) => ({
            changes: isOther(olds, news),
            replaces: name === "dependency" && isOther(olds, news) ? ["args"] : [],
            deleteBeforeReplace: true,
          }),
          create: async (inputs) => ({ id: name, outs: outs(inputs) }),
          update: async (_id, _olds, inputs) => ({ outs: outs(inputs) }),
        },
        name, { args, key: undefined, out: undefined }, { additionalSecretOutputs: ["key"] },
      );
    }
  }`;

/** A key by the plugin. */
export const pluginKey = `
  class PluginKey extends pulumi.CustomResource {
    constructor(name, args, opts) {
      super("vultr-user-api-key:index:VultrUserApiKey", name, { ...args, keyId: undefined }, opts);
    }
  }`;

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld(firstProgram: string, hasPlugin = false) {
  let aheadMs = 0;
  const vultr = await startEmulator({ now: () => Date.now() + aheadMs });
  const env = { NODE_OPTIONS: `--require ${movedClock}`, VULTR_API_KEY: undefined };
  const project = await createProject({ vultr, program: firstProgram, env, hasPlugin });
  const startMs = Date.now();
  const run = (command: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    runCommand(command, args, { cwd: project.folder, env: { ...project.env, ...more } });
  const pulumi = (args: string[], more?: NodeJS.ProcessEnv) =>
    run("pulumi", [...args, "--non-interactive", "--color", "never"], more);
  const world = {
    vultr,
    project,
    /** Days since the first of January 2031, noon, for the engine, the emulator and the command. */
    moveTo(day: number) {
      aheadMs = Date.UTC(2031, 0, 1, 12) + day * dayMs - startMs;
      project.env["MOVED_CLOCK_MS"] = String(aheadMs);
    },
    /** As a pipeline does it, without a credential. Nothing that it prints is searched for keys. */
    preview: (args = ["--show-sames"]) => pulumi(["preview", "--json", ...args]),
    /** With the credential. */
    runUp: (args: string[] = []) => pulumi([...up, ...args], { VULTR_API_KEY: vultr.rootApiKey }),
    comment: async (file: string) => run(await installedCommand(), ["preview-comment", file]),
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await vultr[Symbol.asyncDispose]();
    },
  };
  world.moveTo(0);
  return world;
}
