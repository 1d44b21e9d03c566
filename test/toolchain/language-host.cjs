#!/usr/bin/env node
/**
 * Runs programs for a Pulumi CLI that came without `pulumi-language-nodejs`: the official one ships with
 * the official download only, and a CLI built from source needs something in its place. Under the names
 * `pulumi-language-python` and `pulumi-language-go` it runs programs in Python and Go.
 *
 * It lives outside any clone, so it borrows `@pulumi/pulumi` and its gRPC from the program that the
 * engine asks for. The engine starts it in that program's folder.
 */
"use strict";

const { spawn } = require("node:child_process");
const { createRequire } = require("node:module");
const path = require("node:path");

/** The SDK's way of saying: it failed, and the user has already been told why. */
const exitCodeAfterReportedError = 32;
const orphanCheckIntervalMs = 1_000;

/** Resolves modules as the program in this folder would. */
function requireFrom(directory) {
  return createRequire(path.join(directory, "program.js"));
}

let findSdkModule;
try {
  findSdkModule = createRequire(requireFrom(process.cwd()).resolve("@pulumi/pulumi/package.json"));
} catch {
  console.error(
    `Run a Pulumi program: no "@pulumi/pulumi" is installed for ${process.cwd()}. Run "npm install" there.`,
  );
  process.exit(1);
}

const grpc = findSdkModule("@grpc/grpc-js");
const { LanguageRuntimeService } = findSdkModule("@pulumi/pulumi/proto/language_grpc_pb");
const messages = findSdkModule("@pulumi/pulumi/proto/language_pb");
const { PluginInfo } = findSdkModule("@pulumi/pulumi/proto/plugin_pb");
const { Empty } = findSdkModule("google-protobuf/google/protobuf/empty_pb");
const { version } = findSdkModule("@pulumi/pulumi/package.json");

/** `--verbose` and the like come first; the engine's address is always last. */
let engineAddress = process.argv.length > 2 ? process.argv.at(-1) : "";

const running = new Set();

/** Starts a program, to be stopped with us. */
function start(command, options, onEnd) {
  const program = spawn(command[0], command.slice(1), options);
  running.add(program);
  program.once("close", (code, signal) => {
    running.delete(program);
    onEnd(code, signal);
  });
  return program;
}

function stopPrograms() {
  for (const program of running) program.kill("SIGTERM");
}

const directoryOf = (request) => request.getInfo()?.getProgramDirectory() || request.getPwd();

/** How a program in each language starts: its command, where, and what else its environment has. */
const languages = {
  nodejs(request) {
    // Under `runtime` in Pulumi.yaml; the other options are none that a test project uses.
    const { typescript = true } = request.getInfo()?.getOptions()?.toJavaScript() ?? {};
    const runner = requireFrom(directoryOf(request)).resolve("@pulumi/pulumi/cmd/run");
    const options = optionsOf({ ...settingsOf(request), pwd: request.getPwd() }, "-");
    const dryRun = request.getDryrun() ? ["--dry-run"] : [];
    return {
      command: [process.execPath, runner, ...options, ...dryRun, request.getProgram() || "."],
      env: typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {},
    };
  },
  python(request) {
    // The SDK's own runner, which the official host brings along; the environment says where it is.
    const { python, runner } = JSON.parse(process.env.PULUMI_STAND_IN_PYTHON);
    const dryRun = String(request.getDryrun());
    const options = optionsOf({ ...settingsOf(request), "dry-run": dryRun }, "_");
    return { command: [python, "-u", runner, ...options, "."], cwd: directoryOf(request) };
  },
  go(request) {
    const settings = { ...settingsOf(request), "dry-run": String(request.getDryrun()) };
    const env = Object.entries(settings).map(([name, value]) => [
      `PULUMI_${name.replace("-", "_").toUpperCase()}`,
      value,
    ]);
    return {
      command: ["go", "run", "."],
      cwd: directoryOf(request),
      env: Object.fromEntries(env),
    };
  },
};
const [, language = "nodejs"] =
  /^pulumi-language-(\w+)$/.exec(path.basename(process.argv[1])) ?? [];

