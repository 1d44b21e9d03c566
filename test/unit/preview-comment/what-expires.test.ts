import { unknownValue } from "../../../provider/keys/engine-values";
import { commentOn, keyStep, type KeyStep, preview, runCommand } from "./previews";

/** The clock stands at 2026-07-01T00:00:00Z. */
const expiring = async (step: KeyStep, ...options: string[]) => {
  const comment = await commentOn(preview([keyStep(step)]), ...options);
  return /\*\*Expires within (.*):\*\*\n\n- (.*)/.exec(comment)?.slice(1);
};

const expiresOn = (dateExpire: string, inputs = {}): KeyStep => ({
  op: "same",
  inputs,
  outputs: { dateExpire },
});

const forgotten =
  "**nothing rotates it before**; change `rotationTrigger`, or set `expiresIn` with `rotateBeforeExpiry`";
const hidden = "whether a rule rotates it before is not shown by a preview";
const fixed =
  "**nothing rotates it before**; write a later `dateExpire`; or in its place `expiresIn` with `rotateBeforeExpiry`";

describe("keys that expire soon are listed, with what will become of them", () => {
  const [soon, rule] = ["2026-07-20T00:00:00Z", { expiresIn: "60d", rotateBeforeExpiry: "10d" }];
  const first = (day: string) => `on 2026-07-20: the first run from 2026-07-${day} on rotates it`;

  it.each<[what: string, step: KeyStep, line: string | undefined]>([
    ["on the last day", expiresOn("2026-07-31T00:00:00Z"), `on 2026-07-31: ${forgotten}`],
    ["a second later", expiresOn("2026-07-31T00:00:01Z"), undefined],
    ["already", expiresOn("2026-07-01T00:00:00Z"), `expired on 2026-07-01: ${forgotten}`],
    ["with a rule before its expiry", expiresOn(soon, rule), first("10")],
    ["with a rule by age, the first", expiresOn(soon, { rotateAfter: "40d" }), first("11")],
    ["with a late rule", expiresOn(soon, { rotateAfter: "90d" }), `on 2026-07-20: ${forgotten}`],
    [
      "with a secret rule",
      expiresOn(soon, { rotateAfter: "[secret]" }),
      `on 2026-07-20: ${hidden}`,
    ],
    [
      "with a rule not known yet",
      expiresOn(soon, { rotateAfter: unknownValue }),
      `on 2026-07-20: ${hidden}`,
    ],
    ["at a given time", expiresOn(soon, { dateExpire: soon }), `on 2026-07-20: ${fixed}`],
    ["never", { op: "same" }, undefined],
    ["revoked before", { ...expiresOn(soon), op: "delete" }, undefined],
    ["rotated before", { ...expiresOn(soon, { expiresIn: "60d" }), op: "replace" }, undefined],
    ["changed in place", { ...expiresOn(soon), op: "update" }, `on 2026-07-20: ${forgotten}`],
  ])("%s", async (_, step, line) => {
    expect((await expiring(step))?.[1]).toBe(line && `\`deployer\` ${line}`);
  });
});

test("of a ring the generation is what to change", async () => {
  const step = { ...expiresOn("2026-07-20T00:00:00Z"), ring: "hook", name: "hook-0" };
  expect((await expiring(step))?.[1]).toBe(
    "ring `hook`, slot 0 on 2026-07-20: **nothing rotates it before**; add 1 to `generation`, which replaces the ring's oldest key",
  );
});

test("how soon is an option", async () => {
  const step = expiresOn("2026-07-20T00:00:00Z");
  expect(await expiring(step, "--expires-within", "18d")).toBeUndefined();
  expect(await expiring(step, "--expires-within=19d")).toContain("19 days");
  expect(await expiring(step, "--expires-within", "456h")).toContain("19 days");
  const refused = await runCommand("{}", "--expires-within", "1 month");
  expect(refused).toEqual({ code: 2, text: expect.stringContaining('such as "90d"') as string });
});
