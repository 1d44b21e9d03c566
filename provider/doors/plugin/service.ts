/**
 * The verbs of a Pulumi plugin, for every language. What happens to a key is decided in `lifecycle/`, as for the
 * dynamic provider; here requests are read, and answers are given the protocol's form.
 */
import { isDeepStrictEqual } from "node:util";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as Pulumi from "@pulumi/pulumi/proto/provider_pb";

import {
  containsUnknown,
  type Properties,
  secret,
  unknownValue,
  withSecret,
} from "../../keys/engine-values";
import { inputProblem, type KeyInputs } from "../../keys/inputs";
import { type KeyState, keptState } from "../../keys/state";
import { explicitProviderSetting, outputNames } from "../../names";
import { isDefaultProvider, nameOf } from "../../urn";
import { manifest } from "../../manifest";
import { settingsProblems } from "../../settings";
import { formatUtc } from "../../vultr/clock";
import { oneLine } from "../../vultr/redact";
import { createProvider, type Provider } from "../create-provider";
import { sealed } from "../present-error";
import type { Session } from "../session";
import { detailedDiff } from "./detailed-diff";
import {
  EmptyMessage,
  type Log,
  logOf,
  propertiesOf,
  structOf,
  type Verbs,
  withoutIdentity,
} from "./protocol";
import schema from "./schema.json";

const { version } = manifest();

/** The plugin's schema as JSON, by which Pulumi makes SDKs and checks programs. */
export function schemaText(): string {
  return JSON.stringify({ ...schema, version });
}

/** What each request about one resource has. */
interface OfResource {
  getUrn(): string;
  getTimeout?(): number;
}

/** @param log shows lines to people; the handshake, which says where the engine listens, replaces it */
export function createService(session: Session, log?: Log) {
  const { memory } = session;
  const canceled = new AbortController();
  let shown: Promise<unknown> = Promise.resolve();

  const inWords = (text: string) => session.inWords(text, "plugin");

  /** The verbs for one request: the engine shows their notices beside its resource. */
  function verbsFor(request: OfResource): Provider {
    const notify = (message: string) => {
      const [, severity = "", text = ""] = /^(warning: |note: )?(.*)$/s.exec(message) ?? [];
      const kind = severity === "warning: " ? "warning" : "info";
      shown = Promise.all([shown, log?.(request.getUrn(), kind, oneLine(inWords(text)))]);
    };
    const timeoutMs = (request.getTimeout?.() ?? 0) * 1_000 || undefined;
    const context = () => session.context({ notify, timeoutMs, signal: canceled.signal });
    return createProvider({ ...session, inWords, notify, context });
  }

  /** A verb about one resource. The engine may end the run at the last answer, so it comes after all that people are to read. */
  function about<Request extends OfResource, Answer>(
    verb: (verbs: Provider, request: Request) => Promise<Answer>,
  ) {
    return (request: Request) => verb(verbsFor(request), request).finally(() => shown);
  }

  /** After a rename the engine calls delete with the former URN. The resource that waits for this key's successor has the present one. */
  function withPresentUrn(state: Partial<KeyState>): Partial<KeyState> {
    if (memory.resource(state.resourceUrn ?? "") !== undefined) return state;
    const owner = memory.awaited().find(({ recorded }) => recorded?.keyId === state.keyId);
    return owner === undefined ? state : { ...state, resourceUrn: owner.identity };
  }

  return {
    handshake(request: Pulumi.ProviderHandshakeRequest) {
      log = logOf(request.getEngineAddress());
      return new Pulumi.ProviderHandshakeResponse(); // accepts nothing special: secrets come in plaintext
    },
    attach: () => new EmptyMessage(),
    getPluginInfo: () => new PluginInfo().setVersion(version),
    getSchema: () => new Pulumi.GetSchemaResponse().setSchema(schemaText()),
    cancel() {
      canceled.abort();
      return new EmptyMessage();
    },

    checkConfig(request: Pulumi.CheckRequest) {
      const news = propertiesOf(request.getNews());
      session.configure(settingsIn(news, request.getUrn()));
      const inputs = withSecret(news, "apiKey");
      // What a preview does not know yet is judged by the run.
      const problems = containsUnknown(news) ? [] : settingsProblems(session.settings());
      return checkResponse(inputs, problems.map(inWords));
    },
    diffConfig(request: Pulumi.DiffRequest) {
      const [olds, news] = [request.getOlds(), request.getNews()].map(propertiesOf);
      return new Pulumi.DiffResponse().setChanges(changes(!isDeepStrictEqual(olds, news)));
    },
    configure(request: Pulumi.ConfigureRequest) {
      session.configure(settingsIn(propertiesOf(request.getArgs()), request.getUrn() ?? ""));
      return new Pulumi.ConfigureResponse().setSupportspreview(true);
    },

    check: about(async (verbs, request: Pulumi.CheckRequest) => {
      const news = identified(request, request.getNews());
      const { inputs, failures } = await verbs.check(propertiesOf(request.getOlds()), news);
      const reasons = failures.map(({ reason }) => reason);
      return checkResponse(inputs, reasons);
    }),
    diff: about(async (verbs, request: Pulumi.DiffRequest) => {
      const inputs = identified(request, request.getNews());
      const answer = await verbs.diff(request.getId(), stateIn(request), inputs);
      const response = new Pulumi.DiffResponse()
        .setChanges(changes(answer.changes))
        .setReplacesList(answer.replaces)
        .setHasdetaileddiff(true);
      const before = withoutIdentity(propertiesOf(request.getOldInputs() ?? request.getOlds()));
      for (const [name, change] of detailedDiff(before, withoutIdentity(inputs), answer))
        response.getDetaileddiffMap().set(name, change);
      return response;
    }),
    create: about(async (verbs, request: Pulumi.CreateRequest) => {
      const inputs = identified(request, request.getProperties());
      if (request.getPreview())
        return new Pulumi.CreateResponse().setProperties(structOf(expectedOf(inputs)));
      const { id, outs } = await verbs.create(inputs);
      return new Pulumi.CreateResponse().setId(id).setProperties(structOf(outs));
    }),
    read: about(async (verbs, request: Pulumi.ReadRequest) => {
      const state = identified(request, request.getProperties());
      const isImport = state["keyId"] === undefined;
      const known = isImport ? {} : state;
      // For `get` the engine sends what the program writes as outputs and as inputs; for a refresh, recorded outputs.
      const isGet = isDeepStrictEqual(state, identified(request, request.getInputs())) || undefined;
      const { id, props } = await verbs.read(request.getId(), known, isGet);
      if (id === undefined) return new Pulumi.ReadResponse();
      const response = new Pulumi.ReadResponse().setId(id);
      if (!isImport) {
        const inputs = withSecret(propertiesOf(request.getInputs()), "adoptApiKey");
        return response.setProperties(structOf(props)).setInputs(structOf(inputs));
      }
      // We did not make this key: like an adopted one, it is borrowed until its first rotation.
      const { userId, keyId, name, dateExpire } = props;
      // A key made by hand may have a name that the arg may not have, such as an empty one.
      const named = inputProblem("name", name) === undefined ? { name } : {};
      const inputs = { userId, ...named, dateExpire, adoptKeyId: keyId };
      return response
        .setProperties(structOf({ ...props, adoptKeyId: keyId }))
        .setInputs(structOf(inputs));
    }),
    update: about(async (verbs, request: Pulumi.UpdateRequest) => {
      const [state, inputs] = [stateIn(request), identified(request, request.getNews())];
      const outs = request.getPreview()
        ? sealed(expectedUpdateOf(state, inputs))
        : (await verbs.update(request.getId(), state, inputs)).outs;
      return new Pulumi.UpdateResponse().setProperties(structOf(outs));
    }),
    delete: about(async (verbs, request: Pulumi.DeleteRequest) => {
      const state = withPresentUrn(identified(request, request.getProperties()));
      await verbs.delete(request.getId(), state);
      return new EmptyMessage();
    }),
  } satisfies Verbs;
}

