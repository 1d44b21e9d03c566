import { createAndRotate, faultsOf } from "../../bench/measure";
import type { Run } from "../../bench/stack";
import { startEmulator } from "../../emulator";

it("a life under faults counts every run, and what is left at Vultr and in state", async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser().id;
  const [used, replaced] = [vultr.addKey(user), vultr.addKey(user)];
  vultr.addKey(user); // in no state
  const failures = ["one", undefined, "two", "three", "four"];
  const key = (keyId: string) => ({ urn: "", type: "", outputs: { keyId } });
  const life = await createAndRotate({
    vultr,
    declare: () => Promise.resolve(),
    time: () => Promise.resolve({ failure: failures.shift(), wallMs: 5 } as Run),
    exported: () =>
      Promise.resolve([key(used.id), { ...key(replaced.id), delete: true }, key("dead")]),
  });
  expect(life).toMatchObject({ runs: 5, failedRuns: 4, wallMs: 25 });
  expect(life).toMatchObject({ unknownKeys: 1, deadKeys: 1, pendingDeletions: 1 });
});

it("one request in a hundred goes wrong, at places that a seed decides, whatever is asked", async () => {
  expect(faultsOf(1, 10_000)).toEqual(faultsOf(1, 10_000));
  expect(faultsOf(1, 10_000)).not.toEqual(faultsOf(2, 10_000));
  expect(Math.abs(faultsOf(1, 10_000).length - 100)).toBeLessThan(20);

  const faults = faultsOf(3, 1_000);
  const places = faults.map(({ skip = 0 }, at) => skip + at);
  await using vultr = await startEmulator({ requestsPerSecond: null, faults });
  const headers = { authorization: `Bearer ${vultr.rootApiKey}` };
  const paths = ["account", "users", `users/${vultr.rootUserId}/apikeys`];
  for (let at = 0; at <= places[3]!; at += 1) {
    // A cut connection is one of the faults: what matters is the log.
    await fetch(`${vultr.url}/${paths[at % 3]!}`, { headers }).catch(() => undefined);
  }
  const met = vultr.requests.flatMap(({ faulted }, at) => (faulted ? [at] : []));
  expect(met).toEqual(places.slice(0, 4));
});
