/** A program of examples/ in a scene. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

import { repositoryRoot } from "./installed-package";
import type { Scene } from "./scene";

/** Makes `examples/<name>` the program: in JavaScript, which starts a second earlier. */
export async function useExample(
  scene: Scene,
  name: string,
  config: Record<string, string>,
): Promise<void> {
  const text = await readFile(join(repositoryRoot, "examples", name, "index.ts"), "utf8");
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 };
  await scene.write(transpileModule(text, { compilerOptions }).outputText);
  for (const [key, value] of Object.entries(config)) await scene.setConfig(key, value);
}
