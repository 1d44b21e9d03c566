import { keyType, pluginKeyType } from "../../../provider/names";
import { commentOn, keyStep, type KeyStep, preview } from "./previews";

it.each<KeyStep>([
  { op: "create", inputs: { rotationTrigger: 1 } },
  {
    op: "replace",
    oldInputs: { rotationTrigger: 1 },
    inputs: { rotationTrigger: 2 },
    reasons: ["rotationTrigger"],
  },
  { op: "delete" },
])("a comment tells the same of a key of the plugin: $op", async (step) => {
  const own = keyStep(step);
  const ofPlugin = JSON.parse(
    JSON.stringify(own)
      .replaceAll(keyType, pluginKeyType)
      .replaceAll('"resourceName":"deployer",', ""),
  ) as typeof own;
  const comment = await commentOn(preview([ofPlugin]));
  expect(comment).toBe(await commentOn(preview([own])));
  expect(comment).toContain("deployer");
});
