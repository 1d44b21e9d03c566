/**
 * The engine's behaviour towards a provider, small enough to run ten thousand times: what it calls
 * in which order, what it records when, and what is left when a process dies. The rules are those of
 * the real engine; end-to-end tests play the same histories on both and compare the calls.
 */
import { unknownValue } from "@pulumi/pulumi/runtime";

import type { Properties } from "../../provider/keys/engine-values";
import {
  type Call,
  type Death,
  type Made,
  PartlyMade,
  ProcessDied,
  type Processes,
  startProcesses,
  type World,
} from "./miniature-process";
import {
  defaultProvider,
  type KeyDeclaration,
  newsOf,
  outputOf,
  type Program,
  type RecordedKey,
  recordOf,
  type Stack,
  urnOf,
} from "./miniature-stack";

export interface RunOptions {
  /** @default up */
  command?: "up" | "refresh" | "destroy";
  /** `up` without `--skip-preview`: a preview in processes of its own; if it fails, nothing runs. */
  isPreviewed?: boolean;
  /** `--refresh`. */
  refreshesFirst?: boolean;
  /** URNs of `--target`. */
  targets?: readonly string[];
  continuesOnError?: boolean;
  /** URNs of `--replace`. */
  replace?: readonly string[];
  /** The program fails once its keys are made: the run stops before deletes. */
  dependentsFail?: boolean;
  dieAt?: Death;
  /** Ctrl-C while the n-th request is under way. Ends only a run of the plugin's. */
  cancelAt?: number;
  /** The credential in the environment. @default root's */
  apiKey?: string;
}

/** What a run does with a resource, or a preview says that it will. */
type Operation = "create" | "update" | "replace" | "delete" | "delete replaced";

export interface Done {
  urn: string;
  operation: Operation;
  keyId: string | undefined;
  /** Of a deletion: the key's own args had asked for its replacement. */
  isRotation: boolean;
}

export interface RunResult {
  /** Undefined where the run succeeded. */
  error: Error | undefined;
  died: boolean;
  /** Everything a person could have read. */
  printed: string[];
  /** What the preview said; undefined without one. */
  planned: readonly Done[] | undefined;
  /** What the run itself set about. */
  done: readonly Done[];
  calls: readonly Call[];
  /** URNs that the program declared, as far as the run came. */
  declared: ReadonlySet<string>;
  /** Providers, one process each, in which a key could not be checked, made or proven. */
  failedIn: ReadonlySet<string>;
  /** URNs by the ones that their resources had before the run. */
  renamed: ReadonlyMap<string, string>;
}

/** Plays one run of a stack; its state is changed as far as the run comes. */
export async function run(
  world: World,
  stack: Stack,
  program: Program,
  options: RunOptions = {},
): Promise<RunResult> {
  if (options.isPreviewed !== true) return phase(world, stack, program, options, false);
  const preview = await phase(world, structuredClone(stack), program, options, true);
  if (preview.error !== undefined) return { ...preview, planned: preview.done, done: [] };
  const update = await phase(world, stack, program, options, false);
  return {
    ...update,
    planned: preview.done,
    printed: [...preview.printed, ...update.printed],
    calls: [...preview.calls, ...update.calls],
  };
}

class Stopped extends Error {}

async function phase(
  world: World,
  stack: Stack,
  program: Program,
  options: RunOptions,
  isPreview: boolean,
): Promise<RunResult> {
  const printed: string[] = [];
  const calls: Call[] = [];
  const { apiKey = world.vultr.rootApiKey, dieAt, cancelAt } = options;
  await using processes = startProcesses(world, {
    apiKey,
    providers: { ...stack.providers, ...program.providers },
    ...(isPreview ? {} : { dieAt, cancelAt }),
    printed,
    calls,
  });
  const engine = new Phase(stack, program, options, isPreview, processes, printed);
  let died = false;
  try {
    await engine.play();
  } catch (error) {
    died = error instanceof ProcessDied;
    if (!died && !(error instanceof Stopped)) throw error;
  }
  const { errors, done, declared, renamed, failedIn } = engine;
  const error = died ? new ProcessDied() : errors[0];
  return { error, died, printed, planned: undefined, done, calls, declared, renamed, failedIn };
}

class Phase {
  readonly errors: Error[] = [];
  readonly done: Done[] = [];
  readonly declared = new Set<string>();
  readonly renamed = new Map<string, string>();
  readonly failedIn = new Set<string>();
  readonly #replacedDependencies = new Set<string>();
  /** Keys that this run has deleted first: they are made anew when they are registered. */
  readonly #deletedFirst = new Set<RecordedKey>();
  /** Names of keys whose step failed, or that were skipped because their parent's did. */
  readonly #failed = new Set<string>();

  constructor(
    readonly stack: Stack,
    readonly program: Program,
    readonly options: RunOptions,
    readonly isPreview: boolean,
    readonly processes: Processes,
    readonly printed: string[],
  ) {}

