/** A resource as the engine writes it into a preview and into an export of a stack's state. More fields do no harm. */
import { z } from "zod";

const properties = z.record(z.string(), z.unknown());
const flag = z.boolean().nullish();

/** What both readers need. The audit's is no more than this: whatever form other fields have, it hides no key. */
export const resourceState = z.object({
  id: z.string().nullish(), // `<user id>/<key id>` of a key
  provider: z.string().nullish(), // URN and id: a preview may not know the id of a new one
  inputs: properties.nullish(),
  outputs: properties.nullish(), // in a preview only of the old state, or copies of inputs
  external: flag, // a program looks it up, and nothing manages it
  delete: flag, // it only waits for its deletion; also set on the old state of a replacement
  importID: z.string().nullish(), // like `id`
});
