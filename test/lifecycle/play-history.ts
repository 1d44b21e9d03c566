/** Plays a history in a world of its own, checks the promises after every run, and that peace brings convergence. */
import { defaultSwitches, type Emulator, startEmulator } from "../emulator";
import { expectPromises, madeSince, type Observed, observedOf } from "../support/invariants";
import { manualClock } from "../support/manual-clock";
import { run, type RunOptions, type RunResult } from "../support/miniature-engine";
import type { Door } from "../support/miniature-process";
import {
  createStack,
  type KeyDeclaration,
  type Program,
  type RecordedKey,
  type Stack,
  urnOf,
} from "../support/miniature-stack";
import { pseudoRandom } from "../support/pseudo-random";
import type { Edit, History, How, StackName, Step } from "./histories";

/** What plays the runs of a history. */
export interface Engine<S extends Stack> {
  createStack(name: StackName): S;
  /** Plays one run; the stack is changed as far as the run comes. */
  run(stack: S, program: Program, options: RunOptions): Promise<RunResult>;
  /** Lets time pass between runs, where it does not pass by itself. */
  wait(ms: number): void;
  /** What is adopted without its plaintext is imported instead. */
  readonly imports?: boolean;
  /** A run takes seconds, so that none is made which cannot show anything new. */
  readonly isSlow: boolean;
}

/** A stack, the program that its people last ran, and the checkpoints that they can go back to. */
interface Party<S extends Stack> {
  stack: S;
  program: Program;
  checkpoints: S[];
}

const explicitProvider = "emea";
const dependency = "dependency";
const address = "deployer@example.com";

/** @throws {Error} a promise is broken; the message says which */
export async function play(history: History, door: Door = "dynamic provider"): Promise<void> {
  const clock = manualClock({ random: pseudoRandom(history.length) });
  await using vultr = await startEmulator({ now: clock.now, requestsPerSecond: null });
  await playOn(vultr, history, {
    createStack,
    run: (stack, program, options) => run({ vultr, clock, door }, stack, program, options),
    wait: (ms) => {
      clock.advance(ms);
    },
    isSlow: false,
    imports: door === "plugin",
  });
}

/** @throws {Error} a promise is broken; the message says which */
export async function playOn<S extends Stack>(
  vultr: Emulator,
  history: History,
  engine: Engine<S>,
): Promise<void> {
  const world = new ManyPartyWorld(vultr, engine);
  await world.begin();
  for (const step of history) await world.take(step);
  await world.makePeace();
}

class ManyPartyWorld<S extends Stack> {
  readonly #parties = new Map<StackName, Party<S>>();
  readonly #observed: Observed;
  readonly #user: string;
  readonly #otherUser: string;
  readonly #foreignKey: string;
  #names = 0;

  constructor(
    readonly vultr: Emulator,
    readonly engine: Engine<S>,
  ) {
    this.#user = vultr.addUser({ email: address }).id;
    this.#otherUser = vultr.addUser().id;
    const foreignRoot = vultr.addUser({ root: true, organisation: "another" }).id;
    this.#foreignKey = vultr.addKey(foreignRoot).apiKey;
    this.#observed = observedOf(vultr);
  }

