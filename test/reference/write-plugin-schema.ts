/** `npm run schema`: writes what the doc comments say into the plugin's schema. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { pluginSchema } from "./plugin-schema";

const file = join(__dirname, "..", "..", "provider", "doors", "plugin", "schema.json");
writeFileSync(file, `${JSON.stringify(pluginSchema(), undefined, 2)}\n`);
