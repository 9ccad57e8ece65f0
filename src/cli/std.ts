/**
 * `deno task std jsr` and `deno task std npm`: where the `@std/…` imports come from.
 *
 * As shipped, Deno's standard library is taken from npm (`deno-std`: the same modules as plain
 * JavaScript), so that the project runs where JSR cannot be reached. This switch rewrites the
 * `@std/…` lines of deno.json, and nothing else; their typed originals are on JSR. It imports
 * nothing itself, so that it works before either can be resolved.
 */

const NPM = "npm:deno-std@1.4.0";

/** Every `@std/…` import of the project, from either registry. */
export const standardLibrary: Readonly<Record<string, { npm: string; jsr: string }>> = {
  "@std/assert": { npm: `${NPM}/assert/mod.js`, jsr: "jsr:@std/assert@1.0.13" },
  "@std/cli/parse-args": {
    npm: `${NPM}/cli/parse_args.js`,
    jsr: "jsr:@std/cli@1.0.21/parse-args",
  },
  "@std/csv/stringify": { npm: `${NPM}/csv/stringify.js`, jsr: "jsr:@std/csv@1.0.6/stringify" },
  "@std/path": { npm: `${NPM}/path/mod.js`, jsr: "jsr:@std/path@1.1.1" },
  "@std/text/levenshtein-distance": {
    npm: `${NPM}/text/levenshtein_distance.js`,
    jsr: "jsr:@std/text@1.0.16/levenshtein-distance",
  },
};

/** deno.json's text with every `@std/…` import from the registry named. */
export function switchStandardLibrary(config: string, registry: "npm" | "jsr"): string {
  return Object.entries(standardLibrary).reduce((text, [name, target]) => {
    const other = registry === "npm" ? "jsr" : "npm";
    return text.replace(`"${name}": "${target[other]}"`, `"${name}": "${target[registry]}"`);
  }, config);
}

if (import.meta.main) {
  const [registry] = Deno.args;
  if (Deno.args.length !== 1 || (registry !== "npm" && registry !== "jsr")) {
    console.error("error: Cannot switch @std as it comes from npm or jsr: deno task std npm|jsr");
    Deno.exit(2);
  }
  const path = new URL("../../deno.json", import.meta.url);
  await Deno.writeTextFile(path, switchStandardLibrary(await Deno.readTextFile(path), registry));
  console.log(`@std/… now comes from ${registry}`);
}
