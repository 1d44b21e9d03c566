/** Runs one switch of the emulator through every value it has, and no value can be forgotten. */
import {
  defaultSwitches,
  startEmulator,
  switchAlternatives,
  type Emulator,
  type Switches,
} from "../../emulator";
import { call, stoppedClock, type Reply } from "./calling";

export interface Scene {
  vultr: Emulator;
  /** The same, but for one request a second. */
  limited: Emulator;
  /** An ordinary user without keys. */
  userId: string;
  advance: (ms: number) => void;
  /** Creates and lists keys of that user, as root. */
  create: (body?: object) => Promise<Reply>;
  list: () => Promise<Reply>;
}

/**
 * @param sees what `look` returns under each value
 * @param look runs on a clock that stands still
 */
export function describeSwitch<Name extends keyof Switches>(
  name: Name,
  sees: readonly (readonly [Switches[Name], unknown])[],
  look: (scene: Scene) => Promise<unknown>,
): void {
  describe(name, () => {
    it("has a row for every value", () => {
      expect(sees.map(([value]) => value)).toEqual([
        defaultSwitches[name],
        ...switchAlternatives[name],
      ]);
    });

    it.each(sees.map(([value, seen]) => ({ value, seen })))("$value", async ({ value, seen }) => {
      const clock = stoppedClock();
      const options = { now: clock.now, switches: { [name]: value } };
      await using vultr = await startEmulator({ ...options, requestsPerSecond: null });
      await using limited = await startEmulator({ ...options, requestsPerSecond: 1 });
      const userId = vultr.addUser().id;
      const path = `/users/${userId}/apikeys`;
      const scene: Scene = {
        vultr,
        limited,
        userId,
        advance: (ms) => {
          clock.advance(ms);
        },
        create: (body = {}) => call(vultr, path, { method: "POST", body }),
        list: () => call(vultr, path),
      };
      expect(await look(scene)).toEqual(seen);
    });
  });
}
