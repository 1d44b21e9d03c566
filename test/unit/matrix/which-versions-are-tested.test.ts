import type { Outcome } from "../../matrix/life";
import { tableOf } from "../../matrix/table";
import { claimedVersions, lowestOf, newestAmong } from "../../matrix/versions";
import { releasedVersions } from "../../support/old-states";

it.each([
  { range: ">=22.19", lowest: "22.19.0" },
  { range: "^3.250.0", lowest: "3.250.0" },
])("the lowest version of $range is $lowest", ({ range, lowest }) => {
  expect(lowestOf(range)).toBe(lowest);
});

it("a range of another form is not guessed at", () => {
  expect(() => lowestOf("22 || 24")).toThrow("22 || 24");
});

it("both claims of the manifest can be read", async () => {
  const { node, sdk } = await claimedVersions();
  expect([node, sdk]).toEqual([
    expect.stringMatching(/^\d+\.\d+\.\d+$/),
    expect.stringMatching(/^\d+\.\d+\.\d+$/),
  ]);
});

it("versions are compared by number, and pre-releases left out", () => {
  expect(newestAmong(["3.9.0", "3.270.0", "3.271.0-alpha.1", "3.27.1"])).toBe("3.270.0");
  expect(newestAmong(["4.0.0-rc.1"])).toBeUndefined();
});

it("the table has a row for each combination and names the first step that failed", () => {
  const cli = { folder: "", version: "3.259.0" };
  const outcomes: Outcome[] = [
    { combination: { node: "22.19.0", sdk: "3.250.0", cli }, failures: new Map() },
    {
      combination: { node: "24.0.0", sdk: "3.270.0", cli },
      failures: new Map([
        ["rotate", "…"],
        [`state of ${releasedVersions[0] ?? ""}`, "…"],
      ]),
    },
    {
      combination: { node: "26.0.0", sdk: "3.100.0", cli },
      failures: new Map([["install", "…"]]),
    },
  ];
  const [, , works, fails, missing] = tableOf(outcomes).split("\n");
  expect(works).toMatch(/^\| 22\.19\.0 \| 3\.250\.0 \| 3\.259\.0 \| works \| works \|/);
  expect(fails).toContain(
    "| 24.0.0 | 3.270.0 | 3.259.0 | **fails** (rotate) | **fails** (state of",
  );
  expect(missing).toContain("| 3.259.0 | **fails** (install) | **fails** (install) |");
});
