/**
 * Keeps plaintext out of the debug events of Pulumi's Node SDK.
 *
 * The SDK writes every answer of the engine into a debug event with `String(answer)`, secrets in
 * plaintext included. A terminal does not show those events, but `pulumi up --json`, `--debug`,
 * `--event-log` and the Automation API's `onEvent` hand them out. Here the answer's `toString` is
 * replaced by one that withholds a text with a secret in it; nothing else of the answer changes.
 */
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import * as resources from "@pulumi/pulumi/proto/resource_pb";
import { specialSecretSig } from "@pulumi/pulumi/runtime";

const withheld = "[answer withheld: it holds a secret]";

interface Answer {
  prototype?: { toString: (this: unknown) => string };
}

/**
 * Quiets every copy of the SDK that the program has loaded so far. Safe to call any number of times.
 *
 * @returns the folders of other copies than our own that were not quiet before
 */
export function quietAnswers(): string[] {
  // First, so that our own copy is not among those that are returned.
  for (const own of [resources, provider]) quiet(own);
  // Copies are found in Node's cache of CommonJS modules. A copy inside a bundle is not there; and if a loader hook
  // gives the source of CommonJS modules, `require` has no cache.
  const { cache } = require as Partial<NodeJS.Require>;
  const copies = Object.entries(cache ?? {}).flatMap(([file, module]) => {
    const [, copy] =
      /^(.*[\\/]@pulumi[\\/]pulumi)[\\/]proto[\\/](?:resource|provider)_pb\.js$/.exec(file) ?? [];
    const wasLoud = copy !== undefined && quiet((module?.exports ?? {}) as object);
    return wasLoud ? copy : [];
  });
  return [...new Set(copies)];
}

/**
 * @param protocol what a file of the SDK's protocol exports
 * @returns true if it was not quiet before
 */
function quiet(protocol: object): boolean {
  const loud = Object.entries(protocol)
    .filter(([name]) => name.endsWith("Response"))
    .flatMap(([, answer]) => (answer as Answer).prototype ?? [])
    .filter((prototype) => !Object.hasOwn(prototype, "toString"));
  for (const prototype of loud) {
    const describe = prototype.toString;
    prototype.toString = function (this: unknown) {
      const text = describe.call(this);
      return text.includes(specialSecretSig) ? withheld : text;
    };
  }
  return loud.length > 0;
}
