import ProgressReporter from "../../support/progress-reporter.cjs";
import { answerOf } from "./machine";

const packages = [
  { name: "small", bytes: 100 },
  { name: "large", bytes: 4_900 },
  { name: "larger", bytes: 5_000 },
  { name: "program", bytes: 0 },
];

it("a build counts packages, estimates by their bytes, and promises no end while it links", async () => {
  const program = `
    import { buildProgress } from "toolchain/build-progress.mjs";
    let nowMs = 0;
    const progress = buildProgress(given.packages, { now: () => nowMs, atOnce: 1 });
    const texts = given.lines.map(([seconds, line]) => {
      nowMs = seconds * 1_000;
      return [progress.isStartOfPackage(line), progress.text()];
    });
    console.log(JSON.stringify(texts));
  `;
  const looks: [seconds: number, line: string, isPackage: boolean, text: string][] = [
    [0, "go: some other line", false, "0 of 4 packages"],
    [1, "small", true, "1 of 4 packages"],
    // A hundredth tells nothing yet.
    [10, "large", true, "2 of 4 packages"],
    // 5,000 bytes in 100 s; 5,000 and the linking are left.
    [100, "larger", true, "3 of 4 packages, about 2 min left"],
    // Half of it was slower than thought.
    [205, "", false, "3 of 4 packages, about 4 min left"],
    [700, "program", true, "all packages are compiled, linking"],
  ];
  const lines = looks.map(([seconds, line]) => [seconds, line]);
  const texts = looks.map(([, , isPackage, text]) => [isPackage, text]);
  expect(await answerOf(program, { packages, lines })).toEqual(texts);
});

const fileNamed = (name: string) => ({
  path: `/clone/test/${name}.test.ts`,
  context: { config: { rootDir: "/clone" } },
});

it("tests say what runs since when after eight silent seconds; a finished file is a sign of life", () => {
  const said: string[] = [];
  let nowMs = 0;
  const say = (line: string) => void said.push(line);
  const reporter = new ProgressReporter({}, { now: () => nowMs, say });
  const at = (ms: number, event: () => void) => {
    nowMs = ms;
    event();
    reporter.lookAround();
    return said.splice(0);
  };
  reporter.onRunStart({ numTotalTestSuites: 128 });
  const start = (name: string) => () => {
    reporter.onTestFileStart(fileNamed(name));
  };
  const nothing = () => undefined;
  expect(at(0, start("e2e/audit"))).toEqual([]);
  expect(at(6_000, start("unit/errors/nothing-secret"))).toEqual([]);
  expect(at(7_999, nothing)).toEqual([]);
  expect(at(8_000, nothing)).toEqual([
    "… running e2e/audit (8 s), unit/errors/nothing-secret (2 s); 0 of 128 files done",
  ]);
  expect(at(8_000, nothing)).toEqual([]);
  const finish = () => {
    reporter.onTestFileResult(fileNamed("e2e/audit"));
  };
  expect(at(15_000, finish)).toEqual([]);
  expect(at(22_999, nothing)).toEqual([]);
  expect(at(23_000, nothing)).toEqual([
    "… running unit/errors/nothing-secret (17 s); 1 of 128 files done",
  ]);
  reporter.onRunComplete();
});
