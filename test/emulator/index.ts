/** The public names of the emulator. */
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator";
export {
  cut,
  deadKey,
  delay,
  type Fault,
  type FaultTarget,
  lateKey,
  respond,
  tooManyRequests,
  truncate,
} from "./faults";
export type { LoggedRequest } from "./server";
export type { EmulatedKey, EmulatedUser, NewUser } from "./state";
export { assumeSwitches, defaultSwitches, switchAlternatives, type Switches } from "./switches";
