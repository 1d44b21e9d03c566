import { nameForCli } from "../../../provider/command-line/pulumi-cli";

it.each([
  ["acme/keys/production", "acme/keys/production"],
  ["keys/a`whoami`", "<stack>"],
  ["keys/a; b", "<stack>"],
])("%s is given to a command as %s", (stack, name) => {
  expect(nameForCli(stack, [])).toBe(name);
});
