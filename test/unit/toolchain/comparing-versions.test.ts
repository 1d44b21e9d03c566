import { answerOf } from "./in-node";

interface Case {
  text: string;
  minimum: string;
  expected: boolean;
}

const cases: Case[] = [
  { text: "v3.200.0\n", minimum: "3.200", expected: true },
  { text: "v3.199.9", minimum: "3.200", expected: false },
  { text: "v3.260.0-alpha.x5f1c", minimum: "3.259.0", expected: true },
  { text: "go version go1.26.8 linux/amd64", minimum: "1.25.11", expected: true },
  { text: "v22.9.0", minimum: "22.19", expected: false },
  { text: "10.0", minimum: "9.9.9", expected: true },
  { text: "command not found", minimum: "3.200", expected: false },
];

describe("a version is compared part by part, whatever surrounds it", () => {
  const answers = answerOf(`
    import { isAtLeast } from "toolchain/versions.mjs";
    const cases = ${JSON.stringify(cases)};
    console.log(JSON.stringify(cases.map(({ text, minimum }) => isAtLeast(text, minimum))));
  `) as Promise<boolean[]>;

  it.each(cases.map((row, place) => ({ ...row, place })))(
    "$text is at least $minimum: $expected",
    async ({ place, expected }) => {
      expect((await answers)[place]).toBe(expected);
    },
  );
});
