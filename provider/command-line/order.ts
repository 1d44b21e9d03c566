/** For `sort`: by code unit, so that every machine sorts alike. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
