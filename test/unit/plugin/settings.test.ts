import { unknownValue } from "@pulumi/pulumi/runtime";

import { containing, failureOf, marked } from "../lifecycle/run";
import { providerUrn, startPlugin, urn } from "./plugin";

const byDefault = providerUrn("default_0_1_0");
const explicit = providerUrn("emea");
const settings = {
  apiKey: "PLAINTEXT",
  apiUrl: "https://vultr.example.com/v2",
  requestsPerSecond: 5,
};

describe("check of the settings", () => {
  it.each([byDefault, providerUrn("default_https_//example.com"), explicit, ""])(
    "passes them on for %j, the credential as a secret",
    async (of) => {
      await using plugin = await startPlugin();
      const { inputs, failures } = await plugin.calls.checkConfig(of, {}, settings);
      expect(failures).toEqual([]);
      expect(inputs).toEqual({ ...settings, apiKey: marked("PLAINTEXT") });
    },
  );

  it.each<[of: string, news: object, reason: string]>([
    [byDefault, { ...settings, apiUrl: "http://example.com" }, "vultr-user-api-key:apiUrl (or"],
    [byDefault, { requestsPerSecond: 0 }, "vultr-user-api-key:requestsPerSecond must be a whole"],
    [byDefault, { apiKey: "two words" }, "vultr-user-api-key:apiKey (or VULTR_API_KEY) is not"],
    [explicit, {}, "has an empty apiKey"],
    [explicit, { apiKey: " " }, "has an empty apiKey"],
    [providerUrn("default_emea"), {}, "has an empty apiKey"],
  ])("of %s refuses %j, by the plugin's names and without a property", async (of, news, reason) => {
    await using plugin = await startPlugin();
    const { failures } = await plugin.calls.checkConfig(of, {}, news);
    expect(failures).toEqual([{ property: "", reason: containing(reason) }]);
    expect(JSON.stringify(failures)).not.toContain("two words");
  });

  it("leaves what a preview does not know to the run", async () => {
    await using plugin = await startPlugin();
    const news = { apiKey: unknownValue, requestsPerSecond: unknownValue };
    const { inputs, failures } = await plugin.calls.checkConfig(explicit, {}, news);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...news, apiKey: marked(unknownValue) });
    // So the engine writes a number that it does not know.
    const number = { ...settings, requestsPerSecond: "3eeb2bf0-c639-47a8-9e75-3b44932eb421" };
    expect((await plugin.calls.checkConfig(explicit, {}, number)).failures).toEqual([]);
  });
});

it.each<[what: string, changed: object, changes: boolean]>([
  ["another credential", { apiKey: "OTHER" }, true],
  ["another limit", { requestsPerSecond: 6 }, true],
  ["another order", Object.fromEntries(Object.entries(settings).reverse()), false],
])("diff of %s: nothing is replaced", async (_what, changed, changes) => {
  await using plugin = await startPlugin();
  const news = { ...changed, ...settings, ...changed };
  const found = await plugin.calls.diffConfig(
    { urn: explicit, id: "id" },
    settings,
    settings,
    news,
  );
  expect(found).toEqual({ changes, replaces: [], detailed: {} });
});

describe("the credential", () => {
  it.each([
    { what: "of the default provider", of: byDefault },
    { what: "of an explicit provider", of: explicit },
    { what: "of an engine that tells no URN", of: "" },
  ])("$what comes before the environment's", async ({ of }) => {
    await using plugin = await startPlugin({ environment: { VULTR_API_KEY: "NOT-VALID" } });
    const configured = await plugin.calls.configure({ apiKey: plugin.vultr.rootApiKey }, of);
    expect(configured.getSupportspreview()).toBe(true);
    expect(configured.getAcceptsecrets()).toBe(false); // they come in plaintext
    expect((await plugin.make()).state.userId).toBe(plugin.userId);
  });

  it("of the environment serves the default provider, whose address may be set beside it", async () => {
    await using plugin = await startPlugin({ environment: { VULTR_API_URL: "" } });
    await plugin.calls.configure({ apiUrl: plugin.vultr.url }, byDefault);
    expect((await plugin.make()).state.userId).toBe(plugin.userId);
  });

  it.each(["", null])(
    "of the environment never stands in for the %j of an explicit one",
    async (apiKey) => {
      await using plugin = await startPlugin();
      await plugin.calls.configure({ apiKey }, explicit);
      const { failures } = await plugin.calls.check(urn, {}, plugin.args());
      expect(failures).toEqual([{ property: "", reason: containing("has an empty apiKey") }]);
      expect(await failureOf(plugin.make())).toContain("has an empty apiKey");
      expect(plugin.sent()).toEqual([]);
    },
  );
});
