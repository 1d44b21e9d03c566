/** How deep the tests look: the gate tastes what the soak plays in full. */

const depth = process.env["DEPTH"] ?? "gate";
if (depth !== "gate" && depth !== "soak") throw new Error(`DEPTH is gate or soak, not ${depth}.`);

/** The value for the depth of this run: `npm test` is the gate, `npm run soak` sets DEPTH=soak. */
export function atDepth<T>(values: { gate: T; soak: T }): T {
  return values[depth as "gate" | "soak"];
}

/** `test` for what only the soak plays. */
export const inSoak: jest.It = atDepth({ gate: test.skip, soak: test });
