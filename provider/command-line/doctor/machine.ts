/** Checks Node, this package and the copies of Pulumi's SDK, without loading them, and probes the way to Vultr. */
import { globSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { dirname, join } from "node:path";

import { manifest } from "../../manifest";
import { type Check, named } from "./check";

/** What doctor takes from the machine. Tests give another one. */
export interface Machine {
  nodeVersion: string;
  /** The working folder, where a Pulumi program may be. */
  folder: string;
  /** Asks the API for any answer, without a credential, over IPv4 (`family` 4) or IPv6 (6). */
  probe: (apiUrl: string, family: number) => Promise<Answered>;
}

export interface Answered {
  /** The `Date` header, in milliseconds since the epoch; NaN if there is none. */
  dateMs: number;
  /** The address that the request left from. */
  localAddress: string;
}

export const thisMachine: Machine = {
  nodeVersion: process.versions.node,
  folder: process.cwd(),
  probe,
};

export function* checkMachine({ nodeVersion, folder }: Machine): Generator<Check> {
  const own = manifest();
  const node = named("machine.node");
  yield isOlder(nodeVersion, own.engines.node)
    ? node.failed(`Node ${nodeVersion} is too old`, `Use Node ${own.engines.node}.`)
    : node.ok(`Node ${nodeVersion}`);
  yield named("machine.package").ok(`${own.name} ${own.version}`);

  const copies = sdkFoldersFor(folder);
  const [copy] = copies;
  const describeCopy = (at: string) => `${manifest(at).version} in ${at}`;
  const sdk = named("machine.sdk", "@pulumi/pulumi");
  const wanted = own.peerDependencies["@pulumi/pulumi"];
  if (copy === undefined) yield sdk.skipped(`none is installed for a program in ${folder}`);
  else if (copies.length > 1)
    yield sdk.warning(
      `it is installed ${copies.length} times: ${copies.map(describeCopy).join("; ")}`,
      "Resources made through a second copy may not keep secrets secret: let all packages share one version, such as with `npm dedupe`.",
    );
  else if (isOlder(manifest(copy).version, wanted))
    yield sdk.failed(`${describeCopy(copy)} is too old`, `Install ${wanted}.`);
  else yield sdk.ok(describeCopy(copy));
}

/** The copy that a program in this folder loads, as Node finds it, and those that its packages bring for themselves. */
function sdkFoldersFor(folder: string): string[] {
  const modules = join(folder, "node_modules");
  const parent = dirname(folder);
  const copies = "{,*/node_modules/,@*/*/node_modules/}@pulumi/pulumi/package.json";
  const found = globSync(copies, { cwd: modules }).map((file) => dirname(join(modules, file)));
  // In a workspace of several packages the program's own copy may lie further up.
  const isLast = parent === folder || found.includes(join(modules, "@pulumi", "pulumi"));
  return [...found.sort(), ...(isLast ? [] : sdkFoldersFor(parent))];
}

const byVersion = new Intl.Collator("en", { numeric: true });

/** @param range a sign and the oldest version that will do, such as `>=22.19` */
function isOlder(version: string, range: string): boolean {
  return byVersion.compare(version, range.replace(/^\D+/, "")) < 0;
}

const probeLimitMs = 10_000;

function probe(apiUrl: string, family: number): Promise<Answered> {
  const url = new URL(`${apiUrl}/regions`); // documented as open to everybody
  const request = url.protocol === "http:" ? requestHttp : requestHttps;
  const signal = AbortSignal.timeout(probeLimitMs);
  return new Promise((resolve, reject) => {
    const options = { family, method: "HEAD", agent: false, signal };
    const sent = request(url, options, (answer) => {
      answer.resume();
      const dateMs = Date.parse(answer.headers.date ?? "");
      resolve({ dateMs, localAddress: answer.socket.localAddress ?? "" });
    });
    sent.on("error", (error) => {
      reject(signal.aborted ? (signal.reason as Error) : error);
    });
    sent.end();
  });
}
