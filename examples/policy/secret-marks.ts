/**
 * Which values the engine keeps as secrets. It sends that mark to every policy pack, and `@pulumi/policy`
 * takes it away before a policy is asked (pulumi/pulumi-policy#241). So this reads what the engine sends.
 */
import * as pulumi from "@pulumi/pulumi";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";

/** A resource as the engine sends it: a secret is an object with a mark, and has the value inside. */
export interface SentResource {
  urn: string;
  type: string;
  /** URN of the resource that it belongs to; empty if there is none. */
  parent: string;
  props: Readonly<Record<string, unknown>>;
}

/**
 * Listens to the engine; to be called before the pack is made.
 *
 * @returns gives the resources of the stack that is being judged; undefined if nothing was heard, which
 *   means that `@pulumi/policy` uses another copy of `@pulumi/pulumi` than this file
 */
export function listenToEngine(): () => SentResource[] | undefined {
  let resources: SentResource[] | undefined;
  const call = AnalyzerService.analyzeStack;
  const read = call.requestDeserialize;
  call.requestDeserialize = (bytes) => {
    const request = read(bytes);
    resources = request.getResourcesList().map((resource) => ({
      urn: resource.getUrn(),
      type: resource.getType(),
      parent: resource.getParent(),
      props: resource.getProperties()?.toJavaScript() ?? {},
    }));
    return request;
  };
  return () => resources;
}

/** A value without its mark. Undefined where a preview does not know it yet. */
export function unmarked(value: unknown): unknown {
  if (isSecret(value)) return unmarked(value.value);
  return value === pulumi.runtime.unknownValue ? undefined : value;
}

/** Does one of the plaintexts stand in this value, outside of all secrets? */
export function holdsInPlain(value: unknown, plaintexts: readonly string[]): boolean {
  if (isSecret(value)) return false;
  if (typeof value !== "object" || value === null) return holds(value, plaintexts);
  return Object.values(value).some((part) => holdsInPlain(part, plaintexts));
}

/** Does one of the plaintexts stand in this value, encrypted or not? */
export function holds(value: unknown, plaintexts: readonly string[]): boolean {
  if (typeof value === "string") return plaintexts.some((plaintext) => value.includes(plaintext));
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((part) => holds(part, plaintexts));
}

function isSecret(value: unknown): value is { value: unknown } {
  const { specialSigKey, specialSecretSig } = pulumi.runtime;
  return (
    typeof value === "object" &&
    value !== null &&
    specialSigKey in value &&
    value[specialSigKey] === specialSecretSig
  );
}
