/** The promises, as checks that hold after every run, whatever broke in it. */
import type { Emulator } from "../emulator";
import type { MiniatureEngine, Program, RecordedKey, RunResult } from "./miniature-engine";

export interface History {
  vultr: Emulator;
  engine: MiniatureEngine;
  /** All that was printed in all runs so far. */
  printed: string[];
  /** Runs that were killed so far. */
  kills: number;
  /** How much of Vultr's timeline there was before the last run. */
  timelineBefore: number;
}

/** Keys at Vultr that state does not know and nobody was told of. */
export function unknownKeys({ vultr, engine, printed }: History) {
  const recorded = new Set(engine.recorded().map((key) => key.state.keyId));
  const told = printed.join("\n");
  return vultr
    .liveKeys()
    .filter((key) => !recorded.has(key.id))
    .filter((key) => !told.includes(key.id) && !told.includes(`API key "${key.name}" of user`));
}

/** @throws {Error} a promise is broken; the message says which */
export function expectPromises(
  history: History,
  before: RecordedKey[],
  program: Program,
  result: RunResult,
): void {
  const { vultr, engine, printed, kills } = history;
  const secret = vultr.issuedApiKeys().find((key) => printed.some((text) => text.includes(key)));
  if (secret !== undefined) throw new Error("a secret was printed");

  const unknown = unknownKeys(history);
  if (unknown.length > kills)
    throw new Error(`${unknown.length} keys that nobody knows of after ${kills} kills`);

  for (const [name, { current }] of engine.resources) {
    if (current === undefined || current.isUnfinished || !(name in program)) continue;
    if (current.state.apiKey === undefined || !vultr.authenticates(current.state.apiKey))
      throw new Error(`the current key of ${name} does not authenticate`);
  }
  if (result.error === undefined && engine.recorded().some((key) => key.isUnfinished))
    throw new Error("a run succeeded with an unfinished key");
  expectNoEarlyRevocation(
    history,
    before.filter((key) => (key.state.resourceName ?? "") in program),
  );
}

/** A key that was in use is deleted only while the key that took its place is alive. */
function expectNoEarlyRevocation(
  { vultr, engine, timelineBefore }: History,
  before: RecordedKey[],
): void {
  for (const { state } of before) {
    const deletion = vultr.timeline
      .slice(timelineBefore)
      .find((entry) => entry.event === "deleted" && entry.keyId === state.keyId);
    const { current } = engine.resources.get(state.resourceName ?? "") ?? {};
    if (deletion === undefined || current === undefined || current.isUnfinished) continue;
    if (!deletion.liveKeyIds.includes(current.state.keyId))
      throw new Error(`key ${state.name} was revoked while its successor was not alive`);
  }
}
