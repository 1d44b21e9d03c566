import { ConnectionError } from "../../../provider/vultr/errors";
import { failureKind } from "../../../provider/vultr/retry";
import { cut, startEmulator } from "../../emulator";
import { serve, serveSecurely } from "./tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

/** Nobody listens on port 1 of loopback. */
const nobody = "http://127.0.0.1:1/v2";

it("a refused connection carried nothing", async () => {
  await using transport = transportTo(nobody);
  const error = await rejection(transport.send(listUsers));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ sent: false, mayPass: true });
  expect((error as Error).message).toBe(
    "could not list users: no connection to 127.0.0.1:1 (ECONNREFUSED)",
  );
});

describe("a connection that breaks may have carried the request", () => {
  it.each(["before-work", "after-work", "mid-body"] as const)("cut %s", async (when) => {
    await using vultr = await startEmulator({ faults: [cut({ when })] });
    await using transport = transportTo(vultr.url, { apiKey: vultr.rootApiKey });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: true, mayPass: true });
    expect(vultr.requests).toHaveLength(1); // the transport itself repeats nothing, not even a GET
  });

  it("reset", async () => {
    await using server = await serve((request) => {
      request.socket.resetAndDestroy();
    });
    await using transport = transportTo(server.url);
    const error = await rejection(transport.send(listUsers));
    expect(error).toMatchObject({ name: "ConnectionError", sent: true });
    expect((error as Error).message).toContain("(ECONNRESET)");
  });
});

describe("TLS that cannot be trusted carries nothing, and is not tried again", () => {
  it("a certificate that nobody vouches for", async () => {
    await using server = await serveSecurely((_request, response) => response.end("{}"));
    await using transport = transportTo(server.url);
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: false, mayPass: false });
    expect((error as ConnectionError).hint).toContain("NODE_EXTRA_CA_CERTS");
    expect(failureKind(error)).toBe("permanent");
    expect(server.requests).toHaveLength(0);
  });

  it("a server that speaks no TLS", async () => {
    await using server = await serve((_request, response) => response.end("{}"));
    await using transport = transportTo(server.url.replace("http:", "https:"));
    const error = await rejection(transport.send(listUsers));
    expect(failureKind(error)).toBe("permanent");
    expect(error).toMatchObject({ sent: false, mayPass: false });
    expect(server.requests).toHaveLength(0);
  });
});
