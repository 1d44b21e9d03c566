/** `--try`: makes a key, proves it, deletes it and sees it gone, in the seven steps of rotating by hand. */
import { operationLimit } from "../../keys/context";
import { automaticName } from "../../keys/key-name";
import { makeKey } from "../../keys/new-key";
import { expectGone } from "../../keys/presence";
import { takeBack } from "../../keys/revoke";
import { createRunMemory } from "../../keys/run-memory";
import { verify } from "../../keys/verify";
import { formatUtc } from "../../vultr/clock";
import type { VultrUser } from "../../vultr/schemas";
import type { Transport } from "../../vultr/transport";
import { type Account, keysOf } from "./account";
import { type Checks, named } from "./check";

const lifetimeMs = 600_000;

/** The steps of Vultr's guide. Whatever fails in between, the key is deleted; it expires in any case. */
export async function* tryKey(
  account: Account & { transport: Transport },
  { userId, email }: VultrUser,
  notify: (text: string) => void,
): Checks {
  const { clock, transport } = account;
  const memory = createRunMemory();
  const { credential } = transport;
  const context = () => ({ ...account, notify, memory, credential, limit: operationLimit(clock) });
  const fresh = () => automaticName({ resourceName: "doctor", stack: undefined }, clock.random);
  const dateExpire = formatUtc(clock.now() + lifetimeMs);

  yield named("try.1", "1. find the user").ok(`${userId} (${email})`);
  const create = named("try.2", "2. create a key");
  let key;
  try {
    key = await makeKey(context(), { userId, name: fresh, dateExpire });
  } catch (error) {
    yield create.failedBy(error);
    return;
  }
  const { keyId, name } = key;
  yield create.ok(`"${name}" (${keyId}), which expires at ${dateExpire}`);
  const move = named("try.3", "3. move workloads to it");
  yield move.skipped("there are none; in a program the outputs do it");
  const prove = named("try.4", "4. check that they work");
  yield await prove.attempt(async () => {
    const verifiedAt = await verify(context(), { ...key, dateExpire, nextStep: "Run again." });
    if (verifiedAt !== undefined) return prove.ok("the key authenticates");
    const advice =
      "Add this machine's address to the user's allowlist, or run from an allowed one.";
    return prove.warning("Vultr knows the key, and this machine may not use it", advice);
  });
  const find = named("try.5", "5. find the key's id");
  yield await find.attempt(async () => {
    const keys = await keysOf(account, userId);
    if (keys.some((listed) => listed.keyId === keyId))
      return find.ok(`it is one of ${keys.length} that Vultr lists`);
    return find.failed("Vultr does not list it", "Its list is behind: rotations may be slow.");
  });
  const end = named("try.6", "6. delete the key");
  const ended = await end.attempt(async () => {
    await takeBack(context(), { userId, keyId });
    return end.ok("Vultr accepted");
  });
  if (ended.status === "failed")
    ended.advice = `${ended.advice ?? ""} The key expires in ten minutes.`;
  yield ended;
  if (ended.status !== "ok") return;
  const confirm = named("try.7", "7. confirm that it is absent");
  yield await confirm.attempt(async () => {
    await expectGone(context(), key, false);
    return confirm.ok("it is listed no more, and refused");
  });
}
