import { ConnectionError, ResponseSchemaError } from "../../../provider/vultr/errors";
import { connectionError } from "../../../provider/vultr/failures";

const meaningOf = (thrown: unknown) =>
  connectionError(thrown, "list users", "https://api.vultr.com/v2");

const coded = (code: unknown, message = "it broke") => Object.assign(new Error(message), { code });

const unsent = { sent: false, mayPass: true };
const hopeless = { sent: false, mayPass: false };
const perhapsSent = { sent: true, mayPass: true };

const noConnection = "no connection to api.vultr.com";
const broken = "the connection to api.vultr.com broke";
const late = "api.vultr.com did not answer in time";

describe("the code tells whether a request was sent, and whether another try may help", () => {
  const dns = "ENOTFOUND EAI_AGAIN";
  const network =
    `ECONNREFUSED ${dns} EHOSTUNREACH ENETUNREACH EADDRNOTAVAIL ` +
    "UND_ERR_CONNECT_TIMEOUT UND_ERR_PRX_CONN";
  const certificates =
    "CERT_HAS_EXPIRED ERR_TLS_CERT_ALTNAME_INVALID UNABLE_TO_VERIFY_LEAF_SIGNATURE " +
    "DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN ERR_SSL_WRONG_VERSION_NUMBER";
  const timeouts = "UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ETIMEDOUT";
  it.each(
    [
      { codes: network, is: unsent, says: `${noConnection} (%s)`, hint: "HTTPS_PROXY" },
      { codes: certificates, is: hopeless, says: "is not trusted (%s)", hint: "EXTRA_CA_CERTS" },
      { codes: timeouts, is: perhapsSent, says: late, hint: "Run again later." },
      // The second only mentions a certificate.
      { codes: "EPIPE ENO_CERT_", is: perhapsSent, says: `${broken} (%s)`, hint: "Run again." },
    ].flatMap(({ codes, ...row }) => codes.split(" ").map((code) => ({ code, ...row }))),
  )("$code", ({ code, is, says, hint }) => {
    const error = meaningOf(coded(code));
    expect(error.constructor).toBe(ConnectionError);
    expect(error).toMatchObject({ ...is, hint: expect.stringContaining(hint) as string });
    expect(error.message).toContain(says.replace("%s", code));
  });
});

describe("without one, the failure itself tells", () => {
  const refused = coded("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling");
  const unreachableWhileReading = Object.assign(coded("EHOSTUNREACH"), { syscall: "read" });
  const codedAsOne = Object.assign(new AggregateError([coded("EPIPE")]), { code: "ENOTFOUND" });

  it.each<[string, unknown, object, says: string]>([
    ["a proxy that refuses", refused, hopeless, "the proxy refused to connect"],
    ["a signal", new DOMException("late", "TimeoutError"), perhapsSent, late],
    ["an error without a code", new Error("odd"), perhapsSent, broken],
    ["a number for a code", coded(7), perhapsSent, broken],
    ["what is no error", "odd", perhapsSent, broken],
    ["nothing", undefined, perhapsSent, broken],
    ["a connection that stood", unreachableWhileReading, perhapsSent, `${broken} (EHOSTUNREACH)`],
    ["several as one", codedAsOne, unsent, `${noConnection} (ENOTFOUND)`],
    ["several, of which none is told", new AggregateError([]), perhapsSent, broken],
  ])("%s", (_, thrown, is, says) => {
    const error = meaningOf(thrown);
    expect(error.constructor).toBe(ConnectionError);
    expect(error).toMatchObject({ ...is, message: `could not list users: ${says}` });
    if (thrown === refused)
      expect(error).toMatchObject({ hint: "Check HTTPS_PROXY and NO_PROXY." });
  });
});

it("a body over the limit is an answer that cannot be read", () => {
  const error = meaningOf(coded("UND_ERR_RES_EXCEEDED_MAX_SIZE"));
  expect(error).toBeInstanceOf(ResponseSchemaError);
  expect(error.message).toContain("its body is too large");
});
