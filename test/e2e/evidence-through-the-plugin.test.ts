/** The tests of when a key may die and whose it is, as they are, with keys that the plugin serves. */
import { atDepth } from "../support/depth";
import { useDoor } from "../support/scene";

const files = atDepth({
  gate: ["whether-it-is-gone"],
  soak: [
    "when-the-old-key-may-die",
    "whose-key-it-is",
    "whether-it-is-gone",
    "adoption",
    "organisations",
    "proof-of-new-keys",
    "rotation-in-time",
    "user-by-email",
  ],
});

useDoor("plugin");
describe.each(files)("%s", (file) => {
  require(`./${file}.test`);
});
