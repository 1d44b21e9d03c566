/**
 * Plays runs of the miniature engine's programs on the real one. Each stack is kept as the miniature
 * engine keeps it, beside the engine's own export of it: what people change in its records between two
 * runs is imported before the next one.
 */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { fingerprintOf, type KeyState } from "../../provider/keys/state";
import { keyType } from "../../provider/names";
import type { Emulator } from "../emulator";
import type { Engine } from "../lifecycle/play-history";
import type { Done, RunOptions, RunResult } from "../support/miniature-engine";
import {
  createStack,
  defaultProvider,
  type KeyDeclaration,
  type Program,
  type RecordedKey,
  type Stack,
  urnOf,
} from "../support/miniature-stack";
import { programText } from "../support/program-text";
import { createProject, type ExportedResource } from "../support/project";

interface Resource extends ExportedResource {
  taint?: boolean;
  /** It was deleted before its replacement, which is not made yet. */
  pendingReplacement?: boolean;
}

interface Export {
  version: number;
  deployment: { resources?: Resource[] };
}

interface DeployedStack extends Stack {
  /** As the engine last wrote it, or the stack that this one is a copy of. */
  exported: Export;
}

interface RealEngine extends Engine<DeployedStack>, AsyncDisposable {}

/** One line of an event log. */
interface EngineEvent {
  resourcePreEvent?: { metadata: Step };
  resOpFailedEvent?: { metadata: Step };
}

interface Step {
  op: string;
  urn: string;
  type: string;
  old?: { id: string } | null;
  /** Why it is replaced, as names of properties. */
  keys?: string[];
}

const operations: Readonly<Record<string, Done["operation"]>> = {
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
  "delete-replaced": "delete replaced",
};
const making = ["create", "update", "create-replacement"];

/** The flags by which a person asks for what these options say. */
export function flagsOf(options: RunOptions): string[] {
  const { command = "up", refreshesFirst, continuesOnError, targets = [], replace = [] } = options;
  return [
    ...(command === "up" && refreshesFirst !== true ? ["--refresh=false"] : []),
    ...(refreshesFirst === true ? ["--refresh"] : []),
    ...(continuesOnError === true ? ["--continue-on-error"] : []),
    ...targets.map((each) => `--target=${each}`),
    ...replace.map((each) => `--replace=${each}`),
  ];
}

/** @param flags of every run, beside those that its options ask for */
export async function startRealEngine(
  vultr: Emulator,
  flags: readonly string[],
): Promise<RealEngine> {
  const first = createDeployedStack("first");
  const project = await createProject({ vultr, program: "", stack: first.name });
  const log = join(project.folder, "events.jsonl");
  const file = join(project.folder, "export.json");
  /** What the CLI has of each stack. */
  const held = new Map([[first.name, asPeopleHaveIt(first)]]);

  /** The CLI is to have what the records say. */
  async function bring(stack: DeployedStack): Promise<void> {
    if (!held.has(stack.name)) {
      await project.succeed(["stack", "init", stack.name]);
      held.set(stack.name, asPeopleHaveIt(createDeployedStack(stack.name)));
    }
    const wanted = asPeopleHaveIt(stack);
    if (wanted === held.get(stack.name)) return;
    await writeFile(file, wanted);
    await project.succeed(["stack", "import", "--stack", stack.name, "--file", file]);
  }

  async function take(stack: DeployedStack, rotatedAway: ReadonlySet<string>): Promise<void> {
    const { stdout } = await project.run("pulumi", ["stack", "export", "--stack", stack.name]);
    stack.exported = JSON.parse(stdout) as Export;
    stack.records = keysIn(stack.exported).map((resource) => {
      const key = recordedKey(resource, vultr);
      return { ...key, isRotatedAway: key.isPendingDeletion && rotatedAway.has(key.id) };
    });
    held.set(stack.name, asPeopleHaveIt(stack));
  }

  async function attempt(command: string, stack: Stack, options: RunOptions) {
    const { apiKey = vultr.rootApiKey } = options;
    const usual = ["--stack", stack.name, "--event-log", log];
    if (command !== "preview") usual.push("--skip-preview", "--yes");
    const result = await project.pulumi([command, ...usual, ...flags, ...flagsOf(options)], {
      // Debug commands bring the event log.
      env: { ...project.env, VULTR_API_KEY: apiKey, PULUMI_DEBUG_COMMANDS: "true" },
    });
    const hasFailed = result.code !== 0;
    const hasBegun = !hasFailed || existsSync(log);
    const events = eventsIn(hasBegun ? await readFile(log, "utf8") : "");
    // Debug events have plaintexts in them, so this must not lie where secrets are searched for.
    await rm(log, { force: true });
    return {
      ...events,
      printed: result.output,
      error: hasFailed ? new Error(result.output) : undefined,
    };
  }

  return {
    isSlow: true,
    wait: () => undefined,
    createStack: createDeployedStack,
    async run(stack, wantedProgram, options) {
      const program = withFreeNames(stack, wantedProgram);
      await bring(stack);
      const before = stack.records;
      await project.write(programText(program, options));
      const usual = withoutHang(program, options);
      const preview =
        usual.isPreviewed === true ? await attempt("preview", stack, usual) : undefined;
      const isRefused = preview?.error !== undefined;
      const result = isRefused ? preview : await attempt(usual.command ?? "up", stack, usual);
      const steps = isRefused ? [] : result.steps;
      const rotatedAway = new Set([
        ...before.filter((key) => key.isRotatedAway).map(({ id }) => id),
        ...steps.filter(isRotation).map(({ old }) => old?.id ?? ""),
      ]);
      await take(stack, rotatedAway);
      return {
        error: result.error,
        died: false,
        printed: [...(isRefused || preview === undefined ? [] : [preview.printed]), result.printed],
        planned: preview === undefined ? undefined : doneIn(preview.steps, rotatedAway),
        done: doneIn(steps, rotatedAway),
        calls: [],
        declared: new Set(
          (options.command ?? "up") === "up" ? program.keys.map((key) => urnOf(stack, key)) : [],
        ),
        failedIn: new Set(!isRefused && result.hasFailedMaking ? [defaultProvider] : []),
        renamed: renamedBy(stack, program, before),
      } satisfies RunResult;
    },
    async [Symbol.asyncDispose]() {
      // A program that adopts a key holds its plaintext, as whoever wrote it meant.
      await project.write("");
      await project[Symbol.asyncDispose]();
    },
  };
}

