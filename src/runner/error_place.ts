/** In which line of a cell an error arose: the kernel counts the lines of what it made of it. */

import { join } from "@std/path";
import { readFileWhole, writeFileWhole } from "../files.ts";

/**
 * The line of a cell's source, from 1, that the outermost frame within the cell points to;
 * undefined where the traceback has none.
 *
 * The kernel runs JavaScript without types and blank lines, and its line numbers are of that. The
 * same Deno makes the same JavaScript here, with a source map.
 */
export async function errorPlace(
  source: string,
  traceback: readonly string[],
  { root, scratch }: { readonly root: string; readonly scratch: string },
): Promise<number | undefined> {
  const frames = [...traceback.join("\n").matchAll(/<anonymous>:(\d+):(\d+)/g)];
  const frame = frames.at(-1);
  if (!frame) return undefined;
  const [line, column] = [Number(frame[1]), Number(frame[2])];
  const name = `cell-${crypto.randomUUID()}`;
  const [typescript, javascript, config] = ["ts", "js", "json"].map((ending) =>
    join(scratch, `${name}.${ending}`)
  );
  await writeFileWhole(typescript, source);
  // As in the kernel, imports that are not used stay.
  await writeFileWhole(config, '{ "compilerOptions": { "verbatimModuleSyntax": true } }');
  const args = ["transpile", "--quiet", "--no-check", "--no-lock", "--config", config];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--source-map", "separate", "-o", javascript, typescript],
    cwd: root,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) return undefined;
  const map = JSON.parse(new TextDecoder().decode(await readFileWhole(`${javascript}.map`)));
  return sourceLine(String(map.mappings), line - 1, column - 1);
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of one segment of a source map: base64, five bits a digit, the sign last. */
function segmentNumbers(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

/**
 * The source's line, from 1, of a place in what was made of it, counted from 0.
 *
 * Source: the source map format, version 3 (ECMA-426): `;` ends a line, `,` a segment, a segment's
 * numbers are differences: column, source, the source's line, its column.
 */
export function sourceLine(mappings: string, line: number, column: number): number | undefined {
  let sourceLine = 0;
  let found: number | undefined;
  for (const [i, segments] of mappings.split(";").entries()) {
    if (i > line) break;
    let at = 0;
    for (const segment of segments.split(",").filter((text) => text !== "")) {
      const [columns, , lines = 0] = segmentNumbers(segment);
      at += columns;
      sourceLine += lines;
      if (i === line && (found === undefined || at <= column)) found = sourceLine + 1;
    }
  }
  return found;
}
