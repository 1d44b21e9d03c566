import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  defaultSwitches,
  type Emulator,
  respond,
  startEmulator,
  switchAlternatives,
  type Switches,
} from "../emulator";
import { manualClock } from "../support/manual-clock";
import { type HandStep, type Risk, risks } from "./probes";
import { switchesFileOf, tableOf, verify } from "./report";
import { Visit, type VisitOptions } from "./visit";

const allRisks = Object.keys(risks) as Risk[];

/** A visit to an emulator, on whose clock a request takes 40 ms; a stranger has the name of a probe's key. */
async function startVisit(
  switches: Partial<Switches> = {},
  beforeRequest: (count: number) => void = () => undefined,
) {
  const clock = manualClock();
  const vultr = await startEmulator({ now: clock.now, requestsPerSecond: 30, switches });
  const stranger = vultr.addUser({ email: "stranger@example.com" });
  const strangersKey = vultr.addKey(stranger.id, { name: "probe-1" });
  const pass = (ms: number) => {
    clock.advance(ms);
    return Promise.resolve();
  };
  let isBurst = false; // what asks for a 429 comes at once
  const options: VisitOptions = {
    url: vultr.url,
    apiKey: vultr.rootApiKey,
    pace: () => pass(isBurst ? 0 : 40),
    wait: pass,
    now: clock.now,
    patienceMs: switches.lostCreateReply === "timeout" ? 100 : 20_000,
  };
  const pace = (count: number) => {
    beforeRequest(count);
    return options.pace(count);
  };
  const visit = new Visit({ ...options, pace });
  return {
    vultr,
    visit,
    another: () => new Visit(options),
    run: (allowed = allRisks) =>
      verify(visit, {
        allowed,
        byHand: (step) => byHand(vultr, visit.userId, step),
        say: (line) => {
          isBurst = line.includes("retryAfter");
        },
      }).finally(() => visit.clean()),
    expectNothingLeft: () => {
      expect(vultr.liveKeys().map(({ id }) => id)).toEqual([strangersKey.id]);
      const emails = vultr.users().map(({ email }) => email);
      expect(emails).toEqual(["root@example.com", "stranger@example.com"]);
    },
    [Symbol.asyncDispose]: () => vultr.close(),
  };
}

function byHand(vultr: Emulator, userId: string, step: HandStep): Promise<void> {
  if (step === "suspend") vultr.setStatus(userId, "suspended");
  if (step === "restore") vultr.setStatus(userId, "active");
  vultr.blockAddress(step === "other-address" ? "203.0.113.9" : null, userId);
  return Promise.resolve();
}

describe("every value of every switch is found on our emulator, and nothing stays behind", () => {
  const names = Object.keys(defaultSwitches) as (keyof Switches)[];
  const cases = names.flatMap((name) =>
    [defaultSwitches[name], ...switchAlternatives[name]].map(
      (value) => [name, JSON.stringify(value), value] as const,
    ),
  );
  it.each(cases)("%s %s", async (name, _, value) => {
    await using scene = await startVisit({ [name]: value });
    // A failing service is only seen in passing.
    if (name === "serverErrorBody")
      scene.vultr.inject(respond({ status: 502 }, { path: "/account" }));
    const found = await scene.run();
    const known = JSON.parse(switchesFileOf(found)) as Partial<Switches>;
    if (name === "deletedKeyListedForMs" && value !== 0)
      expect(Math.abs(Number(known[name]) - Number(value))).toBeLessThan(100);
    else if (typeof value === "object" && value !== null)
      expect(known[name]).toEqual({
        listedAfterMs: expect.any(Number) as number,
        usableAfterMs: expect.any(Number) as number,
      });
    else expect(known[name]).toEqual(value);
    scene.expectNothingLeft();
  });
});

it("an answer that no value stands for is a new row, and is left out of the switches file", async () => {
  await using scene = await startVisit();
  const { vultr, visit } = scene;
  const path = /^\/users\/[^/]+\/apikeys\/[^/]+$/;
  vultr.inject(respond({ status: 418, json: { error: "No." } }, { path }));
  const found = await scene.run([]);
  const table = tableOf(found);
  expect(table).toMatch(/^missingKey +"404" +new row +seen: 418$/m);
  expect(table).toMatch(/^createStatus +202 +yes +202$/m);
  expect(table).toMatch(/^apiDisabled +401 +not seen +needs --permissions, which turns/m);
  expect(table).toMatch(/^serverErrorBody .* cannot be made to fail safely/m);
  expect(JSON.parse(switchesFileOf(found))).not.toHaveProperty("missingKey");
  expect(visit.replies.length).toBeLessThan(100);
  scene.expectNothingLeft();
});

it("what was found is what an emulator starts with, and what it cannot know is refused", async () => {
  const { EMULATOR_SWITCHES: before } = process.env;
  using folder = mkdtempDisposableSync(join(tmpdir(), "switches-"));
  const file = join(folder.path, "switches.json");
  process.env["EMULATOR_SWITCHES"] = file;
  try {
    writeFileSync(file, switchesFileOf({ createStatus: 201, keysPerUser: 7 }));
    await using vultr = await startEmulator({ switches: { keysPerUser: 9 } });
    expect(vultr.switches).toEqual({ ...defaultSwitches, createStatus: 201, keysPerUser: 9 });
    writeFileSync(file, '{"createState":201}');
    await expect(startEmulator()).rejects.toThrow("names no switches: createState");
  } finally {
    if (before === undefined) delete process.env["EMULATOR_SWITCHES"];
    else process.env["EMULATOR_SWITCHES"] = before;
  }
});

it("what nobody answers for is not called clean", async () => {
  await using scene = await startVisit();
  const { vultr, visit, run } = scene;
  await run([]);
  await vultr.close();
  expect(await visit.clean()).toEqual([
    "users that are not listed: no answer reset",
    `user ${visit.userId}: no answer reset`,
  ]);
});

describe("killed after any number of requests, a visit leaves nothing that --clean does not find", () => {
  it.each(Array.from({ length: 50 }, (_, at) => at))("%i", async (requests) => {
    await using scene = await startVisit({}, (count) => {
      if (count >= requests) throw new Error("killed");
    });
    await expect(scene.run([])).rejects.toThrow("killed");
    expect(scene.vultr.requests).toHaveLength(requests);
    expect(await scene.another().clean()).toEqual([]);
    scene.expectNothingLeft();
  });
});
