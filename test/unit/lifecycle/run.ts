/** The verbs as the engine calls them in one run, over an emulated account, on a clock that needs no waiting. */
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime";

import { createProvider, type Provider } from "../../../provider/doors/create-provider";
import { createSession, type SessionOptions } from "../../../provider/doors/session";
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { CreateResult, KeyState } from "../../../provider/keys/state";
import { keyType } from "../../../provider/names";
import type { Transport } from "../../../provider/vultr/transport";
import {
  type EmulatedKey,
  type Emulator,
  type EmulatorOptions,
  type FaultTarget,
  type LoggedRequest,
  respond,
  startEmulator,
} from "../../emulator";
import { manualClock } from "../../support/manual-clock";
import { rejection } from "../transport/transport-to";

/** Where the keys of a user are listed and made, and where one key is deleted, for faults. */
export const keysPath = "/users/*/apikeys";
export const keyPath = "/users/*/apikeys/*";

/** In place of what Vultr lists of a user's keys. */
export const listedAs = (keys: readonly object[], target: FaultTarget = {}) =>
  respond({ status: 200, json: { api_keys: keys } }, { method: "GET", path: keysPath, ...target });

/** The list of a user's keys cannot be read. */
export const unlisted = (target: FaultTarget = {}) =>
  respond({ status: 403 }, { method: "GET", path: keysPath, ...target });

/** What is answered to a key that is tried. */
export const toProof = (status: number, body: { json?: object; html?: string } = {}, count = 1) =>
  respond({ status, ...body }, { path: "/account", count });

/** A page of something between here and Vultr. */
export const page = { html: "<p>Log in</p>" };

export const urnOf = (name: string, parent = ""): string =>
  `urn:pulumi:dev::app::${parent}${keyType}::${name}`;

export const containing = (text: string) => expect.stringContaining(text) as string;

/** The engine's mark of a secret. */
export const marked = (value: string) => ({ [specialSigKey]: specialSecretSig, value });

/** Outputs as the engine hands them back: it takes its mark of a secret off. */
export function opened<T extends Partial<KeyState>>(outs: T): T {
  if (outs.apiKey === undefined) return outs;
  const { value } = outs.apiKey as unknown as { value: string };
  expect(outs.apiKey).toEqual(marked(value));
  return { ...outs, apiKey: value };
}

/** A state that lacks these fields. */
export function without<Field extends keyof KeyState>(state: KeyState, ...fields: Field[]) {
  const entries = Object.entries(state).filter(([name]) => !fields.includes(name as Field));
  return Object.fromEntries(entries) as Omit<KeyState, Field>;
}

/** What a verb tells people when it fails. */
export const failureOf = async (verb: Promise<unknown>): Promise<string> =>
  ((await rejection(verb)) as Error).message;

/** A provider process without an account: enough for check and diff. */
export function startProcess(options: SessionOptions = {}) {
  const notices: string[] = [];
  const print = (line: string) => notices.push(line);
  const clock = manualClock();
  return {
    clock,
    notices,
    ...createProvider(createSession({ clock, environment: {}, print, ...options })),
  };
}

export interface RunOptions
  extends Omit<EmulatorOptions, "now">, Pick<SessionOptions, "around" | "environment"> {
  /** How far Vultr's clock is ahead of ours, in milliseconds. @default 0 */
  vultrAheadMs?: number;
}

export type Run = Awaited<ReturnType<typeof startRun>>;

