/**
 * Keeps plaintext out of the debug events of Pulumi's Node SDK.
 *
 * The SDK writes every answer of the engine into a debug event with `String(answer)`, secrets in
 * plaintext included. A terminal does not show those events, but `pulumi up --json`, `--debug`,
 * `--event-log` and the Automation API's `onEvent` hand them out. Here the text of such an answer,
 * and nothing else of it, is replaced where it holds a secret.
 */
import { ReadResourceResponse, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { specialSecretSig } from "@pulumi/pulumi/runtime";

const withheld = "[answer withheld: it holds a secret]";

interface Message {
  toString: (this: unknown) => string;
}

/** Safe to call any number of times: only the first does anything. */
export function quietAnswers(): void {
  quiet(RegisterResourceResponse.prototype);
  quiet(ReadResourceResponse.prototype);
}

function quiet(prototype: Message): void {
  if (Object.hasOwn(prototype, "toString")) return;
  const describe = prototype.toString;
  prototype.toString = function (this: unknown) {
    const text = describe.call(this);
    return text.includes(specialSecretSig) ? withheld : text;
  };
}
