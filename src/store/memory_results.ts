/** Results of a run that nobody asked to keep, in memory. */

import { cannot } from "../errors.ts";
import { asJson, type Json } from "./canonical_json.ts";
import type { Attachment, ResultsFolder } from "./results_folder.ts";

/** Results in memory: for runs whose attachments are small. */
export function memoryResults(): ResultsFolder {
  const kept = new Map<
    string,
    { readonly record: Json; readonly attachments: ReadonlyMap<string, Uint8Array> }
  >();
  const finished = new Set<string>();
  return {
    finished,
    read(id) {
      const one = kept.get(id);
      if (!one) return Promise.reject(cannot("read a result", "it must be finished", id));
      return Promise.resolve({
        record: one.record,
        attachments: [...one.attachments.keys()],
        attachment: (name: string) => {
          const bytes = one.attachments.get(name);
          return bytes
            ? Promise.resolve(bytes)
            : Promise.reject(cannot(`read result ${id}`, "it must have the attachment", name));
        },
      });
    },
    append(id, record, attachments = {}) {
      const action = `keep result ${id}`;
      kept.set(id, {
        record: asJson(record, { action, name: "record" }),
        attachments: new Map(
          Object.entries(attachments).map(([name, bytes]) => [name, joined(bytes)]),
        ),
      });
      finished.add(id);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function joined(attachment: Attachment): Uint8Array {
  if (attachment instanceof Uint8Array) return attachment;
  const bytes = new Uint8Array(attachment.reduce((sum, piece) => sum + piece.length, 0));
  attachment.reduce((at, piece) => {
    bytes.set(piece, at);
    return at + piece.length;
  }, 0);
  return bytes;
}
