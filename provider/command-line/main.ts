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
  const [first = "--help", ...rest] = args;
  let command: Command | undefined;
  try {
    const asksForHelp = ["--help", "-h", "help"].includes(first);
    if (first === "--version") print(manifest().version);
    else if (asksForHelp && rest[0] === undefined) print(await overview());
    else {
      command = await commandCalled(asksForHelp ? rest[0] : first);
      if (!asksForHelp && !rest.some((arg) => ["--help", "-h"].includes(arg)))
        return await command.run(rest, { ...outer, print, say });
      print(command.help);
    }
    return args.length === 0 ? exitCodes.failure : exitCodes.success;
  } catch (error) {
    say(linesOf(`${program}: ${wording(error)}`));
    return exitCodes.failure;
  }
}

async function commandCalled(name = ""): Promise<Command> {
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

/** `text` safe to show, with its lines and their indentation: it may quote the names of files. */
function linesOf(text: string): string {
  const lines = text.split("\n").map((line) => [/^ */.exec(line)?.[0], oneLine(line)].join(""));
  return lines.join("\n");
}

if (require.main === module) {
  void main(process.argv.slice(2), systemTerminal()).then((exitCode) => {
    process.exitCode = exitCode;
  });
}
