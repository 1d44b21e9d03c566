/** The dynamic provider beside the plugin: what previews of a rotation show. */
import { keyType, pluginKeyType } from "../../provider/names";
import { atDepth } from "../support/depth";
import { sharedScene } from "../support/scene";

const scene = sharedScene({ hasPlugin: true });

/** The output of Fresh is unknown in the preview of its first run. */
const program = (trigger: string) => `
  class Fresh extends pulumi.dynamic.Resource {
    constructor() {
      super({ create: async () => ({ id: "fresh", outs: { value: 3 } }) }, "fresh", { value: undefined });
    }
  }
  const args = { userId, rotateAfter: "30d", rotationTrigger: ${trigger} };
  new VultrUserApiKey("of-dynamic", args);
  new PluginKey("of-plugin", args);`;

/** What `preview --diff` shows of a replaced key: what changes, and what looks as if it went away. */
function detailsOf(type: string, output: string): string[] {
  const [, shown = ""] = output.split(`+-${type}: (replace)`);
  const [details = ""] = shown.split(/^ *(?:\+|\+-)[a-z][\w-]*:|^Resources:/m);
  return [...details.matchAll(/^ *([~+-]) (\w+) *: (.*)$/gm)].map(([, sign, name, value]) =>
    sign === "~" ? `~ ${name!}: ${value!}` : `${sign!} ${name!}`,
  );
}

const before = ["- apiKey", "- createdAt", "- fingerprint", "- keyId", "- name"];
const after = ["- verifiedAt"];
const previews: {
  by: string;
  trigger: string;
  days?: number;
  /** Through the dynamic provider; the plugin shows nothing else. */
  changed: string[];
  /** What the plugin shows beside that: the arg that asks for it. */
  due?: string[];
}[] = [
  {
    by: "its trigger",
    trigger: "2",
    changed: ["~ rotationTrigger: 1 => 2"],
  },
  {
    by: "its age",
    trigger: "1",
    days: 31,
    changed: [],
    due: [`~ rotateAfter: "30d" => "30d"`],
  },
  {
    by: "a trigger that only the run knows",
    trigger: "new Fresh().value",
    changed: ["~ rotationTrigger: 1 => [unknown]"],
  },
];

beforeAll(async () => {
  await scene.up(program("1"));
});

test.each(previews.slice(atDepth({ gate: 1, soak: 0 })))(
  "the preview of a rotation by $by",
  async ({ trigger, days = 0, changed, due = [] }) => {
    scene.moveTo(days);
    const { output } = await scene.preview(program(trigger), ["--diff"]);
    expect(detailsOf(keyType, output)).toEqual([...before, ...changed, ...after]);
    expect(detailsOf(pluginKeyType, output)).toEqual([...changed, ...due]);
  },
);
