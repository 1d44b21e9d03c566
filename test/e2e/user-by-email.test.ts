import { startEmulator } from "../emulator";
import { createProject, up } from "../support/project";

const program = (email: string) => `
  const { VultrUserApiKey } = require("pulumi-vultr-user-api-key");
  new VultrUserApiKey("deployer", { userEmail: "${email}" });
`;

test("a user is found on the third page; none and several are errors that say what to do", async () => {
  await using vultr = await startEmulator({ users: 1_197 });
  const wanted = vultr.addUser({ email: "Wanted@Example.com" });
  vultr.addUser({ email: "twin@example.com" });
  vultr.addUser({ email: "twin@example.com" });
  await using project = await createProject({ vultr, program: program("nobody@example.com") });

  const none = await project.pulumi(up);
  expect(none.code).not.toBe(0);
  expect(none.output).toContain("none of the account's 1201 users has it");
  expect(none.output).toContain("write userId instead");

  await project.write(program("twin@example.com"));
  const several = await project.pulumi(up);
  expect(several.code).not.toBe(0);
  expect(several.output).toContain("2 have the e-mail address twin@example.com");
  expect(several.output).toContain("Write the one you mean as userId");
  expect(vultr.liveKeys()).toEqual([]);

  await project.write(program("wanted@example.com"));
  await project.succeed(up);
  expect(vultr.keysOf(wanted.id)).toHaveLength(1);
  const pages = vultr.requests.filter((request) => request.path === "/users").slice(-3);
  expect(pages.map((page) => new URLSearchParams(page.query).get("cursor") ?? "first")).toEqual([
    "first",
    expect.stringMatching(/=*$/),
    expect.stringMatching(/=*$/),
  ]);
});