function createDeployedStack(name: string): DeployedStack {
  return { ...createStack(name), exported: { version: 3, deployment: {} } };
}

/** A refused deletion that was to come first leaves `up --continue-on-error` of CLI 3.274.1 waiting for ever. */
function withoutHang(program: Program, options: RunOptions): RunOptions {
  const mayDeleteFirst =
    program.keys.some((key) => key.deleteBeforeReplace === true) ||
    Object.keys(program.dependencies ?? {}).length > 0;
  return mayDeleteFirst ? { ...options, continuesOnError: false } : options;
}

/** The engine refuses an alias that is another resource's URN: whoever uses a name again drops it. */
function withFreeNames(stack: Stack, program: Program): Program {
  const urns = new Set(program.keys.map((key) => urnOf(stack, key)));
  const keys = program.keys.map(({ aliases = [], ...key }) => ({
    ...key,
    aliases: aliases.filter((urn) => !urns.has(urn)),
  }));
  return { ...program, keys };
}

function keysIn({ deployment }: Export): Resource[] {
  return (deployment.resources ?? []).filter(({ type }) => type === keyType);
}

const isSame = (key: RecordedKey, { urn, id, delete: isPendingDeletion = false }: Resource) =>
  key.urn === urn && key.id === id && key.isPendingDeletion === isPendingDeletion;

/** Its export, in which people have tainted a key, or taken one out, or have made of it another stack's. */
function asPeopleHaveIt({ name, records, exported }: DeployedStack): string {
  const [, origin = name] = /"urn:pulumi:([^:]+)::/.exec(JSON.stringify(exported)) ?? [];
  const renamed = JSON.parse(
    JSON.stringify(exported)
      .replaceAll(`urn:pulumi:${origin}::`, `urn:pulumi:${name}::`)
      .replaceAll(`::project-${origin}"`, `::project-${name}"`),
  ) as Export;
  const resources = (renamed.deployment.resources ?? []).flatMap((resource) => {
    if (resource.type !== keyType) return [resource];
    const key = records.find((each) => isSame(each, resource));
    if (key === undefined) return [];
    return [key.isTainted ? { ...resource, taint: true } : resource];
  });
  return JSON.stringify({ ...renamed, deployment: { ...renamed.deployment, resources } });
}

function recordedKey(resource: Resource, vultr: Emulator): RecordedKey {
  const { urn, id = "", inputs = {}, outputs = {}, initErrors = [] } = resource;
  const state = outputs as unknown as KeyState;
  // The export has the plaintext encrypted: its fingerprint says whether it is that of the key.
  const key = vultr.liveKeys().find((each) => each.id === state.keyId);
  const isHeld = key !== undefined && fingerprintOf(key.apiKey) === state.fingerprint;
  return {
    urn,
    id,
    inputs,
    state: { ...state, apiKey: isHeld ? key.apiKey : "" },
    provider: defaultProvider,
    dependsOn: undefined,
    isPendingDeletion: resource.delete === true,
    isRotatedAway: false,
    isUnfinished: initErrors.length > 0,
    isDeletedFirst: resource.pendingReplacement === true,
    isTainted: resource.taint === true,
  };
}

function eventsIn(text: string): { steps: Step[]; hasFailedMaking: boolean } {
  const events = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent);
  const ofKeys = (each: { metadata: Step } | undefined) =>
    each?.metadata.type === keyType ? [each.metadata] : [];
  return {
    steps: events.flatMap((event) => ofKeys(event.resourcePreEvent)),
    hasFailedMaking: events
      .flatMap((event) => ofKeys(event.resOpFailedEvent))
      .some(({ op }) => making.includes(op)),
  };
}

/** Replaced because its own args ask for it, not by force, for which the engine names "id". */
const isRotation = ({ op, keys = [] }: Step): boolean =>
  op === "create-replacement" && keys.some((key) => key !== "id");

function doneIn(steps: readonly Step[], rotatedAway: ReadonlySet<string>): Done[] {
  return steps.flatMap(({ op, urn, old }) => {
    const operation = operations[op];
    const id = old?.id ?? "";
    const isRotation = operation !== "delete" && rotatedAway.has(id);
    return operation === undefined ? [] : [{ urn, operation, keyId: id.split("/")[1], isRotation }];
  });
}

/** URNs that the program's aliases bring under another one. */
function renamedBy(
  stack: Stack,
  { keys }: Program,
  before: readonly RecordedKey[],
): ReadonlyMap<string, string> {
  const oldUrnOf = (key: KeyDeclaration) =>
    [urnOf(stack, key), ...(key.aliases ?? [])].find((urn) =>
      before.some((each) => each.urn === urn && !each.isPendingDeletion),
    );
  return new Map(
    keys.flatMap((key) => {
      const [oldUrn, urn] = [oldUrnOf(key), urnOf(stack, key)];
      return oldUrn === undefined || oldUrn === urn ? [] : [[oldUrn, urn] as const];
    }),
  );
}
