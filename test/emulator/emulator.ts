/** The emulator as tests and the demo hold it: start it, arrange an account, break things, look. */
import { authenticate, keyOfHeader } from "./authentication";
import { createFaultScript, type Fault } from "./faults";
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

export type Emulator = Awaited<ReturnType<typeof startEmulator>>;

export async function startEmulator(options: EmulatorOptions = {}) {
  const { now = Date.now, requestsPerSecond = 30, port = 0 } = options;
  let switches: Switches = { ...defaultSwitches, ...switchesOfReality(), ...options.switches };
  const account = new EmulatedAccount(now, () => switches);
  const root = account.addUser({ email: "root@example.com", name: "Root", root: true });
  const rootKey = account.addKey(root.id, { name: "management", settled: true });
  account.timeline.length = 0;
  for (let count = 0; count < (options.users ?? 0); count += 1)
    account.addUser({ email: `filler-${count}@example.com`, name: `Filler ${count}` });

  const faults = createFaultScript(options.faults);
  const requests: OpenRequest[] = [];
  const limit = createRateLimit(requestsPerSecond);
  const parts: ServerParts = { account, faults, requests, limit };
  const server = await startServer(parts, port);

  function setUser(userId: string, change: Partial<EmulatedUser>): EmulatedUser {
    const user = account.users.get(userId);
    if (user === undefined) throw new Error(`The emulator has no user ${userId}.`);
    return Object.assign(user, change);
  }

  return {
    /** Base address of the API, such as `http://127.0.0.1:40123/v2`. */
    url: server.url,
    /** Plaintext of the root user's key. */
    rootApiKey: rootKey.apiKey,
    rootUserId: root.id,
    requests: requests as readonly LoggedRequest[],
    timeline: account.timeline as readonly TimelineEntry[],
    get switches(): Readonly<Switches> {
      return switches;
    },
    setSwitches(change: Partial<Switches>) {
      switches = { ...switches, ...change };
    },
    addUser: (user?: NewUser) => account.addUser(user),
    removeUser: account.removeUser,
    setApiEnabled: (userId: string, apiEnabled: boolean) => setUser(userId, { apiEnabled }),
    setEmail: (userId: string, email: string) => setUser(userId, { email }),
    setStatus: (userId: string, status: string) => setUser(userId, { status }),
    /**
     * Calls are said to come from `address`, which is not allowed; `null` allows it again.
     * Naming no user means all there are at the time, root included.
     */
    blockAddress(address: string | null, userId?: string) {
      const users = userId === undefined ? account.users.keys() : [userId];
      for (const id of users) setUser(id, { blockedAddress: address });
    },
    /** As though made by hand, some time ago: `settled`, unless that is said to be false. */
    addKey: (userId: string, key?: NewKey) => account.addKey(userId, { settled: true, ...key }),
    /** As though deleted by hand. */
    deleteKey: account.deleteKey,
    users: () => [...account.users.values()],
    /** The user's keys that were not deleted. */
    keysOf: (userId: string) => account.keysOf(userId),
    /** Keys of all users but root users that were not deleted. */
    liveKeys: () =>
      [...account.keys.values()].filter(
        (key) => account.users.get(key.userId)?.root !== true && key.deletedAtMs === undefined,
      ),
    /** Every plaintext there ever was, root's included. */
    issuedApiKeys: () => [...account.keys.values()].map((key) => key.apiKey),
    /** Would a call with this key be accepted now? Asking does not count as a look at a flapping key. */
    authenticates(apiKey: string) {
      const key = keyOfHeader(account, `Bearer ${apiKey}`);
      return !("status" in authenticate(account, key, () => true));
    },
    inject: faults.add,
    clearFaults: faults.clear,
    /** From now on the body of each success with a body is what this makes of it. */
    rewrite(change: Rewrite) {
      parts.rewrite = change;
    },
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}
