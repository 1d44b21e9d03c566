import { faultsOf } from "../../bench/measure";
import { startEmulator } from "../../emulator";

it("about one request in a hundred goes wrong, the same ones for the same seed", () => {
  expect(faultsOf(1, 10_000)).toEqual(faultsOf(1, 10_000));
  expect(faultsOf(1, 10_000)).not.toEqual(faultsOf(2, 10_000));
  expect(faultsOf(1, 10_000).length).toBeGreaterThan(80);
  expect(faultsOf(1, 10_000).length).toBeLessThan(120);
});

it("they are met at their places, whatever is asked", async () => {
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
