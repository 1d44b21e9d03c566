/** What Vultr says of the management key and of the users whose keys are to be managed. Sends only reads. */
import { BlockList, isIP } from "node:net";

import { describeDuration } from "../../keys/duration";
import { listKeys } from "../../keys/presence";
import type { ReadOptions, VultrClient } from "../../vultr/client";
import type { Clock } from "../../vultr/clock";
import { AuthenticationError, NotFoundError, PermissionError } from "../../vultr/errors";
import type { AllowedSubnet, VultrAccount, VultrUser } from "../../vultr/schemas";
import { notOne, usersCalled } from "../users";
import { type Check, type Checks, failed, failedBy, ok, skipped, warning } from "./check";

export interface Account {
  client: VultrClient;
  clock: Clock;
  /** The management key. */
  apiKey: string;
  apiUrl: string;
  /** Where requests leave from, as far as that is known. */
  localAddresses: readonly string[];
}

/** A read that is asked for now, and answered soon or not at all. */
export function soon({ clock }: Account): ReadOptions {
  const nowMs = clock.monotonicMs();
  return { deadlineMs: nowMs + 30_000, notBeforeMs: nowMs };
}

/** @returns the account's users; undefined if the key may not list them */
export async function* checkKey(account: Account): Checks<VultrUser[] | undefined> {
  const { client } = account;
  let owner: VultrAccount | undefined;
  try {
    owner = await client.getAccount(soon(account));
    yield ok("key.authenticates", `the key authenticates, as ${owner.name} (${owner.email})`);
  } catch (error) {
    if (!(error instanceof PermissionError)) {
      yield failedBy("key.authenticates", error);
      return undefined;
    }
    yield ok("key.authenticates", "the key authenticates; its user may not read the account");
  }
  let users: VultrUser[];
  try {
    users = await client.listUsers(soon(account));
    yield ok("key.lists-users", `it may list the account's users (${users.length})`);
  } catch (error) {
    // It has authenticated: whatever Vultr says now, what is missing is the right.
    const isRefused = [AuthenticationError, PermissionError, NotFoundError].some(
      (refusal) => error instanceof refusal,
    );
    const { text, advice = "" } = failedBy("key.lists-users", error);
    yield failed("key.lists-users", text, isRefused ? permissionAdvice : advice);
    return undefined;
  }
  yield await orFailure("key.expires", () => ownExpiry(account, users, owner));
  return users;
}

const permissionAdvice =
  "Managing other users' keys takes the root user or the Manage Users permission (`manage_users`): grant it to the owner of the key, or use another key.";

/** A key whose end is nearer than this is told of, in milliseconds. */
const soonMs = 14 * 86_400_000;

/** The key is known by its owner and its last characters, which is no proof, and enough for a date. */
async function ownExpiry(
  account: Account,
  users: readonly VultrUser[],
  owner: VultrAccount | undefined,
): Promise<Check> {
  const [user, ...others] = owner === undefined ? [] : usersCalled(owner.email, users);
  const isKnown = user !== undefined && others.length === 0;
  const keys = isKnown ? await listKeys(account, user.userId, soon(account)) : [];
  const alike = (keys ?? []).filter(({ tail }) => tail !== "" && account.apiKey.endsWith(tail));
  const [key] = alike;
  if (key === undefined || alike.length > 1)
    return skipped(
      "key.expires",
      "which of its user's keys it is, and so when it expires, is not seen",
    );
  if (key.dateExpire === undefined)
    return ok("key.expires", `it is "${key.name}", and never expires`);
  const leftMs = Date.parse(key.dateExpire) - account.clock.now();
  const text = `it is "${key.name}", and expires in ${describeDuration(leftMs)} (${key.dateExpire})`;
  if (leftMs > soonMs) return ok("key.expires", text);
  return warning(
    "key.expires",
    text,
    "Make a new management key in time, and set it in its place.",
  );
}

/** @returns the user, if there is exactly one */
export async function* checkUser(
  account: Account,
  users: readonly VultrUser[],
  wanted: string,
): Checks<VultrUser | undefined> {
  const matches = usersCalled(wanted, users);
  const [user] = matches;
  if (user === undefined || matches.length > 1) {
    const ids = matches.map(({ userId }) => userId).join(", ");
    const advice =
      user === undefined
        ? "Compare it with the console: Manage Organization, Users. Is the key of the right organization?"
        : `Name the one that is meant by its id: ${ids}.`;
    yield failed("user.found", notOne(wanted, matches.length, users), advice);
    return undefined;
  }
  const { userId } = user;
  yield ok("user.found", `${wanted} is user ${userId} (${user.name})`);
  yield user.apiEnabled === false
    ? failed(
        "user.api-access",
        "its API access is off, so its keys are refused",
        `Turn it on: PATCH ${account.apiUrl}/users/${userId} with {"api_enabled": true}.`,
      )
    : ok("user.api-access", "its API access is on");
  yield statusCheck(user.status);
  yield await orFailure("user.keys", async () => {
    const keys = (await listKeys(account, userId, soon(account))) ?? [];
    return ok("user.keys", `it has ${keys.length} API keys`);
  });
  yield await orFailure("user.allowlist", async () => {
    const subnets = await account.client.listAllowedSubnets(userId, soon(account));
    return allowlistCheck(subnets, account.localAddresses);
  });
  return user;
}

function statusCheck(status: string): Check {
  if (status === "" || status === "active") return ok("user.status", "it is not suspended");
  const advice = "See Manage Organization, Users in the console.";
  if (status === "pending")
    return warning("user.status", "it has not accepted its invitation", advice);
  return failed("user.status", `its status is "${status}", so its keys may be refused`, advice);
}

/** Addresses that are another one on their way to Vultr. */
const isPrivate = membershipOf(
  [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
  ].map((text) => {
    const [subnet = "", size] = text.split("/");
    return { subnet, prefixLength: Number(size) };
  }),
);

/** Is an address in one of the subnets? Families apart: to Node, `::/0` holds every IPv4 address too. */
function membershipOf(subnets: readonly AllowedSubnet[]): (address: string) => boolean {
  return (address) => {
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const list = new BlockList();
    for (const { subnet, prefixLength } of subnets)
      if (`ipv${isIP(subnet)}` === family && prefixLength <= (family === "ipv6" ? 128 : 32))
        list.addSubnet(subnet, prefixLength, family);
    return list.check(address, family);
  };
}

/** Would the user's keys be refused here? Each address counts apart, because either may be taken. */
function allowlistCheck(subnets: readonly AllowedSubnet[], addresses: readonly string[]): Check {
  const check = "user.allowlist";
  const list = subnets.map(({ subnet, prefixLength }) => `${subnet}/${prefixLength}`).join(", ");
  const isAllowed = membershipOf(subnets);
  const outside = addresses.filter((address) => !isAllowed(address));
  const refused = outside.filter((address) => !isPrivate(address));
  const console_ = "Manage Organization, Users, the user, API Access, Access Control List";
  if (refused.length > 0)
    return failed(
      check,
      `its allowlist lacks ${refused.join(", ")}, so its keys are refused here`,
      `Add the address (${console_}), or run from an allowed one. With verify: false keys are made and not tried.`,
    );
  if (addresses.length > 0 && outside.length === 0)
    return ok(check, "its allowlist lets this machine in");
  return warning(
    check,
    list === "" ? "its allowlist is empty" : `its allowlist has ${list} alone`,
    `Whether this machine is let in is not seen from here: compare its public address (${console_}), or add --try.`,
  );
}

async function orFailure(check: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    return failedBy(check, error);
  }
}
