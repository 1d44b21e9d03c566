/** `npm run emulator`: a Vultr account to play with, until Ctrl-C. */
import { parseArgs } from "node:util";

import { type Emulator, startEmulator } from "./emulator";
import { addExampleUsers } from "./example-users";

const usage = `Usage: npm run emulator [-- --port <number>]

Starts a Vultr API emulator on loopback. Nothing it hands out works at Vultr.

  --port <number>  where to listen (default 8787)
  --help           this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "8787" }, help: { type: "boolean" } },
  });
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port must be a whole number from 0 to 65535, not "${values.port}".`);
  const vultr = await startEmulator({ port }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(
      `Port ${port} is taken, perhaps by another emulator. End that one, or choose a port by \`npm run emulator -- --port <number>\`; 0 takes any free one.`,
    );
  });
  const users = addExampleUsers(vultr);
  process.stdout.write(`A Vultr emulator is running. Paste this into another terminal:

  export VULTR_API_URL=${vultr.url}
  export VULTR_API_KEY=${vultr.rootApiKey}

${users.map(({ id, email }) => `  ${id}  ${email}\n`).join("")}
Ctrl-C ends it. Requests:
`);
  logRequests(vultr.requests);
  const stop = () => {
    void vultr.close().then(() => process.exit(0));
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
}

/** One line a request, once it was answered. Keys are named by id. */
function logRequests(requests: Emulator["requests"]): void {
  let shown = 0;
  setInterval(() => {
    for (const request of requests.slice(shown)) {
      const { atMs, method, path, status, callerKeyId } = request;
      const time = new Date(atMs).toISOString();
      const caller = callerKeyId ?? "an unknown key";
      process.stdout.write(`${time}  ${status ?? "---"}  ${method} ${path}  by ${caller}\n`);
    }
    shown = requests.length;
  }, 200);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
