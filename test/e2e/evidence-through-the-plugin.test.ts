/** The tests of a key's life, of when it may die and whose it is, as they are, with keys that the plugin serves. */
import { atDepth } from "../support/depth";
import { useDoor } from "../support/scene";

const files = atDepth({
  gate: ["a-keys-life"],
  soak: [
    "a-keys-life",
    "when-the-old-key-may-die",
    "whose-key-it-is",
    "whether-it-is-gone",
    "adoption",
    "proof-of-new-keys",
    "rotation-in-time",
    "user-by-email",
    "the-providers-own-key",
    "interrupted-runs",
  ],
});

useDoor("plugin");
describe.each(files)("%s", (file) => {
  jest.requireActual(`./${file}.test`);
});
