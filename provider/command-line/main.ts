#!/usr/bin/env node
/** `npx pulumi-vultr-user-api-key <command>`: finds the command, and words what goes wrong. */
import { isVultrError } from "../vultr/errors";
import { isErrorLike, redact } from "../vultr/redact";
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
  const redacted = (show: (text: string) => void) => (text: string) => {
    show(redact(text));
  };
  const print = redacted(outer.print);
  const say = redacted(outer.say);
  const [name = "--help", ...rest] = args;
  try {
    if (name === "--help" || name === "help") {
      print(await overview());
      return args.length === 0 ? exitCodes.failure : exitCodes.success;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) throw new UsageError(`there is no command "${name}"`);
    const command = await load();
    if (!rest.includes("--help")) return await command.run(rest, { ...outer, print, say });
    print(command.help);
    return exitCodes.success;
  } catch (error) {
    say(`${program}: ${wording(error)}`);
    return exitCodes.failure;
  }
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(
    async ([name, load]) => `  ${name.padEnd(18)}${(await load()).summary}`,
  );
  return `Usage: npx ${program} <command> [options]

${(await Promise.all(lines)).join("\n")}

npx ${program} <command> --help tells more.`;
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
