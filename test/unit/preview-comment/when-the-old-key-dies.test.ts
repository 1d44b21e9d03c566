import { cellsOf, commentOn, keyStep, type KeyStep, preview } from "./previews";

const end = "*At the end* is the very end of `pulumi up`";

describe("what the old key's fate is", () => {
  it.each<{ step: KeyStep; fate: string; isAtEnd?: boolean }>([
    { step: { op: "replace" }, fate: "`deployer-abcdefgh` dies at the end", isAtEnd: true },
    { step: { op: "delete" }, fate: "`deployer-abcdefgh` dies at the end", isAtEnd: true },
    {
      step: {
        op: "replace",
        old: { resourceHooks: { BeforeDelete: ["ask", "tell"], afterCreate: ["x"] } },
      },
      fate: "`deployer-abcdefgh` dies at the end, unless a hook (`ask`, `tell`) forbids it",
      isAtEnd: true,
    },
    {
      step: { op: "replace", old: { protect: true } },
      fate: "`deployer-abcdefgh` stays: `protect` forbids its end, and the run fails",
    },
    {
      step: { op: "replace", old: { retainOnDelete: true } },
      fate: "`deployer-abcdefgh` stays valid at Vultr, unmanaged: `retainOnDelete` is set",
    },
    {
      step: { op: "delete", old: { retainOnDelete: true } },
      fate: "`deployer-abcdefgh` stays valid at Vultr, unmanaged: `retainOnDelete` is set",
    },
    {
      step: { op: "replace", old: { pendingReplacement: true, delete: undefined } },
      fate: "`deployer-abcdefgh` dies **first**, before its successor works: `deleteBeforeReplace` is set",
    },
    { step: { op: "update" }, fate: "stays" },
    {
      step: { op: "create", inputs: { adoptKeyId: "x" } },
      fate: "its first rotation revokes it",
    },
  ])("$step: $fate", async ({ step, fate, isAtEnd = false }) => {
    expect((await cellsOf(step))[3]).toBe(fate);
    expect((await commentOn(preview([keyStep(step)]))).includes(end)).toBe(isAtEnd);
  });
});

test("a first creation has no column for old keys", async () => {
  const comment = await commentOn(preview([keyStep({ op: "create" })]));
  expect(comment).toContain("| Key | What happens | Why | The key expires |\n");
});

test("the note tells the order of a rotation, or that of a mere removal", async () => {
  const rotation = await commentOn(preview([keyStep({ op: "replace" })]));
  expect(rotation).toContain(
    `${end}: the new key is made and proven first, then everything that uses`,
  );
  const removal = await commentOn(preview([keyStep({ op: "delete" })]));
  expect(removal).toContain(`${end}: everything that used the key has been updated by then.`);
});
