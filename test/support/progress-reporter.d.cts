interface ReportedFile {
  path: string;
  context: { config: { rootDir: string } };
}

/** What a test calls of it. */
declare class ProgressReporter {
  constructor(
    configuration: object,
    options?: { now?: () => number; say?: (line: string) => void },
  );
  onRunStart(results: { numTotalTestSuites: number }): void;
  onTestFileStart(file: ReportedFile): void;
  onTestFileResult(file: ReportedFile): void;
  onRunComplete(): void;
  lookAround(): void;
}

export = ProgressReporter;
