/**
 * Keeps plaintext out of the debug events of Pulumi's Node SDK.
 *
 * The SDK writes every answer of the engine into a debug event with `String(answer)`, secrets in
 * plaintext included. A terminal does not show those events, but `pulumi up --json`, `--debug`,
 * `--event-log` and the Automation API's `onEvent` hand them out. Here the text of such an answer,
 * and nothing else of it, is replaced if it holds a secret.
 */
import * as sdk from "@pulumi/pulumi/proto/resource_pb";
import { specialSecretSig } from "@pulumi/pulumi/runtime";

const withheld = "[answer withheld: it holds a secret]";

type AnswerClasses = Record<
  "RegisterResourceResponse" | "ReadResourceResponse",
  { prototype: { toString: (this: unknown) => string } }
>;

/**
 * Quiets every copy of the SDK that the program has loaded so far. Safe to call any number of times.
 *
 * @returns the files of copies beside our own that were not quiet before
 */
export function quietAnswers(): string[] {
  quiet(sdk); // first, so that our own copy is not among those that are returned
  // Copies are found where Node keeps loaded modules; a bundle hides its own.
  return Object.entries(require.cache)
    .filter(([file]) => /[\\/]@pulumi[\\/]pulumi[\\/]proto[\\/]resource_pb\.js$/.test(file))
    .filter(([, module]) => quiet((module?.exports ?? {}) as Partial<AnswerClasses>))
    .map(([file]) => file);
}

/** @returns false if it was quiet already */
function quiet({ RegisterResourceResponse, ReadResourceResponse }: Partial<AnswerClasses>) {
  const loud = [RegisterResourceResponse, ReadResourceResponse]
    .flatMap((answer) => answer?.prototype ?? [])
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
