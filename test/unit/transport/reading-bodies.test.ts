import { inspect } from "node:util";
import { gzipSync } from "node:zlib";

import {
  PermissionError,
  RateLimitError,
  ResponseSchemaError,
  ServerError,
  type VultrError,
} from "../../../provider/vultr/errors";
import { serve } from "../../support/tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

const body = JSON.stringify({ users: [{ id: "u-1" }] });

/** What becomes of one answer with these bytes. */
async function readingOf(status: number, encoding: string, bytes: Buffer | string, more = {}) {
  await using server = await serve((_request, response) => {
    response.writeHead(status, { "content-encoding": encoding, ...more }).end(bytes);
  });
  await using transport = transportTo(server.url, { limits: { maxBodyBytes: 2_000 } });
  return await transport.send(listUsers);
}

const failureOf = async (...answer: Parameters<typeof readingOf>) =>
  (await rejection(readingOf(...answer))) as VultrError;

describe("a body is read however it is packed", () => {
  it.each([
    { encoding: "gzip", bytes: gzipSync(body) },
    { encoding: "gzip \t ", bytes: gzipSync(body) },
    { encoding: "GZIP", bytes: gzipSync(body) },
    { encoding: "identity", bytes: body },
  ])("$encoding", async ({ encoding, bytes }) => {
    expect(await readingOf(200, encoding, bytes)).toEqual({ users: [{ id: "u-1" }] });
  });

  it.each<[status: number, encoding: string, bytes: string]>([
    [204, "identity", ""],
    [299, "identity", ""],
    [200, "identity", " \r\n"],
    [200, "gzip", ""],
  ])("a body of nothing is nothing: %i, %s, %j", async (...answer) => {
    expect(await readingOf(...answer)).toBeUndefined();
  });
});

describe("a success that cannot be read says so, and quotes nothing of it", () => {
  const content = "content-that-may-be-a-key-".repeat(40);
  const twice = content.repeat(2);

  it.each<[what: string, encoding: string, bytes: Buffer | string, says: string]>([
    ["cut JSON", "identity", `{"api_key":"${content}`, "is not JSON"],
    ["a page", "identity", `<p>${content}</p>`, "is not JSON"],
    ["cut gzip", "gzip", gzipSync(content).subarray(0, -9), "cannot be read"],
    ["not gzip at all", "gzip", content, "cannot be read"],
    ["too large", "identity", twice, "is too large"],
    ["too large once unpacked", "gzip", gzipSync(twice), "cannot be read"],
  ])("%s", async (_, encoding, bytes, says) => {
    const error = await failureOf(299, encoding, bytes);
    expect(error).toBeInstanceOf(ResponseSchemaError);
    expect(error.message).toContain(says);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain("content-that");
  });
});

describe("a failure is judged by its status, whatever its body", () => {
  const page = "<html>\r\n<head><title>504\r\nGateway Time-out</title></head><body>…</body></html>";
  const titled = 'an HTML page titled "504 Gateway Time-out"';
  const empty = "with an empty body";

  it.each<[what: string, encoding: string, bytes: Buffer | string, says: string, type: string]>([
    ["a page", "identity", page, titled, "text/html"],
    ["a page by its type alone", "identity", "Down", "an HTML page", "text/html"],
    ["a packed page", "gzip", gzipSync(page), titled, ""],
    ["broken gzip", "gzip", gzipSync(page).subarray(0, -9), empty, ""],
    ["too large a page", "identity", page.repeat(30), empty, ""],
    ["nothing", "identity", "", empty, ""],
  ])("%s", async (_, encoding, bytes, says, type) => {
    const error = await failureOf(504, encoding, bytes, { "content-type": type });
    expect(error).toBeInstanceOf(ServerError);
    expect(error.message).toBe(`could not list users: Vultr answered 504, ${says}`);
  });
});

it.each([
  { status: 403, is: PermissionError, more: {} },
  { status: 503, is: ServerError, more: {} },
  { status: 429, is: RateLimitError, more: { retryAfterMs: 7_000 } },
])("a success whose body says that it is a $status is one", async ({ status, is, more }) => {
  const text = JSON.stringify({ error: "No.", status });
  const error = await failureOf(200, "identity", text, { "retry-after": "7" });
  expect(error).toBeInstanceOf(is);
  expect(error).toMatchObject({ status, reason: '"No."', fromVultr: true, ...more });
});
