import { readFileSync } from "node:fs";
import { join } from "node:path";

import { defaultSwitches, switchAlternatives } from "../../emulator";

const notes = readFileSync(join(__dirname, "../../emulator/NOTES.md"), "utf8");
const textOf = (value: unknown) => JSON.stringify(value).replaceAll('"', "");
const rows = [...notes.matchAll(/^\| `(\w+)` +\| `([^`]*)` +\| (.*?) +\|$/gm)].map(
  ([, name = "", byDefault = "", others = ""]) => ({ name, byDefault, others }),
);

it("has a row for every switch, in their order", () => {
  expect(rows.map((row) => row.name)).toEqual(Object.keys(defaultSwitches));
});

it.each(Object.entries(defaultSwitches))("tells the default of %s", (name, value) => {
  expect(rows.find((row) => row.name === name)?.byDefault).toBe(textOf(value));
});

it.each(Object.entries(switchAlternatives))("tells the alternatives of %s", (name, values) => {
  const others = rows.find((row) => row.name === name)?.others;
  // Delays are an object in code, and a number of milliseconds in the notes.
  for (const value of values)
    expect(others).toContain(typeof value === "object" ? "200" : textOf(value));
});
