/** What the plugin tells of itself, so that Pulumi can make SDKs and check programs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import schema from "./schema.json";

const packageFile = join(__dirname, "..", "..", "..", "package.json");

/** This package's version. */
export const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

/** The package schema as JSON, with this version. */
export function schemaText(): string {
  return JSON.stringify({ ...schema, version });
}
