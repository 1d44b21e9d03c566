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

async function call(method, userId, keyId = "", body = undefined) {
  const url = `${process.env.VULTR_API_URL}/users/${userId}/apikeys/${keyId}`.replace(/\/$/, "");
  const authorization = `Bearer ${process.env.VULTR_API_KEY}`;
  const headers = { authorization, "content-type": "application/json" };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
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
    const { api_key: made } = await call("POST", inputs.userId, "", { name: inputs.name });
    return { id: made.id, outs: { ...inputs, keyId: made.id, apiKey: made.api_key } };
  },
  async read(id, props) {
    await call("GET", props.userId, id);
    return { id, props };
  },
  async delete(id, props) {
    await call("DELETE", props.userId, id);
  },
};

class UserApiKey extends pulumi.dynamic.Resource {
  constructor(name, args) {
    const props = { ...args, name, keyId: undefined, apiKey: undefined };
    super(apiKeyProvider, name, props, { additionalSecretOutputs: ["apiKey"] });
  }
}

for (const { name, userId } of keys) new UserApiKey(name, { userId, rotationTrigger: generation });
