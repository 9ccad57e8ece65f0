/** What the tests of `deno task weights` share: sources, a place of their own, what is printed. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { writeSafetensors } from "../../src/backbones/weights/safetensors.ts";
import type { WeightsSource } from "../../src/backbones/weights/sources.ts";
import { weightsCommand } from "../../src/cli/weights.ts";
import { isRefusal } from "../../src/errors.ts";
import { sha256Hex } from "../../src/sha256.ts";
import { tensor } from "../../src/tensor.ts";

export const root = fromFileUrl(new URL("../../", import.meta.url));
export const pth = Deno.readFileSync(join(root, "tests/fixtures/weights/plain_stream.pth"));
export const tiny = writeSafetensors(
  new Map([["fc.weight", tensor(Float32Array.of(0.5, -2, 3, 1), [2, 2])]]),
);

/** One source whose name states its hash, and one of which nothing is known. */
export function sourcesAt(address: string): readonly WeightsSource[] {
  const hashPrefix = sha256Hex(pth).slice(0, 8);
  return [{
    name: "testnet18",
    architecture: "testnet18",
    collection: "torchvision",
    url: `${address}/models/testnet18-${hashPrefix}.pth`,
    file: `testnet18-${hashPrefix}.pth`,
    mebibytes: 0.004,
    hashPrefix,
    license: "BSD-3-Clause",
    origin: "the test",
  }, {
    name: "testnet18.tv_in1k",
    architecture: "testnet18",
    collection: "timm",
    url: `${address}/timm/testnet18.tv_in1k/resolve/main/model.safetensors`,
    file: "testnet18.tv_in1k.safetensors",
    license: "Apache-2.0",
    origin: "the test",
  }];
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  /** KIZU_WEIGHTS, which is not there yet. */
  readonly weights: string;
  readonly torch: string;
  readonly folder: string;
  /** The command in this process, without waiting. */
  run(...args: readonly string[]): Promise<Outcome>;
  /** The command in a process of its own, with the task's permissions. */
  spawn(...args: readonly string[]): Promise<Outcome>;
  start(...args: readonly string[]): Deno.ChildProcess;
}

export async function inPlace(
  address: string,
  test: (place: Place) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const weights = join(folder, "weights");
  const torch = join(folder, "torch", "hub", "checkpoints");
  const env: Readonly<Record<string, string>> = {
    KIZU_WEIGHTS: weights,
    TORCH_HOME: join(folder, "torch"),
    ...more,
  };
  const sources = sourcesAt(address);
  const places = { env: (name: string) => env[name], embedded: join(folder, "models") };
  const run = async (...args: readonly string[]): Promise<Outcome> => {
    using printed = capture();
    let code = 0;
    try {
      if (!await weightsCommand(args, { sources, places, pause: () => Promise.resolve() })) {
        code = 1;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      console.error(`error: ${error.message}`);
      code = 2;
    }
    return { code, out: printed.out.join(""), err: printed.err.join("") };
  };
  const start = (...args: readonly string[]): Deno.ChildProcess => {
    const { tasks } = JSON.parse(Deno.readTextFileSync(join(root, "deno.json")));
    // The task's own permissions, once it is there.
    const flags = /^deno run (.*) src\/cli\/weights\.ts$/.exec(tasks.weights?.command ?? "")?.[1] ??
      "--quiet --allow-read --allow-write --allow-env --allow-net --no-prompt";
    const script = join(root, "tests", "cli", "weights_command.ts");
    return new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags.split(" "), script, JSON.stringify(sources), ...args],
      env,
      cwd: root,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  };
  const spawn = async (...args: readonly string[]): Promise<Outcome> => {
    const { code, stdout, stderr } = await start(...args).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  try {
    await test({ folder, weights, torch, run, spawn, start });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Keeps what is printed instead of printing it. */
function capture(): Disposable & { readonly out: string[]; readonly err: string[] } {
  const { log, error } = console;
  const { stderr } = Deno;
  const write = stderr.writeSync;
  const [out, err]: [string[], string[]] = [[], []];
  console.log = (text: string) => void out.push(`${text}\n`);
  console.error = (text: string) => void err.push(`${text}\n`);
  stderr.writeSync = (bytes) => {
    err.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  return {
    out,
    err,
    [Symbol.dispose]() {
      Object.assign(console, { log, error });
      stderr.writeSync = write;
    },
  };
}

export const names = (folder: string): readonly string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

export function refused({ code, out, err }: Outcome, ...found: readonly string[]): void {
  assertEquals(code, 2, err);
  assertEquals(out, "");
  const last = err.trimEnd().split("\n").at(-1) ?? "";
  assert(last.startsWith("error: Cannot "), err);
  for (const part of found) assertStringIncludes(last, part);
}
