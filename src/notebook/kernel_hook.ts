/**
 * The Deno kernel as a cell sees it: whether there is one, showing things, and what is done at the
 * end of each cell so that no output gets lost. Nothing else knows `Deno.jupyter`.
 *
 * Since 2.8.2 the kernel sends outputs from a queue of its own and says "idle" without waiting for
 * that queue, so what a cell shows last may come after its end: executors drop it, browsers put it
 * below the next cell (Deno issue 34083). Importing this file inside a kernel wraps the function
 * that the kernel calls after each cell, so that the queue has time to drain. Outside a kernel, and
 * where that function is missing, nothing is changed.
 */

import { type Bundle, summaryBundle } from "./bundles.ts";

/** What the queue needs to drain: 20 ms were measured to be too little, 50 ms to be enough. */
const WAIT_MILLISECONDS = 50;
const WAIT_MILLISECONDS_PER_MB = 40;

/** Set by an executor that collects all outputs by itself: then nothing has to wait. */
const OUTPUTS_ARE_AWAITED = Symbol.for("kizu.outputs-are-awaited");
const WRAPPED = Symbol.for("kizu.wrapped");
const DISPLAY = Symbol.for("Jupyter.display");

type BroadcastResult = (executionCount: number, result: unknown) => Promise<void>;

/** The part of Deno's inner workings that the kernel calls by name after each cell. */
interface Inner {
  jupyter?: { broadcastResult?: BroadcastResult & { [WRAPPED]?: true } };
}

function inner(): Inner["jupyter"] {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (internal === undefined) return undefined;
  return (Deno as unknown as Readonly<Record<symbol, Inner | undefined>>)[internal]?.jupyter;
}

let bytesShown = 0;
const cellEnds = new Set<() => void>();

/** Has something done once, at the end of the cell that runs now. Needs the hook. */
export function atCellEnd(action: () => void): void {
  cellEnds.add(action);
}

/** Whether this program is a notebook's kernel. Asking for `Deno.jupyter` elsewhere throws. */
export function inKernel(): boolean {
  try {
    return Deno.jupyter !== undefined;
  } catch {
    return false;
  }
}

/** Shows a bundle below the cell that runs now; one shown before with the same id is replaced. */
export function display(bundle: Bundle, { id, update = false }: {
  readonly id?: string;
  readonly update?: boolean;
} = {}): void {
  const data = counted(bundle);
  // The promise is of no use: the message is in the kernel's queue when the call returns.
  void Deno.jupyter.broadcast(update ? "update_display_data" : "display_data", {
    data,
    metadata: {},
    transient: id === undefined ? {} : { display_id: id },
  });
}

/** Waits for the queue where the kernel has no function to wrap; the wrapped one waits else. */
export async function delivered(): Promise<void> {
  if (!installed) await drained();
}

async function drained(): Promise<void> {
  const milliseconds = WAIT_MILLISECONDS + WAIT_MILLISECONDS_PER_MB * bytesShown / 1e6;
  bytesShown = 0;
  if (OUTPUTS_ARE_AWAITED in globalThis) return;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The same bundle as JSON has it, without undefined members; its size is counted. */
function counted(bundle: Bundle): Bundle {
  const text = JSON.stringify(bundle);
  bytesShown += text.length;
  return JSON.parse(text);
}

/** Wraps the kernel's own function, once. Returns whether it is wrapped. */
function install(): boolean {
  const jupyter = inner();
  const broadcastResult = jupyter?.broadcastResult;
  if (jupyter === undefined || typeof broadcastResult !== "function") return false;
  if (broadcastResult[WRAPPED]) return true;
  jupyter.broadcastResult = Object.assign(
    async (executionCount: number, result: unknown): Promise<void> => {
      for (const action of cellEnds) action();
      cellEnds.clear();
      await broadcastResult(executionCount, await displayable(result));
      await drained();
    },
    { [WRAPPED]: true as const },
  );
  return true;
}

/**
 * A cell's value as the kernel is to show it: what the library knows, as a summary or picture, with
 * its size counted; anything else as it is.
 */
async function displayable(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  try {
    const bundle = DISPLAY in value && typeof value[DISPLAY] === "function"
      ? await value[DISPLAY]()
      : await summaryBundle(value);
    if (bundle === undefined) return value;
    const data = counted(bundle);
    return { [DISPLAY]: () => data };
  } catch (error) {
    return {
      [DISPLAY]() {
        throw error;
      },
    };
  }
}

const installed = install();
