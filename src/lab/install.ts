/** Making the environment once, whole or not at all. */

import { sha256Hex } from "../sha256.ts";
import type { LabPlaces } from "./places.ts";
import { labVariables } from "./places.ts";
import { LabFailure } from "./failure.ts";
import { findPython } from "./python.ts";

/** What an installation reports while it runs. */
export interface InstallEvents {
  /** Another start installs, or an open lab keeps `--reset` waiting. */
  readonly waiting: () => void;
  /** Packages looked up so far, of all. */
  readonly progress: (done: number, total: number) => void;
  /** Before and after the work, where there is any. */
  readonly begin: () => void;
  readonly end: () => void;
}

/** A complete environment: it cannot be made anew until this is disposed of. */
export type Installed = Disposable;

/**
 * Makes sure that the environment is there and made from the requirements: at once where it is,
 * else from scratch. What an interrupted installation left is thrown away, except the downloads that
 * pip has kept, from which the next one goes on; after a failed one no environment is left.
 *
 * @param requirements the path of a pip requirements file
 * @param reset make it anew, even where it is complete
 * @throws {RangeError} where no suitable Python is found
 * @throws {LabFailure} where packages could not be installed, with pip's reason
 */
export async function install(
  places: LabPlaces,
  { requirements, reset = false, signal, events }: {
    readonly requirements: string;
    readonly reset?: boolean;
    readonly signal: AbortSignal;
    readonly events: InstallEvents;
  },
): Promise<Installed> {
  // Python writes the environment's own path into it: moved elsewhere it must be made again.
  const list = await Deno.readTextFile(requirements);
  const stamp = sha256Hex(new TextEncoder().encode(`${places.python}\n${list}`));
  const total = list.split("\n").filter((line) => /^\w/.test(line)).length;
  const complete = async () =>
    await readText(places.stamp) === stamp && await exists(places.interpreter);

  await Deno.mkdir(places.home, { recursive: true });
  const lock = await Deno.open(places.lock, { read: true, write: true, create: true });
  try {
    for (let anew = reset;;) {
      // Open labs share the lock; whoever installs has it alone.
      await take(lock, false, { signal, waiting: events.waiting });
      if (!anew && await complete()) return lock;
      await lock.unlock();
      const python = await findPython();
      await take(lock, true, { signal, waiting: events.waiting });
      if (anew || !await complete()) {
        await make(places, { python, requirements, stamp, total, signal, events });
      }
      anew = false;
      await lock.unlock();
    }
  } catch (error) {
    lock.close();
    throw error;
  }
}

const REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)";

/** Takes the lock; tries again and again, as a lock that is waited for cannot be interrupted. */
async function take(
  lock: Deno.FsFile,
  exclusive: boolean,
  { signal, waiting }: { readonly signal: AbortSignal; readonly waiting: () => void },
): Promise<void> {
  for (let attempt = 0; !await lock.tryLock(exclusive); attempt++) {
    if (attempt === 0) waiting();
    await new Promise((resolve) => setTimeout(resolve, 200));
    signal.throwIfAborted();
  }
}

async function make(
  places: LabPlaces,
  { python, requirements, stamp, total, signal, events }: {
    readonly python: string;
    readonly requirements: string;
    readonly stamp: string;
    readonly total: number;
    readonly signal: AbortSignal;
    readonly events: InstallEvents;
  },
): Promise<void> {
  events.begin();
  using log = await Deno.open(places.installLog, { write: true, create: true, truncate: true });
  const run = async (program: string, args: readonly string[]) => {
    const output = await runLogged(program, args, { places, log, signal, total, events });
    if (output === undefined) return;
    throw new LabFailure(
      `Could not install JupyterLab and the kernel: ${reasonOf(output)} ` +
        `(all of it: ${places.installLog})`,
    );
  };
  try {
    await run(python, ["-m", "venv", "--clear", places.python]);
    await run(places.interpreter, ["-m", "pip", "install", "--requirement", requirements]);
    await Deno.writeTextFile(places.stamp, stamp);
  } catch (error) {
    // Deno lets no program change what it may run, so the environment's owner removes it.
    await new Deno.Command(python, { args: ["-c", REMOVE, places.python] }).output();
    throw error;
  }
  await Deno.remove(places.downloads, { recursive: true }).catch(() => {});
  events.end();
}

/** Runs to the end with its output in the log; on failure resolves to the output. */
async function runLogged(
  program: string,
  args: readonly string[],
  { places, log, signal, total, events }: {
    readonly places: LabPlaces;
    readonly log: Deno.FsFile;
    readonly signal: AbortSignal;
    readonly total: number;
    readonly events: InstallEvents;
  },
): Promise<string | undefined> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: labVariables(places),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  let output = "";
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream() as TransformStream)) {
      await log.write(new TextEncoder().encode(text));
      output += text;
      const done = output.match(/^(?:Collecting|Ignoring) /gm)?.length ?? 0;
      if (done > 0) events.progress(Math.min(done, total), total);
    }
  };
  const [{ success }] = await Promise.all([
    child.status,
    follow(child.stdout),
    follow(child.stderr),
  ]);
  signal.throwIfAborted();
  return success ? undefined : output;
}

/**
 * pip's reason in one line. Without a network it warns of the connection first and then reports
 * that no version was found, which is not the cause.
 *
 * @example
 * ```ts
 * const output = "WARNING: Retrying after connection broken by 'NewConnectionError(\"refused\")':" +
 *   " /simple/anyio/\nERROR: No matching distribution found for anyio";
 * console.assert(reasonOf(output) === `no connection: NewConnectionError("refused")`);
 * ```
 */
export function reasonOf(output: string): string {
  const broken = [...output.matchAll(/connection broken by '(.+?)': \//g)].at(-1)?.[1];
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const errors = lines.filter((line) => line.startsWith("ERROR: "));
  const unreachable = errors.length > 0 &&
    errors.every((line) => /No matching distribution|Could not find a version/.test(line));
  if (broken !== undefined && unreachable) {
    return `no connection: ${broken.replaceAll(/<[^<>]* object at 0x[0-9a-f]+>: /g, "")}`;
  }
  return errors[0]?.slice("ERROR: ".length) ?? lines.at(-1) ?? "it ended without a word";
}

async function readText(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
