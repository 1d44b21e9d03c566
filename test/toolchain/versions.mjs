/** Tools print their versions in many dresses. */

/**
 * Is the first version in a text, such as "go version go1.26.8 linux/amd64", at least `minimum`? A
 * text without a version is not.
 *
 * @param {string} text
 * @param {string} minimum such as "22.19"
 */
export function isAtLeast(text, minimum) {
  const version = /\d+(\.\d+)+/.exec(text)?.[0];
  return version !== undefined && version.localeCompare(minimum, "en", { numeric: true }) >= 0;
}