/** Properties with the resource's identity, which the plugin reads from the request: it needs no hidden input. */
function identified(request: OfResource, struct: Struct | undefined): Properties {
  const resourceUrn = request.getUrn();
  return { ...propertiesOf(struct), resourceName: nameOf(resourceUrn), resourceUrn };
}

function stateIn(request: Pulumi.DiffRequest | Pulumi.UpdateRequest): KeyState {
  return identified(request, request.getOlds()) as unknown as KeyState;
}

/** What a preview shows of a key that is to be made. */
function expectedOf(inputs: KeyInputs): Properties {
  const { adoptApiKey: _, ...known } = inputs;
  const unknown = Object.fromEntries(outputNames.map((name) => [name, unknownValue]));
  const { dateExpire } = inputs;
  // The output is in UTC, however the arg is written.
  const expiry =
    dateExpire === undefined || containsUnknown(dateExpire)
      ? {}
      : { dateExpire: formatUtc(Date.parse(dateExpire)) };
  return { ...unknown, apiKey: secret(unknownValue), ...known, ...expiry };
}

/** What a preview shows of an update: outputs stay as they are, but for those that it may add. */
function expectedUpdateOf(state: KeyState, inputs: KeyInputs): KeyState {
  return {
    createdAt: unknownValue,
    ...(inputs.verify === false ? {} : { verifiedAt: unknownValue }),
    ...(inputs.adoptApiKey === undefined
      ? {}
      : { apiKey: unknownValue, fingerprint: unknownValue }),
    ...keptState(state, inputs),
  };
}

/** A failure names no property: the engine would print the property's value, which may be secret. */
function checkResponse(inputs: object, reasons: readonly string[]): Pulumi.CheckResponse {
  const failures = reasons.map((reason) => new Pulumi.CheckFailure().setReason(reason));
  return new Pulumi.CheckResponse().setInputs(structOf(inputs)).setFailuresList(failures);
}

function changes(isChanged: boolean): Pulumi.DiffResponse.DiffChanges {
  const { DIFF_NONE, DIFF_SOME } = Pulumi.DiffResponse.DiffChanges;
  return isChanged ? DIFF_SOME : DIFF_NONE;
}

/** Reads the provider's args by name, as the dynamic provider reads the stack's settings. */
function settingsIn(args: Properties, providerUrn: string) {
  // An explicit provider uses the credential that it is given, and not the environment's.
  const isExplicit = providerUrn !== "" && !isDefaultProvider(providerUrn);
  return (name: string): string | undefined => {
    if (name === explicitProviderSetting) return isExplicit ? "true" : undefined;
    const value = args[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  };
}
