import { assumeSwitches, type Switches } from "../emulator";

/**
 * Says what the tests of this file, or of this describe block, are about: with other values of these switches
 * they would be other tests. What is not named may have any value (test/switches).
 */
export function assume(switches: Partial<Switches>): void {
  let takeBack: (() => void) | undefined;
  beforeAll(() => {
    takeBack = assumeSwitches(switches);
  });
  afterAll(() => {
    takeBack?.();
  });
}
