/** The emulator as tests and the demo hold it: start it, arrange an account, break things, look. */
import { authenticate } from "./authentication";
import type { Fault } from "./faults";
import { createFaultScript } from "./faults";
import { createRateLimit } from "./rate-limit";
import {
  type LoggedRequest,
  type OpenRequest,
  type Rewrite,
  type ServerParts,
  startServer,
} from "./server";
import {
  EmulatedAccount,
  type EmulatedKey,
  type EmulatedUser,
  type NewKey,
  type NewUser,
  type TimelineEntry,
} from "./state";
import { defaultSwitches, type Switches, switchesOfReality } from "./switches";

export interface EmulatorOptions {
  /** @default 0, any free port */
  port?: number;
  /** Milliseconds since the epoch: for expiry, late keys, the log and the limit. @default Date.now */
  now?: () => number;
  /** `null` takes the limit away. @default 30 */
  requestsPerSecond?: number | null;
  switches?: Partial<Switches>;
  faults?: Fault[];
  /** Users to fill the account with, beside root. @default 0 */
  users?: number;
}

export interface Emulator extends AsyncDisposable {
  /** Base address of the API, such as `http://127.0.0.1:40123/v2`. */
  readonly url: string;
  /** Plaintext of the root user's key. */
  readonly rootApiKey: string;
  readonly rootUserId: string;
  readonly requests: readonly LoggedRequest[];
  readonly timeline: readonly TimelineEntry[];
  readonly switches: Readonly<Switches>;
  setSwitches(switches: Partial<Switches>): void;
  addUser(user?: NewUser): EmulatedUser;
  removeUser(userId: string): void;
  setApiEnabled(userId: string, enabled: boolean): void;
  setEmail(userId: string, email: string): void;
  setStatus(userId: string, status: string): void;
  /**
   * Calls are said to come from `address`, which is not allowed; `null` allows it again.
   * Naming no user means all there are at the time, root included.
   */
  blockAddress(address: string | null, userId?: string): void;
  /** As though made by hand, some time ago: `settled`, unless that is said to be false. */
  addKey(userId: string, key?: NewKey): EmulatedKey;
  /** As though deleted by hand. */
  deleteKey(keyId: string): void;
  users(): EmulatedUser[];
  /** The user's keys that were not deleted. */
  keysOf(userId: string): EmulatedKey[];
  /** Keys of all users but root users that were not deleted. */
  liveKeys(): EmulatedKey[];
  /** Every plaintext there ever was, root's included. */
  issuedApiKeys(): string[];
  /** Would a call with this key be accepted now? Asking does not count as a look at a flapping key. */
  authenticates(apiKey: string): boolean;
  inject(...faults: Fault[]): void;
  clearFaults(): void;
  /** From now on the body of each success with a body is what this makes of it. */
  rewrite(change: Rewrite): void;
  close(): Promise<void>;
}

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { now = Date.now, requestsPerSecond = 30, port = 0 } = options;
  let switches: Switches = { ...defaultSwitches, ...switchesOfReality(), ...options.switches };
  const account = new EmulatedAccount(now, () => switches);
  const root = account.addUser({ email: "root@example.com", name: "Root", root: true });
  const rootKey = account.addKey(root.id, { name: "management", settled: true });
  account.timeline.length = 0;
  for (let count = 0; count < (options.users ?? 0); count += 1)
    account.addUser({ email: `filler-${count}@example.com`, name: `Filler ${count}` });

  const faults = createFaultScript();
  faults.add(options.faults ?? []);
  const requests: OpenRequest[] = [];
  const limit = createRateLimit(requestsPerSecond);
  const parts: ServerParts = { account, faults, requests, limit };
  const server = await startServer(parts, port);

  const setUser = (userId: string, change: Partial<EmulatedUser>) => {
    const user = account.users.get(userId);
    if (user === undefined) throw new Error(`The emulator has no user ${userId}.`);
    Object.assign(user, change);
  };

  return {
    url: server.url,
    rootApiKey: rootKey.apiKey,
    rootUserId: root.id,
    requests,
    timeline: account.timeline,
    get switches() {
      return switches;
    },
    setSwitches(change) {
      switches = { ...switches, ...change };
    },
    addUser: (user) => account.addUser(user),
    removeUser: (userId) => {
      account.removeUser(userId);
    },
    setApiEnabled: (userId, apiEnabled) => {
      setUser(userId, { apiEnabled });
    },
    setEmail: (userId, email) => {
      setUser(userId, { email });
    },
    setStatus: (userId, status) => {
      setUser(userId, { status });
    },
    blockAddress(address, userId) {
      const users = userId === undefined ? account.users.keys() : [userId];
      for (const id of users) setUser(id, { blockedAddress: address });
    },
    addKey: (userId, key) => account.addKey(userId, { settled: true, ...key }),
    deleteKey: (keyId) => {
      account.deleteKey(keyId);
    },
    users: () => [...account.users.values()],
    keysOf: (userId) => account.keysOf(userId),
    liveKeys: () =>
      [...account.keys.values()].filter(
        (key) => account.users.get(key.userId)?.root !== true && key.deletedAtMs === undefined,
      ),
    issuedApiKeys: () => [...account.keys.values()].map((key) => key.apiKey),
    authenticates(apiKey) {
      const key = [...account.keys.values()].find((issued) => issued.apiKey === apiKey);
      return !("status" in authenticate(account, key, () => true));
    },
    inject: (...more) => {
      faults.add(more);
    },
    clearFaults: () => {
      faults.clear();
    },
    rewrite: (change) => {
      parts.rewrite = change;
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
