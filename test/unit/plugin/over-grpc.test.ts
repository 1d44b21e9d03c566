import { readFileSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Metadata } from "@grpc/grpc-js";

import packageFile from "../../../package.json";
import { pluginKeyType } from "../../../provider/names";
import { deadKey, respond, startEmulator } from "../../emulator";
import { assume } from "../../support/assume";
import { containing, keyPath, marked } from "../lifecycle/run";
import { rejection } from "../transport/transport-to";
import { urn } from "./plugin";
import { startEngine, startPluginProcess } from "./plugin-process";

const { version } = packageFile;

assume({ otherFields: "documented", newKey: "at-once", emptyAllowlist: "allow" });

it("tells its port, its version and its schema, before anything is set", async () => {
  await using plugin = await startPluginProcess([]);
  expect(plugin.output).toEqual([expect.stringMatching(/^\d+$/)]);
  const info = await plugin.send<PluginInfo>("getPluginInfo", new Empty());
  expect(info.getVersion()).toBe(version);
  const request = new messages.GetSchemaRequest();
  const answer = await plugin.send<messages.GetSchemaResponse>("getSchema", request);
  const schema = JSON.parse(answer.getSchema()) as { resources: object };
  expect(schema).toMatchObject({ name: "vultr-user-api-key", version });
  expect(Object.keys(schema.resources)).toEqual([pluginKeyType]);
  const unknown = plugin.send("invoke", new messages.InvokeRequest());
  expect(await rejection(unknown)).toMatchObject({ code: status.UNIMPLEMENTED });
});

/** An account with a key that a create names in a line, and the environment of a plugin that serves it. */
async function startAccount() {
  const vultr = await startEmulator();
  const { id: userId } = vultr.addUser();
  const { name, id } = vultr.addKey(userId, { name: "ci-dev-abcdefgh" });
  return {
    vultr,
    userId,
    line: `user ${userId} has another API key "${name}" (${id})`,
    environment: {
      VULTR_API_URL: vultr.url,
      VULTR_API_KEY: vultr.rootApiKey,
      https_proxy: "http://127.0.0.1:1", // it need not reach this machine, where the engine is
    },
    [Symbol.asyncDispose]: () => vultr.close(),
  };
}

it.each(["argument", "handshake"])(
  "shows people its lines where the engine listens by its %s, before it answers",
  async (how) => {
    using engine = await startEngine(200);
    await using account = await startAccount();
    const { vultr, userId, line, environment } = account;
    const args = how === "argument" ? [engine.address] : [];
    await using plugin = await startPluginProcess(args, environment);
    if (how === "handshake") {
      const request = new messages.ProviderHandshakeRequest().setEngineAddress(engine.address);
      const answer = await plugin.send<messages.ProviderHandshakeResponse>("handshake", request);
      expect(answer.getAcceptSecrets()).toBe(false); // they come in plaintext
    }
    const { properties } = await plugin.create(urn, { userId });
    expect(engine.lines).toEqual([{ urn, severity: "INFO", message: containing(line) }]);
    const made = vultr.keysOf(userId).find((key) => key.id === properties["keyId"]);
    expect(properties["apiKey"]).toEqual(marked(made!.apiKey));
    expect(plugin.output).toHaveLength(1); // standard output is for the port alone
    await plugin.send("cancel", new Empty());
  },
);

it("goes on without an engine that takes lines", async () => {
  await using account = await startAccount();
  const { userId, environment } = account;
  await using plugin = await startPluginProcess(["127.0.0.1:1"], environment);
  expect((await plugin.create(urn, { userId })).properties).toMatchObject({ userId });
});

it("hands over a key that is neither proven nor undone, in the details of its error", async () => {
  await using account = await startAccount();
  const { vultr, userId, environment } = account;
  await using plugin = await startPluginProcess([], environment);
  vultr.inject(deadKey(), respond({ status: 403 }, { path: keyPath, count: 9 }));
  const created = plugin.create(urn, { userId }, { timeoutSeconds: 1 });
  const error = (await rejection(created)) as { details: string; metadata: Metadata };
  const key = vultr.keysOf(userId).at(-1);
  expect(error.details).toContain("It is kept in state");
  expect(error.details).not.toContain(key!.apiKey);

  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const [detail] = Status.deserializeBinary(bytes as Uint8Array).getDetailsList();
  expect(detail!.getTypeUrl()).toBe("type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail!.getValue_asU8());
  expect(failed.getId()).toBe(`${userId}/${key!.id}`);
  expect(failed.getReasonsList()).toEqual([error.details]);
  const properties = failed.getProperties()?.toJavaScript();
  const recorded = { keyId: key!.id, apiKey: marked(key!.apiKey), isUnproven: true };
  expect(properties).toMatchObject(recorded);
  expect(properties).not.toHaveProperty("resourceUrn");
});

it("tells a failure in words, without a stack", async () => {
  await using plugin = await startPluginProcess([]);
  const failure = (await rejection(plugin.create(urn, { userId: "u" }))) as { details: string };
  expect(failure.details).toMatch(
    /^no Vultr management key is set\. .*vultr-user-api-key:apiKey`.* run `pulumi up` before it\.$/,
  );
});

it("has loaded gRPC, its messages and little else, until a key is made", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "plugin-"));
  const [hook, loaded] = [join(folder.path, "hook.cjs"), join(folder.path, "loaded.json")];
  // Tells on standard error's side of the process, a file, because standard output is the plugin's.
  const write = `require("fs").writeFileSync(${JSON.stringify(loaded)}, JSON.stringify(Object.keys(require.cache)))`;
  await writeFile(hook, `process.on("SIGTERM", () => { ${write}; process.exit(); });`);
  type Process = Awaited<ReturnType<typeof startPluginProcess>>;
  const filesLoadedBy = async (use: (plugin: Process) => unknown) => {
    {
      await using plugin = await startPluginProcess([], {}, ["--require", hook]);
      await use(plugin);
    }
    return JSON.parse(readFileSync(loaded, "utf8")) as string[];
  };
  const atStart = await filesLoadedBy(() => undefined);
  const packages = atStart.map(
    (file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1],
  );
  const expected = ["@grpc/grpc-js", "@js-sdsl/ordered-map", "@pulumi/pulumi", "google-protobuf"];
  expect([...new Set(packages.filter((name) => name !== undefined))].sort()).toEqual(expected);
  const ofSdk = atStart.filter((file) => /@pulumi[\\/]pulumi[\\/]/.test(file));
  expect(ofSdk.filter((file) => !/[\\/]proto[\\/]\w+_pb\.js$/.test(file))).toEqual([]);

  const afterPreview = await filesLoadedBy(async (plugin) => {
    await plugin.check(urn, {}, { userId: "5c1d0000-0000-4000-8000-000000000001" });
    await plugin.create(urn, { userId: "u" }, { preview: true });
  });
  expect(afterPreview.sort()).toEqual(atStart.sort());

  // And it would be found out if more were loaded.
  const afterCreate = await filesLoadedBy(async (plugin) => {
    await plugin.configure({ apiKey: "k", apiUrl: "http://127.0.0.1:1/v2" });
    await rejection(plugin.create(urn, { userId: "u" }, { timeoutSeconds: 0.1 }));
  });
  expect(afterCreate).toEqual(expect.arrayContaining([expect.stringContaining("undici")]));
});
