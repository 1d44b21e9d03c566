/** How the figures came about: the machine, the floors, the textbook. */
import type { Results } from "./results";

export function methodSection({ machine }: Results): string {
  const { system, processor, cores, memoryBytes, node, pulumi, sdk, loadBefore } = machine;
  const memory = `${Math.round(memoryBytes / 1e9)} GB`;
  return `## How

- **Machine**: ${processor}, ${cores} cores, ${memory}, ${system}; Node ${node}, Pulumi CLI ${pulumi}, \`@pulumi/pulumi\` ${sdk}; state in files. ${loadBefore.toFixed(1)} processes wanted to run in the minute before: anything near none is quiet.
- **This package** is installed from its tarball. Vultr is the repository's emulator on loopback, which allows 30 requests a second and answers within milliseconds, so that nothing but requests counts. Keys are dealt to users in turn.
- **Engine floor**: the same program with a provider that does nothing. As many resources, through the same plugin of Pulumi, with args and outputs of the same names and lengths, loaded by a text of the same kind; its provider answers every call at once. It is a lower floor than a \`pulumi.dynamic.Resource\` without work, whose program loads a compiler to turn the provider into text and whose state holds that text twice.
- **API floor**: the fewest requests with which every promise can be kept, ÷ 30 a second. A key takes a POST to make, a GET to prove, a DELETE to revoke; a user takes one list in each run.
- **Textbook**: [a dynamic provider as Pulumi's documentation shows one](../programs/textbook.js): a closure, \`fetch\`, no limiter, five attempts after any error. It proves nothing and looks for nothing.
- Contestants take turns, a whole life each: create, no-op up, preview of a rotation, rotate, refresh, destroy. Times are of the whole command, \`--skip-preview\` where it changes something. A ratio is that of two runs of the same repetition. What takes minutes and is no goal's runs once; \`runs\` says how often each did.`;
}
