/** `deno task eval` in a process of its own, and small data for it. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { generate } from "../../mod.ts";
import { encodeMaskPng, encodePng } from "../../src/image/encode.ts";

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The project's folder. */
export const root = new URL("../..", import.meta.url);

/** Environment variables of a command. */
export type Environment = Readonly<Record<string, string>>;

/** The command with the permissions of `deno task eval`, not started yet. */
export function evalCommand(args: readonly string[], env: Environment = {}): Deno.Command {
  const [, ...own] = config.tasks.eval.command.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...own, ...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the command; features are kept in a folder that goes with it, unless `env` names one. */
export async function evaluate(
  args: readonly string[],
  env: Environment = {},
): Promise<Outcome> {
  const cache = await Deno.makeTempDir({ prefix: "kizu-cache-" });
  try {
    const command = evalCommand(args, { KIZU_CACHE: cache, ...env });
    const { code, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** One line on stderr, exit code 2, nothing on stdout, no stack trace. */
export function refused({ code, out, err }: Outcome, ...messages: readonly string[]): void {
  assertEquals(code, 2, err);
  assertEquals(out, "");
  const lines = err.trim().split("\n");
  assertEquals(lines.length, 1, err);
  assert(lines[0].startsWith("error: Cannot "), err);
  for (const message of messages) assert(err.includes(message), `${message} not in: ${err}`);
}

/** Runs with a temporary folder. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-eval-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A small category in MVTec AD's layout. */
export async function writeCategory(folder: string, category = "weave"): Promise<string> {
  const set = await generate("weave", { size: 64, train: 4, testGood: 2, testPerDefect: 1 });
  for (const sample of [...set.train, ...set.test]) {
    const path = join(folder, category, `${sample.id}.png`);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, await encodePng(await sample.image()));
    const mask = sample.label === "anomalous" ? await sample.mask() : undefined;
    if (mask === undefined) continue;
    const truth = path.replace(/([\\/])test([\\/])/, "$1ground_truth$2").replace(
      ".png",
      "_mask.png",
    );
    await Deno.mkdir(join(truth, ".."), { recursive: true });
    await Deno.writeFile(truth, await encodeMaskPng(mask));
  }
  return join(folder, category);
}

/** Small photos: fast. */
export const size = ["--image-size", "64", "--resize", "64"] as const;

/** A report but for times, memory, and what came from the cache. */
export function withoutTimes(report: unknown): unknown {
  const left = ["seconds", "msPerImage", "peakMemoryMb", "cachedImages", "fitSeconds"];
  return JSON.parse(JSON.stringify(report, (key, value) => left.includes(key) ? undefined : value));
}

/** The report in a file, but for what {@linkcode withoutTimes} leaves out. */
export async function readReport(path: string): Promise<unknown> {
  return withoutTimes(JSON.parse(await Deno.readTextFile(path)));
}

/** What is printed, but for the columns of times and memory and what came from the cache. */
export function withoutColumns(table: string): string {
  return table.split("\n").filter((line) => !line.startsWith("Features of "))
    .map((line) => line.replace(/ +[\d.]+ +[\d.]+ +\d+$/, "").replaceAll(/─+/g, "─"))
    .map((line) => line.replace(/ +fit s +ms\/image +MiB$/, "")).join("\n");
}

/** Every file below a folder. */
export function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(join(folder, name)) : [join(folder, name)]
  );
}

/** Runs with a file system of its own, mounted with these options; not where that is not permitted. */
export async function withDisk(
  options: string,
  run: (disk: string, remount: (options: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const disk = await Deno.makeTempDir({ prefix: "kizu-disk-" });
  const succeeds = async (command: string, ...args: readonly string[]) => {
    try {
      return (await new Deno.Command(command, { args: [...args], stderr: "null" }).output())
        .success;
    } catch {
      return false;
    }
  };
  if (!await succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk)) {
    console.log("skipped: a file system cannot be mounted here");
    await Deno.remove(disk);
    return;
  }
  try {
    await run(disk, async (other) => {
      assert(await succeeds("mount", "-o", `remount,${other}`, disk), other);
    });
  } finally {
    await succeeds("umount", disk);
    await Deno.remove(disk, { recursive: true });
  }
}
