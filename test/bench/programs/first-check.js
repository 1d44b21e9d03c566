/** Loads a provider as Pulumi's dynamic provider process does, and prints the milliseconds until its first answer. */
"use strict";

const { createRequire } = require("node:module");
const { join } = require("node:path");
const { performance } = require("node:perf_hooks");

const requireInFolder = createRequire(join(process.cwd(), "index.js"));
// What that process has loaded before it loads any provider.
requireInFolder("@pulumi/pulumi/runtime");

async function main() {
  const resourceUrn = "urn:pulumi:stack::project::pulumi-nodejs:dynamic/vultr:UserApiKey::key";
  const userId = "5c1d0000-0000-4000-8000-000000000001";
  const startedMs = performance.now();
  const provider = requireInFolder(process.argv[2]);
  provider.configure?.({ config: { get: () => undefined } });
  const news = { resourceName: "key", resourceUrn, userId, __provider: "" };
  const { failures } = await provider.check({}, news);
  const tookMs = performance.now() - startedMs;
  if (failures.length > 0) throw new Error(failures[0].reason);
  process.stdout.write(String(tookMs));
}

main();
