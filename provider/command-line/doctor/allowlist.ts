/** Does a user's allowlist let this machine in, as far as that can be told from here? */
import { BlockList, isIP } from "node:net";

import type { AllowedSubnet } from "../../vultr/schemas";
import { type Check, named } from "./check";

/** Addresses that are another one on their way to Vultr. */
const privateAddress =
  /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^::1$|^f[cd]/;

/** @param addresses that requests leave from; each counts apart, because any may be taken */
export function allowlistCheck(
  subnets: readonly AllowedSubnet[],
  addresses: readonly string[],
): Check {
  const check = named("user.allowlist", "its allowlist");
  const place = "Manage Organization, Users, the user, API Access, Access Control List";
  const outside = addresses.filter((address) => !isIn(subnets, address));
  const refused = outside.filter((address) => !privateAddress.test(address));
  if (refused.length > 0)
    return check.failed(
      `it lacks ${refused.join(", ")}, so the user's keys are refused here`,
      `Add the address (${place}), or run from an allowed one. With verify: false keys are made and not tried.`,
    );
  if (addresses.length > 0 && outside.length === 0) return check.ok("it lets this machine in");
  const list = subnets.map(({ subnet, prefixLength }) => `${subnet}/${prefixLength}`).join(", ");
  return check.warning(
    list === "" ? "it is empty" : `it has ${list} alone`,
    `Whether this machine is let in is not seen from here: compare its public address (${place}), or add --try.`,
  );
}

/** Families apart: to Node, `::/0` holds every IPv4 address too. */
function isIn(subnets: readonly AllowedSubnet[], address: string): boolean {
  const [family, longest] =
    isIP(address) === 6 ? (["ipv6", 128] as const) : (["ipv4", 32] as const);
  const list = new BlockList();
  for (const { subnet, prefixLength } of subnets)
    if (`ipv${isIP(subnet)}` === family && prefixLength <= longest)
      list.addSubnet(subnet, prefixLength, family);
  return list.check(address, family);
}
