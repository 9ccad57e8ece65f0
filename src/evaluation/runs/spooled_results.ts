/** Results of a run that nobody asked to keep, with pictures too large for memory. */

import { cannot } from "../../errors.ts";
import { openScratch } from "../../files.ts";
import type { Attachment, ResultsFolder } from "../../store/results_folder.ts";
import { memoryResults } from "../../store/memory_results.ts";

/** Attachments of so many bytes leave memory. */
const LARGE = 2 ** 20;

/** Where an attachment lies in the scratch file, or why it could not be written. */
type Spooled =
  | { readonly start: number; readonly length: number }
  | { readonly error: unknown };

/**
 * Results in memory, their large attachments in one temporary file of a folder. The file goes when
 * they are disposed of, and when the program is interrupted.
 *
 * A disk without room for an attachment costs that attachment only: its result is kept, and reading
 * the attachment gives the disk's error.
 *
 * @throws {RangeError} when nothing can be written to the folder
 */
export function spooledResults(folder: string): ResultsFolder {
  const small = memoryResults();
  const scratch = openScratch(folder);
  const large = new Map<string, ReadonlyMap<string, Spooled>>();
  const spool = (pieces: readonly Uint8Array[]): Spooled => {
    try {
      const starts = pieces.map((bytes) => scratch.append(bytes));
      return { start: starts[0], length: sizeOf(pieces) };
    } catch (error) {
      return { error };
    }
  };
  return {
    finished: small.finished,
    async read(id) {
      const found = await small.read(id);
      const own = large.get(id) ?? new Map<string, Spooled>();
      return {
        record: found.record,
        attachments: [...found.attachments, ...own.keys()].sort(),
        attachment(name) {
          const spooled = own.get(name);
          if (!spooled) return found.attachment(name);
          if ("error" in spooled) return Promise.reject(spooled.error);
          return Promise.resolve(scratch.read(spooled.start, spooled.length));
        },
      };
    },
    async append(id, record, attachments = {}) {
      if (small.finished.has(id)) {
        throw cannot(`keep result ${id}`, "no result of this id may be there", "one is");
      }
      const all = Object.entries(attachments).map(([name, given]) =>
        [name, given instanceof Uint8Array ? [given] : given] as const
      );
      const isLarge = ([, pieces]: readonly [string, readonly Uint8Array[]]) =>
        sizeOf(pieces) >= LARGE;
      const kept: readonly (readonly [string, Attachment])[] = all.filter((one) => !isLarge(one));
      await small.append(id, record, Object.fromEntries(kept));
      large.set(
        id,
        new Map(all.filter(isLarge).map(([name, pieces]) => [name, spool(pieces)])),
      );
    },
    [Symbol.asyncDispose]() {
      scratch[Symbol.dispose]();
      return small[Symbol.asyncDispose]();
    },
  };
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
