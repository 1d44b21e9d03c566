/** What a command for developers is told on its command line, and how it says so. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

type Given<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options }>
>["values"];

/**
 * Runs a command with the options that were given. Asked for help, it prints the usage instead; given what
 * it does not know, it refuses that with the usage and exit code 2. If it fails, the exit code is 1.
 *
 * @param name of the command, such as `bench`, before what is said of a failure
 */
export function runCommandLine<Options extends ParseArgsOptionsConfig>(
  name: string,
  usage: string,
  options: Options,
  main: (given: Given<Options>) => Promise<void>,
): void {
  const fail = (error: unknown, exitCode: number, more = "") => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${message}\n${more}`);
    process.exitCode = exitCode;
  };
  if (process.argv.includes("--help")) {
    process.stdout.write(usage);
    return;
  }
  let given: Given<Options>;
  try {
    given = parseArgs({ options }).values;
  } catch (error) {
    fail(error, 2, `\n${usage}`);
    return;
  }
  main(given).catch((error: unknown) => {
    fail(error, 1);
  });
}
