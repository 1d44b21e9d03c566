/** Is Vultr reached, over which family of addresses, and do its clock and this machine's agree? */
import { isIP } from "node:net";

import { describeDuration } from "../../keys/duration";
import { isLoopback } from "../../vultr/connect";
import { connectionError } from "../../vultr/failures";
import { isErrorLike } from "../../vultr/redact";
import type { Terminal } from "../terminal";
import { type Check, type Checks, named } from "./check";
import type { Answered, Machine } from "./machine";

/** Beyond this, an expiry that this machine works out is not the one that is meant. */
const clockErrorLimitMs = 60_000;

/** Any of them may lead to Vultr; what NO_PROXY spares, only the HTTP client knows. */
const proxyVariables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

/** This machine, or the name of the host, has no address of the family. */
const noSuchFamily = ["ENETUNREACH", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EAFNOSUPPORT"];

/**
 * @param takeTurn waits for a turn under the rate limit
 * @returns the addresses that requests leave from, as far as they are known; undefined if nothing answers
 */
export async function* checkNetwork(
  apiUrl: string,
  { clock, environment }: Terminal,
  probe: Machine["probe"],
  takeTurn: () => Promise<unknown>,
): Checks<string[] | undefined> {
  const { host, hostname } = new URL(apiUrl);
  const proxy = proxyVariables.find((name) => (environment[name] ?? "") !== "");
  if (proxy !== undefined && !isLoopback(hostname)) {
    yield named("network").skipped(
      `a proxy may lead to ${host} (${proxy}): routes and clocks are not looked at`,
    );
    return [];
  }
  const family = isIP(hostname.replace(/^\[|\]$/g, ""));
  const answers: (Answered & { aheadMs: number })[] = [];
  const failures: [family: number, error: unknown][] = [];
  for (const each of family === 0 ? [4, 6] : [family]) {
    const check = named(`network.ipv${each}`);
    await takeTurn();
    const startedMs = clock.now();
    try {
      const answer = await probe(apiUrl, each);
      answers.push({ ...answer, aheadMs: (startedMs + clock.now()) / 2 - answer.dateMs });
      yield check.ok(`${host} answers over IPv${each}`);
    } catch (error) {
      failures.push([each, error]);
    }
  }
  for (const [each, error] of failures)
    yield unreached(`IPv${each}`, apiUrl, error, answers.length > 0);
  const [first] = answers;
  if (first === undefined) return undefined;
  yield clockCheck(first.aheadMs);
  return answers.map(({ localAddress }) => localAddress);
}

/** One that connects and then fails is not spared by the other: a client may choose it. */
function unreached(family: string, apiUrl: string, error: unknown, isOtherEnough: boolean): Check {
  const check = named(`network.${family.toLowerCase()}`);
  const code = isErrorLike(error) && "code" in error ? String(error.code) : "";
  if (isOtherEnough && noSuchFamily.includes(code))
    return check.skipped(`${family} does not lead there (${code}); the other family is enough`);
  const failure = check.failedBy(connectionError(error, `reach Vultr over ${family}`, apiUrl));
  return isOtherEnough ? { ...failure, status: "warning" } : failure;
}

function clockCheck(aheadMs: number): Check {
  const check = named("clock");
  if (Number.isNaN(aheadMs)) return check.skipped("the answer does not say what time it is");
  const wrongMs = Math.abs(aheadMs);
  if (wrongMs <= clockErrorLimitMs) return check.ok("this machine's clock and Vultr's agree");
  const direction = aheadMs > 0 ? "ahead of" : "behind";
  return check.failed(
    `this machine's clock is ${describeDuration(wrongMs)} ${direction} Vultr's`,
    "Set it, such as by NTP: expiries are worked out by it, and Vultr judges them by its own.",
  );
}
