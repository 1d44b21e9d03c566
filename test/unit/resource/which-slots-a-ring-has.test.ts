import * as pulumi from "@pulumi/pulumi";

import { VultrUserApiKeyRing } from "../../../provider";

const made: Record<string, unknown> = {};

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource({ name, inputs, type }) {
      const { rotationTrigger: trigger } = inputs as { rotationTrigger?: unknown };
      if (type.endsWith("vultr:UserApiKey")) made[name] = trigger;
      return {
        id: name,
        state: { ...(inputs as object), apiKey: `key of ${String(trigger)}`, keyId: name },
      };
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

const userEmail = "a@example.com";

it.each([
  { generation: 1, keepPrevious: 1, slots: { 1: 1 }, previous: [] },
  { generation: 2, keepPrevious: 1, slots: { 0: 2, 1: 1 }, previous: [1] },
  { generation: 5, keepPrevious: 1, slots: { 0: 4, 1: 5 }, previous: [4] },
  { generation: 7, keepPrevious: 0, slots: { 0: 7 }, previous: [] },
  { generation: 7, keepPrevious: 3, slots: { 0: 4, 1: 5, 2: 6, 3: 7 }, previous: [6, 5, 4] },
])("generation $generation, keepPrevious $keepPrevious: $slots", async (row) => {
  const { generation, keepPrevious, slots, previous } = row;
  const name = `ring-${generation}-${keepPrevious}`;
  const ring = new VultrUserApiKeyRing(name, { userEmail, generation, keepPrevious });
  expect(await valueOf(ring.apiKey)).toBe(`key of ${generation}`);
  const previousKeys = previous.map((held) => `key of ${held}`);
  expect(await valueOf(ring.previousApiKeys)).toEqual(previousKeys);
  await valueOf(ring.keyIds);
  for (const [slot, held] of Object.entries(slots)) expect(made[`${name}-${slot}`]).toBe(held);
});

it.each([
  [{ generation: 0 }, /generation must be a whole number, 1 or more, and is 0/],
  [{ generation: 1.5 }, /generation must be a whole number/],
  [{ generation: 1, keepPrevious: -1 }, /keepPrevious must be a whole number, 0 to 9/],
  [{ generation: undefined }, /1 or more, and is undefined/],
  [{ generation: "4" }, /and is text; .* read it with config\.requireNumber\("generation"\)$/],
  [{ generation: pulumi.output(4) }, /is an output; the program must know it: write the number/],
  [{ generation: Promise.resolve(4) }, /and is a promise; the program must know it/],
  [{ generation: 1, keepPrevious: [1] }, /is of type object; .*requireNumber\("keepPrevious"\)/],
  [
    { generation: 1, rotationTrigger: "2" },
    /: "rotationTrigger" is not one of its args \(userId, .*\); adding 1 to generation rotates$/,
  ],
  [{ generation: 1, name: "ci" }, /: "name" is not one of its args/],
])("%# is refused", (args, says) => {
  const declare = () =>
    new VultrUserApiKeyRing("wrong", { userEmail, ...(args as { generation: 1 }) });
  expect(declare).toThrow(pulumi.RunError);
  expect(declare).toThrow(says);
});
