import { answerOf } from "../transport/in-a-process";

/** The packages whose files a process has loaded after a preview, and then `more`. */
async function packagesLoadedBy(more = ""): Promise<string[]> {
  const program = `
    require("@pulumi/pulumi/runtime"); // as Pulumi's own provider process has done already
    const provider = load("doors/dynamic.js");
    provider.configure({ config: { get: () => undefined } });
    const userId = "5c1d0000-0000-4000-8000-000000000001";
    const news = { resourceName: "k", resourceUrn: "urn:k", userId, rotationTrigger: "2", rotateAfter: "90d", __provider: "" };
    const key = { keyId: "k-1", name: "k-1", createdAt: new Date().toISOString(), apiKey: "" };
    const checked = await provider.check(news, news);
    if (checked.failures.length > 0) throw new Error(checked.failures[0].reason);
    const same = await provider.diff("u/k", { ...news, ...key }, checked.inputs);
    if (same.changes) throw new Error("nothing has changed");
    const due = { ...news, resourceUrn: "urn:l" };
    await provider.check(due, due);
    const rotation = await provider.diff("u/k", { ...due, ...key, keyId: "k-2", rotationTrigger: "1" }, due);
    if (rotation.replaces[0] !== "rotationTrigger") throw new Error("this is a rotation");
    ${more}
    const packageOf = (file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? "itself";
    console.log(JSON.stringify([...new Set(Object.keys(require.cache).map(packageOf))]));
  `;
  return (await answerOf(`(async () => { ${program} })();`)) as string[];
}

it.each<[what: string, more?: string]>([
  ["a preview, which only checks and diffs"],
  [
    "one that warns that the provider's own key would be revoked",
    `
      const ownApiKey = "OWN000000000000000000000000000000KEY";
      provider.configure({ config: { get: (name) => name === "vultr:apiKey" ? ownApiKey : undefined } });
      const ofOwn = { ...news, resourceUrn: "urn:m" };
      await provider.check(ofOwn, ofOwn);
      const own = { ...ofOwn, ...key, keyId: "k-3", apiKey: ownApiKey, rotationTrigger: "1" };
      const refusal = await provider.diff("u/k", own, ofOwn).catch((error) => error);
      if (!/authenticates with/.test(refusal.message)) throw new Error("this should be refused");
    `,
  ],
])("%s loads neither an HTTP client nor the schemas of its answers", async (...[, more]) => {
  const packages = await packagesLoadedBy(more);
  expect(packages).toContain("itself");
  expect(packages).not.toContain("undici");
  expect(packages).not.toContain("zod");
});

it("and it would be found out if it did", async () => {
  const packages = await packagesLoadedBy(`load("vultr/client.js"); load("vultr/transport.js");`);
  expect(packages).toEqual(expect.arrayContaining(["undici", "zod"]));
});
