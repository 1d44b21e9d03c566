import { ApiError } from "../../../provider/vultr/errors";
import { serve } from "./tiny-server";
import { listUsers, rejection, transportTo } from "./transport-to";

const methods = ["GET", "POST", "DELETE"] as const;

describe.each([301, 302, 303, 307, 308])("a %i ends the call", (status) => {
  it.each(methods)("%s to another host: the credential stays here", async (method) => {
    await using other = await serve((_request, response) => response.end("{}"));
    await using server = await serve((_request, response) => {
      response.writeHead(status, { location: other.url.replace("127.0.0.1", "localhost") }).end();
    });
    await using transport = transportTo(server.url);
    const error = await rejection(transport.send({ ...listUsers, method }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, hint: expect.stringContaining("Redirects") as string });
    expect(other.requests).toHaveLength(0);
  });

  it("also on the same host", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(status, { location: "/v2/elsewhere" }).end();
    });
    await using transport = transportTo(server.url);
    expect(await rejection(transport.send(listUsers))).toMatchObject({ status });
    expect(server.requests.map((request) => request.url)).toEqual(["/v2/users"]);
  });
});
