import { startScene } from "../support/scene";

test("a user is found on the third page; none and several are errors that say what to do", async () => {
  await using scene = await startScene({ emulator: { users: 1_197 } });
  const { vultr } = scene;
  const wanted = vultr.addUser({ email: "Wanted@Example.com" });
  vultr.addUser({ email: "twin@example.com" });
  vultr.addUser({ email: "twin@example.com" });
  const emails = ["nobody@example.com", "twin@example.com", "wanted@example.com"];
  const { output } = await scene.failUp(
    `for (const userEmail of ${JSON.stringify(emails)}) key(userEmail.split("@")[0], { userEmail });`,
    ["--continue-on-error"],
  );
  expect(output).toContain("none of the account's 1202 users has it");
  expect(output).toContain("write userId instead");
  expect(output).toContain("2 have the e-mail address twin@example.com");
  expect(output).toContain("Write the one you mean as userId");
  expect(vultr.liveKeys().map(({ userId }) => userId)).toEqual([wanted.id]);
  const pages = vultr.requests.filter((request) => request.path === "/users");
  const cursors = pages.map((page) => new URLSearchParams(page.query).get("cursor") ?? "first");
  expect(new Set(cursors).size).toBe(3);
});
