/** The client's modules as one script: a page from the disk cannot import. */

import { cannot } from "../errors.ts";

/** A line, or lines, such as `import { a, b } from "./c.js";`. */
const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"\.\/([^"]+)";\n/gm;

/**
 * Modules one behind the other, each after those that it imports, without their imports and the
 * word `export`. All top-level names share one scope: in a module script two equal ones are an error
 * of syntax, so none hides another unseen.
 *
 * @param modules texts by file name; all are linked
 * @throws {RangeError} when an import is not among them, is renamed, or goes round in a circle
 */
export function linkModules(modules: Readonly<Record<string, string>>): string {
  const done = new Set<string>();
  const pieces: string[] = [];
  const visit = (name: string, path: readonly string[]) => {
    if (done.has(name)) return;
    if (path.includes(name)) throw refusal("imports must not go round", [...path, name]);
    const text = Object.hasOwn(modules, name) ? modules[name] : undefined;
    if (text === undefined) throw refusal("every import must be there", [...path, name]);
    const linked = text.replaceAll(IMPORT, (_, names: string, from: string) => {
      if (/\bas\b/.test(names)) throw refusal("imports keep their names", [name, names.trim()]);
      visit(from, [...path, name]);
      return "";
    });
    const left = /^import\b.*$/m.exec(linked);
    if (left) throw refusal("imports are named ones from beside", [name, left[0]]);
    done.add(name);
    pieces.push(`// ${name}\n${linked.replaceAll(/^export /gm, "").trim()}\n`);
  };
  for (const name of Object.keys(modules)) visit(name, []);
  return pieces.join("\n");
}

function refusal(requirement: string, found: readonly string[]): Error {
  return cannot("link the page's script", requirement, found.join(" → "));
}
