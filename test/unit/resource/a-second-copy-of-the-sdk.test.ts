/** A package beside ours may bring its own copy of Pulumi's SDK, whose debug events nobody quiets. */
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repositoryRoot } from "../../support/installed-package";
import { runCommand } from "../../support/run-command";

/** The classes of answers alone: what of a copy prints secrets. */
const copyOf = (...classes: string[]) => `
  const base = { toString() { return this.text; } };
  for (const name of ${JSON.stringify(classes)}) {
    exports[name] = function () {};
    exports[name].prototype = Object.create(base);
  }
`;

const program = (proto: string) => `
  const pulumi = require("@pulumi/pulumi");
  pulumi.runtime.setMocks({ newResource: ({ inputs }) => ({ id: "id", state: inputs }), call: () => ({}) });
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  const { RegisterResourceResponse } = require(${JSON.stringify(join(proto, "resource_pb.js"))});
  const { InvokeResponse } = require(${JSON.stringify(join(proto, "provider_pb.js"))});
  const answers = [new RegisterResourceResponse(), new InvokeResponse()];
  for (const answer of answers) answer.text = "1b47061264138c4ac30d75fd1eb44270 the plaintext";
  for (const name of ["one", "two"]) new VultrUserApiKey(name, { userId: "5c1d0000-0000-4000-8000-000000000001" });
  console.log(answers.map(String));
`;

test("it is quieted as well, and said once", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "second-sdk-"));
  const proto = join(folder.path, "node_modules", "@pulumi", "pulumi", "proto");
  await mkdir(proto, { recursive: true });
  const answers = copyOf("RegisterResourceResponse", "ReadResourceResponse");
  await writeFile(join(proto, "resource_pb.js"), answers);
  await writeFile(join(proto, "provider_pb.js"), copyOf("InvokeResponse", "CallResponse"));
  const { output, code } = await runCommand(process.execPath, ["-e", program(proto)], {
    cwd: repositoryRoot,
    env: process.env,
  });
  expect({ output, code }).toMatchObject({ code: 0 });
  expect(output).not.toContain("the plaintext");
  expect(output.match(/\[answer withheld: it holds a secret\]/g)).toHaveLength(2);
  expect(output.match(/a second copy of @pulumi\/pulumi/g)).toHaveLength(1);
});

/** As of Node's documentation, a module that is loaded so has no `require.cache`. */
const hook = `
  import { readFile } from "node:fs/promises";
  import { fileURLToPath } from "node:url";
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    if (loaded.format !== "commonjs") return loaded;
    return { ...loaded, source: await readFile(fileURLToPath(url)) };
  }
`;
const asUrl = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;

test("the package loads where a hook hands out the text of modules, and so hides all copies", async () => {
  const text = `import { VultrUserApiKey } from "pulumi-vultr-user-api-key"; console.log(VultrUserApiKey.name);`;
  const register = `import { register } from "node:module"; register("${asUrl(hook)}");`;
  const { output, code } = await runCommand(
    process.execPath,
    ["--import", asUrl(register), "--input-type=module", "-e", text],
    { cwd: repositoryRoot, env: process.env },
  );
  expect({ output, code }).toEqual({ output: "VultrUserApiKey\n", code: 0 });
});
