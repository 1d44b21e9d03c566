/** The real transport, closed by `await using`. */
import {
  createTransport,
  type RequestLimits,
  type Transport,
} from "../../../provider/vultr/transport";

export const apiKey = "management-key-of-the-tests";

export function transportTo(
  url: string,
  options: { apiKey?: string; limits?: Partial<RequestLimits> } = {},
): Transport & AsyncDisposable {
  const transport = createTransport({
    apiUrl: url,
    apiKey,
    userAgent: "tests/1.0",
    now: () => Date.UTC(2026, 10, 1),
    ...options,
  });
  return { ...transport, [Symbol.asyncDispose]: () => transport.close() };
}

export const listUsers = { method: "GET", path: "/users", action: "list users" } as const;

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It should have failed.");
}
