#!/usr/bin/env node
/** `npx pulumi-vultr-user-api-key <command>`: finds the command, and words what goes wrong. */
import { manifest } from "../manifest";
import { isVultrError } from "../vultr/errors";
import { isErrorLike, oneLine, redact } from "../vultr/redact";
import { inWordsOf } from "../words";
import { type Command, exitCodes, UsageError } from "./command";
import { systemTerminal, type Terminal } from "./terminal";

/** Loaded when called: no command pays for another's imports. */
const commands: Record<string, () => Promise<Command>> = {
  audit: async () => (await import("./audit/audit")).audit,
  doctor: async () => (await import("./doctor/doctor")).doctor,
  "preview-comment": async () => (await import("./preview-comment/preview-comment")).previewComment,
};

const program = "pulumi-vultr-user-api-key";

/** @returns the exit code */
export async function main(args: readonly string[], outer: Terminal): Promise<number> {
  const safely = (show: (text: string) => void) => (text: string) => {
    show(redact(inWordsOf(command?.reader ?? "environment", text)));
  };
  const print = safely(outer.print);
  const say = safely(outer.say);
  // `help audit` is `--help audit`, which is `audit --help`.
  const isHelp = (arg: string, at: number) =>
    ["--help", "-h"].includes(arg) || (arg === "help" && at === 0);
  const [name, ...rest] = args.filter((arg, at) => !isHelp(arg, at));
  let command: Command | undefined;
  try {
    if (name === "--version") print(manifest().version);
    else if (name === undefined) print(await overview());
    else {
      command = await commandCalled(name);
      if (!args.some(isHelp)) return await command.run(rest, { ...outer, print, say });
      print(command.help);
    }
    return args.length === 0 ? exitCodes.failure : exitCodes.success;
  } catch (error) {
    const lines = `${program}: ${wording(error)}`.split("\n");
    say(lines.map(oneLine).join("\n")); // it may quote the names of files
    return exitCodes.failure;
  }
}

async function commandCalled(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new UsageError(`there is no command "${name}"`);
  return load();
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(
    async ([name, load]) => `  ${name.padEnd(18)}${(await load()).summary}`,
  );
  return `Usage: npx ${program} <command> [options]

${(await Promise.all(lines)).join("\n")}

npx ${program} <command> --help tells more, and --version tells which version this is.`;
}

function wording(error: unknown): string {
  if (isVultrError(error)) return `${error.message}. ${error.hint}`;
  const unexpected = "this should not happen, please open an issue: ";
  if (!isErrorLike(error)) return unexpected + String(error);
  // `parseArgs` of Node words its own complaints well.
  const isArgumentError = "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
  if (error instanceof UsageError || isArgumentError) return `${error.message} (--help tells more)`;
  return unexpected + (error.stack ?? error.message);
}

if (require.main === module) {
  void main(process.argv.slice(2), systemTerminal()).then((exitCode) => {
    process.exitCode = exitCode;
  });
}
