/** The account behind the emulator: users, their keys, and the history of every key. */
import { randomInt, randomUUID } from "node:crypto";

import { msOfDate } from "./dates";
import type { Switches } from "./switches";

export interface EmulatedUser {
  readonly id: string;
  email: string;
  name: string;
  acls: string[];
  apiEnabled: boolean;
  serviceUser: boolean;
  root: boolean;
  status: string | undefined;
  /** Users of another organisation are unknown to a caller, but every key authenticates everywhere. */
  readonly organisation: string;
  /** Subnets that its keys may be used from, as it is listed; what is refused is `blockedAddress`. */
  allowlist: string[];
  /** An address that is blocked for this user's keys; calls come from it. */
  blockedAddress: string | null;
}

export interface EmulatedKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The plaintext. */
  readonly apiKey: string;
  /** Undefined for a key that never expires. */
  readonly dateExpire: string | undefined;
  /** When listings show it, and when it authenticates, in milliseconds since the epoch. */
  listedFromMs: number;
  usableFromMs: number;
  deletedAtMs: number | undefined;
  /** Long known everywhere, so that no switch delays it or makes it flap. */
  readonly settled: boolean;
}

export interface NewKey {
  /** @default "" */
  name?: string;
  /** @default the key never expires */
  dateExpire?: string;
  /** When it authenticates, in milliseconds from now. @default what the switch `newKey` says */
  usableAfterMs?: number;
  /** @default false */
  settled?: boolean;
}

export interface TimelineEntry {
  /** By the emulator's clock. */
  readonly atMs: number;
  readonly event: "created" | "deleted";
  readonly userId: string;
  readonly keyId: string;
  readonly keyName: string;
  /** Ids of the user's keys that authenticate after the event. */
  readonly liveKeyIds: readonly string[];
}

/** By default an ordinary user of the first root user's organisation, whose keys any address may use. */
export type NewUser = Partial<Omit<EmulatedUser, "id" | "blockedAddress">>;

const plaintextLength = 36;
const plaintextAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export class EmulatedAccount {
  readonly users = new Map<string, EmulatedUser>();
  readonly keys = new Map<string, EmulatedKey>();
  readonly timeline: TimelineEntry[] = [];

  constructor(
    readonly now: () => number,
    readonly switches: () => Switches,
  ) {}

  addUser(user: NewUser = {}): EmulatedUser {
    const id = randomUUID();
    const added: EmulatedUser = {
      id,
      email: `user-${id.slice(0, 8)}@example.com`,
      name: "A User",
      acls: [],
      apiEnabled: true,
      serviceUser: false,
      root: false,
      status: undefined,
      organisation: "",
      allowlist: ["0.0.0.0/0", "::/0"],
      blockedAddress: null,
      ...user,
    };
    this.users.set(id, added);
    return added;
  }

  readonly removeUser = (userId: string): void => {
    for (const key of this.keysOf(userId)) this.deleteKey(key.id);
    this.users.delete(userId);
  };

  addKey(userId: string, key: NewKey = {}): EmulatedKey {
    const { name = "", dateExpire, settled = false } = key;
    const { newKey } = this.switches();
    const isLate = typeof newKey === "object" && !settled;
    const lag = isLate ? newKey : { listedAfterMs: 0, usableAfterMs: 0 };
    const added: EmulatedKey = {
      id: randomUUID(),
      userId,
      name,
      apiKey: newPlaintext(),
      dateExpire,
      settled,
      listedFromMs: this.now() + lag.listedAfterMs,
      usableFromMs: this.now() + (key.usableAfterMs ?? lag.usableAfterMs),
      deletedAtMs: undefined,
    };
    this.keys.set(added.id, added);
    this.#note("created", added);
    return added;
  }

  readonly deleteKey = (keyId: string): void => {
    const key = this.keys.get(keyId);
    if (key === undefined || key.deletedAtMs !== undefined) return;
    key.deletedAtMs = this.now();
    this.#note("deleted", key);
  };

  /** Keys that were not deleted, expired ones included, in the order of their creation. */
  keysOf(userId: string): EmulatedKey[] {
    return [...this.keys.values()].filter(
      (key) => key.userId === userId && key.deletedAtMs === undefined,
    );
  }

  isExpired(key: EmulatedKey): boolean {
    return key.dateExpire !== undefined && msOfDate(key.dateExpire) <= this.now();
  }

  #note(event: TimelineEntry["event"], { userId, id: keyId, name: keyName }: EmulatedKey): void {
    const atMs = this.now();
    const works = (key: EmulatedKey) => key.usableFromMs <= atMs && !this.isExpired(key);
    const live = this.keysOf(userId).filter(works);
    const liveKeyIds = live.map((key) => key.id);
    this.timeline.push({ atMs, event, userId, keyId, keyName, liveKeyIds });
  }
}

function newPlaintext(): string {
  const pick = () => plaintextAlphabet.charAt(randomInt(plaintextAlphabet.length));
  return Array.from({ length: plaintextLength }, pick).join("");
}
