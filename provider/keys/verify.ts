/** Proves that a key authenticates, with that key itself, before anything depends on it. */
import { IpNotAllowedError, PermissionError, unlessCanceled, VultrError } from "../vultr/errors";
import { formatUtc } from "../vultr/clock";
import { word } from "../words";
import type { Context } from "./context";
import { refusalOfUser } from "./owner";
import { type KeyRefusal, refusalOfKey } from "./presence";

/** How long a new key may take to start working. */
const lateKeyLimitMs = 60_000;

const firstPauseMs = 500;
const longestPauseMs = 5_000;

export interface KeyToVerify {
  userId: string;
  name: string;
  apiKey: string;
  dateExpire?: string | undefined;
  /** What to do if it is refused, for people. */
  nextStep: string;
}

/**
 * When the key was seen to authenticate (RFC 3339 UTC), or undefined if Vultr knows the key and this
 * address may not use it. `GET /account` with the key: any 2xx is proof, and so is a 403 in Vultr's own
 * JSON, which a key without billing rights gets. A key that does not work yet is waited for.
 *
 * @throws {VultrError} the key is refused; the message says why as far as Vultr lets us know
 */
export async function verify(context: Context, key: KeyToVerify): Promise<string | undefined> {
  const { clock, notify } = context;
  const startedMs = clock.monotonicMs();
  const untilMs = Math.min(context.limit.deadlineMs, startedMs + lateKeyLimitMs);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const refusal = await refusalOfKey(context, key.apiKey);
    if (refusal instanceof IpNotAllowedError) {
      notify(
        `warning: whether API key "${key.name}" works cannot be judged from here: ${refusal.reason}.${word.keptUnjudged}`,
      );
      return undefined;
    }
    // 403 authenticates, unless it is how Vultr says that the user may not use the API at all.
    const isForbidden = refusal instanceof PermissionError;
    if (isForbidden || (refusal !== undefined && pauseMs === firstPauseMs))
      await failIfUserIsRefused(context, key, refusal);
    if (refusal === undefined || isForbidden) return formatUtc(clock.now());
    if (clock.monotonicMs() + pauseMs > untilMs)
      throw refused(context, key, refusal, Math.round((untilMs - startedMs) / 1_000));
    const waitedSeconds = Math.round((clock.monotonicMs() - startedMs) / 1_000);
    notify(`waiting for API key "${key.name}" to start working (${waitedSeconds} s so far)`);
    await unlessCanceled(clock.sleep(pauseMs), context.limit.signal);
  }
}

async function failIfUserIsRefused(
  context: Context,
  key: KeyToVerify,
  cause: KeyRefusal,
): Promise<void> {
  const refusalOfAll = refusalOfUser(await context.client.getUser(key.userId, context.limit));
  if (refusalOfAll === undefined) return;
  throw new VultrError({
    message: `could not verify API key "${key.name}": ${refusalOfAll.why}`,
    hint: `${refusalOfAll.hint} Then run again. Or set verify: false.`,
    cause,
  });
}

function refused(
  context: Context,
  key: KeyToVerify,
  cause: KeyRefusal,
  seconds: number,
): VultrError {
  const hint =
    key.dateExpire !== undefined && Date.parse(key.dateExpire) - context.clock.now() < 86_400_000
      ? `Its expiry is ${key.dateExpire} and this machine's clock says ${formatUtc(context.clock.now())}: ` +
        `check both; to Vultr the key may have expired already. ${key.nextStep}`
      : `${key.nextStep} If that does not help, ask Vultr's support why keys of this user are refused.`;
  return new VultrError({
    message: `could not verify API key "${key.name}": after ${seconds} s Vultr still answers ${cause.reason}`,
    hint,
    cause,
  });
}
