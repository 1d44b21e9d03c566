import { connectionError } from "../../../provider/vultr/failures";
import { ConnectionError, ResponseSchemaError } from "../../../provider/vultr/errors";

const action = "list users";
const meaningOf = (thrown: unknown) => connectionError(thrown, action, "https://api.vultr.com/v2");

const coded = (code: unknown, message = "it broke") => Object.assign(new Error(message), { code });

describe("before a byte of the request could leave, nothing was sent and another try may help", () => {
  it.each([
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EADDRNOTAVAIL",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_PRX_CONN",
  ])("%s", (code) => {
    const error = meaningOf(coded(code));
    expect(error.constructor).toBe(ConnectionError);
    expect(error).toMatchObject({ sent: false, mayPass: true });
    expect(error.message).toContain(`no connection to api.vultr.com (${code})`);
  });
});

describe("a certificate that is refused, or no TLS at all: nothing was sent and no try helps", () => {
  it.each([
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "ERR_SSL_WRONG_VERSION_NUMBER",
  ])("%s", (code) => {
    expect(meaningOf(coded(code))).toMatchObject({ sent: false, mayPass: false });
  });

  it("but a code that only mentions one is a broken connection like any other", () => {
    expect(meaningOf(coded("ENO_CERT_"))).toMatchObject({ sent: true, mayPass: true });
  });
});

it("a proxy that refuses the tunnel: nothing was sent and no try helps", () => {
  const refused = coded("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling");
  const hint = expect.stringContaining("HTTPS_PROXY") as string;
  expect(meaningOf(refused)).toMatchObject({ sent: false, mayPass: false, hint });
});

describe("silence: the request may have been carried out", () => {
  it.each([
    ["UND_ERR_HEADERS_TIMEOUT", coded("UND_ERR_HEADERS_TIMEOUT")],
    ["UND_ERR_BODY_TIMEOUT", coded("UND_ERR_BODY_TIMEOUT")],
    ["ETIMEDOUT", coded("ETIMEDOUT")],
    ["an AbortSignal that ran out", new DOMException("too late", "TimeoutError")],
  ])("%s", (_, thrown) => {
    const error = meaningOf(thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: true, mayPass: true });
    expect(error.message).toBe("could not list users: api.vultr.com did not answer in time");
  });
});

describe("anything else: the request may have been carried out", () => {
  it.each([
    ["with a code", coded("EPIPE"), "the connection to api.vultr.com broke (EPIPE)"],
    ["without one", new Error("odd"), "the connection to api.vultr.com broke"],
    ["with a number for a code", coded(7), "the connection to api.vultr.com broke"],
    ["that is no error", "odd", "the connection to api.vultr.com broke"],
    ["that is nothing", undefined, "the connection to api.vultr.com broke"],
  ])("%s", (_, thrown, says) => {
    const error = meaningOf(thrown);
    expect(error.constructor).toBe(ConnectionError);
    expect(error).toMatchObject({ sent: true, mayPass: true });
    expect(error.message).toBe(`could not list users: ${says}`);
  });
});

describe("where several addresses of one host were tried at once", () => {
  it.each([
    [
      "the first of the failures tells",
      new AggregateError([coded("ECONNREFUSED"), coded("EPIPE")]),
    ],
    [
      "the whole tells where it has a code",
      Object.assign(new AggregateError([coded("EPIPE")]), { code: "ECONNREFUSED" }),
    ],
  ])("%s", (_, thrown) => {
    expect(meaningOf(thrown).message).toContain("(ECONNREFUSED)");
  });

  it("and no failure is told, the connection broke", () => {
    expect(meaningOf(new AggregateError([]))).toMatchObject({ sent: true });
  });
});

it("a body over the limit is an answer that cannot be read", () => {
  const error = meaningOf(coded("UND_ERR_RES_EXCEEDED_MAX_SIZE"));
  expect(error).toBeInstanceOf(ResponseSchemaError);
  expect(error.message).toContain("its body is too large");
});
