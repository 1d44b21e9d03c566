/** `npm run schema`: writes what the doc comments say into the plugin's schema. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

import { pluginSchema } from "./plugin-schema";

const file = join(__dirname, "..", "..", "provider", "doors", "plugin", "schema.json");

void (async () => {
  const options = { ...(await resolveConfig(file)), filepath: file };
  writeFileSync(file, await format(JSON.stringify(pluginSchema()), options));
})();
