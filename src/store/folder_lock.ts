/** One writer in a folder at a time, by the operating system's locks. */

import { join } from "@std/path";
import { cannot, isRefusal } from "../errors.ts";

/** The name of the lock's file. */
export const LOCK = "lock";

const HOLDER = /^process (\d+)(?: on (\S+))? since (\S+)\n$/;

/** Whether a text is what a lock's file holds. */
export function isLockText(text: string): boolean {
  return text === "" || HOLDER.test(text);
}

/**
 * Holds a folder for this process until it is disposed of. The lock is the operating system's: it
 * ends with the process however that ends, so none is ever left behind, and a new process of the
 * same number is not mistaken for the old one. A second lock in the same process is refused too.
 * The file `lock` stays, empty; while held it says who holds it.
 *
 * On network file systems without locks it is refused; where locks are kept by each machine alone,
 * other machines are not seen.
 *
 * @throws {RangeError} naming the process that holds it, or the operating system's reason
 */
export async function lockFolder(
  folder: string,
  { action }: { readonly action: string },
): Promise<Disposable> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(join(folder, LOCK), { read: true, write: true, create: true });
    if (!await file.tryLock(true)) {
      throw cannot(action, "no other run may be writing there", holderOf(file));
    }
    const since = new Date().toISOString();
    const text = new TextEncoder().encode(`process ${Deno.pid}${await host()} since ${since}\n`);
    await file.truncate();
    for (let at = 0; at < text.length;) at += await file.write(text.subarray(at));
  } catch (error) {
    file?.close();
    if (isRefusal(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(action, "its folder must be writable and its file system offer locks", reason);
  }
  const held = file;
  return {
    [Symbol.dispose]() {
      try {
        held.truncateSync();
      } finally {
        held.close();
      }
    },
  };
}

/** ` on NAME`, where asking for the machine's name is permitted. */
async function host(): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "sys", kind: "hostname" });
  return state === "granted" ? ` on ${Deno.hostname()}` : "";
}

function holderOf(file: Deno.FsFile): string {
  const found = HOLDER.exec(holderText(file));
  if (found === null) return "another process has";
  const [, process, machine, time] = found;
  const since = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = `${two(since.getHours())}:${two(since.getMinutes())}`;
  const day = `${since.getFullYear()}-${two(since.getMonth() + 1)}-${two(since.getDate())}`;
  const today = since.toDateString() === new Date().toDateString();
  const where = machine === undefined ? "" : ` on ${machine}`;
  return `process ${process}${where} has since ${today ? clock : `${day} ${clock}`}`;
}

function holderText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(512);
  try {
    const count = file.readSync(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, count));
  } catch {
    // Windows lets nobody read what is locked: then the holder stays unnamed.
    return "";
  }
}
