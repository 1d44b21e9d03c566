import { unknownValue, specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime";

import schema from "../../provider/doors/plugin/schema.json";
import * as engineValues from "../../provider/keys/engine-values";
import { pluginSchema } from "./plugin-schema";

it("the plugin's schema says what the doc comments say (npm run schema)", () => {
  expect(schema).toEqual(pluginSchema());
});

it("no arg and no output is without a description, and what is secret is marked", () => {
  const key = schema.resources["vultr-user-api-key:index:VultrUserApiKey"];
  const properties = { ...key.properties, ...key.inputProperties };
  for (const property of Object.values(properties)) expect(property.description).toMatch(/^[A-Z]/);
  expect(key.properties.apiKey.secret).toBe(true);
  expect(key.inputProperties.adoptApiKey.secret).toBe(true);
  expect(key.properties).not.toHaveProperty("adoptApiKey");
  expect(schema.config.variables.apiKey.secret).toBe(true);
});

it("VULTR_API_KEY stands in for the stack's setting, and for no provider's arg", () => {
  const { config, provider } = schema;
  expect(config.variables.apiKey.description).toContain(
    "Default: the environment variable VULTR_API_KEY.",
  );
  expect(provider.inputProperties.apiKey.description).toContain("environment's is never used");
});

it("what an imported key lacks is not promised", () => {
  const { required } = schema.resources["vultr-user-api-key:index:VultrUserApiKey"];
  for (const output of ["apiKey", "fingerprint", "createdAt"])
    expect(required).not.toContain(output);
});

it("the protocol's values are those of Pulumi's SDK", () => {
  expect(engineValues.unknownValue).toBe(unknownValue);
  expect(engineValues.secret("x")).toEqual({ [specialSigKey]: specialSecretSig, value: "x" });
});
