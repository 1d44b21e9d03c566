/** Runs switches of the emulator through every value they have, and no value can be forgotten. */
import { defaultSwitches, switchAlternatives, type Switches } from "../../emulator";
import { type Scene, startScene } from "./scene";

/** Values that are delays, whatever they are, are called `late`. */
type Label<Value> = Value extends string | number | boolean | null ? `${Value}` : "late";

interface Row<Name extends keyof Switches> {
  /** What `look` returns under each value. */
  sees: Record<Label<Switches[Name]>, unknown>;
  look: (scene: Scene) => unknown;
}

export type Rows = { [Name in keyof Switches]: Row<Name> };

export function describeSwitches(rows: Partial<Rows>): void {
  describe.each(Object.entries(rows))("%s", (name, { sees, look }) => {
    const values = [
      defaultSwitches[name as keyof Switches],
      ...switchAlternatives[name as keyof Switches],
    ].map((value) => ({ value, label: typeof value === "object" && value ? "late" : `${value}` }));

    it("tells what is seen under every value", () => {
      expect(Object.keys(sees).sort()).toEqual(values.map(({ label }) => label).sort());
    });

    it.each(values)("$label", async ({ value, label }) => {
      await using scene = await startScene({ switches: { [name]: value } });
      expect(await look(scene)).toEqual((sees as Record<string, unknown>)[label]);
    });
  });
}
