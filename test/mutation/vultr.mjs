import { optionsFor } from "./options.mjs";

export default optionsFor("vultr", ["client", "errors", "rate-limit", "retry", "transport"]);
