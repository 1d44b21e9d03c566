/** Checks if a user's allowlist lets this machine in, as far as its own addresses tell. */
import { BlockList, isIP } from "node:net";

import type { AllowedSubnet } from "../../vultr/schemas";
import { type Check, named } from "./check";

/** Private addresses, for which Vultr sees a public one that this machine does not know. */
const privateAddress =
  /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^::1$|^f[cd]/;

/** @param addresses that requests leave from; the list must have each of them, because any may be used */
export function allowlistCheck(
  subnets: readonly AllowedSubnet[],
  addresses: readonly string[],
): Check {
  const check = named("user.allowlist", "its allowlist");
  const consolePage = "Manage Organization, Users, the user, API Access, Access Control List";
  const outside = addresses.filter((address) => !isIn(subnets, address));
  const refused = outside.filter((address) => !privateAddress.test(address));
  if (refused.length > 0)
    return check.failed(
      `it lacks ${refused.join(", ")}, so the user's keys are refused here`,
      `Add the address (${consolePage}), or run from an allowed one. With verify: false keys are made and not tried.`,
    );
  if (addresses.length > 0 && outside.length === 0) return check.ok("it lets this machine in");
  const list = subnets.map(({ subnet, prefixLength }) => `${subnet}/${prefixLength}`).join(", ");
  return check.warning(
    list === "" ? "it is empty" : `it has ${list} alone`,
    `Whether this machine is let in is not seen from here: compare its public address (${consolePage}), or add --try.`,
  );
}

/** Only subnets of the address's own family count: for Node's BlockList, `::/0` contains every IPv4 address too. */
function isIn(subnets: readonly AllowedSubnet[], address: string): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  const longestPrefix = family === "ipv6" ? 128 : 32; // BlockList throws if it is longer
  const list = new BlockList();
  for (const { subnet, prefixLength } of subnets)
    if (`ipv${isIP(subnet)}` === family && prefixLength <= longestPrefix)
      list.addSubnet(subnet, prefixLength, family);
  return list.check(address, family);
}
