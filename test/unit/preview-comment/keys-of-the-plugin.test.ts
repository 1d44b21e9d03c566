import { keyType, pluginKeyType } from "../../../provider/names";
import { commentOn, keyStep, preview } from "./previews";

const ofPlugin = (step: ReturnType<typeof keyStep>) =>
  JSON.parse(JSON.stringify(step).replaceAll(keyType, pluginKeyType)) as typeof step;

describe("an alias is advised where one can keep the key", () => {
  const [was, is] = [keyStep({ op: "delete", name: "a" }), keyStep({ op: "create", name: "b" })];
  const ofRing = keyStep({ op: "create", name: "hook-0", ring: "hook" });
  const { id } = was["oldState"] as { id: string };
  const inputs = { adoptKeyId: id.split("/")[1] };
  const borrowed = keyStep({ op: "delete", name: "a", inputs });
  const adopting = keyStep({ op: "create", name: "b", inputs });

  it.each([
    ["from name to name", was, is, true],
    ["from name to name, of a borrowed key", borrowed, adopting, true],
    ["from the class to the plugin", was, ofPlugin(is), true],
    ["from the class to the plugin, of a borrowed key", borrowed, ofPlugin(adopting), true],
    ["from name to name of the plugin", ofPlugin(was), ofPlugin(is), true],
    ["from the plugin back to the class", ofPlugin(was), is, false],
    ["into a ring, whose slots take no options", was, ofRing, false],
  ])("%s", async (_, removed, created, isAdvised) => {
    const comment = await commentOn(preview([removed, created]));
    expect(comment.includes("Then add `aliases`")).toBe(isAdvised);
  });
});
