/**
 * What most tests of the engine begin with: an emulator, a user of its account, and a project that makes
 * keys for this user. Its programs are statements in JavaScript, which know Pulumi's SDK as `pulumi`, the
 * classes of this package, `userId`, `userEmail`, and `key(name, args, options)`: a key of the user.
 * Through the plugin the same statements declare the plugin's resources, which are also `PluginKey` and
 * `PluginProvider`, whatever the door.
 */
import { join } from "node:path";

import { type EmulatorOptions, startEmulator } from "../emulator";
import { keyType, outputNames, pluginKeyType } from "../../provider/names";
import { createProject, type Project, type ProjectOptions, up } from "./project";
import type { CommandResult } from "./run-command";

/** `hasPlugin` is so by default where the plugin serves the keys. */
export interface SceneOptions extends Pick<ProjectOptions, "env" | "hasPlugin" | "installedIn"> {
  emulator?: EmulatorOptions;
  /** What serves the keys; with `yaml` it is the plugin, and programs are YAML. @default dynamic */
  door?: Door;
}

export type Door = "dynamic" | "plugin" | "yaml";

let usualDoor: Door = "dynamic";

/** Says what serves the keys in all scenes of this test file that do not say it themselves. */
export function useDoor(door: Door): void {
  usualDoor = door;
}

/** `test` for what is so through the dynamic provider alone. */
export function testOfDynamic(...args: Parameters<jest.It>): void {
  (usualDoor === "dynamic" ? test : test.skip)(...args);
}

type Run = (statements?: string, flags?: readonly string[]) => Promise<CommandResult>;

export type Scene = Awaited<ReturnType<typeof startScene>>;

const quickly = ["--yes", "--skip-preview"];

/** The classes of an SDK that Pulumi makes from the plugin's schema. */
const pluginClasses = `
    class PluginKey extends pulumi.CustomResource {
      constructor(name, args, options) {
        const outputs = Object.fromEntries(${JSON.stringify(outputNames)}.map((each) => [each]));
        super("${pluginKeyType}", name, { ...outputs, ...args }, options);
      }
      static get(name, id, state, options) {
        return new PluginKey(name, state, { ...options, id });
      }
    }
    class PluginProvider extends pulumi.ProviderResource {
      constructor(name, args, options) {
        super("vultr-user-api-key", name, args, options);
      }
    }`;

const classesOf: Record<Exclude<Door, "yaml">, string> = {
  dynamic: 'require("pulumi-vultr-user-api-key")',
  plugin: "{ VultrProvider: PluginProvider, VultrUserApiKey: PluginKey }",
};

export async function startScene(sceneOptions: SceneOptions = {}) {
  const { emulator, door = usualDoor, ...options } = sceneOptions;
  let aheadMs = 0;
  const vultr = await startEmulator({ now: () => Date.now() + aheadMs, ...emulator });
  const user = vultr.addUser({ email: "deployer@example.com" });
  const isYaml = door === "yaml";
  const project = await createProject({
    hasPlugin: door !== "dynamic",
    ...options,
    vultr,
    program: "",
    ...(isYaml && { entry: "Pulumi.yaml" }),
  }).catch(async (error: unknown) => {
    await vultr.close();
    throw error;
  });
  const head = isYaml
    ? ""
    : `
    const pulumi = require("@pulumi/pulumi");
    ${pluginClasses}
    const { VultrProvider, VultrUserApiKey, VultrUserApiKeyRing } = ${classesOf[door]};
    const [userId, userEmail] = ["${user.id}", "${user.email}"];
    const key = (name, args = {}, options = {}) =>
      new VultrUserApiKey(name, "userEmail" in args ? args : { userId, ...args }, options);`;
  const declare = (statements: string) => project.write(`${head}\n${statements}`);
  const runner =
    (command: readonly string[], run: Project["pulumi"]): Run =>
    async (statements, flags = []) => {
      if (statements !== undefined) await declare(statements);
      return run([...command, ...flags]);
    };

  return {
    ...project,
    vultr,
    /** Has the address deployer@example.com. */
    user,
    /** The type of its keys. */
    keyType: door === "dynamic" ? keyType : pluginKeyType,
    /** The name under which settings are configured. */
    settings: door === "dynamic" ? "vultr" : "vultr-user-api-key",
    /** Sets the clocks of Vultr and of the engine's Node processes this many days ahead. */
    moveTo(days: number) {
      aheadMs = days * 86_400_000;
      project.env["NODE_OPTIONS"] = `--require ${join(__dirname, "moved-clock.cjs")}`;
      project.env["MOVED_CLOCK_MS"] = String(aheadMs);
    },
    /** Makes these statements the program. */
    declare,
    /** `pulumi up` without its preview, of these statements, or of the program as it is. */
    up: runner(up, project.succeed),
    /** The same; a success fails the test. */
    failUp: runner(up, project.fail),
    preview: runner(["preview"], project.succeed),
    failPreview: runner(["preview"], project.fail),
    /** Without its preview. */
    refresh: () => project.succeed(["refresh", ...quickly]),
    /** Without its preview. */
    destroy: () => project.succeed(["destroy", ...quickly]),
    /** Outputs of a resource's current key in state; empty if there is none. */
    async outputsOf(resourceName: string) {
      const named = (await project.keysInState()).filter(({ urn }) =>
        urn.endsWith(`::${resourceName}`),
      );
      return named.find((key) => key.delete !== true)?.outputs ?? {};
    },
    /** Ids of the keys in state, those pending deletion included, sorted. */
    async idsInState() {
      return (await project.keysInState()).map((key) => String(key.outputs?.["keyId"])).sort();
    },
    /** Vultr's ids of the user's keys whose names start like this, sorted. */
    idsAtVultr: (start = "") =>
      vultr
        .keysOf(user.id)
        .filter(({ name }) => name.startsWith(start))
        .map(({ id }) => id)
        .sort(),
    /** The key with this id authenticates. */
    works: (keyId: unknown) => {
      const key = vultr.liveKeys().find(({ id }) => id === keyId);
      return key !== undefined && vultr.authenticates(key.apiKey);
    },
    async [Symbol.asyncDispose]() {
      try {
        await project[Symbol.asyncDispose]();
      } finally {
        await vultr.close();
      }
    },
  };
}

/** A scene for all tests of a file or a describe block: it begins before the first and closes after the last. */
export function sharedScene(options?: SceneOptions): Scene {
  let scene: Scene | undefined;
  beforeAll(async () => {
    scene = await startScene(options);
  });
  afterAll(() => scene?.[Symbol.asyncDispose]());
  return new Proxy({} as Scene, { get: (_, name) => Reflect.get(scene!, name) as unknown });
}
