/**
 * The engine's way of keeping an object that was made but is not in order. The error carries `id`
 * and `properties`; the engine records them, fails the run, and calls update in the next one.
 */
import { VultrError, type ErrorParts } from "../vultr/errors";
import { type KeyState, withoutUndefined } from "./state";

export class PartialCreateError extends VultrError {
  override readonly name = "PartialCreateError" as const;
  /** Pulumi's id of the key. */
  readonly id: string;
  readonly #state: KeyState;

  constructor(parts: ErrorParts & { id: string; state: KeyState }) {
    super(parts);
    this.id = parts.id;
    this.#state = parts.state;
  }

  /** For the engine alone: holds the plaintext, so it is no field that a log could print. */
  propertiesFor(providerText: string | undefined): KeyState {
    return withoutUndefined({ ...this.#state, __provider: providerText }) as KeyState;
  }
}
