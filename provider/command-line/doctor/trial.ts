/** `--try`: makes a key, proves it, deletes it and sees it gone, in the seven steps of rotating by hand. */
import { operationLimitMs } from "../../keys/context";
import { automaticName } from "../../keys/key-name";
import { makeKey } from "../../keys/new-key";
import { expectGone, listKeys } from "../../keys/presence";
import { revoke } from "../../keys/revoke";
import { createRunMemory } from "../../keys/run-memory";
import { verify } from "../../keys/verify";
import { formatUtc } from "../../vultr/clock";
import type { VultrUser } from "../../vultr/schemas";
import type { Transport } from "../../vultr/transport";
import { type Account, soon } from "./account";
import { type Check, type Checks, failed, failedBy, ok, skipped, warning } from "./check";

const lifetimeMs = 600_000;

/** Each step in Vultr's words. Whatever fails in between, the key is deleted; it expires in any case. */
export async function* tryKey(
  account: Account & { transport: Transport },
  { userId, email }: VultrUser,
  notify: (text: string) => void,
): Checks {
  const { client, clock, apiKey: managementKey, apiUrl, transport } = account;
  const useManagementKey = transport.authenticateWith.bind(transport);
  const memory = createRunMemory();
  const context = { client, clock, apiUrl, notify, memory, managementKey, useManagementKey };
  const deadline = () => clock.monotonicMs() + operationLimitMs;
  const fresh = () => automaticName({ resourceName: "doctor", stack: undefined }, clock.random);
  const dateExpire = formatUtc(clock.now() + lifetimeMs);

  yield ok("try.1", `1. find the user: ${userId} (${email})`);
  let key;
  try {
    key = await makeKey(context, { userId, name: { fresh }, dateExpire }, deadline());
  } catch (error) {
    yield inStep("2. create a key", failedBy("try.2", error));
    return;
  }
  yield ok(
    "try.2",
    `2. create a key: "${key.name}" (${key.keyId}), which expires at ${dateExpire}`,
  );
  yield skipped("try.3", "3. move workloads to it: there are none; in a program the outputs do it");
  yield await step("try.4", "4. check that they work", async (what) => {
    const verifiedAt = await verify(context, { ...key, dateExpire }, deadline());
    if (verifiedAt !== undefined) return ok("try.4", `${what}: the key authenticates`);
    const advice =
      "Add this machine's address to the user's allowlist, or run where it is allowed.";
    return warning(
      "try.4",
      `${what}: Vultr knows the key, and this machine may not use it`,
      advice,
    );
  });
  yield await step("try.5", "5. find the key's id", async (what) => {
    const keys = (await listKeys(context, userId, soon(account))) ?? [];
    if (keys.some(({ keyId }) => keyId === key.keyId))
      return ok("try.5", `${what}: it is one of ${keys.length} that Vultr lists`);
    return failed(
      "try.5",
      `${what}: Vultr does not list it`,
      "Vultr's list is behind: rotations may be slow.",
    );
  });
  const sixth = await step("try.6", "6. delete the key", async (what) => {
    await revoke(context, { userId, keyId: key.keyId }, deadline());
    return ok("try.6", `${what}: Vultr accepted`);
  });
  yield sixth;
  if (sixth.status !== "ok") return;
  yield await step("try.7", "7. confirm that it is absent", async (what) => {
    await expectGone(context, key, false, deadline());
    return ok("try.7", `${what}: it is listed no more, and refused`);
  });
}

/** One step, whose failure is told and does not keep the others from being taken. */
async function step(
  check: string,
  what: string,
  take: (what: string) => Promise<Check>,
): Promise<Check> {
  try {
    return await take(what);
  } catch (error) {
    return inStep(what, failedBy(check, error));
  }
}

const inStep = (what: string, check: Check): Check => ({
  ...check,
  text: `${what}: ${check.text}`,
});
