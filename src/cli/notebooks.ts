/** `deno task notebooks`: executes notebooks in the real kernel, or checks what is committed. */

import { basename, fromFileUrl, join, resolve } from "@std/path";
import { cannot, didYouMean } from "../errors.ts";
import { readFileWhole, writeFileWhole } from "../files.ts";
import { type NotebookResult, runNotebook } from "../runner/run_notebook.ts";
import { checkTypes } from "../runner/type_check.ts";
import { type Notebook, parseNotebook } from "../runner/notebook_file.ts";
import type { Failure } from "../runner/failure.ts";
import { type CommandSpec, helpText, parseCommand, splitWords } from "./arguments.ts";
import { exitCodes, runCommand } from "./command.ts";

const seconds = { least: 1, most: 86400 };
const spec = {
  check: {
    kind: "flag",
    help: "write nothing; fail where texts differ from the committed ones",
  },
  types: { kind: "flag", help: "check types and formatting only; execute nothing" },
  folder: { kind: "text", value: "DIR", help: "where the notebooks are; default: notebooks" },
  jobs: {
    kind: "number",
    value: "N",
    help: "notebooks at a time; default: 1, as each uses all cores",
    range: { least: 1, most: 64, whole: true },
  },
  "limit-seconds": {
    kind: "number",
    value: "S",
    help: "a notebook that takes longer is pointed out, one that takes five times as\n" +
      "long fails; default: 60",
    range: seconds,
  },
  "timeout-seconds": {
    kind: "number",
    value: "S",
    help: "a cell that takes longer is stopped and fails; default: 300",
    range: seconds,
  },
  help: { kind: "flag", help: "print this and stop" },
} as const satisfies CommandSpec;

const help = helpText({
  command: "deno task notebooks [names or numbers]",
  purpose:
    "Executes notebooks in the Deno kernel and writes their outputs back; all of them, or\n" +
    "those that are named.",
  spec,
  notes: [
    "Each notebook is first type-checked as one module, and its code is formatted. It fails where\n" +
    "a cell throws, writes to stderr or leaves a rejection unhandled, where an output is larger\n" +
    "than 1 MB or the notebook than 2 MB. A failed notebook's file is left as it was.",
    "Cells tagged `timing` keep their outputs as long as they differ in numbers only.",
    "Exit code: 0 done, 1 a notebook failed or differs, 2 bad usage or input.",
  ],
  examples: [
    ["deno task notebooks", "execute all, one after the other"],
    ["deno task notebooks 7 03_dn2", "execute these two"],
    ["deno task notebooks --check", "what the tests do: is everything as committed?"],
    ["deno task notebooks 7 --types", "a quick look while writing: types only"],
  ],
});

const projectRoot = fromFileUrl(new URL("../../", import.meta.url));

/**
 * The files that are meant: by number, name, or path.
 *
 * @throws {RangeError} for a name that none has, with the nearest that one has
 */
export function chooseNotebooks(words: readonly string[], files: readonly string[]): string[] {
  const stems = files.map((file) => basename(file, ".ipynb"));
  const chosen = words.map((word) => {
    if (word.endsWith(".ipynb") && /[\\/]/.test(word)) return resolve(word);
    const wanted = word.replace(/\.ipynb$/, "");
    const at = stems.findIndex((stem) =>
      stem === wanted || (/^\d+$/.test(wanted) && Number(/^\d+/.exec(stem)?.[0]) === Number(wanted))
    );
    if (at >= 0) return files[at];
    throw cannot(
      "choose a notebook",
      `there are ${stems.join(", ") || "none"}`,
      `"${word}"${stems.length === 0 ? "" : didYouMean(wanted, stems)}`,
    );
  });
  return words.length === 0 ? [...files] : [...new Set(chosen)];
}

/** The notebooks of a folder, by name. */
async function listNotebooks(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".ipynb") && !name.startsWith(".")) names.push(name);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot("list notebooks", "their folder must be there", `${folder}: ${reason}`);
  }
  return names.sort().map((name) => join(folder, name));
}

interface Opened {
  readonly name: string;
  readonly notebook: Notebook;
  readonly path: string;
  readonly text: string;
}

