/**
 * The rules by which a key may die, each with a way to break it. A rule that no history needs is not
 * tested: the histories must find each one that is broken.
 */
import { unknownValue } from "@pulumi/pulumi/runtime";

import * as settings from "../../provider/settings";
import * as door from "../../provider/doors/create-provider";
import * as checking from "../../provider/lifecycle/check";
import * as diffing from "../../provider/lifecycle/diff";
import * as engineValues from "../../provider/keys/engine-values";
import * as leftovers from "../../provider/keys/leftovers";
import * as permission from "../../provider/keys/may-revoke";
import * as newKeys from "../../provider/keys/new-key";
import * as presence from "../../provider/keys/presence";
import * as revoking from "../../provider/keys/revoke";
import * as runMemory from "../../provider/keys/run-memory";
import * as states from "../../provider/keys/state";
import { isVultrError, NotFoundError } from "../../provider/vultr/errors";
import * as failures from "../../provider/vultr/failures";
import { retryPolicy } from "../../provider/vultr/retry";
import * as schemas from "../../provider/vultr/schemas";
import { deadKey, respond } from "../emulator";
import type { Edit, Focus, History, Step } from "./histories";

/** What histories find only soon where something comes up often. */
export interface Rule extends Focus {
  /** What holds, as docs and code say it. */
  rule: string;
  /** Breaks it, until mocks are restored. */
  breakIt: () => unknown;
  /** The promise that is broken then; anything where it is one or another. */
  found?: RegExp;
  /** A history to begin with, where it takes a rare sequence of steps. The soak finds it by chance if it can. */
  example?: History;
}

function runOf(...edits: Edit[]): Extract<Step, { step: "run" }> {
  return { step: "run", stack: "first", edits, how: {}, faults: [] };
}

const refusedDeletion = (status: number) => respond({ status }, { method: "DELETE" });

/** Puts another function in the place of a module's own, which it is given. */
function instead<Module extends object, Name extends keyof Module & string>(
  module: Module,
  name: Name,
  other: (own: Module[Name]) => Module[Name],
) {
  const own = module[name];
  const spied = module as Record<string, () => unknown>;
  return jest.spyOn(spied, name).mockImplementation(other(own) as () => unknown);
}

type Memory = runMemory.RunMemory;

/** A process forgets, or remembers wrongly. */
const rememberOtherwise = (change: (memory: Memory) => Partial<Memory>) =>
  instead(runMemory, "createRunMemory", (createRunMemory) => () => {
    const memory = createRunMemory();
    const changed = Object.entries(Object.getOwnPropertyDescriptors(change(memory)));
    return Object.create(memory, Object.fromEntries(changed)) as Memory;
  });

const letClaimTwice = () =>
  rememberOtherwise((memory) => ({
    noteDeclared: (args, isKnown) => memory.noteDeclared(args, isKnown) || true,
  }));

const asProven = ({ isUnproven: _, ...others }: states.KeyState): states.KeyState => others;

const died = /revoked|deleted|died/;