const settingsOf = (request) => ({
  monitor: request.getMonitorAddress(),
  engine: engineAddress,
  organization: request.getOrganization(),
  project: request.getProject(),
  "root-directory": request.getInfo()?.getRootDirectory(),
  stack: request.getStack(),
  parallel: String(request.getParallel()),
});

/** `--name value` of those that have a value, with this between the words of a name. */
const optionsOf = (settings, hyphen) =>
  Object.entries(settings).flatMap(([name, value]) =>
    value ? [`--${name.replace("-", hyphen)}`, value] : [],
  );

/**
 * Runs the program; its output goes to the engine line by line.
 *
 * @param onEnd hears the error that the user has not been told of, and whether one was told
 */
function runProgram(request, onEnd) {
  const { command, cwd, env: ofLanguage } = languages[language](request);
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...ofLanguage,
  };
  const stdio = ["ignore", "inherit", "inherit"];
  start([...command, ...request.getArgsList()], { cwd, env, stdio }, (code, signal) => {
    if (code === 0 || code === exitCodeAfterReportedError) onEnd("", code !== 0);
    else onEnd(`The program ended with ${signal ?? `exit code ${code}`}.`, false);
  });
}

/**
 * Runs a policy pack, the one kind of plugin that tests have in TypeScript: in the pack's folder, with
 * the pack's own `@pulumi/pulumi`. It prints the port on which it serves, and ends when the engine
 * hangs up.
 */
function runPolicyPack(call) {
  const { request } = call;
  const cwd = directoryOf(request);
  const runner = requireFrom(cwd).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const tell = (set, value) => {
    const response = new messages.RunPluginResponse();
    response[set](value);
    call.write(response);
  };
  const nameAndValue = (entry) => entry.split(/=(.*)/s);
  const env = Object.fromEntries(request.getEnvList().map(nameAndValue));
  const options = { cwd, env, stdio: ["ignore", "pipe", "pipe"] };
  const pack = start([process.execPath, runner, engineAddress, "."], options, (code) => {
    tell("setExitcode", code ?? 1);
    call.end();
  });
  call.on("cancelled", () => pack.kill());
  pack.stdout.on("data", (piece) => tell("setStdout", piece));
  pack.stderr.on("data", (piece) => tell("setStderr", piece));
}

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
const failure = (error) => ({ code: grpc.status.FAILED_PRECONDITION, details: error.message });

// Calls that are not listed answer UNIMPLEMENTED, which the engine takes as "not supported".
server.addService(LanguageRuntimeService, {
  handshake(call, answer) {
    engineAddress = call.request.getEngineAddress() || engineAddress;
    answer(null, new messages.LanguageHandshakeResponse());
  },
  getPluginInfo(_call, answer) {
    const info = new PluginInfo();
    info.setVersion(version);
    answer(null, info);
  },
  getRequiredPackages: (_call, answer) => answer(null, new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: (_call, answer) => answer(null, new messages.GetRequiredPluginsResponse()),
  run(call, answer) {
    call.on("cancelled", stopPrograms);
    try {
      runProgram(call.request, (error, bail) => {
        const response = new messages.RunResponse();
        response.setError(error);
        response.setBail(bail);
        answer(null, response);
      });
    } catch (error) {
      answer(failure(error));
    }
  },
  runPlugin(call) {
    try {
      if (call.request.getKind() !== "analyzer") throw new Error("not a policy pack");
      runPolicyPack(call);
    } catch (error) {
      call.emit("error", failure(error));
    }
  },
  cancel(_call, answer) {
    stopPrograms();
    answer(null, new Empty());
  },
});

// The engine ends its plugins with an interrupt, and kills what is left five seconds later.
process.on("SIGINT", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
process.on("exit", stopPrograms);

// An engine that was killed cannot interrupt anybody: do not outlive it.
const engineProcessId = process.ppid;
setInterval(() => {
  if (process.ppid !== engineProcessId) process.exit(0);
}, orphanCheckIntervalMs).unref();

server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
