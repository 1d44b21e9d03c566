/** The emulator's own idea of what clients send. Nothing here is shared with the package under test. */
import { z } from "zod";

/** Unknown fields are ignored; a known field of the wrong type is a 400. */
export const createKeyBody = z.object({
  name: z.string().optional(),
  expire: z.boolean().optional(),
  date_expire: z.string().optional(),
});
export type CreateKeyBody = z.infer<typeof createKeyBody>;

const wholeNumber = z
  .string()
  .regex(/^\d+$/)
  .transform((digits) => Number(digits));

export const usersQuery = z.object({
  per_page: wholeNumber.pipe(z.number().min(1).max(500)).default(100),
  cursor: z.string().default(""),
});

const cursorText = z
  .string()
  .transform((cursor) => Buffer.from(cursor, "base64").toString("latin1"))
  .pipe(z.string().regex(/^(next|prev)__\d+$/));

export interface Cursor {
  readonly direction: "next" | "prev";
  /** Place of a user in the listing's order. */
  readonly rank: number;
}

export function encodeCursor({ direction, rank }: Cursor): string {
  return Buffer.from(`${direction}__${rank}`).toString("base64");
}

/** `null` if it is not one of our cursors. */
export function decodeCursor(cursor: string): Cursor | null {
  const decoded = cursorText.safeParse(cursor);
  if (!decoded.success) return null;
  const [direction, rank] = decoded.data.split("__");
  return { direction: direction === "prev" ? "prev" : "next", rank: Number(rank) };
}
