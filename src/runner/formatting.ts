/** Formatting of code cells, as `deno fmt` would format a file. */

import { join } from "@std/path";
import { type Notebook, notebookText, parseNotebook } from "./notebook_file.ts";

/**
 * The same notebook with its code cells formatted; text cells stay as they are, as Deno's formatter
 * takes formulas apart. Cells that cannot be parsed stay as well.
 *
 * @param root the project's folder, whose deno.json has the settings
 */
export async function formatCode(notebook: Notebook, root: string): Promise<Notebook> {
  const code = notebook.cells.filter((cell) => cell.type === "code");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", join(root, "deno.json"), "--ext", "ipynb", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const bare = code.map((cell) => ({ ...cell, outputs: [] }));
  // The formatter asks for the language here.
  const metadata = { language_info: { name: "typescript" } };
  const output = child.output();
  await writer.write(new TextEncoder().encode(notebookText({ cells: bare, metadata })));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) return notebook;
  const formatted = parseNotebook(new TextDecoder().decode(stdout), "the formatted notebook");
  let next = 0;
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.type === "code" ? { ...cell, source: formatted.cells[next++].source } : cell
    ),
  };
}
