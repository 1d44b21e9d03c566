/**
 * What a URN says: `urn:pulumi:<stack>::<project>::<type>::<name>`, where the types of parents stand
 * before a resource's own, parted by `$`.
 */
export { isKeyType, ringType } from "../names";

export const stackType = "pulumi:pulumi:Stack";

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

/** The resource's name in the program. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** `<project>/<stack>`; undefined where `urn` is none. */
export function stackOf(urn: string): string | undefined {
  const [stack = "", project] = urn.split("::");
  return project === undefined ? undefined : `${project}/${stack.replace(/^urn:pulumi:/, "")}`;
}
