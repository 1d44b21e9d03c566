import { type Emulator, startEmulator } from "../emulator";
import { atDepth } from "../support/depth";
import { createProject, type Project, up } from "../support/project";

const program = (userId: string, count: number) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  for (let at = 0; at < ${count}; at += 1)
    new VultrUserApiKey("key" + at, { userId: "${userId}" });
`;

const many = atDepth({ gate: 20, soak: 60 });

test(`${many} keys where Vultr allows 5 requests a second, which nobody told us: each is made once`, async () => {
  await using vultr = await startEmulator({ requestsPerSecond: 5 });
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, many) });

  await timed(`${many} keys at 5 requests a second`, vultr, () => project.succeed(up));
  const posts = vultr.requests.filter((request) => request.method === "POST");
  const throttled = posts.filter((request) => request.status === 429);
  expect(throttled.length).toBeGreaterThan(0);
  expect(posts).toHaveLength(many + throttled.length);
  await expectAllMadeOnce(vultr, project, many);
});

const more = atDepth({ gate: 45, soak: 90 });

test(`${more} keys at Vultr's own 30 requests a second: hardly one is turned away`, async () => {
  await using vultr = await startEmulator();
  const user = vultr.addUser();
  await using project = await createProject({ vultr, program: program(user.id, more) });

  await timed(`${more} keys at 30 requests a second`, vultr, () => project.succeed(up));
  // Starts are evenly spread; a busy machine may let some arrive together.
  const throttled = vultr.requests.filter((request) => request.status === 429);
  expect(throttled.length).toBeLessThan(vultr.requests.length / 20);
  await expectAllMadeOnce(vultr, project, more);
});

async function expectAllMadeOnce(vultr: Emulator, project: Project, count: number): Promise<void> {
  const live = vultr.liveKeys();
  expect(vultr.timeline.filter((entry) => entry.event === "created")).toHaveLength(count);
  expect(new Set(live.map((key) => key.name)).size).toBe(count);
  expect(live.every((key) => vultr.authenticates(key.apiKey))).toBe(true);
  const inState = (await project.keysInState()).map((key) => key.outputs?.["keyId"]);
  expect(inState.sort()).toEqual(live.map((key) => key.id).sort());
}

/** With REPORT set, shows the time that this takes and the requests it sends. */
async function timed(what: string, vultr: Emulator, work: () => Promise<unknown>): Promise<void> {
  const startedMs = Date.now();
  await work();
  const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
  const throttled = vultr.requests.filter((request) => request.status === 429).length;
  if (process.env["REPORT"] !== undefined)
    process.stderr.write(
      `${what}: ${seconds} s, ${vultr.requests.length} requests, ${throttled} answered 429\n`,
    );
}
