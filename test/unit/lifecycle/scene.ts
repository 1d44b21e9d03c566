/** What surrounds a verb: an account with one user, and a provider process, on a clock that needs no waiting. */
import type { Context } from "../../../provider/keys/context";
import type { KeyState } from "../../../provider/keys/state";
import {
  type EmulatedKey,
  type Emulator,
  type EmulatorOptions,
  type LoggedRequest,
  startEmulator,
} from "../../emulator";
import { manualClock, type ManualClock } from "../../support/manual-clock";
import { type ProviderProcessOptions, startProvider } from "../../support/provider-process";

export interface Scene extends AsyncDisposable {
  clock: ManualClock;
  vultr: Emulator;
  /** An ordinary user without keys. */
  userId: string;
  context: Context;
  /** The lines that people were shown, in order. */
  notices: readonly string[];
  /** Five minutes from now. */
  deadlineMs: () => number;
  /** Requests so far, such as `GET keys` or `DELETE key`. */
  sent: () => string[];
  /** Whole milliseconds from each request of a kind to the next. */
  gapsMs: (kind: string) => number[];
}

export interface SceneOptions extends Omit<EmulatorOptions, "now"> {
  around?: ProviderProcessOptions["around"];
  /** How far Vultr's clock is ahead of ours, in milliseconds. @default 0 */
  vultrAheadMs?: number;
}

export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const { around, vultrAheadMs = 0, ...emulator } = options;
  let chance = 0;
  const clock = manualClock({ random: () => (chance = (chance + 0.37) % 1) });
  // Vultr's time goes on as it did, whatever our wall clock is set to.
  const startsMs = clock.now() - clock.monotonicMs() + vultrAheadMs;
  const now = () => startsMs + clock.monotonicMs();
  const vultr = await startEmulator({ requestsPerSecond: null, ...emulator, now });
  const provider = await startProvider({ vultr, clock, ...(around && { around }) });
  return {
    clock,
    vultr,
    userId: vultr.addUser().id,
    context: provider.context,
    notices: provider.notices,
    deadlineMs: () => clock.monotonicMs() + 300_000,
    sent: () => vultr.requests.map(kindOf),
    gapsMs(kind) {
      const timesMs = vultr.requests
        .filter((each) => kindOf(each) === kind)
        .map((each) => each.atMs);
      return timesMs.slice(1).map((atMs, at) => Math.round(atMs - timesMs[at]!));
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await vultr.close();
    },
  };
}

/** What a stack keeps of a key that was never proven. */
export const stateOf = ({ id: keyId, userId, name, apiKey }: EmulatedKey): KeyState => ({
  keyId,
  userId,
  name,
  createdAt: "2026-01-01T00:00:00Z",
  apiKey,
});

/** Where the keys of a user are listed and made, for faults. */
export const keysPath = "/users/*/apikeys";

/** Where one key is deleted, for faults. */
export const keyPath = "/users/*/apikeys/*";

function kindOf({ method, path }: LoggedRequest): string {
  const [, top, user, keys, key] = path.split("/");
  const nested = [user && "user", keys && "keys", key && "key"].filter(Boolean);
  return `${method} ${nested.at(-1) ?? top ?? ""}`;
}
