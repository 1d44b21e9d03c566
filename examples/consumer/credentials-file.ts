import * as pulumi from "@pulumi/pulumi";

interface CredentialsFileInputs {
  path: string;
  apiKey: string;
}

/** Stands for any consumer: a Kubernetes secret, a CI variable, a runner's configuration. */
export class CredentialsFile extends pulumi.dynamic.Resource {
  constructor(
    name: string,
    args: { path: pulumi.Input<string>; apiKey: pulumi.Input<string> },
    options?: pulumi.CustomResourceOptions,
  ) {
    super(credentialsFileProvider, name, args, {
      ...options,
      additionalSecretOutputs: ["apiKey"],
    });
  }
}

const credentialsFileProvider: pulumi.dynamic.ResourceProvider<
  CredentialsFileInputs,
  CredentialsFileInputs
> = {
  async create(inputs) {
    await writeCredentials(inputs);
    return { id: inputs.path, outs: inputs };
  },
  async update(_id, _olds, inputs) {
    await writeCredentials(inputs);
    return { outs: inputs };
  },
  async delete(_id, state) {
    const { rm } = await import("node:fs/promises");
    await rm(state.path, { force: true });
  },
};

/** Readers see the old file or the new one, never half of one. */
async function writeCredentials({ path, apiKey }: CredentialsFileInputs): Promise<void> {
  const { rename, writeFile } = await import("node:fs/promises");
  await writeFile(`${path}.new`, `VULTR_API_KEY=${apiKey}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
