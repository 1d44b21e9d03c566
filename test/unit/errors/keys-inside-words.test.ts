import { isApiKeyShaped, redact, rememberSecret } from "../../../provider/vultr/redact";

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const mixed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
const odd = "a-management-key-of-another-shape";
/** As long as a key, and none. */
const [hyphenBefore, hyphenAfter] = [`-${"b".repeat(35)}`, `${"c".repeat(35)}-`];
const short = "twentyLettersOrDigit";

beforeAll(() => {
  for (const secret of [upper, mixed, odd, hyphenBefore, hyphenAfter, short])
    rememberSecret(secret);
  for (const tooShort of ["", "a", "seven77"]) rememberSecret(tooShort);
  rememberSecret("eight888");
});

it.each([
  [`key${upper}rest`, "key[redacted]rest"],
  [`${mixed}${upper}`, "[redacted][redacted]"],
  [`x${mixed}x${mixed}x`, "x[redacted]x[redacted]x"],
  [`x${mixed}`, "x[redacted]"],
  [`(${odd})`, "([redacted])"],
  [`a${hyphenBefore}b${hyphenAfter}c`, "a[redacted]b[redacted]c"],
  [`(${short}) and ${short}`, "([redacted]) and [redacted]"],
  ["a seven77 eight888", "a seven77 [redacted]"],
  ["Bearer abc", "Bearer [redacted]"],
  ["bearer \t a.b-c, then more", "bearer \t [redacted], then more"],
  [
    "\"Bearer a\" 'Bearer b' {Bearer c}",
    "\"Bearer [redacted]\" 'Bearer [redacted]' {Bearer [redacted]}",
  ],
  ['Bearer a\\b, in JSON "Bearer a\\"b', 'Bearer [redacted], in JSON "Bearer [redacted]\\"b'],
  ["Bearer %s", "Bearer %s"], // the place for a key in a command
  ["a Standardbearer walks", "a Standardbearer walks"],
  ["Z".repeat(36), "[redacted]"], // unknown, but shaped like a key
  ["z".repeat(40), "z".repeat(40)],
  ["nothing here", "nothing here"],
])("%s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

describe("what looks like a key", () => {
  it.each([
    [upper, true],
    ["Z".repeat(36), true],
    [mixed, false],
    ["Z".repeat(35), false],
    ["Z".repeat(37), false],
    [`${"Z".repeat(36)} `, false],
    [` ${"Z".repeat(36)}`, false],
  ])("%j: %s", (text, looksLikeOne) => {
    expect(isApiKeyShaped(text)).toBe(looksLikeOne);
  });
});
