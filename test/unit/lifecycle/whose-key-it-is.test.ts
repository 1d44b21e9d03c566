import { respond } from "../../emulator";
import { assume } from "../../support/assume";
import { failureOf, type Run, startRun } from "./run";

assume({ otherFields: "documented", listOrder: "creation", deletedKeyListedForMs: 0 });

const pages = ({ count }: Run) => count("GET users");

/** A create for the user of this address. */
const makeFor = async ({ make }: Run, userEmail: string) =>
  (await make({ userId: undefined, userEmail, verify: false })).outs.userId;

it("the user of an address is found among all, whatever the case of its letters", async () => {
  await using run = await startRun({ users: 600 });
  const { id } = run.vultr.addUser({ email: "DEPLOYER@example.com" });
  expect(await makeFor(run, " Deployer@EXAMPLE.com ")).toBe(id);
  expect(pages(run)).toBe(2);
});

it("an address that nobody has is an error that says among how many it was looked for", async () => {
  await using run = await startRun();
  run.vultr.addUser({ email: "another-deployer@example.com" });
  expect(await failureOf(makeFor(run, "deployer@example.com"))).toMatch(
    /^could not find the user .* deployer@example\.com: none of the account's 3 users/,
  );
});

it("an address of several is an error that lists them, as long as they have it", async () => {
  await using run = await startRun();
  const { vultr, clock } = run;
  const [one, two] = ["twin@example.com", "Twin@example.com"].map((email) =>
    vultr.addUser({ email }),
  );
  const message = await failureOf(makeFor(run, "twin@example.com"));
  expect(message).toContain("could not choose a user: 2 have the e-mail address");
  expect(message).toContain(`${one!.id}, ${two!.id}`);
  expect(pages(run)).toBe(1);
  vultr.removeUser(one!.id);
  clock.advance(1);
  expect(await makeFor(run, "twin@example.com")).toBe(two!.id);
});

const odd = { id: null, email: "odd@example.com" };
const oddAndOther = [odd, { ...odd, id: "u-2" }];

it.each([
  [[odd], /^could not find the id of the user .* odd@example\.com: .*without one/],
  [oddAndOther, /^could not choose a user: 2 have .*odd@.* \(one without an id, u-2\)/],
  [[{ ...odd, email: "" }], /^could not find the user .* none of the account's 1 users/],
])("a row of the list that names no id is no user to make a key for: %j", async (users, says) => {
  const listed = respond({ status: 200, json: { users } }, { path: "/users", count: Infinity });
  await using run = await startRun({ faults: [listed] });
  expect(await failureOf(makeFor(run, odd.email))).toMatch(says);
});

it("many look-ups of a run read the users once, however long it takes", async () => {
  await using run = await startRun({ users: 600 });
  const emails = Array.from({ length: 40 }, (_, at) => `filler-${at}@example.com`);
  const ids = await Promise.all(emails.slice(0, 20).map((email) => makeFor(run, email)));
  run.clock.advance(3_600_000);
  for (const email of emails.slice(20)) ids.push(await makeFor(run, email.toUpperCase()));
  expect(new Set(ids).size).toBe(40);
  expect(pages(run)).toBe(2);
});

it("a user who was added after the first look-up is found", async () => {
  await using run = await startRun();
  run.vultr.addUser({ email: "early@example.com" });
  await makeFor(run, "early@example.com");
  const late = run.vultr.addUser({ email: "late@example.com" });
  run.clock.advance(1);
  expect(await makeFor(run, "late@example.com")).toBe(late.id);
  expect(pages(run)).toBe(2);
});

it("a key made for an address that moved, after a refresh has lost the one of its former user, replaces none", async () => {
  await using run = await startRun();
  const userEmail = "moving@example.com";
  run.vultr.setEmail(run.userId, userEmail);
  const { userId: _, ...args } = run.args({ userEmail });
  const { outs } = await run.create(args);
  run.vultr.deleteKey(outs.keyId);
  run.vultr.setEmail(run.userId, "former@example.com");
  const { id } = run.vultr.addUser({ email: userEmail });
  run.nextRun();
  expect(await run.read(outs)).toEqual({});
  const { outs: next } = await run.create(args);
  expect(next).toMatchObject({ userId: id });
  expect(next).not.toHaveProperty("previousKeyId");
});
