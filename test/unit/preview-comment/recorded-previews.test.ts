/** Previews that the real engine made; test/e2e/preview-comment.test.ts records them, and sees what `pulumi up` then does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { runCommand } from "./previews";

const recorded = join(__dirname, "recorded");
const comments = join(__dirname, "..", "..", "e2e", "preview-comments");

it.each(readdirSync(recorded).map((file) => file.replace(".json", "")))("%s", async (name) => {
  const { code, text } = await runCommand(readFileSync(join(recorded, `${name}.json`), "utf8"));
  expect(code).toBe(0);
  const plain = `${text.replaceAll(/-abcdefg[a-z]\b/g, "-<random>")}\n`;
  expect(plain).toBe(readFileSync(join(comments, `${name}.md`), "utf8"));
});
