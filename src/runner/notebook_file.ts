/** Notebook files (nbformat 4.5): read, and written with the bytes that Jupyter would write. */

import { cannot } from "../errors.ts";
import { type Json, type JsonRecord, pythonJson, pythonLines } from "./python_json.ts";

/** A picture, text or specification by media type: text and base64 as strings, the rest as JSON. */
export type Bundle = Readonly<Record<string, Json>>;

/** What a cell has printed, shown or returned. */
export type Output =
  | { readonly kind: "stream"; readonly name: string; readonly text: string }
  | { readonly kind: "display"; readonly data: Bundle; readonly metadata: JsonRecord }
  | { readonly kind: "result"; readonly data: Bundle; readonly metadata: JsonRecord }
  | { readonly kind: "error"; readonly name: string; readonly message: string };

/** Text in Markdown, or anything else that is not executed. */
export interface TextCell {
  readonly type: "markdown" | "raw";
  readonly id: string;
  readonly source: string;
  readonly metadata: JsonRecord;
  readonly attachments?: JsonRecord;
}

/** TypeScript, and what came of it when it was last executed. */
export interface CodeCell {
  readonly type: "code";
  readonly id: string;
  readonly source: string;
  readonly metadata: JsonRecord;
  readonly outputs: readonly Output[];
  /** 1 for the first cell executed; null where it never was. */
  readonly executionCount: number | null;
}

/** One cell of a notebook. */
export type Cell = TextCell | CodeCell;

/** A notebook: its cells in order. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: JsonRecord;
}

/** What Jupyter writes down of a notebook for the Deno kernel. */
export const denoKernel: JsonRecord = {
  display_name: "Deno",
  language: "typescript",
  name: "deno",
};

/** The names in a cell's `metadata.tags`. */
export function tagsOf(cell: Cell): readonly string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

/** Time stamps that JupyterLab can be told to write; they would differ from run to run. */
const UNSTABLE_METADATA = ["execution", "ExecuteTime"];

/**
 * Reads a notebook.
 *
 * @param text the file's text
 * @param path for messages
 * @throws {SyntaxError} when it is not JSON, or not nbformat 4 with cells that have ids
 */
export function parseNotebook(text: string, path: string): Notebook {
  const refuse = (requirement: string, found: string) =>
    cannot(`read notebook ${path}`, requirement, found, SyntaxError);
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw refuse("it must be JSON", error instanceof Error ? error.message : String(error));
  }
  const { nbformat, nbformat_minor: minor, cells, metadata } = record(file);
  if (nbformat !== 4 || !Array.isArray(cells)) {
    throw refuse("it must be in nbformat 4", `nbformat ${nbformat}.${minor}`);
  }
  return {
    metadata: record(metadata),
    cells: cells.map((cell, i) => {
      try {
        return parseCell(record(cell));
      } catch (error) {
        throw refuse(
          "every cell needs an id, a kind and a source",
          `cell ${i + 1}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  };
}

function parseCell(cell: JsonRecord): Cell {
  const { id, cell_type: type, attachments } = cell;
  if (typeof id !== "string") throw cannot("read", "nbformat 4.5 has ids", "no id");
  const source = joined(cell.source);
  const metadata = record(cell.metadata);
  if (type === "markdown" || type === "raw") {
    return {
      type,
      id,
      source,
      metadata,
      ...(attachments === undefined ? {} : { attachments: record(attachments) }),
    };
  }
  if (type !== "code") throw cannot("read", "cells are code, markdown or raw", String(type));
  const { execution_count: count, outputs } = cell;
  return {
    type,
    id,
    source,
    metadata,
    executionCount: typeof count === "number" ? count : null,
    outputs: (Array.isArray(outputs) ? outputs : []).map((output) => parseOutput(record(output))),
  };
}

function parseOutput(output: JsonRecord): Output {
  const { output_type: type } = output;
  if (type === "stream") {
    return { kind: "stream", name: String(output.name), text: joined(output.text) };
  }
  if (type === "error") {
    return { kind: "error", name: String(output.ename), message: String(output.evalue) };
  }
  const data = Object.fromEntries(
    Object.entries(record(output.data)).map(([media, value]) => [
      media,
      isJsonMedia(media) ? value : joined(value),
    ]),
  );
  const kind = type === "execute_result" ? "result" : "display";
  return { kind, data, metadata: record(output.metadata) };
}

function record(value: unknown): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonRecord
    : {};
}

/** A text that may be stored as a list of lines. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.join("") : String(value ?? "");
}

const isJsonMedia = (media: string): boolean =>
  media === "application/json" || media.endsWith("+json");

/** Media whose text is stored line by line. */
const isTextMedia = (media: string): boolean =>
  media.startsWith("text/") || media === "application/javascript" || media === "image/svg+xml";

/**
 * A notebook as the text of its file: nbformat 4.5 with the bytes that Jupyter writes when it saves
 * it. Metadata that would differ from run to run (time stamps of executions) is left out.
 */
export function notebookText(notebook: Notebook): string {
  return pythonJson({
    cells: notebook.cells.map(cellRecord),
    metadata: notebook.metadata,
    nbformat: 4,
    nbformat_minor: 5,
  }) + "\n";
}

function cellRecord(cell: Cell): JsonRecord {
  const metadata = Object.fromEntries(
    Object.entries(cell.metadata).filter(([name]) => !UNSTABLE_METADATA.includes(name)),
  );
  const common = { cell_type: cell.type, id: cell.id, metadata, source: pythonLines(cell.source) };
  if (cell.type === "code") {
    return {
      ...common,
      execution_count: cell.executionCount,
      outputs: cell.outputs.map((output) => outputRecord(output, cell.executionCount)),
    };
  }
  return cell.attachments === undefined ? common : { ...common, attachments: cell.attachments };
}

function outputRecord(output: Output, executionCount: number | null): JsonRecord {
  if (output.kind === "stream") {
    return { output_type: "stream", name: output.name, text: pythonLines(output.text) };
  }
  if (output.kind === "error") {
    const { name, message } = output;
    return { output_type: "error", ename: name, evalue: message, traceback: [] };
  }
  const data = Object.fromEntries(
    Object.entries(output.data).map(([media, value]) => [
      media,
      isTextMedia(media) && typeof value === "string" ? pythonLines(value) : value,
    ]),
  );
  const { metadata } = output;
  return output.kind === "display"
    ? { output_type: "display_data", data, metadata }
    : { output_type: "execute_result", data, execution_count: executionCount, metadata };
}
