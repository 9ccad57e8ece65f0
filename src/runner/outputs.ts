/** From the kernel's messages to a cell's outputs, as Jupyter keeps them. */

import { UNSEEN_FAILURE } from "./kernel.ts";
import type { Bundle, Output } from "./notebook_file.ts";
import type { JsonRecord } from "./python_json.ts";
import type { Message } from "./wire.ts";

/** Outputs as they grow while cells run: an update reaches back into earlier cells. */
export interface OutputCollector {
  /** Takes the messages of the next cell. */
  add(messages: readonly Message[]): void;
  /** The outputs of each cell added, in order. */
  readonly cells: readonly (readonly Output[])[];
  /** The failures that nobody in the cells saw: `cell` counts from 0. */
  readonly unseen: readonly { readonly cell: number; readonly text: string }[];
}

/** Collects the outputs of a notebook. */
export function outputCollector(): OutputCollector {
  const cells: Output[][] = [];
  const unseen: { cell: number; text: string }[] = [];
  /** Where the display with an id is: updates replace it. */
  const displays = new Map<string, { readonly outputs: Output[]; readonly index: number }[]>();

  const add = (outputs: Output[], { type, content }: Message) => {
    const last = outputs.at(-1);
    if (type === "stream") {
      const [name, text] = [String(content.name), String(content.text)];
      if (last?.kind === "stream" && last.name === name) {
        outputs[outputs.length - 1] = { ...last, text: last.text + text };
      } else {
        outputs.push({ kind: "stream", name, text });
      }
      return;
    }
    if (type === "error") {
      outputs.push({ kind: "error", name: String(content.ename), message: String(content.evalue) });
      return;
    }
    if (type === "clear_output") {
      outputs.length = 0;
      return;
    }
    if (type === UNSEEN_FAILURE) {
      unseen.push({ cell: cells.length - 1, text: String(content.text) });
      return;
    }
    const shown: Output = {
      kind: type === "execute_result" ? "result" : "display",
      data: content.data as Bundle,
      metadata: content.metadata as JsonRecord ?? {},
    };
    const id = (content.transient as JsonRecord | undefined)?.display_id;
    const places = typeof id === "string" ? displays.get(id) ?? [] : [];
    if (type === "update_display_data") {
      for (const { outputs, index } of places) outputs[index] = shown;
      return;
    }
    outputs.push(shown);
    if (typeof id === "string") {
      displays.set(id, [...places, { outputs, index: outputs.length - 1 }]);
    }
  };
  return {
    cells,
    unseen,
    add(messages) {
      const outputs: Output[] = [];
      cells.push(outputs);
      for (const message of messages) add(outputs, message);
    },
  };
}
