/** What this machine brings: Node, the package, copies of Pulumi's SDK, a way to Vultr. Loads no SDK. */
import { existsSync, globSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { dirname, join } from "node:path";

import { manifest } from "../command";
import { type Check, named } from "./check";

/** Stood in for by tests. */
export interface Machine {
  nodeVersion: string;
  /** Where the command was called: a program's folder, perhaps. */
  folder: string;
  /** Any answer from the API over this family of addresses, without a credential. */
  probe: (apiUrl: string, family: number) => Promise<Answered>;
}

export interface Answered {
  /** What `Date` says, in milliseconds since the epoch; NaN if it says nothing. */
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
  if (isOlder(nodeVersion, own.engines.node))
    yield node.failed(`Node ${nodeVersion} is too old`, `Use Node ${own.engines.node}.`);
  else yield node.ok(`Node ${nodeVersion}`);
  yield named("machine.package").ok(`${own.name} ${own.version}`);

  const [copy, ...others] = sdksBelow(folder).map((at) => `${manifest(at).version} in ${at}`);
  const sdk = named("machine.sdk", "@pulumi/pulumi");
  const wanted = own.peerDependencies["@pulumi/pulumi"];
  if (copy === undefined) yield sdk.skipped(`none is installed for a program in ${folder}`);
  else if (others.length > 0)
    yield sdk.warning(
      `it is installed ${others.length + 1} times: ${[copy, ...others].join("; ")}`,
      "Resources made through a second copy may not keep secrets secret: let all packages share one version, such as with `npm dedupe`.",
    );
  else if (isOlder(copy, wanted)) yield sdk.failed(`${copy} is too old`, `Install ${wanted}.`);
  else yield sdk.ok(copy);
}

/** Copies for programs in this folder: the one that they load, and those that packages beside it bring. */
function sdksBelow(folder: string): string[] {
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return dirname(folder) === folder ? [] : sdksBelow(dirname(folder));
  const places = ["", "*/node_modules/", "@*/*/node_modules/"];
  const files = globSync(
    places.map((place) => `${place}@pulumi/pulumi/package.json`),
    { cwd: modules },
  );
  return files.map((file) => dirname(join(modules, file))).sort();
}

/** @param wanted a version after any signs, such as `>=22.19` */
function isOlder(version: string, wanted: string): boolean {
  const partsOf = (text: string) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [is, least] = [partsOf(version), partsOf(wanted)];
  const at = least.findIndex((part, place) => part !== (is[place] ?? 0));
  return at >= 0 && (is[at] ?? 0) < (least[at] ?? 0);
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
