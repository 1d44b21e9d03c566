/** What one visit finds, and what that says of the emulator. */
import { defaultSwitches, switchAlternatives, type Switches } from "../emulator";
import {
  type Findings,
  type HandStep,
  notProbed,
  probes,
  type Risk,
  risks,
  seenInPassing,
} from "./probes";
import type { Visit } from "./visit";

interface VerifyOptions {
  allowed: readonly Risk[];
  byHand: (step: HandStep) => Promise<void>;
  /** One line for people, as things go on. */
  say: (line: string) => void;
}

/** What reality is, as far as the probes could see. Whatever comes of it, the visit is to be cleaned up afterwards. */
export async function verify(visit: Visit, options: VerifyOptions): Promise<Findings> {
  const found: Findings = {};
  await visit.begin();
  for (const probe of probes) {
    if (probe.risk !== undefined && !options.allowed.includes(probe.risk)) continue;
    options.say(`looking for ${probe.finds.join(", ")}`);
    Object.assign(found, await probe.look(visit, options.byHand));
    await visit.dropKeys();
  }
  return { ...seenInPassing(visit.replies), ...found };
}

const switchNames = Object.keys(defaultSwitches) as (keyof Switches)[];

/** Switches that have samples alone: whatever is measured, in times and numbers, is a value. */
const measured: (keyof Switches)[] = ["newKey", "deletedKeyListedForMs", "keysPerUser"];

/** The value of a switch that was seen; undefined if the emulator lacks it. */
function valueOf(name: keyof Switches, seen: unknown): unknown {
  if (measured.includes(name) && typeof seen !== "string") return seen;
  const values: unknown[] = [defaultSwitches[name], ...switchAlternatives[name]];
  return values.find((value) => labelOf(value) === labelOf(seen));
}

const labelOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

export function tableOf(found: Findings): string {
  const rows = switchNames.map((name) => {
    const byDefault = JSON.stringify(defaultSwitches[name]);
    const [seen, value] = [found[name], valueOf(name, found[name])];
    if (seen === undefined) return [name, byDefault, "not seen", whyNot(name)];
    if (value === undefined) return [name, byDefault, "new row", `seen: ${labelOf(seen)}`];
    const reality = JSON.stringify(value);
    return [name, byDefault, reality === byDefault ? "yes" : "no", reality];
  });
  const widths = [23, 15, 9];
  return [["switch", "our default", "match", "reality"], ...rows]
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

function whyNot(name: keyof Switches): string {
  const risk = probes.find(({ finds }) => finds.includes(name))?.risk;
  const risky = risk && `needs --${risk}, which ${risks[risk]}`;
  return notProbed[name] ?? risky ?? "the answers did not show it";
}

/** What `startEmulator` loads by the environment variable `EMULATOR_SWITCHES`. */
export function switchesFileOf(found: Findings): string {
  const known = switchNames.map((name) => [name, valueOf(name, found[name])]);
  return `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`;
}
