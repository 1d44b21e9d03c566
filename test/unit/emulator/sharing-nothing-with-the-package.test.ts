import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "../../emulator");
const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));

function importsOf(file: string): string[] {
  const text = readFileSync(join(folder, file), "utf8");
  const specifiers = text.matchAll(
    /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["']([^"']+)["']/g,
  );
  return [...specifiers].map(([, specifier = ""]) => specifier);
}

it("finds the imports it judges", () => {
  expect(files).toContain("server.ts");
  expect(importsOf("schemas.ts")).toEqual(["zod"]);
});

// A shared schema would let one mistake make both sides agree.
it.each(files)("%s imports Node, zod and its neighbours only", (file) => {
  const strangers = importsOf(file).filter(
    (specifier) => !/^(?:node:[a-z/]+|zod|\.\/[a-z-]+)$/.test(specifier),
  );
  expect(strangers).toEqual([]);
});
