/** Resources of a program, as the engine speaks of them to the provider. */
import type { KeyInputs } from "../../../provider/keys/inputs";
import type { KeyState } from "../../../provider/keys/state";

export const userId = "5c1d0000-0000-4000-8000-000000000001";

export const urnOf = (name: string): string =>
  `urn:pulumi:dev::app::pulumi-nodejs:dynamic/vultr:UserApiKey::${name}`;

/** The args of a resource, with what its class adds. */
export function argsOf(name: string, more: KeyInputs = {}): KeyInputs {
  return { resourceName: name, resourceUrn: urnOf(name), userId, ...more };
}

/** What state keeps of a resource's key. */
export function keyOf(name: string, keyId: string, more: Partial<KeyState> = {}): KeyState {
  return {
    resourceName: name,
    resourceUrn: urnOf(name),
    keyId,
    userId,
    name: `${name}-abcdefgh`,
    createdAt: "2026-01-01T00:00:00Z",
    apiKey: `plaintext of ${keyId}`,
    verifiedAt: "2026-01-01T00:00:01Z",
    ...more,
  };
}

/** A state of version 0.1.0, which knew no URN. */
export function oldKeyOf(name: string, keyId: string, more: Partial<KeyState> = {}): KeyState {
  const { resourceUrn: _, ...state } = keyOf(name, keyId, more);
  return state;
}
