/** The files of tests/fixtures/onnx_backbone, copies of them to spoil, and photos for them. */

import { join } from "@std/path";

/** What independent engines said of a model's values. */
export interface Expected {
  readonly taps: readonly string[];
  readonly cases: readonly {
    readonly height: number;
    readonly width: number;
    readonly outputs: readonly {
      readonly shape: readonly number[];
      readonly largest: number;
      readonly samples: readonly number[];
    }[];
  }[];
}

const folder = new URL("../fixtures/onnx_backbone/", import.meta.url);

/** A model's path. */
export function modelPath(name: string): string {
  return new URL(`${name}.onnx`, folder).pathname;
}

/** Of all models with references, by name. */
export async function readExpected(): Promise<Readonly<Record<string, Expected>>> {
  return JSON.parse(await Deno.readTextFile(new URL("expected.json", folder)));
}

/** The formula of make.py, about −1…1, [1, 3, H, W]. */
export function formulaInput(height: number, width: number): Float32Array {
  const data = new Float32Array(3 * height * width);
  for (let c = 0, i = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        data[i] = ((x * 7 + y * 13 + c * 29 + ((x * y) % 31) * 3) % 256) / 128 - 1;
      }
    }
  }
  return data;
}

/** Runs a test in a folder that is removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const made = await Deno.makeTempDir();
  try {
    await test(made);
  } finally {
    await Deno.remove(made, { recursive: true });
  }
}

/** A copy of a model under a name of its own, its bytes changed. */
export async function copyModel(
  into: string,
  name: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => bytes,
): Promise<string> {
  const path = join(into, `${name}.onnx`);
  await Deno.writeFile(path, change(await Deno.readFile(modelPath(name))));
  return path;
}
