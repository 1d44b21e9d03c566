/** A stack whose keys change as its reviewers are told in comments: a scene of the year 2031, as a pipeline sees it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { installedCommand, up } from "../support/project";
import { runCommand } from "../support/run-command";
import { startScene } from "../support/scene";

const dayMs = 86_400_000;

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

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld(firstStatements: string) {
  const scene = await startScene({ hasPlugin: true, env: { VULTR_API_KEY: undefined } });
  const { env, folder, vultr } = scene;
  const firstDay = (Date.UTC(2031, 0, 1, 12) - Date.now()) / dayMs;
  const run = (command: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    runCommand(command, args, { cwd: folder, env: { ...env, ...more } });
  const pulumi = (args: string[], more?: NodeJS.ProcessEnv) =>
    run("pulumi", [...args, "--non-interactive", "--color", "never"], more);
  const moveTo = (day: number) => {
    scene.moveTo(firstDay + day);
  };
  moveTo(0);
  await scene.declare(firstStatements);
  return {
    ...scene,
    /** Days since the first of January 2031, noon, for the engine, the emulator and the command. */
    moveTo,
    /** As a pipeline does it, without a credential. Nothing that it prints is searched for keys. */
    async preview(...flags: string[]) {
      const preview = await pulumi(["preview", "--json", "--show-sames", ...flags]);
      await writeFile(join(folder, "preview.json"), preview.stdout);
      return preview;
    },
    /** With the credential. */
    runUp: (args: string[] = []) => pulumi([...up, ...args], { VULTR_API_KEY: vultr.rootApiKey }),
    /** On the last preview, or on another one. */
    comment: async (file = "preview.json") =>
      run(await installedCommand(), ["preview-comment", file]),
  };
}
