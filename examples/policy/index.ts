import {
  PolicyPack,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
} from "@pulumi/policy";

import {
  crossStackProblem,
  expiryProblem,
  type KeyArgs,
  keyTypes,
  nameIn,
  plaintextProblem,
  plaintextsOf,
  ringProblem,
  ringType,
  rotationProblem,
  stackType,
  unheardProblem,
  verifyProblem,
} from "./rules";
import { listenToEngine } from "./secret-marks";

const sentResources = listenToEngine();

/** A policy about each key by itself: `problem` says what is wrong with one. */
function policyOfKeys(
  policy: Omit<ResourceValidationPolicy, "validateResource">,
  problem: (key: KeyArgs, args: ResourceValidationArgs) => string | undefined,
): ResourceValidationPolicy {
  return {
    ...policy,
    validateResource(args, reportViolation) {
      if (!keyTypes.includes(args.type)) return;
      const found = problem(args.props, args);
      if (found !== undefined) reportViolation(`"${args.name}": ${found}`);
    },
  };
}

// Levels and numbers are defaults: a file given with --policy-pack-config changes each of them.
new PolicyPack("vultr-user-api-key-policy", {
  enforcementLevel: "mandatory",
  policies: [
    policyOfKeys(
      {
        name: "key-expires",
        description: "Every key expires, at most maxDays days after it was made.",
        configSchema: { properties: { maxDays: { type: "number", minimum: 1, default: 90 } } },
      },
      (key, args) => expiryProblem(key, args.getConfig<{ maxDays: number }>().maxDays, Date.now()),
    ),
    policyOfKeys(
      { name: "key-rotates", description: "Something says when a key is rotated." },
      rotationProblem,
    ),
    policyOfKeys(
      { name: "key-is-proven", description: "A new key authenticates before the old one dies." },
      verifyProblem,
    ),
    {
      // A preview knows the keys that exist. One that is still to be made is looked for at the end of `up`.
      name: "key-is-encrypted",
      description: "No key is exported unencrypted, or handed to another resource unencrypted.",
      validateStack(_args, reportViolation) {
        const resources = sentResources();
        if (resources === undefined) {
          reportViolation(unheardProblem);
          return;
        }
        const plaintexts = plaintextsOf(resources);
        for (const { urn, props } of resources) {
          const found = plaintextProblem(props, plaintexts);
          if (found !== undefined) reportViolation(`"${nameIn(urn)}": ${found}`, urn);
        }
      },
    },
    {
      // Advice unless a configuration says more: an output also serves the people who own the stack.
      name: "cross-stack-key-is-ring",
      description: "A key that other stacks can read is one of a ring.",
      enforcementLevel: "advisory",
      validateStack(_args, reportViolation) {
        const resources = sentResources();
        if (resources === undefined) {
          reportViolation(unheardProblem);
          return;
        }
        for (const { urn, props } of resources.filter(({ type }) => type === stackType)) {
          const found = crossStackProblem(props, resources);
          if (found !== undefined) reportViolation(`"${nameIn(urn)}": ${found}`, urn);
        }
      },
    },
    {
      name: "ring-is-short",
      description: "A ring has at most maxKeys keys, the current one included.",
      configSchema: { properties: { maxKeys: { type: "number", minimum: 1, default: 2 } } },
      validateStack(args, reportViolation) {
        const { maxKeys } = args.getConfig<{ maxKeys: number }>();
        for (const ring of args.resources.filter(({ type }) => type === ringType)) {
          const keys = args.resources.filter(
            ({ type, parent }) => keyTypes.includes(type) && parent?.urn === ring.urn,
          );
          const found = ringProblem(keys.length, maxKeys);
          if (found !== undefined) reportViolation(`"${ring.name}": ${found}`, ring.urn);
        }
      },
    },
  ],
});
