import { deleteCommand, listCommand } from "../../../provider/lifecycle/context";
import type { Context } from "../../../provider/lifecycle/context";
import { redact } from "../../../provider/vultr/redact";

const context = { apiUrl: "https://api.vultr.com/v2" } as Context;

it.each([
  ["delete", deleteCommand(context, { userId: "u", keyId: "k" })],
  ["list", listCommand(context, "u")],
])("the command to %s survives redaction and keeps the key off the process list", (_, command) => {
  expect(redact(command)).toBe(command);
  expect(command).toContain(`"Authorization: Bearer %s"' "$VULTR_API_KEY" | curl -K -`);
});
