/** A PyTorch file opened: what its pickle described, and the bytes behind that. */

import { bytesPer } from "./dtypes.ts";
import type { PickleStorage, PickleValue } from "./pickle_values.ts";

/** What a file's pickle described, and the bytes of a storage. */
export interface Archive {
  readonly root: PickleValue;
  storage(ref: PickleStorage, at: number): Uint8Array<ArrayBuffer>;
}

/** Storages by key, each made once and aligned to its values. */
export function storageCache(
  find: (ref: PickleStorage, at: number) => Uint8Array<ArrayBuffer>,
): Archive["storage"] {
  const cache = new Map<string, Uint8Array<ArrayBuffer>>();
  return (ref, at) => {
    let bytes = cache.get(ref.key);
    if (bytes === undefined) {
      bytes = find(ref, at);
      if (bytes.byteOffset % bytesPer(ref.dtype) !== 0) bytes = bytes.slice();
      cache.set(ref.key, bytes);
    }
    return bytes;
  };
}
