/** Who is measured: this package, the engine floor, and the textbook. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type Subject = "ours" | "floor" | "textbook";

const programs = join(__dirname, "programs");

/** The name under which the floor's provider text finds its provider. */
const floorPackage = "bench-floor-without-work";

/** Puts a subject's program, and what it loads beside installed packages, into a project's folder. */
export async function writeProgram(subject: Subject, folder: string): Promise<void> {
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "bench", private: true, main: "index.js" }),
  );
  await writeFile(join(folder, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
  await cp(join(programs, `${subject}.js`), join(folder, "index.js"));
  if (subject === "floor") await installFloorProvider(folder);
}

/** Where a provider text's `require` looks: in node_modules, like ours. */
export async function installFloorProvider(folder: string): Promise<void> {
  const target = join(folder, "node_modules", floorPackage);
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "package.json"), JSON.stringify({ name: floorPackage }));
  await cp(join(programs, "floor-provider.js"), join(target, "provider.js"));
}
