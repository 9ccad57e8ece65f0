/** A photo's content, pixels and size are asked for one after the other: one reading serves them. */

import { readFileWhole } from "../files.ts";

/** Larger files are read anew each time. */
const MOST_BYTES = 2 ** 23;

/**
 * Reads files, and holds the bytes of the last few that are not large.
 *
 * @param most how many are held: those that are read ahead
 * @returns as {@linkcode readFileWhole}; a file that cannot be read is tried again
 */
export function recentFiles(most = 8): (path: string) => Promise<Uint8Array<ArrayBuffer>> {
  const held = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  return (path) => {
    const known = held.get(path);
    if (known) return known;
    const reading = readFileWhole(path);
    held.set(path, reading);
    const [oldest] = held.keys();
    if (held.size > most) held.delete(oldest);
    reading.then(
      ({ length }) => length > MOST_BYTES && held.delete(path),
      () => held.delete(path),
    );
    return reading;
  };
}
