import { optionsFor } from "./options.mjs";

export default optionsFor("keys", ["lifecycle"]);
