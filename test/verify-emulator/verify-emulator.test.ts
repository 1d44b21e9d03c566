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
import { reportOf, switchesFileOf, tableOf, verify } from "./report";
import { Visit, type VisitOptions } from "./visit";

const allRisks = Object.keys(risks) as Risk[];

/** A visit to an emulator, on whose clock a request takes 20 ms. */
async function startVisit(
  switches: Partial<Switches> = {},
  change: (options: VisitOptions) => Partial<VisitOptions> = () => ({}),
) {
  const clock = manualClock();
  const vultr = await startEmulator({ now: clock.now, requestsPerSecond: 30, switches });
  const stranger = vultr.addUser({ email: "stranger@example.com" });
  const strangersKey = vultr.addKey(stranger.id, { name: "probe-1" });
  const start = (more: Partial<VisitOptions> = {}) => {
    const options: VisitOptions = {
      url: vultr.url,
      apiKey: vultr.rootApiKey,
      pace: () => {
        // The burst that asks for a 429 comes at once.
        clock.advance(isBurst() ? 0 : 40);
        return Promise.resolve();
      },
      wait: (ms) => {
        clock.advance(ms);
        return Promise.resolve();
      },
      now: clock.now,
      patienceMs: switches.lostCreateReply === "timeout" ? 100 : 20_000,
    };
    return new Visit({ ...options, ...change(options), ...more });
  };
  let burst = false;
  const isBurst = () => burst;
  const visit = start();
  const run = (allowed = allRisks) =>
    verify(visit, {
      allowed,
      byHand: (step) => byHand(vultr, visit.userId, step),
      say: (line) => {
        burst = line.includes("retryAfter");
      },
    }).finally(() => visit.clean());
  return {
    vultr,
    visit,
    start,
    run,
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

const cases = (Object.keys(defaultSwitches) as (keyof Switches)[]).flatMap((name) =>
  [defaultSwitches[name], ...switchAlternatives[name]].map((value) => ({
    name,
    value,
    label: JSON.stringify(value),
  })),
);

describe("every value of every switch is found on our emulator, and nothing stays behind", () => {
  it.each(cases)("$name $label", async ({ name, value }) => {
    await using scene = await startVisit({ [name]: value });
    const { vultr, run, expectNothingLeft } = scene;
    // A failing service is only seen in passing.
    if (name === "serverErrorBody")
      vultr.inject(respond({ status: 502 }, { path: /is$/, skip: 1 }));
    if (name === "serverErrorBody") vultr.inject(respond({ status: 502 }, { path: "/account" }));
    const found = await run();
    const seen = found[name];
    if (typeof value === "number" && name.endsWith("Ms"))
      expect(Math.abs(Number(seen) - value)).toBeLessThan(100);
    else if (typeof value === "object" && value !== null)
      expect(seen).toEqual({
        listedAfterMs: expect.any(Number) as number,
        usableAfterMs: expect.any(Number) as number,
      });
    else expect(seen).toEqual(value);
    expectNothingLeft();
  });
});

describe("an answer that no value stands for", () => {
  it("is a new row, and is left out of the switches file", async () => {
    await using scene = await startVisit();
    const { vultr, run, expectNothingLeft } = scene;
    vultr.inject(
      respond(
        { status: 418, json: { error: "No." } },
        { path: /^\/users\/[^/]+\/apikeys\/[^/]+$/ },
      ),
    );
    const found = await run([]);
    const rows = reportOf(found);
    const row = (name: keyof Switches) => rows.find((each) => each.name === name)!;
    expect(row("missingKey")).toMatchObject({
      byDefault: '"404"',
      reality: "seen: 418",
      match: "new row",
    });
    expect(row("createStatus")).toMatchObject({ reality: "202", match: "yes" });
    expect(row("apiDisabled")).toMatchObject({
      match: "not seen",
      reality: expect.stringContaining("needs --permissions, which turns") as string,
    });
    expect(row("serverErrorBody").reality).toContain("cannot be made to fail safely");
    expect(JSON.parse(switchesFileOf(found))).not.toHaveProperty("missingKey");
    expect(tableOf(rows)).toMatch(/^missingKey +"404" +new row +seen: 418$/m);
    expect(scene.visit.replies.length).toBeLessThan(100);
    expectNothingLeft();
  });
});

it("what was found is what an emulator starts with, and what it cannot know is refused", async () => {
  const { EMULATOR_SWITCHES: before } = process.env;
  using folder = mkdtempDisposableSync(join(tmpdir(), "switches-"));
  const file = join(folder.path, "switches.json");
  process.env["EMULATOR_SWITCHES"] = file;
  try {
    writeFileSync(
      file,
      switchesFileOf({ createStatus: 201, keysPerUser: 7, userStatus: "active" }),
    );
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

class Killed extends Error {}

describe("killed at any request, before it is sent or before it is answered, a visit leaves nothing that --clean does not find", () => {
  const requests = 45;
  it.each(Array.from({ length: requests / 5 }, (_, at) => at * 5))(
    "from request %i",
    async (first) => {
      for (let at = first; at < first + 5; at += 1)
        for (const isSent of [false, true]) {
          const kills: number[] = [];
          await using scene = await startVisit({}, ({ pace }) => ({
            pace: async (count) => {
              if (kills.length > 0) throw new Killed();
              if (count < at) return pace(count);
              kills.push(count);
              if (!isSent) throw new Killed();
            },
          }));
          const { start, run, expectNothingLeft } = scene;
          const end = await run([]).catch((error: unknown) => error);
          if (kills.length > 0) expect(end).toBeInstanceOf(Killed);
          else expect(at).toBeGreaterThan(40);
          expect(await start({ pace: () => Promise.resolve() }).clean()).toEqual([]);
          expectNothingLeft();
        }
    },
  );
});
