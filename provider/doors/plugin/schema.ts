/** What the plugin tells of itself, so that Pulumi can make SDKs and check programs. */
import { manifest } from "../../manifest";
import schema from "./schema.json";

/** This package's version. */
export const { version } = manifest();

/** The package schema as JSON, with this version. */
export function schemaText(): string {
  return JSON.stringify({ ...schema, version });
}
