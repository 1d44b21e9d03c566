/** Tools print their versions in many dresses; here they become numbers that can be compared. */

/**
 * The first version in a text, as numbers: "go version go1.26.8 linux/amd64" gives [1, 26, 8].
 *
 * @param {string} text
 * @returns {number[] | undefined} undefined where there is none
 */
function versionIn(text) {
  const found = /\d+(\.\d+)+/.exec(text);
  return found?.[0].split(".").map(Number);
}

/**
 * Is the first version in `text` at least `minimum`? A text without a version is not.
 *
 * @param {string} text
 * @param {string} minimum such as "22.19"; missing parts count as zero
 */
export function isAtLeast(text, minimum) {
  const actual = versionIn(text);
  if (actual === undefined) return false;
  const wanted = versionIn(minimum) ?? [];
  for (let part = 0; part < Math.max(actual.length, wanted.length); part += 1) {
    const difference = (actual[part] ?? 0) - (wanted[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
