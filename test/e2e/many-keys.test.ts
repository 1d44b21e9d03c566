import { atDepth } from "../support/depth";
import { type Scene, startScene } from "../support/scene";
import { respond } from "../emulator";

test.each([
  {
    count: atDepth({ gate: 12, soak: 60 }),
    requestsPerSecond: 5,
    whoKnows: "which nobody told us",
  },
  { count: atDepth({ gate: 40, soak: 90 }), requestsPerSecond: 30, whoKnows: "as Vultr documents" },
])(
  "$count keys where Vultr allows $requestsPerSecond requests a second, $whoKnows: each is made once",
  async ({ count, requestsPerSecond }) => {
    // A machine that is slow enough never meets the limit by itself.
    const faults = [0, 5, 10].map((skip) => respond({ status: 429 }, { method: "POST", skip }));
    const isTold = requestsPerSecond === 30;
    const emulator = { requestsPerSecond, faults: isTold ? [] : faults };
    await using scene = await startScene({ emulator });
    const { requests } = scene.vultr;
    await scene.up(`for (let at = 0; at < ${count}; at += 1) key("key" + at);`);
    const throttled = requests.filter(({ status }) => status === 429);

    const posts = requests.filter(({ method }) => method === "POST");
    const throttledPosts = posts.filter(({ status }) => status === 429);
    expect(posts).toHaveLength(count + throttledPosts.length);
    // Starts are evenly spread; a busy machine may let some arrive together.
    if (isTold) expect(throttled.length).toBeLessThan(requests.length / 20);
    else expect(throttledPosts.length).toBeGreaterThanOrEqual(3);
    await expectAllMadeOnce(scene, count);
  },
);

async function expectAllMadeOnce(scene: Scene, count: number): Promise<void> {
  const { timeline } = scene.vultr;
  const live = scene.vultr.liveKeys();
  expect(timeline.filter(({ event }) => event === "created")).toHaveLength(count);
  expect(new Set(live.map(({ name }) => name)).size).toBe(count);
  expect(live.every(({ id }) => scene.works(id))).toBe(true);
  expect(await scene.idsInState()).toEqual(scene.idsAtVultr());
}
