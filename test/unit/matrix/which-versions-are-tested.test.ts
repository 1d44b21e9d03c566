import { stories } from "../../matrix/life";
import { tableOf, verdictOf } from "../../matrix/table";
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

it("a story works, or fails in the step that it had begun", async () => {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  expect(await verdictOf(() => Promise.resolve(), say)).toBe("works");
  const failing = (step: (name: string) => void) => {
    step("install");
    step("rotate");
    return Promise.reject(new Error("no key"));
  };
  expect(await verdictOf(failing, say)).toBe("**fails** (rotate)");
  expect(said).toEqual(["rotate: no key"]);
});

it("the table has a row for each combination, and a column for each story", () => {
  const combination = { node: "22.19.0", sdk: "3.250.0", cli: "3.259.0" };
  const newer = { ...combination, sdk: "3.270.0" };
  const table = tableOf([
    { combination, verdicts: { life: "works", state: "works" } },
    { combination: newer, verdicts: { life: "**fails** (rotate)", state: "works" } },
  ]);
  expect(table.split("\n")).toEqual([
    "| Node | `@pulumi/pulumi` | Pulumi CLI | life | state |",
    "| --- | --- | --- | --- | --- |",
    "| 22.19.0 | 3.250.0 | 3.259.0 | works | works |",
    "| 22.19.0 | 3.270.0 | 3.259.0 | **fails** (rotate) | works |",
  ]);
});

it("every state that a release left is a story", () => {
  const ofStates = releasedVersions.map((version) => `State of ${version}`);
  expect(Object.keys(stories)).toEqual(["A key's life", ...ofStates]);
});
