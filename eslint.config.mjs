import js from "@eslint/js";
import tseslint from "typescript-eslint";

/**
 * Which way imports go in provider/: doors → lifecycle → keys → vultr; commands → keys, vultr. What runs in
 * the program takes no more than types from what runs in the provider process. Each folder, and those of
 * which it imports nothing.
 */
const directions = Object.entries({
  "vultr/**": ["keys", "lifecycle", "doors", "resources", "command-line"],
  "keys/**": ["lifecycle", "doors", "resources", "command-line"],
  "lifecycle/**": ["doors", "resources", "command-line"],
  "doors/**": ["resources", "command-line"],
  "command-line/**": ["doors", "lifecycle", "resources"],
  "{index.ts,resources/**}": ["lifecycle", "doors", "command-line"],
}).map(([place, folders]) => {
  const message = "Imports go doors → lifecycle → keys → vultr: see eslint.config.mjs.";
  const from = (...names) => ({ regex: `^\\.\\.?/(.*/)?(${names.join("|")})(/|$)`, message });
  const patterns = [from(...folders)];
  if (place.includes("resources")) patterns.push({ ...from("keys"), allowTypeImports: true });
  const late = `ImportExpression[source.value=/^[.].*(${folders.join("|")})/]`;
  const rules = {
    "no-restricted-imports": ["error", { patterns }],
    "no-restricted-syntax": ["error", { selector: late, message }],
  };
  return { files: [`provider/${place}`], rules };
});

const plugins = { "@typescript-eslint": tseslint.plugin };

/** What is slow to load, or not for every process, is loaded in these places alone. */
const packages = Object.entries({
  "**": [],
  "vultr/transport.ts": ["undici"],
  "{vultr/schemas.ts,command-line/**}": ["zod"],
  "{keys/engine-values.ts,resources/**,doors/**}": ["@pulumi"],
}).map(([place, allowed]) => {
  const others = ["undici", "zod", "@pulumi"].filter((name) => !allowed.includes(name));
  const message = "This package is loaded elsewhere: see eslint.config.mjs.";
  const patterns = [{ regex: `^(${others.join("|")})(/|$)`, message, allowTypeImports: true }];
  const rules = { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] };
  return { files: [`provider/${place}`], plugins, rules };
});

export default tseslint.config(
  { ignores: ["**/*.json", "dist/", "coverage/", "reference/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // A name of its own for a type that is derived.
      "@typescript-eslint/no-empty-object-type": [
        "error",
        { allowInterfaces: "with-single-extends" },
      ],
    },
  },
  {
    files: ["**/*.{js,cjs,mjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        require: "readonly",
        module: "writable",
        URL: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        AbortSignal: "readonly",
        fetch: "readonly",
        Buffer: "readonly",
        __dirname: "readonly",
        exports: "writable",
      },
    },
  },
  {
    // A connection that is cut, a body that is fuzzed: tests handle what strict types would forbid.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  ...directions,
  ...packages,
);
