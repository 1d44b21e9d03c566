/** A user's keys, and a folder with a CLI that exports the states which lie there. The backend is a folder, too. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { main } from "../../../provider/command-line/main";
import { type EmulatedKey, startEmulator } from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { scriptedTerminal, type TerminalScript } from "../../support/scripted-terminal";
import { type ExportedKey, stackExport } from "../../support/stack-exports";

export type Scene = Awaited<ReturnType<typeof startScene>>;

interface AuditScript extends TerminalScript {
  beforeAnswer?: () => Promise<void>;
  /** Hears each line that is said, before the command goes on. */
  onSaid?: (line: string) => void;
}

/** @param dateExpire of the key made by hand */
export async function startScene(dateExpire?: string) {
  const clock = manualClock();
  const vultr = await startEmulator({ now: clock.now });
  const user = vultr.addUser({ email: "deployer@example.com" });
  const used = vultr.addKey(user.id, { name: "deployer-production-abcdefgh" });
  const byHand = vultr.addKey(user.id, { name: "by hand", ...(dateExpire && { dateExpire }) });
  /** Named as keys of the resource are, and in no state. */
  const alike = vultr.addKey(user.id, { name: "deployer-production-bcdefghj" });
  /** What a state says of a key. */
  const recordOf = ({ id, name }: EmulatedKey, more?: Partial<ExportedKey>): ExportedKey => {
    return { resource: "deployer", userId: user.id, keyId: id, name, ...more };
  };
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, file), text);
    return join(folder, file);
  };
  /** Writes a lock file, by default that of a run of the stack in state. */
  const lock = async (...path: string[]) => {
    const place = path.length > 0 ? path : ["organization", "keys", "production"];
    await mkdir(join(folder, "backend", ".pulumi", "locks", ...place), { recursive: true });
    await write(join("backend", ".pulumi", "locks", ...place, "b7b6b62a.json"), "{}");
  };
  const state = stackExport([recordOf(used)]);
  const cli = `#!/bin/sh\ncase $1 in whoami) cat ${folder}/whoami.json;; *) cat ${folder}/$4.json;; esac\n`;
  await chmod(await write("pulumi", cli), 0o755);
  await write("whoami.json", `{"url":"file://${folder}/backend?x=y"}`);
  await mkdir(join(folder, "backend", ".pulumi"), { recursive: true });
  await write("production.json", state);

  const audit = async (
    args: readonly string[],
    { beforeAnswer, onSaid, ...script }: AuditScript = {},
  ) => {
    const environment = {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      VULTR_API_URL: vultr.url,
      VULTR_API_KEY: vultr.rootApiKey,
    };
    const terminal = scriptedTerminal({ clock, standardInput: state, environment, ...script });
    const ask = async (question: string) => {
      clock.advance(1);
      await beforeAnswer?.();
      return terminal.ask(question);
    };
    const say = (line: string) => {
      terminal.say(line);
      onSaid?.(line);
    };
    const exitCode = await main(["audit", ...args], { ...terminal, ask, say });
    const [printed, said] = [terminal.printed.join("\n"), terminal.said.join("\n")];
    return { exitCode, printed, said, asked: terminal.asked };
  };

  return {
    ...{ vultr, user, used, byHand, alike, folder, recordOf, write, lock, audit },
    /** Replaces what `pulumi stack export --stack production` prints. */
    setState: (...export_: Parameters<typeof stackExport>) =>
      write("production.json", stackExport(...export_)),
    deletes: () => vultr.requests.filter(({ method }) => method === "DELETE"),
    async [Symbol.asyncDispose]() {
      await vultr.close();
      await rm(folder, { recursive: true });
    },
  };
}
