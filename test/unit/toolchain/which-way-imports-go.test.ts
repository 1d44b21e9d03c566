import { answerOf } from "./machine";

const wrong = [
  ["vultr/client", 'import { check } from "../lifecycle/check"; check();'],
  ["vultr/errors", 'import type { Context } from "../keys/context"; export type C = Context;'],
  ["keys/verify", 'import { createSession } from "../doors/session"; createSession();'],
  ["lifecycle/read", 'import { Provider } from "../resources/vultr-provider"; Provider();'],
  ["lifecycle/read", 'export const late = () => import("../doors/session");'],
  ["command-line/main", 'export const late = () => import("../lifecycle/read");'],
  ["doors/session", 'export * from "../command-line/command";'],
  ["command-line/audit/audit", 'import { readKey } from "../../lifecycle/read"; readKey();'],
  ["command-line/urn", 'import { log } from "@pulumi/pulumi"; log.info("");'],
  ["resources/vultr-provider", 'import { parse } from "../keys/duration"; parse();'],
  ["index", 'export { check } from "./lifecycle/check";'],
  ["keys/owner", 'import { z } from "zod"; z.string();'],
  ["vultr/client", 'import { request } from "undici"; request();'],
] as const;

const right = [
  ["doors/session", 'export const late = () => import("../lifecycle/check");'],
  ["doors/session", 'import { check } from "../lifecycle/check"; check();'],
  ["command-line/audit/audit", 'import { z } from "zod"; import "../../keys/state"; z.string();'],
  ["resources/vultr-provider", 'import type { I } from "../keys/inputs"; export type A = I;'],
  ["keys/engine-values", 'import { isUnknown } from "@pulumi/pulumi/runtime"; isUnknown();'],
] as const;

test("an import against the design's direction is an error of the linter, and others are none", async () => {
  const program = `
    import { ESLint } from "eslint";
    const ruleFilter = ({ ruleId }) => /no-restricted-(imports|syntax)$/.test(ruleId);
    // These rules need no types, which take long to find.
    const languageOptions = { parserOptions: { projectService: false } };
    const eslint = new ESLint({ ruleFilter, overrideConfig: { languageOptions } });
    const caught = [];
    for (const [file, text] of given) {
      const [{ messages }] = await eslint.lintText(text, { filePath: "provider/" + file + ".ts" });
      caught.push(messages.length);
    }
    console.log(JSON.stringify(caught));
  `;
  const caught = await answerOf<number[]>(program, [...wrong, ...right]);
  expect(caught).toEqual([...wrong.map(() => 1), ...right.map(() => 0)]);
});

test("no command loads Pulumi's SDK, whatever way its imports go", async () => {
  const program = `
    import { globSync } from "node:fs";
    import { createRequire } from "node:module";
    const require = createRequire(process.cwd() + "/index.js");
    for (const file of globSync("dist/{command-line,vultr}/**/*.js")) require("./" + file);
    console.log(JSON.stringify(Object.keys(require.cache)));
  `;
  const loaded = await answerOf<string[]>(program);
  expect(loaded.join("\n")).toContain("/keys/revoke.js");
  expect(loaded.filter((file) => file.includes("@pulumi"))).toEqual([]);
});