  /** The first stack has an automatic and an exact key; the second is to have an exact one of that name. */
  async begin(): Promise<void> {
    const exact = { name: "b", args: { userId: this.#user, name: "ci", rotationTrigger: 0 } };
    const automatic = { name: "a", args: { userId: this.#user, rotationTrigger: 0 } };
    const first = this.#addParty("first", { keys: [automatic, exact] });
    this.#addParty("second", { keys: [exact] });
    await this.#run(first, {});
  }

  #addParty(name: StackName, program: Program): Party<S> {
    const party: Party<S> = { stack: this.engine.createStack(name), program, checkpoints: [] };
    this.#parties.set(name, party);
    this.#observed.stacks.push(party.stack);
    return party;
  }

  async take(step: Step): Promise<void> {
    switch (step.step) {
      case "run":
        return this.#takeRun(step);
      case "a person makes a key":
        this.#makeByHand({ fitting: "a-first-abcdefgh", exact: "ci", odd: "laptop" }[step.name]);
        return;
      case "a person deletes a key": {
        const key = pick(this.vultr.keysOf(this.#user), step.which);
        if (key !== undefined) this.vultr.deleteKey(key.id);
        return;
      }
      case "an address moves to another user":
        this.vultr.setEmail(this.#user, "former@example.com");
        this.vultr.setEmail(this.#otherUser, address);
        return;
      case "the first stack is copied":
        this.#copyFirst();
        return;
      case "a checkpoint is restored": {
        const party = this.#parties.get(step.stack);
        const checkpoint = party?.checkpoints.at(-step.back);
        if (party === undefined || checkpoint === undefined) return;
        // Whoever restores a state knows that it forgets keys.
        for (const { state } of party.stack.records) this.#observed.keysOfPeople.add(state.keyId);
        Object.assign(party.stack, structuredClone(checkpoint));
        return;
      }
      case "a key is tainted": {
        const key = pick(this.#parties.get(step.stack)?.stack.records ?? [], step.which);
        if (key !== undefined) key.isTainted = true;
      }
    }
  }

  #makeByHand(name: string) {
    const key = this.vultr.addKey(this.#user, { name });
    this.#observed.keysOfPeople.add(key.id);
    return key;
  }

  #copyFirst(): void {
    const { stack, program } = this.#parties.get("first") ?? {};
    if (stack === undefined || program === undefined || this.#parties.has("copy")) return;
    const copy = this.#addParty("copy", program);
    const { name: _, ...copied } = structuredClone(stack);
    for (const key of copied.records) key.urn = key.urn.replace(":first::", ":copy::");
    Object.assign(copy.stack, copied);
  }

  async #takeRun(step: Extract<Step, { step: "run" }>): Promise<void> {
    const { stack, edits, how, faults, lag } = step;
    const party = this.#parties.get(stack);
    if (party === undefined) return;
    const programBefore = party.program;
    for (const edit of edits) party.program = this.#edited(party, edit);
    this.vultr.setSwitches(lag ?? {});
    this.vultr.inject(...faults);
    const result = await this.#run(party, this.#optionsOf(party, how));
    this.vultr.clearFaults();
    this.vultr.setSwitches(defaultSwitches);
    // Late keys have come to life by the next run, but where lists are behind they still are.
    this.engine.wait(lag === undefined ? 1_000_000 : 1_000);
    // What is refused before anything happens, people take back.
    if (result.error !== undefined && result.done.length === 0) party.program = programBefore;
  }

  async #run(party: Party<S>, options: RunOptions): Promise<RunResult> {
    const { stack, program } = party;
    const checkpoint = structuredClone(stack);
    party.checkpoints.push(checkpoint);
    const { records: before } = checkpoint;
    const timelineBefore = this.vultr.timeline.length;
    const result = await this.engine.run(stack, program, options);
    this.#observed.printed.push(...result.printed);
    if (result.died) this.#observed.kills += 1;
    expectPromises(this.#observed, { stack, before, timelineBefore, options, result });
    this.#expectOwnCredential(party, timelineBefore);
    return result;
  }

  /** A provider that was given no credential makes no key. */
  #expectOwnCredential({ stack, program }: Party<S>, timelineBefore: number): void {
    if (program.providers?.[explicitProvider] !== null) return;
    const made = madeSince(this.vultr, timelineBefore);
    const isForbidden = ({ state, provider }: RecordedKey) =>
      provider === explicitProvider && made.has(state.keyId);
    if (stack.records.some(isForbidden))
      throw new Error("an explicit provider used the credential of the environment");
  }

  #optionsOf({ stack, program }: Party<S>, how: How): RunOptions {
    const { target, replace, isForeign, ...options } = how;
    const urnAt = (at: number) => {
      const key = pick(program.keys, at);
      return key === undefined ? [] : [urnOf(stack, key)];
    };
    return {
      ...options,
      ...(target !== undefined && { targets: urnAt(target) }),
      ...(replace !== undefined && { replace: urnAt(replace) }),
      ...(isForeign && { apiKey: this.#foreignKey }),
    };
  }

  #edited({ stack, program }: Party<S>, edit: Edit): Program {
    const { keys } = program;
    const key = "which" in edit ? pick(keys, edit.which) : undefined;
    const withKey = (added: KeyDeclaration): Program => ({ ...program, keys: [...keys, added] });
    const changed = (change: Partial<KeyDeclaration>, more: Partial<Program> = {}): Program => ({
      ...program,
      ...more,
      keys: keys.map((each) => (each === key ? { ...each, ...change } : each)),
    });
    const newName = () => `k${(this.#names += 1)}`;
    const dependencies = { [dependency]: generationOf(program) };

    switch (edit.edit) {
      case "add an automatic key":
        // The name of a resource that was renamed is free for another one.
        return withKey({
          name: keys.some(({ name }) => name === "a") ? newName() : "a",
          args: { userId: this.#user, rotationTrigger: 0 },
        });
      case "add an exact key":
        return withKey({ name: newName(), args: { userId: this.#user, name: "ci" } });
      case "add a key by e-mail address":
        return withKey({ name: newName(), args: { userEmail: address, rotationTrigger: 0 } });
      case "adopt a key made by hand":
        return withKey({ name: newName(), ...this.#adoption(program, edit) });
      case "replace that resource":
        return { ...program, dependencies: { [dependency]: generationOf(program) + 1 } };
    }
    if (key === undefined) return program;
    const aliasOf = (isWanted: boolean) => (isWanted ? urnsOf(stack, key) : []);
    switch (edit.edit) {
      case "add a sibling with equal args": {
        const parentTypes = [`test:index:Sibling${(this.#names += 1)}`];
        return withKey({ name: key.name, args: key.args, parentTypes });
      }
      case "add a child":
        return withKey({ name: newName(), args: { userId: this.#user }, parentKey: key.name });
      case "remove": {
        const others = keys.filter((each) => each !== key && each.parentKey !== key.name);
        return { ...program, keys: others };
      }
      case "rotate": {
        const rotationTrigger = Number(key.args.rotationTrigger ?? 0) + 1;
        return changed({ args: { ...key.args, rotationTrigger } });
      }
      case "rename":
        return changed({ name: newName(), aliases: aliasOf(edit.withAlias) });
      case "move under a component": {
        const parentTypes = [`test:index:Component${(this.#names += 1)}`];
        return changed({ parentTypes, aliases: aliasOf(edit.withAlias) });
      }
      case "move to another provider": {
        if (!this.#mayMove(stack, key)) return program;
        const credential = edit.isEmpty ? null : this.vultr.rootApiKey;
        const providers = { [explicitProvider]: credential };
        return changed({ provider: explicitProvider }, { providers });
      }
      case "depend on a resource":
        return changed({ dependsOn: { dependency, arg: "rotationTrigger" } }, { dependencies });
      case "be replaced with a resource":
        return changed({ replaceWith: dependency }, { dependencies });
      case "delete before replace":
        return key.provider === undefined ? changed({ deleteBeforeReplace: true }) : program;
      case "ignore all changes":
        return changed({ ignoresAllChanges: true });
      case "drop hidden inputs":
        return changed({ dropsHiddenInputs: true });
    }
  }

  /**
   * Each provider is a process of its own and knows nothing of the others. So it cannot tell that a key which
   * it is to delete first is only moving, nor that a resource of another provider holds the key as well.
   */
  #mayMove({ records }: Stack, { name, args, deleteBeforeReplace }: KeyDeclaration): boolean {
    if (deleteBeforeReplace === true || args.adoptKeyId !== undefined) return false;
    const own = records.filter(({ urn }) => urn.endsWith(`::${name}`));
    const isShared = ({ state }: RecordedKey) =>
      records.some((other) => !own.includes(other) && other.state.keyId === state.keyId);
    return !own.some(isShared);
  }

  #adoption(
    { keys }: Program,
    { which, withPlaintext }: { which: number; withPlaintext: boolean },
  ): Pick<KeyDeclaration, "args" | "importId"> {
    // A provider does not see which keys another one holds.
    const hasSeveralProviders = keys.some(({ provider }) => provider !== undefined);
    const isByHand = hasSeveralProviders || which < 3;
    const candidates = this.vultr
      .keysOf(this.#user)
      .filter(({ id }) => !isByHand || this.#observed.keysOfPeople.has(id));
    const key = pick(candidates, which) ?? this.#makeByHand("laptop");
    if (this.engine.imports === true && !withPlaintext)
      return { args: { userId: this.#user }, importId: `${this.#user}/${key.id}` };
    const plaintext = withPlaintext ? { adoptApiKey: key.apiKey } : {};
    const args = { userId: this.#user, adoptKeyId: key.id, ...plaintext, rotationTrigger: 0 };
    return { args };
  }

  /** No faults, the right credential, plain programs: at most two runs, and a third one sends nothing. */
  async makePeace(): Promise<void> {
    this.engine.wait(1_000_000);
    for (const party of this.#parties.values()) {
      const isUntouched = party.checkpoints.length === 0 && party.stack.records.length === 0;
      if (this.engine.isSlow && isUntouched) continue;
      party.program = this.#plain(party);
      const { requests } = this.vultr;
      const sentBefore = requests.length;
      const first = await this.#run(party, {});
      const isQuiet = first.done.length === 0 && requests.length === sentBefore;
      if (first.error !== undefined) {
        // A key that was kept unproven and is dead for good needs a rotation to get rid of it.
        party.program = bumped(party.program);
        const second = await this.#run(party, {});
        if (second.error !== undefined)
          throw new Error("re-running does not converge", { cause: second.error });
      }
      const sent = requests.length;
      const isEnough = this.engine.isSlow && isQuiet;
      const again = isEnough ? first : await this.#run(party, {});
      if (again.error !== undefined)
        throw new Error("a run without faults fails", { cause: again.error });
      if (requests.length > sent) throw new Error("a run without changes sends requests");
      if (party.stack.records.length !== party.program.keys.length)
        throw new Error("state does not hold exactly the keys of the program");
    }
  }

  /** What messages and documents tell people to write. */
  #plain({ stack, program }: Party<S>): Program {
    const currents = stack.records.filter((key) => !key.isPendingDeletion);
    const declared = new Set(program.keys.flatMap((key) => urnsOf(stack, key)));
    /** Of several the first. */
    const holders = new Map(
      currents
        .filter(({ urn }) => declared.has(urn))
        .toReversed()
        .map((key) => [key.state.keyId, key]),
    );
    // "If the other one is to keep this key, run `pulumi state delete` for this one."
    stack.records = stack.records.filter(
      (key) => !holders.has(key.state.keyId) || (!key.isPendingDeletion && declared.has(key.urn)),
    );
    const keys = program.keys.map((key): KeyDeclaration => {
      const { adoptKeyId: _, adoptApiKey: __, userEmail, ...args } = key.args;
      const { name, parentTypes, aliases, provider, parentKey } = key;
      return {
        name,
        args: { ...args, ...(userEmail !== undefined && { userId: this.#user }) },
        ...(parentTypes && { parentTypes }),
        ...(aliases && { aliases }),
        ...(provider !== undefined && { provider }),
        ...(parentKey !== undefined && { parentKey }),
      };
    });
    // "A key has one owner: remove one of the two resources from the program."
    const owners = keys.filter((key) => {
      const urns = urnsOf(stack, key);
      const own = currents.find(({ urn }) => urns.includes(urn));
      return own === undefined || holders.get(own.state.keyId) === own;
    });
    return { keys: owners, providers: { [explicitProvider]: this.vultr.rootApiKey } };
  }
}

function bumped(program: Program): Program {
  const bump = { rotationTrigger: "peace" };
  return {
    ...program,
    keys: program.keys.map((key) => ({ ...key, args: { ...key.args, ...bump } })),
  };
}

/** Those under which state may have a key. */
function urnsOf(stack: Stack, key: KeyDeclaration): string[] {
  return [urnOf(stack, key), ...(key.aliases ?? [])];
}

function generationOf({ dependencies }: Program): number {
  return dependencies?.[dependency] ?? 0;
}

function pick<T>(from: readonly T[], which: number): T | undefined {
  return from.length === 0 ? undefined : from[which % from.length];
}
