/** The JSON beside an ONNX file that says what its network expects. */

import { dirname, join, parse } from "@std/path";
import { cannot } from "../../errors.ts";

/** A side-car as read: not yet checked. */
export interface Sidecar {
  readonly file: string;
  readonly content: object;
}

/**
 * The side-car of a model: `model.onnx.json`, or where that is not there, `model.json`.
 *
 * @param options `file`: another file, which then must be there
 * @returns undefined where neither is there
 * @throws {SyntaxError} for what is no JSON object, with the file
 * @throws {RangeError} when it cannot be read
 */
export async function readSidecar(
  model: string,
  { file }: { readonly file?: string } = {},
): Promise<Sidecar | undefined> {
  const beside = [`${model}.json`, join(dirname(model), `${parse(model).name}.json`)];
  for (const path of file === undefined ? beside : [file]) {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (file === undefined && error instanceof Deno.errors.NotFound) continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw cannot(`read ${path}`, "the file must be there and readable", reason);
    }
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw cannot(`read ${path}`, "it must be JSON", reason, SyntaxError);
    }
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
      throw cannot(`read ${path}`, "it must be a JSON object", text.slice(0, 40), SyntaxError);
    }
    return { file: path, content };
  }
  return undefined;
}
