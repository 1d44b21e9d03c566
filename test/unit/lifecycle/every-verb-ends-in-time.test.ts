import type { KeyState } from "../../../provider/keys/state";
import { deadKey, type EmulatedKey, type FaultTarget, tooManyRequests } from "../../emulator";
import { failureOf, keyPath, keysPath, type Run, startRun, without } from "./run";

const unproven = (state: KeyState) => without(state, "verifiedAt");
const withoutPlaintext = (state: KeyState) => without(state, "apiKey", "verifiedAt");
const ownState = ({ stateOf, vultr }: Run) => stateOf(vultr.keysOf(vultr.rootUserId)[0]!);

const verbs = {
  create: ({ make }) => make(),
  "create by e-mail": ({ make, vultr }) =>
    make({ userId: undefined, userEmail: vultr.addUser().email }),
  adopt: ({ make }, { id }) => make({ adoptKeyId: id }),
  read: ({ read, stateOf }, key) => read(stateOf(key)),
  update: ({ update, stateOf }, key) => update(unproven(stateOf(key))),
  "update with a plaintext": ({ update, stateOf }, key) =>
    update(withoutPlaintext(stateOf(key)), { adoptKeyId: key.id, adoptApiKey: key.apiKey }),
  delete: ({ end, stateOf }, key) => end(stateOf(key)),
  "delete of an adopted key": ({ end, stateOf }, key) => end(withoutPlaintext(stateOf(key))),
  "delete of the provider's own key": (run) => run.end({ ...ownState(run), allowSelfRevoke: true }),
} satisfies Record<string, (run: Run, key: EmulatedKey) => Promise<unknown>>;

const list: FaultTarget = { method: "GET", path: keysPath };
const proof: FaultTarget = { path: "/account" };
const deletion: FaultTarget = { path: keyPath };

it.each<[verb: keyof typeof verbs, step: string, at: FaultTarget, key?: "that is dead"]>([
  ["create by e-mail", "the look-up of the user", { path: "/users" }],
  ["create", "the look for leftovers", list],
  ["create", "the create itself", { method: "POST", path: keysPath }],
  ["create", "the proof", proof],
  ["create", "the look at the user", { path: "/users/*" }, "that is dead"],
  ["create", "the undoing", deletion, "that is dead"],
  ["adopt", "the look at the key", list],
  ["read", "the list", list],
  ["update", "the proof", proof],
  ["update with a plaintext", "the look at the key", list],
  ["delete", "the deletion", deletion],
  ["delete", "the look whether it is gone", list],
  ["delete of an adopted key", "the look at the key", list],
  ["delete of the provider's own key", "the deletion", deletion],
])("%s: where Vultr holds up %s for a day, it fails rather than wait", async (...row) => {
  const [verb, , at, isDead] = row;
  const holdUp = tooManyRequests({ retryAfterSeconds: 86_400 }, { ...at, count: Infinity });
  await using run = await startRun({ faults: isDead ? [deadKey(), holdUp] : [holdUp] });
  const key = run.vultr.addKey(run.userId);
  const startMs = run.clock.now();
  await failureOf(verbs[verb](run, key));
  expect(run.clock.now() - startMs).toBeLessThanOrEqual(300_000 + 120_000);
});
