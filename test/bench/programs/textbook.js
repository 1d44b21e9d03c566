/**
 * The textbook: API keys by a dynamic provider as Pulumi's documentation shows one. A closure, fetch,
 * no limiter, and a helper that tries again after any error.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/providers/dynamic-providers/
 */
"use strict";

const pulumi = require("@pulumi/pulumi");

const { keys, generation } = require("./workload.json");

const maxAttempts = 5;

async function call(method, path, body) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(`${process.env.VULTR_API_URL}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${process.env.VULTR_API_KEY}`,
          "content-type": "application/json",
        },
        body: body && JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return response.status === 204 ? undefined : await response.json();
    } catch (error) {
      if (attempt === maxAttempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 500));
    }
  }
}

const apiKeyProvider = {
  async diff(_id, olds, news) {
    const isRotated = olds.rotationTrigger !== news.rotationTrigger;
    return { changes: isRotated, replaces: isRotated ? ["rotationTrigger"] : [] };
  },

  async create(inputs) {
    const { api_key: created } = await call("POST", `/users/${inputs.userId}/apikeys`, {
      name: inputs.name,
    });
    return {
      id: created.id,
      outs: { ...inputs, keyId: created.id, apiKey: created.api_key },
    };
  },

  async read(id, props) {
    await call("GET", `/users/${props.userId}/apikeys/${id}`);
    return { id, props };
  },

  async delete(id, props) {
    await call("DELETE", `/users/${props.userId}/apikeys/${id}`);
  },
};

class UserApiKey extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super(
      apiKeyProvider,
      name,
      { ...args, name, keyId: undefined, apiKey: undefined },
      { additionalSecretOutputs: ["apiKey"] },
    );
  }
}

for (const { name, userId } of keys) new UserApiKey(name, { userId, rotationTrigger: generation });
