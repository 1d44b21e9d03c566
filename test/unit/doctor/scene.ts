/** A Pulumi project on a machine that is all right, with a user at Vultr. Tests break one thing each. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { doctorOn } from "../../../provider/command-line/doctor/doctor";
import { type Machine, thisMachine } from "../../../provider/command-line/doctor/machine";
import { startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal } from "../../support/scripted-terminal";

export type Scene = Awaited<ReturnType<typeof startScene>>;

export async function startScene() {
  const clock = manualClock();
  const vultr = await startEmulator({ now: clock.now });
  const user = vultr.addUser({ email: "deployer@example.com", name: "Deployer" });
  const folder = await mkdtemp(join(tmpdir(), "doctor-"));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  const install = (place: string, version: string) =>
    write(`${place}node_modules/@pulumi/pulumi/package.json`, JSON.stringify({ version }));
  await install("", "3.276.0");
  await write("Pulumi.yaml", "name: project\n");
  await write("config.json", "{}");
  // `pulumi config --json` and `pulumi config get` print what lies in these files.
  await write(
    "pulumi",
    `#!/bin/sh\ncase $2 in get) cat ${folder}/get;; *) cat ${folder}/config.json;; esac\n`,
  );
  await chmod(join(folder, "pulumi"), 0o755);

  const environment: NodeJS.ProcessEnv = {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    VULTR_API_URL: vultr.url,
    VULTR_API_KEY: vultr.rootApiKey,
  };
  const machine: Machine = { ...thisMachine, nodeVersion: "24.21.0", folder };
  /** What is not the same in each run gets a name. */
  const withNames = (text: string) =>
    text
      .replaceAll(vultr.url.replace("/v2", ""), "https://vultr.test")
      .replaceAll(new URL(vultr.url).host, "vultr.test")
      .replaceAll(folder, "FOLDER")
      .replaceAll(user.id, "USER-ID")
      .replace(/pulumi-vultr-user-api-key \d[\w.-]+/, "pulumi-vultr-user-api-key VERSION");

  return {
    ...{ vultr, user, clock, folder, write, install, environment, machine },
    /** Changes what the stack's configuration holds. */
    configure: (config: object) => write("config.json", JSON.stringify(config)),
    async examine(args: readonly string[] = [], hasColours = false) {
      const terminal = scriptedTerminal({ clock, environment, hasColours });
      const exitCode = await doctorOn(machine).run(args, terminal);
      const printed = withNames(terminal.printed.join("\n"));
      for (const secret of vultr.issuedApiKeys()) expect(printed).not.toContain(secret);
      /** Without the lines of what is all right. */
      const found = printed.split("\n").filter((line) => !line.startsWith("ok  "));
      return { exitCode, printed, found, said: terminal.said.join("\n") };
    },
    async [Symbol.asyncDispose]() {
      await vultr.close();
      await rm(folder, { recursive: true });
    },
  };
}
