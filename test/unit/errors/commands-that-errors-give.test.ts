import { deleteAdvice, revokeAdvice } from "../../../provider/keys/context";
import { inWordsOf } from "../../../provider/words";
import { redact } from "../../../provider/vultr/redact";

const context = { apiUrl: "https://api.vultr.com/v2" };
const userId = "5c1d0000-0000-4000-8000-000000000001";
const keyId = "0B5E0000-0000-4000-8000-00000000000F";

it("the command to delete a key survives redaction and keeps the credential off the process list", () => {
  const command = deleteAdvice(context, { userId, keyId });
  expect(redact(command)).toBe(command);
  expect(command).toBe(
    `with a management key of its organisation in VULTR_API_KEY, printf 'header = "Authorization: Bearer %s"' "$VULTR_API_KEY" | curl --fail -K - -X DELETE ` +
      `https://api.vultr.com/v2/users/${userId}/apikeys/${keyId}`,
  );
});

describe("an id that is no UUID is not put into a command, where a shell would read it", () => {
  it.each([
    { userId, keyId: "k; rm -rf ~" },
    { userId: "$(id)", keyId },
    { userId, keyId: `${keyId} x` },
    { userId, keyId: `x${keyId}` },
    { userId, keyId: `${keyId}\n` },
    { userId, keyId: "0b5e0000-0000-4000-8000-00000000000g" },
    { userId, keyId: "0b5e0000-0000-8000-00000000000f" },
  ])("%j", (key) => {
    const advice = deleteAdvice(context, key);
    expect(advice).toBe(`send DELETE for key ${key.keyId} of user ${key.userId} to Vultr's API`);
  });
});

describe("the audit's command names a key by its id, unless the id is no UUID", () => {
  it.each([
    { id: keyId, shown: keyId },
    { id: "$(id)", shown: "<key id>" },
  ])("$id", ({ id, shown }) => {
    expect(inWordsOf("classes", revokeAdvice({ userId, keyId: id }))).toBe(
      `\`npx pulumi-vultr-user-api-key audit --stack <stack> --revoke ${shown}\`, with --stack for each stack that may record it`,
    );
  });
});
