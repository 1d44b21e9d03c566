import { stories } from "../../matrix/life";
import { tableOf, verdictOf } from "../../matrix/verdicts";
import { claimedVersions, lowestOf, newestAmong } from "../../matrix/versions";
import { releasedVersions } from "../../support/old-states";

it("the lowest version of a range is read from it, and one of another form is not guessed at", async () => {
  expect(lowestOf(">=22.19")).toBe("22.19.0");
  expect(lowestOf("^3.250.0")).toBe("3.250.0");
  expect(() => lowestOf("22 || 24")).toThrow("22 || 24");
  const version = expect.stringMatching(/^\d+\.\d+\.\d+$/) as string;
  expect(await claimedVersions()).toEqual({ node: version, sdk: version });
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
  const table = tableOf([
    [combination, { life: "works", state: "works" }],
    [
      { ...combination, sdk: "3.270.0" },
      { life: "**fails** (rotate)", state: "works" },
    ],
  ]);
  expect(table.split("\n")).toEqual([
    "| Node | `@pulumi/pulumi` | Pulumi CLI | life | state |",
    "| --- | --- | --- | --- | --- |",
    "| 22.19.0 | 3.250.0 | 3.259.0 | works | works |",
    "| 22.19.0 | 3.270.0 | 3.259.0 | **fails** (rotate) | works |",
  ]);
  const ofStates = releasedVersions.map((version) => `State of ${version}`);
  expect(Object.keys(stories)).toEqual(["A key's life", ...ofStates]);
});
