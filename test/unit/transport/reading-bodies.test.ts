import { inspect } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import {
  NotFoundError,
  PermissionError,
  ResponseSchemaError,
  ServerError,
} from "../../../provider/vultr/errors";
import { startEmulator, truncate } from "../../emulator";
import { serve } from "./tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

const body = JSON.stringify({ users: [{ id: "u-1" }] });

function serveBytes(status: number, encoding: string, bytes: Buffer | string) {
  return serve((_request, response) => {
    response.writeHead(status, { "content-encoding": encoding });
    response.end(bytes);
  });
}

describe("a body is read however it is packed", () => {
  it.each([
    { encoding: "gzip", bytes: gzipSync(body) },
    { encoding: "x-gzip", bytes: gzipSync(body) },
    { encoding: "gzip \t ", bytes: gzipSync(body) },
    { encoding: "GZIP", bytes: gzipSync(body) },
    { encoding: "deflate", bytes: deflateSync(body) },
    { encoding: "br", bytes: brotliCompressSync(body) },
    { encoding: "identity", bytes: Buffer.from(body) },
  ])("$encoding", async ({ encoding, bytes }) => {
    await using server = await serveBytes(200, encoding, bytes);
    await using transport = transportTo(server.url);
    expect(await transport.send(listUsers)).toEqual({ users: [{ id: "u-1" }] });
  });

  it.each([
    { status: 204, encoding: "identity", bytes: "" },
    { status: 200, encoding: "identity", bytes: "" },
    { status: 299, encoding: "identity", bytes: "" },
    { status: 200, encoding: "identity", bytes: " \r\n" },
    { status: 200, encoding: "gzip", bytes: "" },
  ])("$bytes of a $status in $encoding is nothing", async ({ status, encoding, bytes }) => {
    await using server = await serveBytes(status, encoding, bytes);
    await using transport = transportTo(server.url);
    expect(await transport.send(listUsers)).toBeUndefined();
  });
});

describe("a success that cannot be read says so, and quotes nothing of it", () => {
  const content = "content-that-may-be-a-key-".repeat(40);
  const packed = gzipSync(content);

  it.each([
    {
      what: "cut JSON",
      encoding: "identity",
      bytes: `{"api_key":"${content}`,
      says: "is not JSON",
    },
    { what: "a page", encoding: "identity", bytes: `<p>${content}</p>`, says: "is not JSON" },
    { what: "cut gzip", encoding: "gzip", bytes: packed.subarray(0, -9), says: "cannot be read" },
    { what: "not gzip at all", encoding: "gzip", bytes: content, says: "cannot be read" },
    { what: "too large", encoding: "identity", bytes: content.repeat(2), says: "is too large" },
    {
      what: "too large once unpacked",
      encoding: "gzip",
      bytes: gzipSync(content.repeat(2)),
      says: "cannot be read",
    },
  ])("$what", async ({ encoding, bytes, says }) => {
    await using server = await serveBytes(299, encoding, bytes);
    await using transport = transportTo(server.url, { limits: { maxBodyBytes: 2_000 } });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect((error as Error).message).toContain(says);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain("content-that");
  });

  it("also where the emulator sends half of it", async () => {
    await using vultr = await startEmulator({ faults: [truncate()] });
    await using transport = transportTo(vultr.url, { apiKey: vultr.rootApiKey });
    await expect(transport.send(listUsers)).rejects.toThrow("its body is not JSON");
  });
});

describe("a failure is judged by its status, whatever its body", () => {
  const page = "<html>\r\n<head><title>504\r\nGateway Time-out</title></head><body>…</body></html>";

  it.each([
    {
      what: "a page",
      encoding: "identity",
      bytes: page,
      says: 'an HTML page titled "504 Gateway Time-out"',
    },
    { what: "a packed page", encoding: "gzip", bytes: gzipSync(page), says: "titled" },
    {
      what: "broken gzip",
      encoding: "gzip",
      bytes: gzipSync(page).subarray(0, -9),
      says: "with an empty body",
    },
    {
      what: "too large a page",
      encoding: "identity",
      bytes: page.repeat(30),
      says: "with an empty body",
    },
    { what: "nothing", encoding: "identity", bytes: "", says: "with an empty body" },
  ])("$what", async ({ encoding, bytes, says }) => {
    await using server = await serveBytes(504, encoding, bytes);
    await using transport = transportTo(server.url, { limits: { maxBodyBytes: 2_000 } });
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(ServerError);
    expect((error as Error).message).toMatch(/^could not list users: Vultr answered 504, .*$/);
    expect((error as Error).message).toContain(says);
  });

  it("a text that only its type tells to be a page", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(503, { "content-type": "text/html" }).end("Down for maintenance");
    });
    await using transport = transportTo(server.url);
    await expect(transport.send(listUsers)).rejects.toThrow("Vultr answered 503, an HTML page");
  });
});

describe("a success whose body says that it failed is that failure", () => {
  it.each([
    { status: 403, is: PermissionError },
    { status: 404, is: NotFoundError },
    { status: 503, is: ServerError },
  ])("$status", async ({ status, is }) => {
    const text = JSON.stringify({ error: "No.", status });
    await using server = await serveBytes(200, "identity", text);
    await using transport = transportTo(server.url);
    const error = await rejection(transport.send(listUsers));
    expect(error).toBeInstanceOf(is);
    expect(error).toMatchObject({ status, reason: '"No."', fromVultr: true });
  });

  it("429 tells how long to wait", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "retry-after": "7" });
      response.end('{"error":"rate limit exceeded","status":429}');
    });
    await using transport = transportTo(server.url);
    const error = await rejection(transport.send(listUsers));
    expect(error).toMatchObject({ name: "RateLimitError", retryAfterMs: 7_000 });
  });
});
