import * as pulumi from "@pulumi/pulumi";
import { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";

import { VultrProvider, VultrUserApiKey } from "../../../provider";

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

interface Told {
  id?: string;
  type: string;
  inputs: Record<string, unknown>;
}

/** What the engine is told of a resource. */
async function told(resource: pulumi.CustomResource, name: string): Promise<Told> {
  await new Promise((resolve) => resource.id.apply(resolve));
  return declared.get(name)!;
}

const urnOf = (resource: pulumi.Resource) =>
  new Promise<string>((resolve) => resource.urn.apply(resolve));

const secret = (value: string) => ({
  [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig,
  value,
});
const userId = "5c1d0000-0000-4000-8000-000000000001";

it("a key is declared by its args, its resource's name and the text that loads the provider", async () => {
  const key = new VultrUserApiKey("deployer", { userId, rotationTrigger: { generation: 1 } });
  expect(await told(key, "deployer")).toMatchObject({
    type: "pulumi-nodejs:dynamic/vultr:UserApiKey",
    inputs: {
      userId,
      rotationTrigger: { generation: 1 },
      resourceName: "deployer",
      resourceUrn: await urnOf(key),
      __provider: 'exports.handler=()=>require("pulumi-vultr-user-api-key/provider")',
    },
  });
});

it("a key below a parent is told its own URN, and does not wait for the parent's outputs", async () => {
  const parent = new pulumi.ComponentResource("a:b:Parent", "parent");
  const options = { parent };
  const keys = ["one", "two"].map((name) => new VultrUserApiKey(name, { userId }, options));
  for (const [at, name] of ["one", "two"].entries()) {
    const { inputs } = await told(keys[at]!, name);
    expect(inputs["resourceUrn"]).toBe(await urnOf(keys[at]!));
    expect(inputs["resourceUrn"]).toMatch(new RegExp(`a:b:Parent\\$.*::${name}$`));
  }
});

it("args may be left out: check says what is missing", async () => {
  const { inputs } = await told(new VultrUserApiKey("empty"), "empty");
  expect(inputs).not.toHaveProperty("userId");
});

it("a key has no property but its outputs, the args that were given, and what loads the provider", () => {
  const key = new VultrUserApiKey("lean", { userId, rotationTrigger: 1 });
  const properties = Object.keys(key).filter((name) => !name.startsWith("__"));
  const outputs = [
    "apiKey",
    "createdAt",
    "dateExpire",
    "fingerprint",
    "keyId",
    "name",
    "previousKeyId",
    "verifiedAt",
  ];
  const hidden = ["resourceName", "resourceUrn"];
  const all = [...outputs, ...hidden, "id", "rotationTrigger", "urn", "userId"];
  expect(properties.sort()).toEqual(all.sort());
});

it("the plaintext of an adopted key is a secret", async () => {
  const args = { userId, adoptKeyId: "k", adoptApiKey: "plaintext" };
  const { inputs } = await told(new VultrUserApiKey("adopted", args), "adopted");
  expect(inputs).toMatchObject({ adoptApiKey: secret("plaintext") });
});

it("an existing key is read by its id", async () => {
  const key = VultrUserApiKey.get("theirs", `${userId}/k`);
  expect((await told(key, "theirs")).id).toBe(`${userId}/k`);
});

describe("the old key may not die first", () => {
  const declare = (options: pulumi.CustomResourceOptions) => () =>
    new VultrUserApiKey("deployer", { userId }, options);

  it("by deleteBeforeReplace", () => {
    const declared = declare({ deleteBeforeReplace: true });
    expect(declared).toThrow(pulumi.RunError);
    expect(declared).toThrow('API key "deployer": deleteBeforeReplace would revoke the old key');
  });

  it("nor with another resource that may be deleted before it is replaced", () => {
    const other = new VultrUserApiKey("other", { userId }, { replaceWith: [] });
    const declared = declare({ replaceWith: [other] });
    expect(declared).toThrow(pulumi.RunError);
    expect(declared).toThrow('API key "deployer": replaceWith may revoke the old key');
  });
});

describe("a provider of its own carries", () => {
  it("a secret credential, an address and a limit", async () => {
    const apiUrl = "https://vultr.example.com/v2";
    const emea = new VultrProvider("emea", { apiKey: "key", apiUrl, requestsPerSecond: 5 });
    expect((await told(emea, "emea")).inputs).toEqual({
      "vultr:apiKey": secret("key"),
      "vultr:apiUrl": apiUrl,
      "vultr:isExplicitProvider": "true",
      "vultr:requestsPerSecond": "5",
    });
  });

  it("no more than it is given", async () => {
    const { inputs } = await told(new VultrProvider("apac", { apiKey: "key" }), "apac");
    expect(Object.keys(inputs).sort()).toEqual(["vultr:apiKey", "vultr:isExplicitProvider"]);
  });
});

describe("the engine's answers in the SDK's debug events, once a key was declared", () => {
  const shown = (text: string) => {
    const answer = new RegisterResourceResponse();
    answer.setUrn(text);
    return String(answer);
  };

  beforeAll(() => new VultrUserApiKey("first", { userId }));

  it("are withheld where they hold a secret", () => {
    const sealed = `${pulumi.runtime.specialSecretSig}: plaintext`;
    expect(shown(sealed)).toBe("[answer withheld: it holds a secret]");
  });

  it("stay as they are where they do not", () => {
    expect(shown("urn:pulumi:k-1")).toContain("urn:pulumi:k-1");
  });
});
