/** What the comment on random changes says of each key, compared with what Vultr has after the run. */
import { keyType, pluginKeyType } from "../../provider/names";
import { respond } from "../emulator";
import { atDepth } from "../support/depth";
import { pseudoRandom } from "../support/pseudo-random";
import { falseClaims, momentOf, rowsOf } from "./comment-claims";
import { startWorld, things } from "./preview-world";

interface Key {
  door: "VultrUserApiKey" | "PluginKey";
  /** JavaScript of each arg. */
  args: Record<string, string | undefined>;
  isRetained: boolean;
  isProtected: boolean;
}

interface Team {
  keys: Map<string, Key>;
  /** Whatever is new in it, the output of the dial is not known before the run. */
  dial: { generation: number; note: number };
  /** Of a ring. */
  generation: number;
}

function textOf({ keys, dial, generation }: Team): string {
  const declarations = Array.from(keys, ([name, { door, args, isRetained, isProtected }]) => {
    const given = Object.entries(args).flatMap(([arg, text]) => (text ? [`${arg}: ${text}`] : []));
    const options = `{ retainOnDelete: ${String(isRetained)}, protect: ${String(isProtected)} }`;
    return `new ${door}("${name}", { userEmail, ${given.join(", ")} }, ${options});`;
  });
  return `${things}
    const dial = new Thing("dial", ${JSON.stringify(dial)});
    new VultrUserApiKeyRing("ring", { userEmail, generation: ${generation} });
    ${declarations.join("\n    ")}`;
}

/** Random changes to a team's keys; some stay as they are. */
function changesBy(random: () => number, team: Team, addKey: () => string) {
  let number = 0;
  const one = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const isRarely = (chance: number) => random() < chance;
  const next = () => String((number += 1));
  const add = (): void => {
    const adoptKeyId = isRarely(0.3) ? JSON.stringify(addKey()) : undefined;
    const args = {
      adoptKeyId,
      rotationTrigger: one([undefined, next(), "dial.out"]),
    };
    const door = one(["VultrUserApiKey", "PluginKey"] as const);
    team.keys.set(`key${next()}`, { door, args, isRetained: isRarely(0.2), isProtected: false });
  };
  const edits: ((name: string, key: Key) => void)[] = [
    (_, { args }) => (args["rotationTrigger"] = next()),
    (_, { args }) => (args["rotationTrigger"] = next()),
    (_, { args }) => (args["rotationTrigger"] = "dial.out"),
    (_, { args }) => (args["rotateAfter"] = one([undefined, `"30d"`, `"300d"`])),
    (_, { args }) => (args["verify"] = one([undefined, "false"])),
    (name, { args }) => (args["name"] = one([undefined, `"${name} ${next()}"`])),
    (_, { args }) => {
      args["expiresIn"] = one([undefined, `"60d"`, `"900d"`]);
      args["rotateBeforeExpiry"] = args["expiresIn"] && one([undefined, `"30d"`]);
    },
    (_, key) => (key.isRetained = !key.isRetained),
    (_, key) => {
      key.isProtected = true;
      key.args["rotationTrigger"] = next();
    },
    (name) => team.keys.delete(name),
    (name, key) => {
      team.keys.delete(name);
      team.keys.set(`renamed${next()}`, key);
    },
  ];
  return {
    one,
    isRarely,
    change() {
      for (const [name, key] of [...team.keys]) {
        // Anything else that ends a protected key fails the preview, which then claims nothing.
        const unprotect = () => {
          key.isProtected = false;
          key.args["rotationTrigger"] = next();
        };
        if (isRarely(0.4)) (key.isProtected ? unprotect : one(edits))(name, key);
      }
      while (team.keys.size < 7) add();
      if (isRarely(0.4)) team.dial.note += 1;
      if (isRarely(0.3)) team.dial.generation += 1;
      if (isRarely(0.3)) team.generation += one([1, 1, 2]);
    },
  };
}

async function playPreviews(seed: number, previews: number): Promise<string[]> {
  const team: Team = {
    keys: new Map(),
    dial: { generation: 1, note: 1 },
    generation: 1,
  };
  await using world = await startWorld("");
  const { vultr, user } = world;
  world.env["VULTR_API_KEY"] = vultr.rootApiKey; // with --refresh a preview asks Vultr
  const random = pseudoRandom(seed);
  const { one, isRarely, ...edit } = changesBy(random, team, () => vultr.addKey(user.id).id);
  const events: string[] = [];
  let day = 0;
  for (let at = 0; at < previews; at += 1) {
    world.moveTo((day += one([0, 5, 40])));
    edit.change();
    const program = textOf(team);
    await world.declare(program);
    let before = await momentOf(world);
    const target = one([...team.keys]);
    const type = target[1].door === "PluginKey" ? pluginKeyType : keyType;
    const flags = isRarely(0.15)
      ? ["--target", `urn:pulumi:test::project::${type}::${target[0]}`]
      : [];
    // By name: a parallel run writes its state in any order.
    const ids = [...before.held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, id]) => id);
    const held = ids.filter((id) => before.live.has(id));
    if (flags.length === 0 && held.length > 0 && isRarely(0.3)) {
      vultr.deleteKey(one(held)); // by someone who does not use Pulumi
      flags.push("--refresh");
      before = await momentOf(world);
    }
    const preview = await world.preview("--show-replacement-steps", ...flags);
    const { stdout: comment } = await world.comment();
    if (isRarely(0.15))
      vultr.inject(respond({ status: 403 }, { method: "DELETE", count: Infinity }));
    const run = await world.runUp(flags);
    vultr.clearFaults();
    if (preview.code !== 0) continue; // it claims nothing
    const wrong = falseClaims(comment, before, await momentOf(world), run.code !== 0);
    if (wrong.length > 0)
      throw new Error(
        [
          `preview ${at} of seed ${seed}, flags: ${flags.join(" ")}`,
          ...wrong,
          program,
          comment,
          run.output,
        ].join("\n\n"),
      );
    events.push(...rowsOf(comment).map(({ event }) => event));
  }
  return events;
}

test.each(atDepth({ gate: [1], soak: [1, 2, 3, 4, 5, 6, 7, 8] }))(
  "the claims of comments on random previews hold in the runs that follow: seed %i",
  async (seed) => {
    const events = await playPreviews(seed, atDepth({ gate: 2, soak: 25 }));
    expect([...new Set(events)]).toEqual(expect.arrayContaining(["created", "rotated"]));
  },
  3_600_000,
);
