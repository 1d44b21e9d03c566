import { optionsFor } from "./options.mjs";

export default optionsFor("lifecycle", ["lifecycle"]);
