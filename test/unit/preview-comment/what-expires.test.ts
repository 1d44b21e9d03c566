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
  "**nothing rotates it before**; bump `rotationTrigger`, or set `expiresIn` with `rotateBeforeExpiry`";

describe("keys that expire soon are listed, with what will become of them", () => {
  it.each<{ what: string; step: KeyStep; line: string | undefined }>([
    {
      what: "on the last day of the month",
      step: expiresOn("2026-07-31T00:00:00Z"),
      line: `\`deployer\` on 2026-07-31: ${forgotten}`,
    },
    { what: "a second later", step: expiresOn("2026-07-31T00:00:01Z"), line: undefined },
    {
      what: "already",
      step: expiresOn("2026-07-01T00:00:00Z"),
      line: `\`deployer\` expired on 2026-07-01: ${forgotten}`,
    },
    {
      what: "with a rule before its expiry",
      step: expiresOn("2026-07-20T00:00:00Z", { expiresIn: "60d", rotateBeforeExpiry: "10d" }),
      line: "`deployer` on 2026-07-20: the first run from 2026-07-10 on rotates it",
    },
    {
      what: "with a rule by age, which comes first",
      step: expiresOn("2026-07-20T00:00:00Z", { rotateAfter: "40d" }),
      line: "`deployer` on 2026-07-20: the first run from 2026-07-11 on rotates it",
    },
    {
      what: "with a rule that comes too late",
      step: expiresOn("2026-07-20T00:00:00Z", { rotateAfter: "90d" }),
      line: `\`deployer\` on 2026-07-20: ${forgotten}`,
    },
    { what: "never", step: { op: "same" }, line: undefined },
    {
      what: "revoked before",
      step: { ...expiresOn("2026-07-20T00:00:00Z"), op: "delete" },
      line: undefined,
    },
    {
      what: "rotated before, into a long life",
      step: { ...expiresOn("2026-07-20T00:00:00Z", { expiresIn: "60d" }), op: "replace" },
      line: undefined,
    },
    {
      what: "changed in place",
      step: { ...expiresOn("2026-07-20T00:00:00Z"), op: "update" },
      line: `\`deployer\` on 2026-07-20: ${forgotten}`,
    },
    {
      what: "new, and short-lived",
      step: { op: "create", inputs: { expiresIn: "12h" } },
      line: "`deployer`, `12h` after it is made",
    },
    {
      what: "new, with a date",
      step: { op: "create", inputs: { dateExpire: "2026-07-20T00:00:00Z" } },
      line: "`deployer`, once made, on 2026-07-20",
    },
  ])("$what", async ({ step, line }) => {
    expect((await expiring(step))?.[1]).toBe(line);
  });
});

test("how soon is an option", async () => {
  const step = expiresOn("2026-07-20T00:00:00Z");
  expect(await expiring(step, "--expires-within", "18d")).toBeUndefined();
  expect(await expiring(step, "--expires-within=19d")).toContain("19 days");
  expect(await expiring(step, "--expires-within", "460h")).toContain("460h");
  const refused = await runCommand("{}", "--expires-within", "1 month");
  expect(refused).toEqual({ code: 2, text: expect.stringContaining('such as "90d"') as string });
});
