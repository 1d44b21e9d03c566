import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

// The stack of ../overlap: `organization/project/stack`. What it exports as a secret stays one here.
const keys = new pulumi.StackReference(config.require("keyStack"));
const apiKey = keys.requireOutput("apiKey") as pulumi.Output<string>;

// Whatever uses the key takes `apiKey` as an input. It has the new key after the next `up` of this stack.
export const header = pulumi.interpolate`Bearer ${apiKey}`;
