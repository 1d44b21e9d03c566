import * as pulumi from "@pulumi/pulumi";
import { VultrProvider, VultrUserApiKey } from "pulumi-vultr-user-api-key";

const config = new pulumi.Config();

const keys = ["emea", "apac"].map((organisation) => {
  const provider = new VultrProvider(organisation, {
    apiKey: config.requireSecret(`${organisation}ApiKey`),
  });
  const userEmail = config.require(`${organisation}UserEmail`);
  return new VultrUserApiKey(`${organisation}-deployer`, { userEmail }, { provider });
});

export const keyIds = keys.map((key) => key.keyId);
