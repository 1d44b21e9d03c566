/**
 * The door: what Pulumi's dynamic provider process loads as `pulumi-vultr-user-api-key/provider`.
 *
 * State of every key holds the text that requires this module, and refresh and delete run it; so
 * the path and the names exported here never change. Programs do not call it: the engine does.
 *
 * A mistake or an outage is thrown as a plain `Error` of one line, redacted: what happened, and what
 * to do next.
 *
 * @module pulumi-vultr-user-api-key/provider
 */
import { createProvider, type Provider } from "./create-provider";
import { createSession } from "./session";
import type { CheckFailure, CheckResult } from "../lifecycle/check";
import type { DiffResult } from "../lifecycle/diff";
import type { FoundKey, ReadResult } from "../lifecycle/read";
import type { CreateResult, KeyState } from "../keys/state";

export type { CheckFailure, CheckResult, CreateResult, DiffResult, FoundKey, KeyState, ReadResult };
export type { Properties } from "../keys/engine-values";
export type { ConfigureRequest, StackConfiguration } from "./create-provider";

const provider = createProvider(createSession());

/** Keeps the configuration. The engine does not wait for this, so it is synchronous and never throws. */
export const configure: Provider["configure"] = provider.configure;

/**
 * Says what is wrong with the args, before anything happens. Sends nothing, needs no credential. Gets the
 * inputs of the last run, empty for a new key, and the program's args; unknown values pass.
 */
export const check: Provider["check"] = provider.check;

/**
 * Says whether the key stays, or a new one is due, by its args, its age or its expiry. Sends nothing,
 * needs no credential; prints why a key is due. Gets Pulumi's id, the outputs of the last run and the
 * program's args. Throws if the replacement would revoke the key that the provider itself authenticates
 * with, or one that another resource holds as well.
 */
export const diff: Provider["diff"] = provider.diff;

/**
 * Makes a key and proves that it authenticates, or adopts one. Ends within five minutes, and another two
 * if something has to be undone. Throws if no new key is alive; or if one is, the message names it, and if
 * the error carries an `id` the engine records it.
 */
export const create: Provider["create"] = provider.create;

/**
 * Looks whether the key is still listed for its user; for `.get`, what is known of it. A key is gone only
 * if it is neither listed nor authenticates. Gets `<user id>/<key id>` and the outputs of the last run.
 * Throws if Vultr did not tell, or `.get` names a key that does not exist.
 */
export const read: Provider["read"] = provider.read;

/**
 * Records args that need no new key, and proves a key that an earlier run could not prove. Throws if the
 * key still does not authenticate.
 */
export const update: Provider["update"] = provider.update;

/**
 * Revokes the key and sees it gone. A key that is gone already counts as revoked; a borrowed one stays.
 * Throws if the key lives, may not die yet, or it is not certain that it does not live: the engine keeps
 * it as pending deletion and the next run tries again.
 */
const remove: Provider["delete"] = provider.delete;
export { remove as delete };
