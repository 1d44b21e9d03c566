import * as errors from "../../../provider/vultr/errors";
import {
  failureKind,
  type FailureKind,
  type Operation,
  retryPolicy,
} from "../../../provider/vultr/retry";

const parts = { message: "could not do it", hint: "Do it." };
const apiParts = { ...parts, reason: "because", fromVultr: true };

describe("every failure is repeated where it can help and cannot harm", () => {
  it.each<[Operation, FailureKind, boolean]>([
    ["read", "throttled", true],
    ["read", "unsent", true],
    ["read", "transient", true],
    ["read", "permanent", false],
    ["delete", "throttled", true],
    ["delete", "unsent", true],
    ["delete", "transient", true],
    ["delete", "permanent", false],
    ["create", "throttled", true], // turned away unprocessed
    ["create", "unsent", true], // the connection never opened
    ["create", "transient", false], // a key may exist
    ["create", "permanent", false],
  ])("%s, %s: %s", (operation, kind, repeated) => {
    expect(retryPolicy[operation][kind]).toBe(repeated);
  });
});

describe("every class of error is a kind of failure", () => {
  const rows: [keyof typeof errors, unknown, FailureKind][] = [
    [
      "RateLimitError",
      new errors.RateLimitError({ ...apiParts, status: 429, retryAfterMs: 1 }),
      "throttled",
    ],
    ["ServerError", new errors.ServerError({ ...apiParts, status: 500 }), "transient"],
    ["ResponseSchemaError", new errors.ResponseSchemaError(parts), "transient"],
    ["ConnectionError", new errors.ConnectionError({ ...parts, sent: true }), "transient"],
    ["ConnectionError", new errors.ConnectionError({ ...parts, sent: false }), "unsent"],
    [
      "ConnectionError",
      new errors.ConnectionError({ ...parts, sent: false, mayPass: false }),
      "permanent",
    ],
    [
      "ConnectionError",
      new errors.ConnectionError({ ...parts, sent: true, mayPass: false }),
      "permanent",
    ],
    ["ApiError", new errors.ApiError({ ...apiParts, status: 405 }), "permanent"],
    ["BadRequestError", new errors.BadRequestError({ ...apiParts, status: 400 }), "permanent"],
    [
      "AuthenticationError",
      new errors.AuthenticationError({ ...apiParts, status: 401 }),
      "permanent",
    ],
    ["IpNotAllowedError", new errors.IpNotAllowedError({ ...apiParts, status: 401 }), "permanent"],
    ["PermissionError", new errors.PermissionError({ ...apiParts, status: 403 }), "permanent"],
    ["NotFoundError", new errors.NotFoundError({ ...apiParts, status: 404 }), "permanent"],
    ["VultrError", new errors.VultrError(parts), "permanent"],
    ["VerificationError", new errors.VerificationError(parts), "permanent"],
    ["UnconfirmedDeleteError", new errors.UnconfirmedDeleteError(parts), "permanent"],
    ["RefusedError", new errors.RefusedError(parts), "permanent"],
  ];

  it.each(rows)("%s %o: %s", (_name, error, kind) => {
    expect(failureKind(error)).toBe(kind);
  });

  it("has a row for each class", () => {
    const classes = Object.keys(errors).filter((name) => !["isVultrError"].includes(name));
    expect(new Set(rows.map(([name]) => name))).toEqual(new Set(classes));
  });

  it.each([[new Error("a bug")], ["a string"], [undefined]])(
    "%p, which is none: permanent",
    (value) => {
      expect(failureKind(value)).toBe("permanent");
    },
  );
});
