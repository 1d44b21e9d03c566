import * as pulumi from "@pulumi/pulumi";
import { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";

import { type Json, VultrProvider, VultrUserApiKey } from "../../../provider";
import { marked } from "../lifecycle/run";

interface Told {
  id?: string;
  type: string;
  inputs: Record<string, unknown>;
}

const declared = new Map<string, Told>();

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource(resource) {
      declared.set(resource.name, resource);
      return { id: resource.id === "" ? "made" : resource.id, state: resource.inputs as object };
    },
    call: () => ({}),
  }),
);

const valueOf = <T>(output: pulumi.Output<T>) =>
  new Promise<T>((resolve) =>
    output.apply((value) => {
      resolve(value);
    }),
  );

/** What the engine is told of a resource. */
async function told(resource: pulumi.CustomResource, name: string): Promise<Told> {
  await valueOf(resource.id);
  return declared.get(name)!;
}

const userId = "5c1d0000-0000-4000-8000-000000000001";

it("a key is declared by its args, its resource's name and the text that loads the provider", async () => {
  const key = new VultrUserApiKey("deployer"); // args may be left out: check says what is missing
  expect(await told(key, "deployer")).toMatchObject({
    type: "pulumi-nodejs:dynamic/vultr:UserApiKey",
    inputs: {
      resourceName: "deployer",
      resourceUrn: await valueOf(key.urn),
      __provider: 'exports.handler=()=>require("pulumi-vultr-user-api-key/provider")',
    },
  });
});

it("a key below a parent is told its own URN, and does not wait for the parent's outputs", async () => {
  const parent = new pulumi.ComponentResource("a:b:Parent", "parent");
  const keys = ["one", "two"].map((name) => new VultrUserApiKey(name, { userId }, { parent }));
  for (const [at, key] of keys.entries()) {
    const name = ["one", "two"][at]!;
    const { inputs } = await told(key, name);
    expect(inputs["resourceUrn"]).toBe(await valueOf(key.urn));
    expect(inputs["resourceUrn"]).toMatch(new RegExp(`a:b:Parent\\$.*::${name}$`));
  }
});

it("a key has no property but its outputs, the args that were given, and what loads the provider", () => {
  const key = new VultrUserApiKey("lean", { userId, rotationTrigger: 1 });
  const properties = Object.keys(key).filter((name) => !name.startsWith("__"));
  const given = "resourceName resourceUrn rotationTrigger userId";
  const outputs = "apiKey createdAt dateExpire fingerprint keyId name previousKeyId verifiedAt";
  expect(properties.sort()).toEqual(`${outputs} ${given} id urn`.split(" ").sort());
});

it("the plaintext of an adopted key is a secret", async () => {
  const args = { userId, adoptKeyId: "k", adoptApiKey: "plaintext" };
  const { inputs } = await told(new VultrUserApiKey("adopted", args), "adopted");
  expect(inputs).toMatchObject({ adoptApiKey: marked("plaintext") });
});

it("an existing key is read by its id", async () => {
  const key = VultrUserApiKey.get("theirs", `${userId}/k`);
  expect((await told(key, "theirs")).id).toBe(`${userId}/k`);
});

