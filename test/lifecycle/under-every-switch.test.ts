import type { KeyInputs } from "../../provider/keys/inputs";
import type { RequestLimits } from "../../provider/vultr/transport";
import { clearFailures, everySwitch } from "../support/every-switch";
import { unknownKeys } from "../support/invariants";
import { startMiniatureScene } from "../support/miniature-scene";
import { programOf } from "../support/miniature-stack";

/** Real time, unlike the clock. Where every answer comes, no limit may be so short that a busy machine exceeds it. */
const limitsFor: Record<string, Partial<RequestLimits>> = {
  lostCreateReply: { requestTimeoutMs: 500 },
};

/*
 * Nobody outside Vultr knows which value is true, so under each of them a key must live its life, or
 * fail with a clear message and leave nothing behind.
 */
test.each(everySwitch)("$label", async ({ name, label, switches }) => {
  await using scene = await startMiniatureScene({ switches, limits: limitsFor[name] ?? {} });
  const { vultr, clock, userId, observed } = scene;
  const life: Record<string, Partial<KeyInputs>>[] = [
    { auto: { userId, rotationTrigger: 1 }, exact: { userId, name: "ci", expiresIn: "90d" } },
    { auto: { userId, rotationTrigger: 2 }, exact: { userId, name: "ci", expiresIn: "60d" } },
    {},
  ];
  for (const program of life) {
    const { error, printed } = await scene.up(programOf(program));
    clock.advance(60_000);
    expect(unknownKeys(observed)).toEqual([]);
    const failure = clearFailures[label];
    if (error === undefined) continue;
    if (failure === undefined) throw error;
    expect(printed.at(-1)).toMatch(failure);
    if (!name.startsWith("key")) expect(vultr.liveKeys()).toEqual([]);
  }
  const again = await scene.up(programOf({}));
  expect(again.error).toBeUndefined();
  expect(vultr.liveKeys()).toEqual([]);
});
