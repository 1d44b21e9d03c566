import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { manualClock } from "../support/manual-clock";
import { run, type RunOptions } from "../support/miniature-engine";
import { createStack, type KeyDeclaration, type Program, urnOf } from "../support/miniature-stack";
import { programText } from "../support/program-text";
import type { Project } from "../support/project";
import { startScene } from "../support/scene";
import { flagsOf } from "./real-engine";

const stackOnBoth = { name: "test" };
const urn = (key: Pick<KeyDeclaration, "name" | "parentTypes">) => urnOf(stackOnBoth, key);

interface Turn {
  what: string;
  /** Without the user, who is the same for all. */
  keys: KeyDeclaration[];
  /** Of the dependency that the program has. */
  generation?: number;
  options?: RunOptions;
  /** `pulumi state taint` of this key, before. */
  taints?: string;
  /** Only on the real engine, beside what the options say. */
  flags?: string[];
}

const key = (name: string, trigger: number, more: Partial<KeyDeclaration> = {}) => ({
  name,
  args: { rotationTrigger: trigger },
  ...more,
});
const unchanged = (...names: string[]) => names.map((name) => key(name, 1));
const under = { parentTypes: ["test:index:Component"] };
const bound = (): KeyDeclaration => ({
  name: "bound",
  args: {},
  ...under,
  dependsOn: { dependency: "dependency", arg: "rotationTrigger" },
});
const ignoring = { ignoresAllChanges: true };
const elsewhere = { ...under, provider: "emea" };
const first = ["unchanged", "leaving", "rotated", "forced", "tainted", "dying"];
const ignored = ["ignoring", "ignoring, forced"];

/** One after the other in one stack. */
const turns: Turn[] = [
  {
    what: "new keys",
    keys: [...unchanged(...first, ...ignored, "wrapped"), key("moved", 1, under), bound()],
    generation: 0,
    options: { isPreviewed: true },
  },
  {
    what: "nothing, a rotation, --replace, a taint, ignoreChanges with and without --replace, a component with an alias, a dependency that is replaced delete-first and comes to the same",
    keys: [
      ...unchanged("unchanged", "leaving", "forced", "tainted", "dying"),
      key("rotated", 2),
      key("ignoring", 2, ignoring),
      key("ignoring, forced", 2, ignoring),
      key("wrapped", 1, { ...under, aliases: [urn({ name: "wrapped" })] }),
      key("moved", 1, under),
      bound(),
    ],
    generation: 1,
    options: {
      isPreviewed: true,
      replace: [urn({ name: "forced" }), urn({ name: "ignoring, forced" })],
    },
    taints: urn({ name: "tainted" }),
  },
  { what: "deleteBeforeReplace", keys: [key("dying", 2, { deleteBeforeReplace: true })] },
  {
    what: "up --refresh: the same without it, keys to delete, a move to another provider with a rotation and without",
    keys: [
      key("unchanged", 1),
      key("leaving", 2, { provider: "emea" }),
      key("dying", 2),
      key("wrapped", 2, under),
      key("moved", 1, elsewhere),
      bound(),
    ],
    generation: 1,
    options: { refreshesFirst: true },
  },
  { what: "refresh", keys: [], options: { command: "refresh" } },
  {
    what: "a dependency that is replaced delete-first and comes to something else",
    keys: [key("moved", 2, elsewhere), bound()],
    generation: 2,
    options: { isPreviewed: true },
  },
  {
    what: "a target",
    keys: [key("moved", 3, elsewhere), key("target", 1)],
    options: { targets: [urn({ name: "target" })] },
  },
  { what: "a rotation elsewhere", keys: [key("moved", 3, elsewhere), key("target", 1)] },
  {
    what: "destroy --run-program",
    keys: [key("moved", 4, elsewhere), key("target", 2)],
    options: { command: "destroy" },
    flags: ["--run-program"],
  },
  { what: "again", keys: [key("rotated", 1)] },
  { what: "destroy", keys: [key("rotated", 1)], options: { command: "destroy" } },
];

test("the miniature engine makes the calls of the real one, in the same order", async () => {
  await using scene = await startScene({ emulator: { requestsPerSecond: null } });
  await using small = await startEmulator({ requestsPerSecond: null });
  const recorder = join(__dirname, "..", "support", "record-calls.cjs");
  const recorded = join(scene.folder, "calls.jsonl");
  Object.assign(scene.env, { NODE_OPTIONS: `--require=${recorder}`, RECORDED_CALLS: recorded });
  const userOfSmall = small.addUser().id;
  const stack = createStack(stackOnBoth.name);
  const clock = manualClock({ startMs: Date.now() });
  const differing: object[] = [];
  for (const turn of turns) {
    await rm(recorded, { force: true });
    const program = programFor(turn, scene.user.id, scene.vultr.rootApiKey);
    const output = await playForReal(scene, turn, program);
    for (const each of stack.records) if (each.urn === turn.taints) each.isTainted = true;
    const { calls, error } = await run(
      { vultr: small, clock },
      stack,
      programFor(turn, userOfSmall, small.rootApiKey),
      turn.options,
    );
    const ofReal = byResource(
      existsSync(recorded) ? linesOf(await readFile(recorded, "utf8")) : [],
    );
    const ofSmall = byResource(calls);
    if (JSON.stringify(ofReal) !== JSON.stringify(ofSmall))
      differing.push({ what: turn.what, ofReal, ofSmall, error: error?.message, output });
  }
  expect(differing).toEqual([]);
});

function programFor({ keys, generation }: Turn, userId: string, rootApiKey: string): Program {
  const isElsewhere = keys.some(({ provider }) => provider !== undefined);
  return {
    keys: keys.map((each) => ({ ...each, args: { userId, ...each.args } })),
    ...(generation === undefined ? {} : { dependencies: { dependency: generation } }),
    ...(isElsewhere ? { providers: { emea: rootApiKey } } : {}),
  };
}

async function playForReal(project: Project, turn: Turn, program: Program): Promise<string> {
  await project.write(programText(program));
  if (turn.taints !== undefined) await project.succeed(["state", "taint", turn.taints, "--yes"]);
  const { command = "up", ...options } = turn.options ?? {};
  const result = await project.pulumi([
    command,
    "--yes",
    "--parallel=1",
    ...(options.isPreviewed === true ? [] : ["--skip-preview"]),
    ...flagsOf({ command, ...options }),
    ...(turn.flags ?? []),
  ]);
  return result.output;
}

interface Heard {
  verb: string;
  urn: string;
}

const linesOf = (text: string): Heard[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Heard);

/** The order among resources is the program's business; that of one resource's calls is the engine's. */
function byResource(calls: readonly Heard[]): Record<string, string[]> {
  const heard: Record<string, string[]> = {};
  for (const call of calls) (heard[call.urn] ??= []).push(call.verb);
  return Object.fromEntries(Object.entries(heard).sort(([one], [other]) => (one < other ? -1 : 1)));
}
