/** The plugin as the miniature engine calls it: through the messages of its protocol. */
import { structOf } from "../../provider/doors/plugin/protocol";
import type { ShownError } from "../../provider/doors/present-error";
import type { Properties } from "../../provider/keys/engine-values";
import type { KeyState } from "../../provider/keys/state";
import { type Alive, type CalledProvider, checked, opened, PartlyMade } from "./miniature-process";
import type { FoundDiff, PluginCalls } from "./plugin-calls";

/** @param credential of an explicit provider */
export function calledPlugin(
  calls: PluginCalls,
  credential: string | undefined,
  alive: Alive,
): CalledProvider {
  const name = credential === undefined ? "default_0_1_0" : "emea";
  const urn = `urn:pulumi:stack::project::pulumi:providers:vultr-user-api-key::${name}`;
  const configured = calls.configure(credential === undefined ? {} : { apiKey: credential }, urn);
  const call: Alive = async (verb, of, work) => {
    await configured;
    return alive(verb, of, work);
  };
  return {
    check: (of, olds, news) =>
      checked(olds, (verb) => call(verb, of, () => calls.check(of, olds, declared(news)))),
    async diff(key, news) {
      const diff = () => calls.diff(key, key.state, key.inputs, declared(news));
      const found = await call("diff", key.urn, diff);
      expectSameInDetail(found);
      return { changes: found.changes, replaces: found.replaces, deleteBeforeReplace: false };
    },
    async create(of, news) {
      try {
        const { id, properties } = await call("create", of, () => calls.create(of, news));
        return { id, state: stored(properties) };
      } catch (error) {
        const { message, id, properties } = error as ShownError;
        if (id === undefined || properties === undefined) throw error;
        throw new PartlyMade(message, id, stored(structOf(properties).toJavaScript()));
      }
    },
    async read(key) {
      const read = () => calls.read(key, key.state, key.inputs);
      const { id, properties } = await call("read", key.urn, read);
      return id === "" ? undefined : stored(properties);
    },
    async import(of, id) {
      const found = await call("read", of, () => calls.read({ urn: of, id }));
      return { id: found.id, inputs: found.inputs, state: stored(found.properties) };
    },
    async update(key, news) {
      const update = () => calls.update(key, key.state, key.inputs, news);
      return stored(await call("update", key.urn, update));
    },
    delete: ({ id, urn: now, urnBefore: of = now, state }) =>
      call("delete", of, () => calls.delete({ urn: of, id }, state)),
    async previewCreate(of, news) {
      await configured;
      await calls.create(of, news, { preview: true });
    },
    async previewUpdate(key, news) {
      await configured;
      await calls.update(key, key.state, key.inputs, news, true);
    },
  };
}

/** The args that a program has: nothing hidden is needed here. */
function declared(news: Properties): Record<string, unknown> {
  const { resourceName: _name, resourceUrn: _urn, __provider: _provider, ...args } = news;
  return args;
}

function stored(properties: Properties): KeyState {
  const hidden = ["resourceName", "resourceUrn", "__provider"].filter((name) => name in properties);
  if (hidden.length > 0) throw new Error(`hidden inputs go into state: ${hidden.join(", ")}`);
  return opened(properties as unknown as KeyState);
}

/** What people read must be what the engine does. */
function expectSameInDetail({ changes, replaces, detailed }: FoundDiff): void {
  const shown = Object.keys(detailed).filter((name) => detailed[name]?.includes("REPLACE"));
  const isSame = shown.sort().join() === [...replaces].sort().join();
  if (isSame && changes === Object.keys(detailed).length > 0) return;
  throw new Error(`the detailed diff shows ${JSON.stringify({ changes, replaces, detailed })}`);
}
