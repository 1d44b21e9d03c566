/** What Vultr says of the management key and of the users whose keys are to be managed. Sends only reads. */
import { describeDuration } from "../../keys/duration";
import { isSameAddress } from "../../keys/owner";
import { listKeys } from "../../keys/presence";
import type { ReadOptions, VultrClient } from "../../vultr/client";
import type { Clock } from "../../vultr/clock";
import { AuthenticationError, NotFoundError, PermissionError } from "../../vultr/errors";
import { permissionHint } from "../../vultr/failures";
import type { ListedApiKey, VultrAccount, VultrUser } from "../../vultr/schemas";
import { userCalled } from "../users";
import { allowlistCheck } from "./allowlist";
import { type Check, type Checks, named } from "./check";

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
function soon({ clock }: Account): ReadOptions {
  const nowMs = clock.monotonicMs();
  return { deadlineMs: nowMs + 30_000, notBeforeMs: nowMs };
}

/** The keys that Vultr lists for a user now; none if it knows no such user. */
export async function keysOf(account: Account, userId: string): Promise<ListedApiKey[]> {
  return (await listKeys({ ...account, limit: soon(account) }, userId)) ?? [];
}

/** @returns the account's users; undefined if the key may not list them */
export async function* checkKey(account: Account): Checks<VultrUser[] | undefined> {
  const { client } = account;
  const use = named("key.authenticates");
  let owner: VultrAccount | undefined;
  try {
    owner = await client.getAccount(soon(account));
    yield use.ok(`the key authenticates: as ${owner.name} (${owner.email})`);
  } catch (error) {
    if (!(error instanceof PermissionError)) {
      yield use.failedBy(error);
      return undefined;
    }
    yield use.ok("the key authenticates: its user may not read the account");
  }
  let users: VultrUser[];
  const list = named("key.lists-users");
  try {
    users = await client.listUsers(soon(account));
    yield list.ok(`it may list the account's users (${users.length})`);
  } catch (error) {
    const failure = list.failedBy(error);
    // It has authenticated: whatever Vultr says now, what is missing is the right.
    const isRefusal = [AuthenticationError, PermissionError, NotFoundError].some(
      (refusal) => error instanceof refusal,
    );
    yield isRefusal ? { ...failure, advice: permissionHint } : failure;
    return undefined;
  }
  yield await named("key.expires").attempt(() => ownExpiry(account, users, owner));
  return users;
}

/** A key whose end is nearer than this is told of, in milliseconds. */
const soonMs = 14 * 86_400_000;

/** The key is known by its owner and its last characters, which is no proof, and enough for a date. */
async function ownExpiry(
  account: Account,
  users: readonly VultrUser[],
  owner: VultrAccount | undefined,
): Promise<Check> {
  const check = named("key.expires");
  const owners = users.filter(({ email }) => isSameAddress(email, owner?.email));
  const lists = owners.map(({ userId }) => keysOf(account, userId));
  const keys = (await Promise.all(lists)).flat();
  const alike = keys.filter(({ tail }) => tail !== "" && account.apiKey.endsWith(tail));
  const [key] = alike;
  if (key === undefined || alike.length > 1)
    return check.skipped("which of its user's keys it is, and so when it expires, is not seen");
  const { name, dateExpire } = key;
  if (dateExpire === undefined) return check.ok(`it is "${name}", and never expires`);
  const leftMs = Date.parse(dateExpire) - account.clock.now();
  const text = `it is "${name}", and expires in ${describeDuration(leftMs)} (${dateExpire})`;
  if (leftMs > soonMs) return check.ok(text);
  return check.warning(text, "Make a new management key in time, and set it in its place.");
}

/** @returns the user, if there is exactly one */
export async function* checkUser(
  account: Account,
  users: readonly VultrUser[] | undefined,
  wanted: string,
): Checks<VultrUser | undefined> {
  const { client, apiUrl, localAddresses } = account;
  if (users === undefined) {
    yield named("user").skipped(`${wanted} cannot be looked up with this key`);
    return undefined;
  }
  const found = named("user.found");
  let user: VultrUser;
  try {
    user = userCalled(wanted, users);
  } catch (error) {
    yield found.failedBy(error);
    return undefined;
  }
  const { userId, name, apiEnabled, status } = user;
  yield found.ok(`${wanted} is user ${userId} (${name})`);
  const access = named("user.api-access", "its API access");
  const turnOn = `Turn it on: PATCH ${apiUrl}/users/${userId} with {"api_enabled": true}.`;
  const isOff = apiEnabled === false;
  yield isOff ? access.failed("off, so its keys are refused", turnOn) : access.ok("on");
  yield statusCheck(status);
  const keys = named("user.keys");
  yield await keys.attempt(async () =>
    keys.ok(`its API keys: ${(await keysOf(account, userId)).length}`),
  );
  yield await named("user.allowlist").attempt(async () =>
    allowlistCheck(await client.listAllowedSubnets(userId, soon(account)), localAddresses),
  );
  return user;
}

function statusCheck(status: string): Check {
  const check = named("user.status", "its status");
  const place = "See Manage Organization, Users in the console.";
  if (status === "" || status === "active") return check.ok("not suspended");
  if (status === "pending") return check.warning("it has not accepted its invitation", place);
  return check.failed(`"${status}", so its keys may be refused`, place);
}