async function open(path: string): Promise<Opened> {
  const text = new TextDecoder().decode(await readFileWhole(path));
  return { path, text, name: basename(path, ".ipynb"), notebook: parseNotebook(text, path) };
}

async function main(args: readonly string[]): Promise<void> {
  const { words, rest } = splitWords(args, spec);
  const given = parseCommand(spec, rest);
  if (given.help) return console.log(help);
  const folder = given.folder ? resolve(given.folder) : join(projectRoot, "notebooks");
  const files = chooseNotebooks(words, await listNotebooks(folder));
  if (files.length === 0) {
    throw cannot("run notebooks", "there must be some in the folder", folder);
  }
  const opened = await Promise.all(files.map(open));
  const scratch = await Deno.makeTempDir({ prefix: "kizu-notebooks-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));
  const mode = given.types ? "types" : given.check ? "check" : "execute";

  const types = await checkTypes(opened.map(({ notebook }) => notebook), {
    root: projectRoot,
    scratch,
  });
  const results: NotebookResult[] = new Array(opened.length);
  let next = 0;
  const work = async () => {
    for (let i; (i = next++) < opened.length;) {
      const { name, notebook, path, text } = opened[i];
      const result = await runNotebook({ notebook, text, typeErrors: types[i] }, {
        mode,
        root: projectRoot,
        scratch,
        timeoutSeconds: given["timeout-seconds"],
        limitSeconds: given["limit-seconds"],
        progress: ({ cell, count, total, seconds, source }) => {
          const at = `${name} [${count}/${total}]`;
          console.error(`${at}  cell ${cell}  ${seconds.toFixed(2)} s  ${firstLine(source)}`);
        },
      });
      results[i] = result;
      if (result.write !== undefined) await writeFileWhole(path, result.write);
      report(name, notebook, result);
    }
  };
  await Promise.all(Array.from({ length: given.jobs ?? 1 }, work));
  console.log(resultTable(opened.map(({ name }) => name), results));
  if (results.some(({ ok }) => !ok)) Deno.exit(exitCodes.failed);
}

function firstLine(source: string): string {
  const line = source.split("\n").find((text) => text.trim() !== "" && !/^\s*\/\//.test(text)) ??
    "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Everything that is wrong with a notebook, on stderr. */
function report(name: string, notebook: Notebook, result: NotebookResult): void {
  for (const failure of result.failures) console.error(failureText(name, notebook, failure));
  for (const { cell, what, committed, now } of result.texts) {
    console.error(
      `${name}: cell ${cell}: ${what} differs\n  committed: ${committed}\n  now:       ${now}`,
    );
  }
  for (const { cell, what, committed, now } of result.figures) {
    console.error(
      `${name}: cell ${cell}: ${what} differs (${committed}, now ${now}); not an error`,
    );
  }
  for (const note of result.notes) console.error(`${name}: ${note}`);
}

/** `07_patchcore: cell 5, line 3: message`, and the line itself. */
function failureText(name: string, notebook: Notebook, failure: Failure): string {
  const { cell, line, message } = failure;
  const place = [
    name,
    ...(cell === undefined ? [] : [`cell ${cell}${line === undefined ? "" : `, line ${line}`}`]),
  ].join(": ");
  const whole = cell === undefined ? undefined : notebook.cells[cell - 1]?.source;
  const source = failure.source ?? (whole === undefined ? undefined : firstLine(whole));
  return `error: ${place}: ${message}${source === undefined ? "" : `\n  ${source.trim()}`}`;
}

function resultTable(names: readonly string[], results: readonly NotebookResult[]): string {
  const rows = results.map(({ state, seconds, slowest, bytes }, i) => [
    names[i],
    seconds === undefined ? "–" : seconds.toFixed(1),
    slowest === undefined ? "–" : `${slowest.seconds.toFixed(1)} (cell ${slowest.cell})`,
    bytes === undefined ? "–" : (bytes / 1000).toFixed(0),
    state,
  ]);
  const all = [["notebook", "seconds", "slowest cell", "kB", "result"], ...rows];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row.map((text, i) => i === 0 || i === 4 ? text.padEnd(widths[i]) : text.padStart(widths[i]))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(all[0]), rule, ...rows.map(line)].join("\n");
}

if (import.meta.main) await runCommand(main);
