import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { atDepth } from "../support/depth";
import { type MatrixRow, playMatrix } from "./crash-matrix";

const readmePath = join(__dirname, "..", "README.md");
const section = /(<!-- prettier-ignore-start -->\n)[^]*?(<!-- prettier-ignore-end -->)/;

let rows: MatrixRow[];

beforeAll(async () => {
  rows = await playMatrix();
});

test("no fault at any step loses or doubles a key, and the next run converges", () => {
  expect(rows.length).toBeGreaterThan(250);
  expect(rows.filter((row) => row.lost || row.duplicate)).toEqual([]);
});

test("no rotation revokes the old key before its successor is proven", () => {
  expect(rows.filter((row) => row.revokedEarly)).toEqual([]);
});

test("what a kill leaves behind is named by the next run, and deleted by none", () => {
  const left = rows.filter((row) => row.live.includes("1 unrecorded"));
  expect(left.length).toBeGreaterThan(0);
  expect(left.filter((row) => !row.nextRun.includes("names the leftover"))).toEqual([]);
});

test("through the plugin every row ends as through the dynamic provider", async () => {
  const every = atDepth({ gate: 4, soak: 1 });
  const expected = rows.filter((_, at) => at % every === 0);
  expect(await playMatrix("plugin", every)).toEqual(expected);
});

// UPDATE_README=1 npm test -- test/lifecycle/crash-matrix
test("the README of the tests shows this matrix", () => {
  const readme = readFileSync(readmePath, "utf8");
  const generated = readme.replace(section, `$1${matrixTable(rows)}\n$2`);
  if (process.env["UPDATE_README"] === "1") writeFileSync(readmePath, generated);
  expect(readFileSync(readmePath, "utf8")).toBe(generated);
});

/** One line for all the breakages of a step that end alike. */
function matrixTable(all: readonly MatrixRow[]): string {
  const alike = Object.groupBy(all, ({ verb, step, result, live, state, nextRun }) =>
    [`${verb}: ${step}`, "%", result, live, state, nextRun].join(" | "),
  );
  const lines = Object.entries(alike).map(([line, rows = []]) => {
    const names = rows.map(({ breakage, naming }) => {
      const ofBothNames = rows.filter((each) => each.breakage === breakage).length === 2;
      return ofBothNames ? breakage : `${breakage} (${naming} name)`;
    });
    return `| ${line.replace("%", [...new Set(names)].join("; "))} |`;
  });
  return [
    "| Step | What breaks | The run | Live keys | State | The next `pulumi up` |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
