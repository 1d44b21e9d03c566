/** What a URN says: `urn:pulumi:<stack>::<project>::<types>::<name>`. */
export function stackOf(urn: string): string | undefined {
  return /^urn:pulumi:([^:]+)::/.exec(urn)?.[1];
}
