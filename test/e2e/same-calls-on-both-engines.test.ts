import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { startEmulator } from "../emulator";
import { manualClock } from "../support/manual-clock";
import { run, type RunOptions } from "../support/miniature-engine";
import { createStack, type KeyDeclaration, type Program, urnOf } from "../support/miniature-stack";
import { programText } from "../support/program-text";
import { createProject, type Project } from "../support/project";
import { flagsOf } from "./real-engine";

const stackOnBoth = { name: "test" };
const urn = (key: Pick<KeyDeclaration, "name" | "parentTypes">) => urnOf(stackOnBoth, key);

interface Turn {
  what: string;
  program: (userId: string, rootApiKey: string) => Program;
  options?: RunOptions;
  /** `pulumi state taint` of the key a, before. */
  taints?: true;
  /** Only on the real engine, beside what the options say. */
  flags?: string[];
}

const a =
  (trigger: number, more: Partial<KeyDeclaration> = {}) =>
  (userId: string) => ({
    keys: [{ name: "a", args: { userId, rotationTrigger: trigger }, ...more }],
  });
const under = { parentTypes: ["test:index:Component"] };
const bound = (generation: number, preview = true): Pick<Turn, "program" | "options"> => ({
  program: (userId) => ({
    keys: [
      {
        name: "a",
        args: { userId },
        ...under,
        dependsOn: { dependency: "dependency", arg: "rotationTrigger" },
      },
    ],
    dependencies: { dependency: generation },
  }),
  options: { isPreviewed: preview },
});
const withProvider =
  (trigger: number, more: Partial<KeyDeclaration> = {}) =>
  (userId: string, rootApiKey: string): Program => ({
    keys: [
      {
        name: "a",
        args: { userId, rotationTrigger: trigger },
        ...under,
        provider: "emea",
        ...more,
      },
    ],
    providers: { emea: rootApiKey },
  });

/** One after the other in one stack. */
const turns: Turn[] = [
  { what: "a new key", program: a(1), options: { isPreviewed: true } },
  { what: "nothing to do", program: a(1), options: { isPreviewed: true } },
  { what: "a rotation", program: a(2), options: { isPreviewed: true } },
  {
    what: "--replace",
    program: a(2),
    options: { isPreviewed: true, replace: [urn({ name: "a" })] },
  },
  { what: "a taint", program: a(2), taints: true },
  { what: "deleteBeforeReplace", program: a(3, { deleteBeforeReplace: true }) },
  { what: "the same without it", program: a(3) },
  {
    what: "ignoreChanges",
    program: a(4, { ignoresAllChanges: true }),
    options: { isPreviewed: true },
  },
  {
    what: "ignoreChanges and --replace",
    program: a(4, { ignoresAllChanges: true }),
    options: { replace: [urn({ name: "a" })] },
  },
  {
    what: "a component around it, with an alias",
    program: a(4, { ...under, aliases: [urn({ name: "a" })] }),
    options: { isPreviewed: true },
  },
  { what: "up --refresh", program: a(5, under), options: { refreshesFirst: true } },
  { what: "refresh", program: a(5, under), options: { command: "refresh" } },
  { what: "a dependency", ...bound(0) },
  { what: "a dependency that is replaced delete-first, same value", ...bound(1) },
  { what: "a dependency that is replaced delete-first, other value", ...bound(2) },
  { what: "a move to another provider", program: withProvider(6) },
  { what: "a rotation there", program: withProvider(7) },
  {
    what: "a target",
    program: (userId, rootApiKey) => {
      const program = withProvider(8)(userId, rootApiKey);
      return { ...program, keys: [...program.keys, { name: "c", args: { userId } }] };
    },
    options: { targets: [urn({ name: "c" })] },
  },
  { what: "two to go", program: withProvider(8) },
  {
    what: "destroy --run-program",
    program: withProvider(9),
    options: { command: "destroy" },
    flags: ["--run-program"],
  },
  { what: "again", program: a(1) },
  { what: "destroy", program: a(1), options: { command: "destroy" } },
];

test("the miniature engine makes the calls of the real one, in the same order", async () => {
  await using real = await startEmulator({ requestsPerSecond: null });
  await using small = await startEmulator({ requestsPerSecond: null });
  const recorder = join(__dirname, "..", "support", "record-calls.cjs");
  await using project = await createProject({ vultr: real, program: "" });
  const recorded = join(project.folder, "calls.jsonl");
  Object.assign(project.env, { NODE_OPTIONS: `--require=${recorder}`, RECORDED_CALLS: recorded });
  const users = { real: real.addUser().id, small: small.addUser().id };
  const stack = createStack(stackOnBoth.name);
  const clock = manualClock({ startMs: Date.now() });
  const differing: object[] = [];
  for (const turn of turns) {
    await rm(recorded, { force: true });
    const output = await playForReal(project, turn, turn.program(users.real, real.rootApiKey));
    if (turn.taints === true) for (const key of stack.records) key.isTainted = true;
    const program = turn.program(users.small, small.rootApiKey);
    const { calls, error } = await run({ vultr: small, clock }, stack, program, turn.options);
    const ofReal = byResource(
      existsSync(recorded) ? linesOf(await readFile(recorded, "utf8")) : [],
    );
    const ofSmall = byResource(calls);
    if (JSON.stringify(ofReal) !== JSON.stringify(ofSmall))
      differing.push({ what: turn.what, ofReal, ofSmall, error: error?.message, output });
  }
  expect(differing).toEqual([]);
});

async function playForReal(project: Project, turn: Turn, program: Program): Promise<string> {
  await project.write(programText(program));
  if (turn.taints === true) await project.succeed(["state", "taint", urn({ name: "a" }), "--yes"]);
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

function linesOf(text: string): Heard[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Heard);
}

/** The order among resources is the program's business; that of one resource's calls is the engine's. */
function byResource(calls: readonly Heard[]): Record<string, string[]> {
  const heard: Record<string, string[]> = {};
  for (const call of calls) (heard[call.urn] ??= []).push(call.verb);
  return Object.fromEntries(Object.entries(heard).sort(([one], [other]) => (one < other ? -1 : 1)));
}
