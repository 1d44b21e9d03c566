/** What the API says of a user and of a key: the shapes of vultr-api.md §2, as the switches bend them. */
import { formatDate } from "./dates";
import type { EmulatedAccount, EmulatedKey, EmulatedUser } from "./state";

/** A user as listings show them. */
export function userBody(account: EmulatedAccount, user: EmulatedUser): object {
  const { userStatus } = account.switches();
  const [firstName = "", ...lastNames] = user.name.split(" ");
  const status = user.status ?? (userStatus === "absent" ? undefined : userStatus);
  return withOtherFields(account, {
    id: user.id,
    name: user.name,
    first_name: firstName,
    last_name: lastNames.join(" "),
    email: user.email,
    api_enabled: user.apiEnabled,
    service_user: user.serviceUser,
    ...(status === undefined ? {} : { status }),
    acls: user.acls,
    last_activity: "",
  });
}

/** As the switch `otherFields` has them: all but an id and a plaintext. */
export function withOtherFields<Body extends object>(account: EmulatedAccount, body: Body): Body {
  const { otherFields } = account.switches();
  if (otherFields === "documented") return body;
  const odd = { null: null, absent: undefined, numbers: 7 }[otherFields];
  const bend = (name: string, value: unknown): unknown =>
    name === "id" || (name === "api_key" && !String(value).startsWith("*")) ? value : odd;
  const fields = Object.entries(body).map(([name, value]) => [name, bend(name, value)]);
  return Object.fromEntries(fields) as Body;
}

/** A user read alone, which says more. */
export function invitedUserBody(account: EmulatedAccount, user: EmulatedUser): object {
  return {
    ...userBody(account, user),
    invited_by: "root@example.com",
    invited_on: formatDate("2026-02-03T08:00:00Z", account.switches().dateForm),
    invite_accepted: true,
  };
}

export function accountBody(account: EmulatedAccount, user: EmulatedUser): object {
  return {
    name: "Example",
    email: user.email,
    acls: user.acls,
    balance: -10.5,
    pending_charges: 2.25,
    last_payment_date: formatDate("2026-01-05T00:00:00Z", account.switches().dateForm),
    last_payment_amount: -5,
  };
}

/** @param shown the plaintext, or its mask */
export function keyBody(account: EmulatedAccount, key: EmulatedKey, shown: string): object {
  const { id, name, dateExpire } = key;
  const expire = dateExpire !== undefined;
  const date = dateOf(account, dateExpire);
  return withOtherFields(account, { id, api_key: shown, name, expire, ...date });
}

function dateOf(account: EmulatedAccount, date: string | undefined): object {
  const { dateForm, noExpiryDate } = account.switches();
  if (date !== undefined) return { date_expire: formatDate(date, dateForm) };
  if (noExpiryDate === "absent") return {};
  return { date_expire: noExpiryDate === "null" ? null : "" };
}

/** 31 asterisks and the last five characters. */
export function mask(apiKey: string): string {
  return "*".repeat(apiKey.length - 5) + apiKey.slice(-5);
}
