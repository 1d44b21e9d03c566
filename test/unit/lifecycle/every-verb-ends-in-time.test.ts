import { create } from "../../../provider/lifecycle/create";
import { deleteKey } from "../../../provider/lifecycle/delete";
import { read } from "../../../provider/lifecycle/read";
import type { KeyState } from "../../../provider/keys/state";
import { update } from "../../../provider/lifecycle/update";
import { deadKey, type EmulatedKey, type FaultTarget, tooManyRequests } from "../../emulator";
import { rejection } from "../transport/transport-to";
import { keyPath, keysPath, type Scene, startScene, stateOf } from "./scene";

const withoutPlaintext = ({ apiKey: _, ...state }: KeyState): KeyState => state;

type Verb = (scene: Scene, key: EmulatedKey) => Promise<unknown>;

const verbs = {
  create: ({ context, userId }) => create(context, { userId, name: "ci" }),
  "create by e-mail": ({ context, vultr }) => create(context, { userEmail: vultr.addUser().email }),
  adopt: ({ context, userId }, { id }) => create(context, { userId, adoptKeyId: id }),
  read: ({ context }, key) => read(context, "", stateOf(key)),
  update: ({ context, userId }, key) => update(context, stateOf(key), { userId }),
  "update with a plaintext": ({ context, userId }, key) => {
    const adopted = { adoptKeyId: key.id, adoptApiKey: key.apiKey };
    const was = { ...withoutPlaintext(stateOf(key)), adoptKeyId: key.id };
    return update(context, was, { userId, ...adopted });
  },
  delete: ({ context }, key) => deleteKey(context, "", stateOf(key)),
  "delete of an adopted key": ({ context }, key) =>
    deleteKey(context, "", withoutPlaintext(stateOf(key))),
  "delete of the provider's own key": ({ context, vultr }) => {
    const [own] = vultr.keysOf(vultr.rootUserId);
    return deleteKey(context, "", { ...stateOf(own!), allowSelfRevoke: true });
  },
} satisfies Record<string, Verb>;

const users: FaultTarget = { path: "/users" };
const user: FaultTarget = { path: "/users/*" };
const list: FaultTarget = { method: "GET", path: keysPath };
const post: FaultTarget = { method: "POST", path: keysPath };
const proof: FaultTarget = { path: "/account" };
const deletion: FaultTarget = { path: keyPath };

it.each<{ verb: keyof typeof verbs; step: string; at: FaultTarget; isDead?: boolean }>([
  { verb: "create by e-mail", step: "the look-up of the user", at: users },
  { verb: "create", step: "the look for leftovers", at: list },
  { verb: "create", step: "the create itself", at: post },
  { verb: "create", step: "the proof", at: proof },
  { verb: "create", step: "the look at the user", at: user, isDead: true },
  { verb: "create", step: "the undoing", at: deletion, isDead: true },
  { verb: "adopt", step: "the look at the key", at: list },
  { verb: "read", step: "the list", at: list },
  { verb: "update", step: "the proof", at: proof },
  { verb: "update with a plaintext", step: "the look at the key", at: list },
  { verb: "delete", step: "the deletion", at: deletion },
  { verb: "delete", step: "the look whether it is gone", at: list },
  { verb: "delete of an adopted key", step: "the look at the key", at: list },
  { verb: "delete of the provider's own key", step: "the deletion", at: deletion },
])(
  "$verb: where Vultr holds up $step for a day, it fails rather than wait",
  async ({ verb, at, isDead = false }) => {
    const holdUp = tooManyRequests({ retryAfterSeconds: 86_400 }, { ...at, count: Infinity });
    await using scene = await startScene({ faults: isDead ? [deadKey(), holdUp] : [holdUp] });
    const key = scene.vultr.addKey(scene.userId);
    const startMs = scene.clock.now();
    await rejection(verbs[verb](scene, key));
    expect(scene.clock.now() - startMs).toBeLessThanOrEqual(300_000 + 120_000);
  },
);
