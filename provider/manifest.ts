/** What a package.json says: of this package, or of another one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  name: string;
  version: string;
  engines: { node: string };
  peerDependencies: { "@pulumi/pulumi": string };
}

/** @param folder where the file is; without it, this package's own is meant */
export function manifest(folder = join(__dirname, "..")): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