export const rules: readonly Rule[] = [
  {
    rule: "a resource is its URN, not its name",
    breakIt() {
      const { createProvider } = door;
      const named = (props: engineValues.Properties): engineValues.Properties =>
        "resourceUrn" in props
          ? { ...props, resourceUrn: `urn:pulumi:first::project::${String(props["resourceName"])}` }
          : props;
      jest.spyOn(door, "createProvider").mockImplementation((session) => {
        const provider = createProvider(session);
        return {
          ...provider,
          check: async (olds, news) => {
            const answer = await provider.check(named(olds), named(news));
            return { ...answer, inputs: { ...answer.inputs, resourceUrn: news["resourceUrn"] } };
          },
          diff: (id, state, news) => provider.diff(id, state, named(news)),
          create: (news) => provider.create(named(news)),
          update: (id, state, news) => provider.update(id, state, named(news)),
        };
      });
      letClaimTwice();
    },
    example: [
      runOf({ edit: "add a sibling with equal args", which: 0 }),
      {
        ...runOf({ edit: "delete before replace", which: 2 }, { edit: "rotate", which: 2 }),
        how: { replace: 0 },
      },
    ],
  },
  {
    rule: "an identity is claimed once",
    breakIt: letClaimTwice,
    example: [
      runOf(
        { edit: "ignore all changes", which: 0 },
        { edit: "rename", which: 0, withAlias: true },
      ),
      runOf({ edit: "be replaced with a resource", which: 0 }, { edit: "add an automatic key" }),
      runOf(
        { edit: "replace that resource" },
        { edit: "delete before replace", which: 2 },
        { edit: "rotate", which: 2 },
      ),
    ],
  },
  {
    rule: "check refuses a resource whose hidden input is missing",
    breakIt: () =>
      instead(checking, "check", (own) => (context, ...args) => {
        const noteFailure = { value: () => undefined };
        const memory = Object.create(context.memory, { noteFailure }) as Memory;
        const { failures: all, ...answer } = own({ ...context, memory }, ...args);
        const others = all.filter(({ reason }) => !reason.includes("is missing: a transform"));
        if (others.length > 0) context.memory.noteFailure();
        return { ...answer, failures: others };
      }),
    often: ["drop hidden inputs", "delete before replace", "rotate", "forced replacement"],
  },
  {
    rule: "delete asks whether the key may die",
    breakIt: () => jest.spyOn(permission, "mayRevoke").mockReturnValue(true),
    found: died,
    often: ["delete before replace", "rotate"],
  },
  {
    rule: "in a run in which a key could not be made, no key is revoked",
    breakIt: () => rememberOtherwise(() => ({ hasFailed: false })),
    found: /could not be made in this run/,
    often: ["rename", "remove", "rotate", "goes on after errors", "5xx", "4xx", "dead key"],
  },
  {
    rule: "as long as the successor is unproven, the old key stays",
    breakIt: () =>
      rememberOtherwise((memory) => ({
        hasFailed: false,
        ownersOf: (key) =>
          memory.ownersOf(key).map(({ made, recorded, ...owner }) => ({
            ...owner,
            ...(made && { made: asProven(made) }),
            ...(recorded && { recorded: asProven(recorded) }),
          })),
      })),
    found: /could not be made|before its successor was proven/,
    often: ["rotate", "goes on after errors", "dead key", "delete refused"],
  },
  {
    rule: "an unproven key is proven by the next run",
    breakIt: () =>
      instead(
        diffing,
        "diff",
        (own) => (context, state, inputs) => own(context, asProven(state), inputs),
      ),
    found: /unproven|proven/,
    often: ["rotate", "refresh", "refreshed", "plain", "dead key", "delete refused"],
    example: [
      { ...runOf({ edit: "rotate", which: 0 }), faults: [deadKey(), refusedDeletion(403)] },
      { ...runOf(), how: { refreshesFirst: true } },
      { ...runOf(), faults: [deadKey()] },
    ],
  },
  {
    rule: "a key that another declared resource holds stays",
    breakIt: () => rememberOtherwise(() => ({ holdersOf: () => [] })),
    found: died,
    often: ["adopt a key made by hand", "rotate", "remove", "plain"],
  },
  {
    rule: "delete knows the resource whose key it was",
    breakIt: () => rememberOtherwise(() => ({ ownersOf: () => [] })),
    often: ["adopt a key made by hand", "rotate", "plain"],
  },
  {
    rule: "state links a key with the one that it replaced",
    breakIt: () => instead(states, "newState", (own) => (inputs, key) => own(inputs, key)),
    found: /no longer in state/,
    often: ["adopt a key made by hand", "rotate", "plain", "delete refused"],
  },
  {
    rule: "a borrowed key that is not rotated stays as it was found",
    breakIt: () => jest.spyOn(states, "isAdopted").mockReturnValue(false),
    found: /borrowed/,
    often: ["adopt a key made by hand", "remove", "rename", "destroy", "forced replacement"],
  },
  {
    rule: "diff without a check answers that nothing changes",
    breakIt: () => rememberOtherwise(() => ({ isBeingRegistered: () => true })),
    found: died,
    often: ["depend on a resource", "replace that resource", "plain"],
  },
  {
    rule: "an unknown value counts as a change",
    breakIt: () =>
      instead(diffing, "diff", (own) => (context, state, inputs) => {
        const { rotationTrigger } = inputs.rotationTrigger === unknownValue ? state : inputs;
        return own(context, state, { ...inputs, rotationTrigger });
      }),
    found: /the preview did not show/,
    often: ["depend on a resource", "replace that resource", "previewed"],
  },
  {
    rule: "a key that is not listed is tried before it counts as gone",
    breakIt: () => jest.spyOn(presence, "expectGone").mockResolvedValue(),
    found: /no longer in state|nobody knows/,
    often: ["another organisation", "refresh", "destroy"],
  },
  {
    rule: "a missing user alone proves nothing",
    breakIt: () =>
      instead(presence, "expectGone", (own) => async (context, key, isUserMissing) => {
        if (key.apiKey !== undefined) await own(context, key, isUserMissing);
      }),
    found: /no longer in state/,
    often: ["adopt a key made by hand", "plain", "another organisation"],
  },
  {
    rule: "no error of the list means that a key is gone",
    breakIt: () => {
      const unlessOfVultr = async <T>(look: Promise<T>, nothing: T): Promise<T> => {
        try {
          return await look;
        } catch (error) {
          if (isVultrError(error)) return nothing;
          throw error;
        }
      };
      const nothing = { listed: undefined, isUserMissing: false };
      const { listKeys, lookTwice } = presence;
      instead(
        presence,
        "listKeys",
        () =>
          (...args) =>
            unlessOfVultr(listKeys(...args), []),
      );
      instead(
        presence,
        "lookTwice",
        () =>
          (...args) =>
            unlessOfVultr(lookTwice(...args), nothing),
      );
    },
    found: /no longer in state|nobody knows/,
    often: ["adopt a key made by hand", "plain", "refresh", "list refused"],
  },
  {
    rule: "a list that is not whole proves nothing",
    breakIt() {
      const first = schemas.apiKeysPageSchema.transform(({ items }) => ({ items }));
      jest.replaceProperty(schemas, "apiKeysPageSchema", first as never);
    },
    found: /no longer in state|nobody knows/,
    often: ["adopt a key made by hand", "plain", "refresh", "list cut in pages"],
  },
  {
    rule: "a 403 that is not Vultr's own proves nothing",
    breakIt: () =>
      instead(failures, "errorFromAnswer", (own) => (answer, asked, nowMs) => {
        const vultrs = { contentType: "application/json", text: '{"error":"Forbidden."}' };
        return own(answer.status === 403 ? { ...answer, ...vultrs } : answer, asked, nowMs);
      }),
    found: /counts as proven/,
    often: ["rotate", "plain", "403 page", "dead key"],
  },
  {
    rule: "an error inside a 2xx is that error",
    breakIt() {
      jest.spyOn(failures, "statusDeniedBy").mockReturnValue(undefined);
      jest.spyOn(failures, "wordsOfErrorIn").mockReturnValue(undefined);
    },
    often: ["rotate", "plain", "error inside 2xx", "dead key"],
  },
  {
    rule: "a key of an exact name is nobody's to take back",
    breakIt: () =>
      instead(newKeys, "makeKey", (own) => (context, wanted) => {
        const { name } = wanted;
        return own(context, { ...wanted, name: typeof name === "string" ? () => name : name });
      }),
    found: died,
    often: ["rotate", "add an exact key", "create without an answer"],
  },
  {
    rule: "a create is never repeated blindly",
    breakIt() {
      const policy: { transient: boolean } = retryPolicy.create;
      jest.replaceProperty(policy, "transient", true);
    },
    found: /nobody knows/,
    often: ["rotate", "create without an answer", "cut"],
  },
  {
    rule: "that Vultr does not know a new key yet is lag",
    breakIt: () =>
      instead(revoking, "takeBack", (own) => async (context, key) => {
        const clock = { ...context.clock, monotonicMs: () => context.limit.deadlineMs };
        await own({ ...context, clock }, key).catch((error: unknown) => {
          if (!(error instanceof NotFoundError)) throw error;
        });
      }),
    found: /nobody knows/,
    often: ["rotate", "plain", "delete refused", "dead key"],
  },
  {
    rule: "a successor that an earlier run made must still be there",
    breakIt: () =>
      rememberOtherwise((memory) => ({
        // As if this run had made it.
        ownersOf: (key) =>
          memory.ownersOf(key).map(({ recorded, ...owner }) => ({
            ...(recorded && { made: recorded }),
            ...owner,
          })),
      })),
    found: /though its successor was gone/,
    often: ["add an automatic key", "rotate", "plain", "delete refused", "a person deletes a key"],
    example: [
      { ...runOf({ edit: "rotate", which: 0 }), faults: [refusedDeletion(404)] },
      { step: "a person deletes a key", which: 2 },
      { ...runOf(), faults: [refusedDeletion(404)] },
    ],
  },
  {
    rule: "an address that belongs to another user now is refused",
    breakIt: () => rememberOtherwise(() => ({ recordedKeys: () => [] })),
    found: /handed the key to another user/,
    example: [
      runOf({ edit: "add a key by e-mail address" }),
      { step: "an address moves to another user" },
      runOf({ edit: "rotate", which: 2 }),
    ],
  },
  {
    rule: "leftovers are named, never deleted",
    breakIt: () =>
      instead(leftovers, "nameUnknownKeys", (own) => (context, inputs, userId, keys) => {
        own(context, inputs, userId, keys);
        const { client, memory, clock } = context as Parameters<typeof newKeys.makeKey>[0];
        const deadlineMs = clock.monotonicMs() + 60_000;
        for (const { keyId, name } of keys)
          if (!memory.isKnown(keyId) && (name === inputs.name || name.startsWith("a-")))
            client.deleteUserApiKey({ userId, keyId }, { deadlineMs }).catch(() => undefined);
      }),
    found: died,
    often: ["add an exact key", "rotate", "a person makes a key"],
  },
  {
    rule: "an explicit provider uses the credential that it was given",
    breakIt: () =>
      instead(settings, "collectSettings", (own) => (stack, environment) => {
        const collected = own(stack, environment);
        return { ...collected, apiKey: collected.apiKey ?? environment["VULTR_API_KEY"] };
      }),
    found: /used the credential of the environment/,
    often: ["move to another provider", "plain"],
  },
  {
    rule: "the provider marks the plaintext secret",
    breakIt: () =>
      jest.spyOn(engineValues, "withSecret").mockImplementation((properties) => properties),
  },
];
