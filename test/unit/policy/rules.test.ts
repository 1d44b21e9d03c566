import * as pulumi from "@pulumi/pulumi";

import {
  crossStackProblem,
  expiryProblem,
  type KeyArgs,
  keyTypes,
  plaintextProblem,
  plaintextsOf,
  ringProblem,
  ringType,
  rotationProblem,
  verifyProblem,
} from "../../../examples/policy/rules";
import { schemaText } from "../../../provider/doors/plugin/service";
import { keyType } from "../../../provider/names";
import { parseDuration } from "../../../provider/keys/duration";

const now = Date.parse("2026-07-01T00:00:00Z");
const dayMs = 86_400_000;

describe("a key expires, at most 90 days away", () => {
  it.each<KeyArgs>([
    { expiresIn: "90d" },
    { expiresIn: "12h" },
    { dateExpire: "2026-09-29T00:00:00Z" },
    { dateExpire: "2020-01-01T00:00:00Z" },
  ])("%o is fine", (key) => {
    expect(expiryProblem(key, 90, now)).toBeUndefined();
  });

  it.each<[KeyArgs, string]>([
    [{}, "The key never expires"],
    [{ expiresIn: "91d" }, "The key lives 91 days, and 90 are allowed"],
    [{ expiresIn: "90d 12h" }, "The key lives 90.5 days"],
    [{ dateExpire: "2026-10-01T00:00:00Z" }, "The key lives 92 days"],
    [{ dateExpire: "some day" }, "cannot be read"],
    [{ expiresIn: "3 months" }, "cannot be read"],
    [{ expiresIn: "" }, "cannot be read"],
  ])("%o is refused", (key, problem) => {
    expect(expiryProblem(key, 90, now)).toContain(problem);
    expect(expiryProblem(key, 90, now)).toContain('write expiresIn: "90d" or less');
  });

  it.each(["90d", "12h", "2w", "12w 6d", "1d12h", " 89d 30m 15s "])(
    "%j is as long as the package says",
    (expiresIn) => {
      const parsed = parseDuration(expiresIn);
      const days = "ms" in parsed ? parsed.ms / dayMs : NaN;
      expect(expiryProblem({ expiresIn }, days, now)).toBeUndefined();
      expect(expiryProblem({ expiresIn }, days * 0.999, now)).toContain("The key lives");
    },
  );
});

it.each<[KeyArgs, problem: unknown]>([
  [{ rotationTrigger: 1 }, undefined],
  [{ rotationTrigger: false }, undefined],
  [{ rotateAfter: "30d" }, undefined],
  [{ expiresIn: "90d", rotateBeforeExpiry: "15d" }, undefined],
  [{ expiresIn: "90d" }, expect.stringContaining("Nothing rotates the key")],
])("something rotates a key, or is asked for: %o", (key, problem) => {
  expect(rotationProblem(key)).toEqual(problem);
});

test("the pack knows keys of both kinds", () => {
  const { resources } = JSON.parse(schemaText()) as { resources: object };
  expect(keyTypes).toEqual([keyType, ...Object.keys(resources)]);
});

test("a key that is not proven, and a ring with too many keys, are told what to change, and no others", () => {
  expect(verifyProblem({})).toBeUndefined();
  expect(ringProblem(2, 2)).toBeUndefined();
  expect(verifyProblem({ verify: false })).toContain("remove verify: false");
  expect(ringProblem(3, 2)).toMatch(
    /^The ring has 3 keys, and 2 are allowed: keepPrevious may be 1\. .* add a ring that has it/,
  );
});

describe("a plaintext stands nowhere but inside secrets", () => {
  const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;
  const secret = (value: unknown) => ({ [specialSigKey]: specialSecretSig, value });
  const resource = (type: string, props: object, name = "deployer", parent = "") => {
    return { urn: `urn:pulumi:test::project::${type}::${name}`, type, parent, props: { ...props } };
  };
  const key = (apiKey: unknown, type = keyType) => resource(type, { apiKey });

  it("knows the plaintexts of keys, marked or not", () => {
    const other = key("PLAINTEXT-3", "pulumi:pulumi:Stack");
    const none = [unknownValue, secret(unknownValue), undefined, null, ""].map((each) => key(each));
    const keys = [key(secret("PLAINTEXT-1")), key("PLAINTEXT-2", keyTypes[1]), other, ...none];
    expect(plaintextsOf(keys)).toEqual(["PLAINTEXT-1", "PLAINTEXT-2"]);
  });

  it.each([
    { keyId: "some id", count: 2, nothing: null },
    { apiKey: secret("PLAINTEXT-1") },
    { deep: { list: [secret({ header: "Bearer PLAINTEXT-1" })] } },
  ])("%j is fine", (props) => {
    expect(plaintextProblem(props, ["PLAINTEXT-1"])).toBeUndefined();
  });

  it("names what holds one, and never the key", () => {
    const props = {
      keyId: "some id",
      apiKey: "PLAINTEXT-1",
      encrypted: secret("PLAINTEXT-1"),
      header: "Bearer PLAINTEXT-2",
      list: { all: [1, "PLAINTEXT-2"] },
    };
    const problem = plaintextProblem(props, ["PLAINTEXT-1", "PLAINTEXT-2"]);
    expect(problem).toContain("unencrypted, as apiKey, header, list: leave it");
    expect(problem).not.toContain("PLAINTEXT");
  });

  describe("a key that the stack exports is one of a ring", () => {
    const ring = resource(ringType, {}, "hook");
    const keys = [
      resource(keyType, { apiKey: secret("PLAINTEXT-1") }, "hook-0", ring.urn),
      resource(keyType, { apiKey: secret("PLAINTEXT-2") }, "single"),
      resource(keyTypes[1]!, { apiKey: secret("PLAINTEXT-3") }, "other::single", "urn of no ring"),
    ];
    const problemOf = (outputs: object) => crossStackProblem({ ...outputs }, [ring, ...keys]);

    it.each([
      {},
      { keyId: "some id", count: 1, nothing: null },
      { apiKey: secret("PLAINTEXT-1"), previous: secret([]) },
      { apiKey: unknownValue },
    ])("%j is fine", (outputs) => {
      expect(problemOf(outputs)).toBeUndefined();
    });

    it("names each output and key, encrypted or not, and never the plaintext", () => {
      const problem = problemOf({
        apiKey: secret("PLAINTEXT-1"),
        one: secret("PLAINTEXT-2"),
        two: { header: [secret("Bearer PLAINTEXT-3")] },
        both: ["PLAINTEXT-3"],
      });
      const named =
        'one (of "single"), two (of "other::single"), both (of "other::single"). A stack';
      expect(problem).toContain(`not of a ring: ${named}`);
      expect(problem).toMatch(/ring beside it, export that, .* then remove this key; or export/i);
      expect(problem).not.toContain("PLAINTEXT");
    });
  });
});
