/** What one visit finds, and what that says of the emulator. */
import { defaultSwitches, type Switches } from "../emulator";
import {
  type Findings,
  type HandStep,
  notProbed,
  Odd,
  probes,
  type Risk,
  risks,
  seenInPassing,
} from "./probes";
import type { Visit } from "./visit";

export interface VerifyOptions {
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

export interface ReportRow {
  name: keyof Switches;
  byDefault: string;
  reality: string;
  match: "yes" | "no" | "new row" | "not seen";
}

export function reportOf(found: Findings): ReportRow[] {
  return (Object.keys(defaultSwitches) as (keyof Switches)[]).map((name) => {
    const byDefault = JSON.stringify(defaultSwitches[name]);
    const seen = found[name];
    if (seen === undefined) return { name, byDefault, reality: whyNot(name), match: "not seen" };
    if (seen instanceof Odd) return { name, byDefault, reality: seen.says, match: "new row" };
    const reality = JSON.stringify(seen);
    return { name, byDefault, reality, match: reality === byDefault ? "yes" : "no" };
  });
}

function whyNot(name: keyof Switches): string {
  const probe = probes.find(({ finds }) => finds.includes(name));
  if (notProbed[name] !== undefined) return notProbed[name];
  return probe?.risk === undefined
    ? "the answers did not show it"
    : `needs --${probe.risk}, which ${risks[probe.risk]}`;
}

export function tableOf(rows: readonly ReportRow[]): string {
  const lines = [
    ["switch", "our default", "reality", "match"],
    ...rows.map(({ name, byDefault, reality, match }) => [name, byDefault, reality, match]),
  ];
  return lines
    .map(([name = "", byDefault = "", reality = "", match = ""]) =>
      [name.padEnd(23), byDefault.padEnd(15), match.padEnd(9), reality].join("").trimEnd(),
    )
    .join("\n");
}

/** What `startEmulator` loads by the environment variable `EMULATOR_SWITCHES`. */
export function switchesFileOf(found: Findings): string {
  const known = Object.entries(found).filter(([, seen]) => !(seen instanceof Odd));
  return `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`;
}
