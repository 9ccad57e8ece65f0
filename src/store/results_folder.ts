/** A folder of finished results that survives a run being killed at any moment. */

import { join } from "@std/path";
import { cannot } from "../errors.ts";
import { writeFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import type { Json } from "./canonical_json.ts";
import { isLockText, LOCK, lockFolder } from "./folder_lock.ts";
import {
  ATTACHMENT,
  attachmentPath,
  encodeRecord,
  expectAttachment,
  expectNames,
  readAttachment,
  readRecord,
  RECORD,
  recordPath,
  RUNS,
} from "./result_record.ts";
import { agreeOnPlan, RESULTS, type ResultsOptions } from "./results_plan.ts";

/** Bytes that belong to a result, whole or in pieces one behind the other. */
export type Attachment = Uint8Array | readonly Uint8Array[];

/** One finished result. */
export interface StoredResult {
  readonly record: Json;
  /** Names of the attachments, in order. */
  readonly attachments: readonly string[];
  /**
   * @throws {RangeError} where the result has no such attachment
   * @throws {SyntaxError} naming the file where its bytes are not those that were written
   */
  attachment(name: string): Promise<Uint8Array>;
}

/** Finished results on the disk; {@linkcode openResultsFolder} says how it behaves. */
export interface ResultsFolder extends AsyncDisposable {
  /** Ids of the finished results; grows while results are appended. */
  readonly finished: ReadonlySet<string>;
  /**
   * @throws {RangeError} where the result is not finished
   * @throws {SyntaxError} naming the file where it is damaged
   */
  read(id: string): Promise<StoredResult>;
  /**
   * Adds one result whole or, on any failure, not at all. The bytes must not change until it is
   * done.
   *
   * @param record JSON; what JSON would lose, such as NaN, is refused
   * @throws {TypeError} where the record is not JSON
   * @throws {RangeError} for an id or name that does not fit, an id that is there already, and
   * with the path where the disk is full
   */
  append(
    id: string,
    record: unknown,
    attachments?: Readonly<Record<string, Attachment>>,
  ): Promise<void>;
}

const PARTIAL = /\.(?:json|bin)\.\d+\.partial$/;

/**
 * Opens a folder of finished results, to go on where an earlier run ended, or makes it.
 *
 * A result is there when its record is: `runs/ID.json`, with the SHA-256 of its content and those
 * of its attachments, `runs/ID.NAME.bin`, is renamed into its place after they are on the disk, and
 * the folder is flushed behind it where the system can do that (Windows cannot). What a killed run
 * left unfinished is removed when opening. `results.json` says what is run and by which version;
 * only the same may go on. One run at a time: `lock` is held by the operating system, which lets go
 * however the run ends.
 *
 * Opening reads every record and looks at the length of every attachment; an attachment's bytes are
 * checked when they are read.
 *
 * @throws {RangeError} when the folder holds anything else, another format, version or plan (naming
 * the first difference), when another run holds it, or it cannot be written
 * @throws {SyntaxError} naming the file of a damaged result
 * @throws {TypeError} when the plan is not JSON
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const path = await Deno.makeTempDir();
 * const options = { plan: { methods: ["padim"] }, version: "1.0.0" };
 * {
 *   await using results = await openResultsFolder(path, options);
 *   await results.append("padim-cable", { auroc: 0.99 }, { scores: new Uint8Array([1, 2]) });
 * }
 * {
 *   await using results = await openResultsFolder(path, options);
 *   assertEquals([...results.finished], ["padim-cable"]);
 *   const { record, attachment } = await results.read("padim-cable");
 *   assertEquals(record, { auroc: 0.99 });
 *   assertEquals(await attachment("scores"), new Uint8Array([1, 2]));
 * }
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export async function openResultsFolder(
  path: string,
  options: ResultsOptions,
): Promise<ResultsFolder> {
  const action = `write results to ${path}`;
  await expectOwnFolder(path);
  const lock = await lockFolder(path, { action });
  try {
    await agreeOnPlan(path, options);
    await attempt(action, () => Deno.mkdir(join(path, RUNS), { recursive: true }));
    await flushFolder(path);
    const finished = await readFinished(path);
    return resultsFolder(path, { finished, lock });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function resultsFolder(
  folder: string,
  { finished, lock }: { readonly finished: Set<string>; readonly lock: Disposable },
): ResultsFolder {
  const underWay = new Map<string, Promise<void>>();
  let open = true;
  const expectOpen = (action: string): void => {
    if (!open) throw cannot(action, "the results folder must be open", `${folder} was closed`);
  };
  return {
    finished,
    async read(id) {
      const action = `read result ${id}`;
      expectOpen(action);
      if (!finished.has(id)) throw cannot(action, "it must be finished", `not in ${folder}`);
      const { record, attachments } = await readRecord({ folder, id });
      const names = attachments.map(({ name }) => name);
      return {
        record,
        attachments: names,
        async attachment(name) {
          const note = attachments.find((one) => one.name === name);
          if (note !== undefined) return await readAttachment({ folder, id }, note);
          const found = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
          throw cannot(action, `an attachment it has must be asked for, not ${name}`, found);
        },
      };
    },
    async append(id, record, attachments = {}) {
      const action = `keep result ${id}`;
      expectOpen(action);
      expectNames(action, id, Object.keys(attachments));
      if (finished.has(id) || underWay.has(id)) {
        throw cannot(action, "no result of this id may be there", `one is in ${folder}`);
      }
      const work = writeResult({ folder, id }, { record, attachments });
      underWay.set(id, work);
      try {
        await work;
        finished.add(id);
      } finally {
        underWay.delete(id);
      }
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await Promise.allSettled(underWay.values());
      lock[Symbol.dispose]();
    },
  };
}

/** Attachments first, then the record, which makes the result; on failure nothing stays. */
async function writeResult(
  place: { readonly folder: string; readonly id: string },
  { record, attachments }: {
    readonly record: unknown;
    readonly attachments: Readonly<Record<string, Attachment>>;
  },
): Promise<void> {
  const parts = Object.entries(attachments).map(([name, given]) => ({
    name,
    pieces: given instanceof Uint8Array ? [given] : given,
  }));
  const notes = parts.map(({ name, pieces }) => ({
    name,
    bytes: pieces.reduce((sum, { length }) => sum + length, 0),
    sha256: sha256Hex(...pieces),
  }));
  const text = encodeRecord(place.id, { record, attachments: notes });
  const runs = join(place.folder, RUNS);
  let recorded = false;
  try {
    for (const { name, pieces } of parts) {
      await writeFileWhole(attachmentPath(place, name), pieces);
    }
    if (parts.length > 0) await flushFolder(runs);
    await writeFileWhole(recordPath(place), text);
    recorded = true;
    await flushFolder(runs);
  } catch (error) {
    // The record first: without it the rest is nothing.
    if (recorded) await Deno.remove(recordPath(place)).catch(() => {});
    for (const { name } of parts) await Deno.remove(attachmentPath(place, name)).catch(() => {});
    throw error;
  }
}

/** Makes the folder; refuses one that holds anything but results. */
async function expectOwnFolder(path: string): Promise<void> {
  const action = `write results to ${path}`;
  await attempt(action, () => Deno.mkdir(path, { recursive: true }));
  const names = await namesIn(action, path);
  if (names.includes(RESULTS)) return;
  for (const name of names.sort()) {
    // What a run left that was killed before it could write its plan.
    if (name.startsWith(`${RESULTS}.`) && PARTIAL.test(name)) continue;
    if (
      name === LOCK && isLockText(await attempt(action, () => Deno.readTextFile(join(path, LOCK))))
    ) {
      continue;
    }
    throw cannot(action, "the folder must be empty or a results folder", `${name} is there`);
  }
}

/** Ids of the finished results, each looked at; what no record knows of is removed. */
async function readFinished(folder: string): Promise<Set<string>> {
  const action = `write results to ${folder}`;
  const runs = join(folder, RUNS);
  const names = await namesIn(action, runs);
  const finished = new Set<string>();
  const known = new Set<string>();
  for (const name of names.sort()) {
    const id = RECORD.exec(name)?.[1];
    if (id === undefined) continue;
    const { attachments } = await readRecord({ folder, id });
    for (const note of attachments) {
      await expectAttachment({ folder, id }, note);
      known.add(attachmentPath({ folder, id }, note.name));
    }
    finished.add(id);
  }
  const left = names.filter((name) =>
    PARTIAL.test(name) || (ATTACHMENT.test(name) && !known.has(join(runs, name)))
  );
  for (const name of left) await attempt(action, () => Deno.remove(join(runs, name)));
  for (const name of await namesIn(action, folder)) {
    if (!name.startsWith(`${RESULTS}.`) || !PARTIAL.test(name)) continue;
    await attempt(action, () => Deno.remove(join(folder, name)));
  }
  return finished;
}

async function namesIn(action: string, folder: string): Promise<string[]> {
  const entries = await attempt(action, () => Array.fromAsync(Deno.readDir(folder)));
  return entries.map(({ name }) => name);
}

async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(action, "its files must be readable and writable", reason);
  }
}

/** Flushes what a folder lists to the disk, where the system and the file system can. */
async function flushFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using file = await Deno.open(folder);
    await file.sync();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EINVAL" || code === "ENOTSUP") return;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(`flush ${folder}`, "its disk must take what was written", reason);
  }
}