describe("mistakes that TypeScript would see are refused in plain JavaScript", () => {
  const keyOf = (args: object, options?: object) => () =>
    new VultrUserApiKey("deployer", { userId, ...args }, options);
  const providerOf = (args?: object, options?: object) => () =>
    new VultrProvider("emea", args as never, options);
  const credential = { apiKey: "key" };
  const date =
    "rotationTrigger holds a Date, which is no value of JSON. Write a text instead, such as";

  it.each<[what: string, declare: () => unknown, says: string]>([
    ["a Date as the trigger", keyOf({ rotationTrigger: new Date() }), date],
    ["a Date inside it", keyOf({ rotationTrigger: { at: [1, new Date()] } }), date],
    ["a Map", keyOf({ rotationTrigger: new Map() }), "rotationTrigger holds a Map"],
    ["a bigint", keyOf({ rotationTrigger: 1n }), "rotationTrigger holds a BigInt"],
    [
      "import",
      keyOf({}, { import: `${userId}/k` }),
      "Remove the option import, and write adoptKeyId",
    ],
    [
      "the old key first, by deleteBeforeReplace",
      keyOf({}, { deleteBeforeReplace: true }),
      'API key "deployer": deleteBeforeReplace would revoke the old key',
    ],
    [
      "the old key first, by replaceWith",
      keyOf({}, { replaceWith: [{}] }),
      'API key "deployer": replaceWith may revoke the old key',
    ],
    ["a provider without args", providerOf(), 'VultrProvider "emea": apiKey is missing.'],
    ["without a credential", providerOf({}), "VULTR_API_KEY is not used for it"],
    ["with null for one", providerOf({ apiKey: null }), "apiKey is missing"],
    [
      "with a misspelt arg",
      providerOf({ apikey: "key" }),
      '"apikey" is not one of its args (apiKey, apiUrl, requestsPerSecond); did you mean apiKey?',
    ],
    [
      "that is deleted first",
      providerOf(credential, { deleteBeforeReplace: true }),
      "deleteBeforeReplace may revoke its keys before their successors work",
    ],
    [
      "that is replaced with others",
      providerOf(credential, { replaceWith: [{}] }),
      "replaceWith may revoke its keys before their successors work",
    ],
    [
      "with a key in the wrong place",
      providerOf({ ["K".repeat(36)]: "key" }),
      "a property named like an API key is not one of its args",
    ],
  ])("%s", (_what, declare, says) => {
    expect(declare).toThrow(pulumi.RunError);
    expect(declare).toThrow(says);
  });

  it.each<[what: string, trigger: () => unknown, becomes: unknown]>([
    ["plain", () => ({ a: [1, null, true] }), { a: [1, null, true] }],
    ["an output inside it", () => ({ at: pulumi.output("2026-07") }), { at: "2026-07" }],
    ["an output", () => pulumi.output({ at: Promise.resolve(1) }), { at: 1 }],
    ["a promise", () => Promise.resolve("x"), "x"],
    ["none", () => undefined, undefined],
  ])("while what JSON knows passes: %s", async (what, trigger, becomes) => {
    const key = new VultrUserApiKey(what, { userId, rotationTrigger: trigger() as Json });
    expect((await told(key, what)).inputs["rotationTrigger"]).toEqual(becomes);
  });
});

it.each([
  ["a secret credential, and no more than it is given", {}, {}],
  [
    "an address and a limit",
    { apiUrl: "https://vultr.example.com/v2", requestsPerSecond: 5 },
    { "vultr:apiUrl": "https://vultr.example.com/v2", "vultr:requestsPerSecond": "5" },
  ],
])("a provider of its own carries %s", async (_what, args, carried) => {
  const { inputs } = await told(new VultrProvider("emea", { apiKey: "key", ...args }), "emea");
  const always = { "vultr:apiKey": marked("key"), "vultr:isExplicitProvider": "true" };
  expect(inputs).toStrictEqual({ ...always, ...carried });
});

it.each([
  [`${pulumi.runtime.specialSecretSig}: plaintext`, /^\[answer withheld: it holds a secret\]$/],
  ["urn:pulumi:k-1", /urn:pulumi:k-1/],
])(
  "once a key was declared, the SDK's debug events show no answer with a secret: %s",
  (urn, shown) => {
    new VultrUserApiKey("first", { userId });
    const answer = new RegisterResourceResponse();
    answer.setUrn(urn);
    expect(String(answer)).toMatch(shown);
  },
);

it("hooks that the program has frozen, and a replaceWith that names nothing, are taken as they are", () => {
  const options = { hooks: Object.freeze({ beforeDelete: [] }), replaceWith: [] };
  expect(() => new VultrUserApiKey("with-hooks", { userId }, options)).not.toThrow();
});
