/** What a command for developers is told on its command line, and how it says so. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/**
 * The options that were given. Asked for help, or given what it does not know, the command prints the
 * usage and ends.
 */
export function optionsOrUsage<Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
) {
  if (process.argv.includes("--help")) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
