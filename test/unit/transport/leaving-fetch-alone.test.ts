import { answerOf } from "./in-a-process";

/** Where the `fetch` of Node 22 and 24 looks for its agent. */
const slot = 'Symbol.for("undici.globalDispatcher.1")';

const ownAgent = `Object.defineProperty(globalThis, ${slot}, { value: {}, writable: true });`;

describe("loading the transport leaves the agent of the global fetch as it was", () => {
  it.each([
    { before: "fetch was never used", prepare: "" },
    { before: "fetch was used", prepare: 'void fetch("data:,");' },
    { before: "the program set an agent of its own", prepare: ownAgent },
  ])("$before", async ({ prepare }) => {
    const program = `
      ${prepare}
      const before = globalThis[${slot}];
      load("vultr/transport.js");
      console.log(globalThis[${slot}] === before);
    `;
    expect(await answerOf(program)).toBe(true);
  });

  it("also where a module of the same process loads it", async () => {
    const name = Symbol.for("undici.globalDispatcher.1");
    const agent = { dispatch: () => true };
    Object.defineProperty(globalThis, name, { value: agent, writable: true });
    jest.resetModules();
    await import("../../../provider/vultr/transport");
    expect(Reflect.get(globalThis, name)).toBe(agent);
  });

  it("and fetch still works where nobody set an agent", async () => {
    const program = `
      load("vultr/transport.js");
      const server = require("node:http").createServer((_, response) => response.end('"hello"'));
      server.listen(0, "127.0.0.1", async () => {
        const response = await fetch("http://127.0.0.1:" + server.address().port);
        console.log(await response.text());
        server.close();
        server.closeAllConnections();
      });
    `;
    expect(await answerOf(program)).toBe("hello");
  });
});