  async play(): Promise<void> {
    const { command = "up", refreshesFirst, dependentsFail } = this.options;
    if (command === "refresh" || refreshesFirst === true) await this.#refresh();
    if (command === "refresh") return;
    if (command === "up") {
      Object.assign(this.stack.providers, this.program.providers);
      await this.#replaceDependencies();
      for (const declaration of this.program.keys) {
        const errorsBefore = this.errors.length;
        const isSkipped = this.#failed.has(declaration.parentKey ?? "");
        this.declared.add(urnOf(this.stack, declaration));
        if (!isSkipped) await this.#register(declaration);
        if (isSkipped || this.errors.length > errorsBefore) this.#failed.add(declaration.name);
      }
      if (dependentsFail === true && !this.isPreview) {
        this.#note(new Error("a dependent failed"));
        throw new Stopped();
      }
    }
    await this.#delete();
  }

  /**
   * If it fails, nothing more is begun without `--continue-on-error`.
   *
   * @param making the provider whose key it makes or proves
   */
  async #step(work: () => Promise<void>, making?: string): Promise<void> {
    this.#stopIfCanceled();
    try {
      await work();
    } catch (error) {
      this.#note(error, making);
      if (this.options.continuesOnError !== true) throw new Stopped();
    }
  }

  /** The engine cannot even tell what to do: that ends a run, whatever its options. */
  async #question<T>(provider: string, work: () => Promise<T>): Promise<T> {
    this.#stopIfCanceled();
    try {
      return await work();
    } catch (error) {
      this.#note(error, provider);
      throw new Stopped();
    }
  }

  #stopIfCanceled(): void {
    if (!this.processes.isCanceled) return;
    this.#note(new Error("the run was canceled"));
    throw new Stopped();
  }

  /** @param provider whose key could not be checked, made or proven */
  #note(error: unknown, provider?: string): void {
    if (provider !== undefined) this.failedIn.add(provider);
    if (error instanceof ProcessDied || !(error instanceof Error)) throw error;
    this.errors.push(error);
    this.printed.push(error.message);
  }

  #did(operation: Operation, urn: string, key?: RecordedKey): void {
    const { state, isRotatedAway = false } = key ?? {};
    this.done.push({ urn, operation, keyId: state?.keyId, isRotation: isRotatedAway });
  }

  #isTargeted(urn: string): boolean {
    return this.options.targets?.includes(urn) ?? true;
  }

  #current(urn: string): RecordedKey | undefined {
    return this.stack.records.find((key) => key.urn === urn && !key.isPendingDeletion);
  }

  #drop(key: RecordedKey): void {
    this.stack.records = this.stack.records.filter((other) => other !== key);
  }

  /** Keys do not depend on one another, so the engine begins with all of them, whichever fails. */
  async #forAll(keys: RecordedKey[], work: (key: RecordedKey) => Promise<unknown>): Promise<void> {
    const errorsBefore = this.errors.length;
    for (const key of keys) {
      this.#stopIfCanceled();
      await work(key).catch((error: unknown) => {
        this.#note(error);
      });
    }
    if (this.errors.length > errorsBefore) throw new Stopped();
  }

  async #refresh(): Promise<void> {
    const keys = this.stack.records.filter(
      (key) => this.#isTargeted(key.urn) && !key.isDeletedFirst,
    );
    await this.#forAll(keys, async (key) => {
      const provider = this.processes.get(key.provider);
      const state = await provider.read(key);
      if (state === undefined) {
        this.#drop(key);
        return;
      }
      Object.assign(key, { state, isUnfinished: false });
      await provider.diff(key, key.inputs);
    });
  }

  /** Whatever depends on a resource that is replaced delete-first is asked whether it must go with it. */
  async #replaceDependencies(): Promise<void> {
    for (const [name, generation] of Object.entries(this.program.dependencies ?? {})) {
      const before = this.stack.dependencies[name];
      this.stack.dependencies[name] = generation;
      if (before === undefined || before === generation) continue;
      this.#replacedDependencies.add(name);
      for (const key of [...this.stack.records]) {
        if (key.isPendingDeletion || key.dependsOn?.dependency !== name) continue;
        const news = { ...key.inputs, [key.dependsOn.arg]: unknownValue };
        const provider = this.processes.get(key.provider);
        const { replaces } = await this.#question(key.provider, () => provider.diff(key, news));
        if (replaces.length > 0) await this.#deleteFirst(key);
      }
    }
  }

  async #deleteFirst(key: RecordedKey): Promise<boolean> {
    this.#did("delete replaced", key.urn, key);
    if (this.isPreview) return true;
    await this.#step(async () => {
      await this.processes.get(key.provider).delete(key);
      key.isDeletedFirst = true;
      this.#deletedFirst.add(key);
    });
    return this.#deletedFirst.has(key);
  }

  async #register(declaration: KeyDeclaration): Promise<void> {
    const urn = urnOf(this.stack, declaration);
    const urns = [urn, ...(declaration.aliases ?? [])];
    const old = urns.map((each) => this.#current(each)).find((each) => each !== undefined);
    if (old !== undefined && old.urn !== urn) {
      this.renamed.set(old.urn, urn);
      Object.assign(old, { urn, urnBefore: old.urn });
    }
    if (!this.#isTargeted(urn)) return;

    const { dependsOn, replaceWith, provider: providerName = defaultProvider } = declaration;
    const provider = this.processes.get(providerName);
    if (old !== undefined) old.isRotatedAway = false;
    const isForced = old?.isTainted === true || this.options.replace?.includes(urn) === true;
    // A forced replacement does not look at old inputs, not even to ignore changes.
    const ignored = isForced ? undefined : old;
    const args = newsOf(this.stack, declaration, ignored, (name) => this.#outputOf(name));
    if (old === undefined && declaration.importId !== undefined)
      return this.#import(declaration, declaration.importId, args);
    const checked = (olds: Properties) =>
      this.#question(providerName, () => provider.check(urn, olds, args));
    const isRecreated = old !== undefined && this.#deletedFirst.has(old);
    if (old === undefined || isRecreated) {
      const inputs = await checked({});
      this.#did("create", urn);
      return this.#make(declaration, inputs, old);
    }
    if (isForced) return this.#replace(declaration, await checked({}), old);
    const inputs = await checked(old.inputs);
    if (replaceWith !== undefined && this.#replacedDependencies.has(replaceWith))
      return this.#replace(declaration, await checked({}), old);
    const ask = () => provider.diff(old, inputs);
    const { changes, replaces } = await this.#question(providerName, ask);
    old.isRotatedAway = replaces.length > 0;
    // The engine replaces whatever diff says if the key's deletion came first in a run that got no further.
    if (old.isRotatedAway || old.isDeletedFirst)
      return this.#replace(declaration, await checked({}), old);
    // Another provider takes the key over as it is.
    const news = { inputs, dependsOn, provider: providerName, urnBefore: undefined };
    if (changes || old.isUnfinished) return this.#update(old, news);
    if (!this.isPreview) Object.assign(old, news);
  }

  /** What the program declares must be what is there. */
  async #import(declaration: KeyDeclaration, importId: string, news: Properties): Promise<void> {
    const urn = urnOf(this.stack, declaration);
    const provider = this.processes.get(declaration.provider ?? defaultProvider);
    this.#did("create", urn);
    await this.#step(async () => {
      const { inputs: olds, ...found } = await provider.import!(urn, importId);
      const inputs = await provider.check(urn, olds, news);
      const key = recordOf(declaration, urn, inputs, found.id, found.state);
      const { changes } = await provider.diff({ ...key, inputs: olds }, inputs);
      if (changes) throw new Error("inputs to import do not match the existing resource");
      if (!this.isPreview) this.stack.records.push(key);
    });
  }

  #outputOf(dependency: string): string {
    const isUnknown = this.isPreview && this.#replacedDependencies.has(dependency);
    return isUnknown ? unknownValue : outputOf(this.stack.dependencies[dependency] ?? 0);
  }

  async #update(
    old: RecordedKey,
    news: Pick<RecordedKey, "inputs" | "dependsOn" | "provider" | "urnBefore">,
  ): Promise<void> {
    this.#did("update", old.urn, old);
    const provider = this.processes.get(news.provider);
    if (this.isPreview) return provider.previewUpdate?.(old, news.inputs);
    await this.#step(async () => {
      const state = await provider.update(old, news.inputs);
      Object.assign(old, { ...news, state, isUnfinished: false });
    }, news.provider);
  }

  async #replace(declaration: KeyDeclaration, inputs: Properties, old: RecordedKey): Promise<void> {
    this.#did("replace", old.urn, old);
    const isToDieFirst = declaration.deleteBeforeReplace === true && !old.isDeletedFirst;
    if (isToDieFirst && !(await this.#deleteFirst(old))) return;
    await this.#make(declaration, inputs, old);
  }

  async #make(
    declaration: KeyDeclaration,
    inputs: Properties,
    old: RecordedKey | undefined,
  ): Promise<void> {
    const urn = urnOf(this.stack, declaration);
    const { provider = defaultProvider } = declaration;
    if (this.isPreview) return this.processes.get(provider).previewCreate?.(urn, inputs);
    const record = ({ id, state }: Made, isUnfinished: boolean) => {
      if (old?.isDeletedFirst === true) this.#drop(old);
      else if (old !== undefined) old.isPendingDeletion = true;
      this.stack.records.push({ ...recordOf(declaration, urn, inputs, id, state), isUnfinished });
    };
    await this.#step(async () => {
      try {
        record(await this.processes.get(provider).create(urn, inputs), false);
      } catch (error) {
        if (error instanceof PartlyMade) record(error, true);
        throw error;
      }
    }, provider);
  }

  /** Last of all: what was replaced, in this run or an earlier one, and what nobody declares any more. */
  async #delete(): Promise<void> {
    const doomed = this.stack.records.filter(
      ({ urn, isPendingDeletion }) =>
        (isPendingDeletion || !this.declared.has(urn)) && this.#isTargeted(urn),
    );
    await this.#forAll(doomed.reverse(), async (key) => {
      this.#did(key.isPendingDeletion ? "delete replaced" : "delete", key.urn, key);
      if (this.isPreview) return;
      if (!key.isDeletedFirst) await this.processes.get(key.provider).delete(key);
      this.#drop(key);
    });
  }
}