/** An account with an ordinary user without keys, and a provider process with root's key. Closed by `await using`. */
export async function startRun(options: RunOptions = {}) {
  const { around = (transport) => transport, environment, vultrAheadMs = 0, ...others } = options;
  let chance = 0;
  const clock = manualClock({ random: () => (chance = (chance + 0.37) % 1) });
  // Vultr's time goes on as it did, whatever our wall clock is set to.
  const startsMs = clock.now() - clock.monotonicMs() + vultrAheadMs;
  const now = () => startsMs + clock.monotonicMs();
  const vultr = await startEmulator({ requestsPerSecond: null, ...others, now });
  const { id: userId } = vultr.addUser();
  const transports: Transport[] = [];
  const start = () =>
    startProcess({
      clock,
      environment: { VULTR_API_URL: vultr.url, VULTR_API_KEY: vultr.rootApiKey, ...environment },
      around(transport) {
        transports.push(transport);
        return around(transport);
      },
    });
  let { notices, ...provider }: ReturnType<typeof startProcess> = start();

  /** The args of a resource, with what its class adds. */
  const args = (more: KeyInputs = {}, name = "ci") => ({
    resourceName: name,
    resourceUrn: urnOf(name),
    userId,
    ...more,
  });
  /** check of a resource that an earlier run made. */
  const known = (more?: KeyInputs, name?: string) =>
    provider.check(args(more, name), args(more, name));
  const create = async (inputs: KeyInputs): Promise<CreateResult> => {
    const { id, outs } = await provider.create({ ...inputs });
    return { id, outs: opened(outs) };
  };

  return {
    clock,
    vultr,
    userId,
    args,
    known,
    create,
    get provider(): Provider {
      return provider;
    },
    /** The lines that people were shown, in order. */
    get notices(): readonly string[] {
      return notices;
    },
    /** The engine begins another run, in another provider process. */
    nextRun: () => {
      ({ notices, ...provider } = start());
    },
    /** What a stack keeps of a key that was made and proven. */
    stateOf: (key: EmulatedKey, more: Partial<KeyState> = {}): KeyState => ({
      resourceName: "ci",
      resourceUrn: urnOf("ci"),
      userId: key.userId,
      keyId: key.id,
      name: key.name,
      createdAt: "2026-01-01T00:00:00Z",
      apiKey: key.apiKey,
      verifiedAt: "2026-01-01T00:00:01Z",
      ...more,
    }),
    /** check and create of a new resource. */
    make: async (more?: KeyInputs, name?: string) => {
      await provider.check({}, args(more, name));
      return create(args(more, name));
    },
    /** The calls of a replacement, but for the end: check, diff, check, create. */
    rotate: async (old: Partial<KeyState>, more: KeyInputs = {}) => {
      const inputs = args({ rotationTrigger: "next", ...more });
      await provider.check(inputs, inputs);
      await provider.diff("id", { ...args(), createdAt: "", ...old } as KeyState, inputs);
      await provider.check({}, inputs);
      return create(inputs);
    },
    /** check and update of a resource that an earlier run made. */
    update: async (state: KeyState, more?: KeyInputs) => {
      await known(more);
      return opened((await provider.update("id", state, args(more))).outs);
    },
    read: async (state: Partial<KeyState>, id = idOf(state)) => {
      const found = await provider.read(id, state);
      return found.props === undefined ? found : { id: found.id, props: opened(found.props) };
    },
    end: (state: Partial<KeyState>, id = idOf(state)) => provider.delete(id, state),
    /** Names of the user's keys. */
    names: () => vultr.keysOf(userId).map(({ name }) => name),
    isAlive: (key: EmulatedKey) => vultr.keysOf(key.userId).includes(key),
    /** Requests so far, such as `GET keys` or `DELETE key`. */
    sent: () => vultr.requests.map(kindOf),
    count: (kind: string) => vultr.requests.filter((each) => kindOf(each) === kind).length,
    /** Whole milliseconds from each request of a kind to the next. */
    gapsMs: (kind: string): number[] => {
      const ofKind = vultr.requests.filter((each) => kindOf(each) === kind);
      return ofKind.slice(1).map(({ atMs }, at) => Math.round(atMs - ofKind[at]!.atMs));
    },
    async [Symbol.asyncDispose]() {
      for (const transport of transports) await transport.close();
      await vultr.close();
    },
  };
}

/** The same, and the user has a key, which state knows: made by hand, as far as nothing else is said. */
export async function runWithKey({ key: how, ...options }: RunOptions & { key?: NewKey } = {}) {
  const run = await startRun(options);
  const key = run.vultr.addKey(run.userId, { name: "by hand", ...how });
  return Object.assign(run, { key, state: run.stateOf(key) });
}

type NewKey = Parameters<Emulator["addKey"]>[1];

/** A run with a key. */
export type KeyRun = Awaited<ReturnType<typeof runWithKey>>;

const idOf = ({ userId = "", keyId = "" }: Partial<KeyState>) => `${userId}/${keyId}`;

function kindOf({ method, path }: LoggedRequest): string {
  const [, top, user, keys, key] = path.split("/");
  const nested = [user && "user", keys && "keys", key && "key"].filter(Boolean);
  return `${method} ${nested.at(-1) ?? top ?? ""}`;
}
