import ProgressReporter from "../../support/progress-reporter.cjs";

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
