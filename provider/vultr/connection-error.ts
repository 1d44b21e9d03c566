/** What to make of a request that brought no usable answer: did it leave, and may another try help? */
import { ConnectionError, ResponseSchemaError } from "./errors";
import { isErrorLike } from "./redact";

/** Codes of failures before a single byte of the request could leave. */
const unsentCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_CONN", // the proxy hung up before there was a tunnel
]);

/** TLS refuses the server's certificate: nothing was sent, and trying again changes nothing. */
const certificateCode =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|ERR_SSL_WRONG_VERSION)/;

/** The error for whatever undici threw. */
export function connectionError(error: unknown, action: string, apiUrl: string): Error {
  if (isTooLarge(error)) return unreadable(action, "its body is too large", error);
  const { code, name, text } = symptoms(error);
  const { host } = new URL(apiUrl);
  const failed = (what: string, hint: string, then: { sent: boolean; mayPass: boolean }) =>
    new ConnectionError({
      message: `could not ${action}: ${what}`,
      hint,
      cause: error,
      ...then,
    });
  if (certificateCode.test(code))
    return failed(
      `the certificate of ${host} is not trusted (${code})`,
      "Behind a proxy that inspects TLS, name its certificate in NODE_EXTRA_CA_CERTS.",
      { sent: false, mayPass: false },
    );
  if (/proxy response/i.test(text))
    return failed("the proxy refused to connect", "Check HTTPS_PROXY and NO_PROXY.", {
      sent: false,
      mayPass: false,
    });
  if (unsentCodes.has(code))
    return failed(
      `no connection to ${host} (${code})`,
      "Check the network, HTTPS_PROXY and `vultr:apiUrl`. Then run again.",
      { sent: false, mayPass: true },
    );
  const perhapsSent = { sent: true, mayPass: true };
  if (name === "TimeoutError" || code.endsWith("_TIMEOUT") || code === "ETIMEDOUT")
    return failed(`${host} did not answer in time`, "Run again later.", perhapsSent);
  const why = code === "" ? "" : ` (${code})`;
  return failed(`the connection to ${host} broke${why}`, "Run again.", perhapsSent);
}

function symptoms(error: unknown): { code: string; name: string; text: string } {
  if (!isErrorLike(error)) return { code: "", name: "", text: "" };
  // Node tries several addresses of one host at once and reports them together.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const source = "code" in error || !isErrorLike(inner) ? error : inner;
  const code = "code" in source && typeof source.code === "string" ? source.code : "";
  return { code, name: error.name, text: error.message };
}

/** A success that cannot be read. */
export function unreadable(action: string, what: string, cause?: unknown): ResponseSchemaError {
  return new ResponseSchemaError({
    message: `could not ${action}: Vultr reported success, but ${what}`,
    hint: "Check `vultr:apiUrl`, and whether a proxy changes answers. Then run again.",
    cause,
  });
}

/** Did the body exceed the limit that the transport sets? */
export function isTooLarge(error: unknown): boolean {
  return symptoms(error).code === "UND_ERR_RES_EXCEEDED_MAX_SIZE";
}
