import { ownerOf } from "../../../provider/keys/owner";
import { VultrError } from "../../../provider/vultr/errors";
import { rejection } from "../transport/transport-to";
import { startScene } from "./scene";

it("an id needs no look-up", async () => {
  await using scene = await startScene();
  expect(await ownerOf(scene.context, { userId: "any" }, scene.deadlineMs())).toBe("any");
  expect(scene.sent()).toEqual([]);
});

it.each(["deployer@example.com", " Deployer@EXAMPLE.com "])(
  "the user of %j is found among all, whatever the case of its letters",
  async (userEmail) => {
    await using scene = await startScene({ users: 600 });
    const { id } = scene.vultr.addUser({ email: "DEPLOYER@example.com" });
    expect(await ownerOf(scene.context, { userEmail }, scene.deadlineMs())).toBe(id);
    expect(scene.sent()).toEqual(["GET users", "GET users"]); // two pages
  },
);

it("an address that nobody has is an error that says among how many it was looked for", async () => {
  await using scene = await startScene();
  scene.vultr.addUser({ email: "another-deployer@example.com" });
  const inputs = { userEmail: "deployer@example.com" };
  const error = await rejection(ownerOf(scene.context, inputs, scene.deadlineMs()));
  expect(error).toBeInstanceOf(VultrError);
  expect((error as Error).message).toMatch(/deployer@example\.com: none of the account's 3 users/);
});

it("an address that several have is an error that lists them", async () => {
  await using scene = await startScene();
  const [one, two] = ["deployer@example.com", "Deployer@example.com"].map((email) =>
    scene.vultr.addUser({ email }),
  );
  const inputs = { userEmail: "deployer@example.com" };
  const error = await rejection(ownerOf(scene.context, inputs, scene.deadlineMs()));
  expect(error).toBeInstanceOf(VultrError);
  expect((error as Error).message).toContain(`2 have the e-mail address`);
  expect((error as Error).message).toContain(`${one!.id}, ${two!.id}`);
});
