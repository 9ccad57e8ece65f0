/** Types of notebooks: the kernel does not check them, so each is checked as one module. */

import { join, toFileUrl } from "@std/path";
import { writeFileWhole } from "../files.ts";
import type { Failure } from "./failure.ts";
import type { Notebook } from "./notebook_file.ts";

/** All code cells as one module. */
export interface NotebookModule {
  readonly text: string;
  /** For each line of the module, from line 1 on: the cell and line it comes from, both from 1. */
  readonly places: readonly (Place | undefined)[];
}

/** Where a line of a module comes from. */
export interface Place {
  readonly cell: number;
  readonly line: number;
  readonly source: string;
}

/** The code cells of a notebook, one after the other, as the text of a module. */
export function notebookModule(notebook: Notebook): NotebookModule {
  const lines = ["export {};"];
  const places: (Place | undefined)[] = [undefined, undefined];
  notebook.cells.forEach((cell, i) => {
    if (cell.type !== "code") return;
    cell.source.split("\n").forEach((source, line) => {
      lines.push(source);
      places.push({ cell: i + 1, line: line + 1, source });
    });
    // A cell that begins with ( or [ does not go on with the last line of the one before.
    lines.push(";");
    places.push(undefined);
  });
  return { text: lines.join("\n") + "\n", places };
}

/**
 * Checks notebooks with `deno check`, together where possible.
 *
 * @param root the project's folder, whose deno.json resolves imports
 * @param scratch a folder for short-lived files
 * @returns for each notebook what is wrong, in the order of its lines; empty where all is right
 */
export async function checkTypes(
  notebooks: readonly Notebook[],
  { root, scratch }: { readonly root: string; readonly scratch: string },
): Promise<readonly (readonly Failure[])[]> {
  if (notebooks.length === 0) return [];
  const modules = await Promise.all(notebooks.map(async (notebook, i) => {
    const module = notebookModule(notebook);
    const path = join(scratch, `notebook-${i + 1}.ts`);
    await writeFileWhole(path, module.text);
    return { ...module, path };
  }));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", join(root, "deno.json"), ...modules.map((m) => m.path)],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return modules.map(() => []);
  const said = new TextDecoder().decode(stderr);
  const found = modules.map(({ places, path }) => typeErrors(said, toFileUrl(path).href, places));
  if (found.some((failures) => failures.length > 0)) return found;
  // Something that comes before types: it hides all other notebooks.
  if (modules.length === 1) {
    return [[earlierError(said, toFileUrl(modules[0].path).href, modules[0].places)]];
  }
  const alone: Failure[][] = [];
  for (const notebook of notebooks) {
    alone.push(...(await checkTypes([notebook], { root, scratch })).map((all) => [...all]));
  }
  return alone;
}

type Places = NotebookModule["places"];

/** The type errors of one module in what `deno check` said. */
function typeErrors(said: string, url: string, places: Places): Failure[] {
  const failures: (Failure & { readonly at: number })[] = [];
  for (const block of said.split(/^(?=TS\d+ \[ERROR\])/m)) {
    const head = /^(TS\d+) \[ERROR\]: ([^]*?)\n {4}at (\S+):(\d+):\d+$/m.exec(block);
    if (!head || head[3] !== url) continue;
    const [, code, text, , line] = head;
    const lines = text.split("\n");
    // Behind the message stand the line and a caret below it, in most cases.
    if (/^\s*[~^]+\s*$/.test(lines.at(-1) ?? "")) lines.splice(-2);
    const message = lines.join("\n").trim();
    const at = Number(line);
    const twice = ["TS2451", "TS2300", "TS2393"].includes(code);
    failures.push({
      ...places[at],
      at,
      message: `${code}: ${message}${twice ? " A name is declared once in a notebook." : ""}`,
    });
  }
  return failures.sort((a, b) => a.at - b.at).map(({ at: _, ...failure }) => failure);
}

/** A syntax error, or a module that is not there. */
function earlierError(said: string, url: string, places: Places): Failure {
  const at = said.indexOf(`${url}:`);
  const line = at < 0 ? undefined : /^:(\d+)/.exec(said.slice(at + url.length))?.[1];
  const message = said.replace(/^error: /, "").split(/\n| at file:/)[0].trim();
  return { ...(line === undefined ? undefined : places[Number(line)]), message };
}
