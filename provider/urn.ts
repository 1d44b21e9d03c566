/**
 * What a URN says: `urn:pulumi:<stack>::<project>::<types>::<name>`. The types of its parents stand before
 * a resource's own, separated by `$`. A name may hold `::` itself.
 */
export const stackType = "pulumi:pulumi:Stack";

/** The stack's name; undefined if `urn` is none. */
export function stackNameOf(urn: string): string | undefined {
  return /^urn:pulumi:([^:]+)::/.exec(urn)?.[1];
}

/** `<project>/<stack>`; undefined if `urn` is none. */
export function stackOf(urn: string): string | undefined {
  const stack = stackNameOf(urn);
  return stack === undefined ? undefined : `${urn.split("::")[1] ?? ""}/${stack}`;
}

/** The resource's own type. */
export function typeOf(urn: string): string {
  return typesIn(urn).at(-1) ?? "";
}

/** The type of the resource's parent; empty for a child of the stack. */
export function parentTypeOf(urn: string): string {
  return typesIn(urn).at(-2) ?? "";
}

function typesIn(urn: string): string[] {
  return (urn.split("::")[2] ?? "").split("$");
}

/**
 * Is it the provider that the engine makes by itself, rather than one of the program? Behind `default` its name has
 * the plugin's version, or the address of its server.
 */
export function isDefaultProvider(urn: string): boolean {
  return /^default(_(\d|(https?|git[a-z]*|file|s3|gs|azblob)_).*)?$/.test(nameOf(urn));
}

/** The URN in a state's reference to a provider: behind it stands the provider's id, which a preview may not know. */
export function providerUrnOf(reference: string): string {
  return reference.replace(/::[^:]*$/, "");
}

/** The resource's name in the program. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
