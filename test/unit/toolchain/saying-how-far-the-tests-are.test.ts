import ProgressReporter from "../../support/progress-reporter.cjs";

const fileNamed = (name: string) => ({
  path: `/clone/test/${name}.test.ts`,
  context: { config: { rootDir: "/clone" } },
});

function startRun() {
  const said: string[] = [];
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const reporter = new ProgressReporter({}, { now, say: (line) => void said.push(line) });
  reporter.onRunStart({ numTotalTestSuites: 128 });
  return { reporter, clock, said };
}

it("after eight silent seconds it says what runs since when, and how much is done", () => {
  const { reporter, clock, said } = startRun();
  reporter.onTestFileStart(fileNamed("e2e/audit"));
  clock.nowMs = 6_000;
  reporter.onTestFileStart(fileNamed("unit/errors/nothing-secret"));
  clock.nowMs = 7_999;
  reporter.lookAround();
  expect(said).toEqual([]);
  clock.nowMs = 8_000;
  reporter.lookAround();
  reporter.lookAround();
  expect(said).toEqual([
    "… running e2e/audit (8 s), unit/errors/nothing-secret (2 s); 0 of 128 files done",
  ]);
  reporter.onRunComplete();
});

it("a file that is done is a sign of life, and runs no more", () => {
  const { reporter, clock, said } = startRun();
  reporter.onTestFileStart(fileNamed("e2e/audit"));
  reporter.onTestFileStart(fileNamed("e2e/secrets"));
  clock.nowMs = 7_000;
  reporter.onTestFileResult(fileNamed("e2e/audit"));
  clock.nowMs = 14_000;
  reporter.lookAround();
  expect(said).toEqual([]);
  clock.nowMs = 15_000;
  reporter.lookAround();
  expect(said).toEqual(["… running e2e/secrets (15 s); 1 of 128 files done"]);
  reporter.onRunComplete();
});
