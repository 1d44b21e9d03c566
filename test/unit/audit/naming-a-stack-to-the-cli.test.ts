import { nameForCli } from "../../../provider/command-line/pulumi-cli";

it.each([
  ["keys/production", ["organization/keys/production"], "organization/keys/production"],
  ["acme/keys/production", [], "acme/keys/production"],
  ["keys/production", ["production"], "production"],
  ["production", [], "production"],
  ["keys/a`whoami`", [], "<stack>"],
  ["keys/a; b", [], "<stack>"],
])("%s, with the locks %j, is given to a command as %s", (stack, locks, name) => {
  expect(nameForCli(stack, locks)).toBe(name);
});
