import { redact, rememberSecret } from "../../../provider/vultr/redact";

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const mixed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
const odd = "a-management-key-of-another-shape";

beforeAll(() => {
  for (const secret of [upper, mixed, odd]) rememberSecret(secret);
});

it.each([
  [`key${upper}rest`, "key[redacted]rest"],
  [`${mixed}${upper}`, "[redacted][redacted]"],
  [`x${mixed}x${mixed}x`, "x[redacted]x[redacted]x"],
  [`(${odd})`, "([redacted])"],
  ["Z".repeat(36), "[redacted]"], // unknown, but shaped like a key
  ["z".repeat(40), "z".repeat(40)],
  ["nothing here", "nothing here"],
])("%s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});
