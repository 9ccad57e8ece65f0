/** The connection to a kernel's process: requests, replies, what it tells everybody, its end. */

import type { JsonRecord } from "./python_json.ts";
import { openSocket, type Socket } from "./sockets.ts";
import { type Connection, decodeMessage, encodeRequest, type Message } from "./wire.ts";

const POLL_MILLISECONDS = 2;

/** Kernels of this process that have not been ended; none may outlive it. */
const running = new Set<Deno.ChildProcess>();
globalThis.addEventListener("unload", () => running.forEach(kill));

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended already.
  }
}

/** Sockets to a kernel's process, read from until closed. */
export interface Client {
  readonly connection: Connection;
  /** The messages told to everybody, so far; emptied by whoever handles them. */
  readonly heard: Message[];
  /** Sends a request; gives its id. */
  send(type: string, content: JsonRecord): Promise<string>;
  /** The reply to a request, once it has come. */
  reply(id: string): JsonRecord | undefined;
  /** Set once the process has ended: how. */
  ended(): string | undefined;
  /** Resolves when `found` gives something, the process has ended, or the time is over. */
  wait<T>(found: () => T | undefined, seconds: number): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Connects to a kernel's process, which from now on ends with this one. */
export async function openClient(
  child: Deno.ChildProcess,
  connection: Connection,
): Promise<Client> {
  running.add(child);
  const session = crypto.randomUUID();
  const [shell, iopub] = [await openSocket("dealer"), await openSocket("subscriber")];
  shell.connect(`tcp://${connection.ip}:${connection.shell_port}`);
  iopub.connect(`tcp://${connection.ip}:${connection.iopub_port}`);
  const heard: Message[] = [];
  const replies = new Map<string, JsonRecord>();
  let ended: string | undefined;
  const complaints = lastLines(child.stderr);
  const status = child.status.then(async ({ code, signal }) => {
    running.delete(child);
    const said = (await complaints).replace(/^Warning "deno jupyter" is unstable.*\n?/m, "").trim();
    ended = `the kernel ended (${signal ?? `exit code ${code}`})${said && `: ${said}`}`;
  });
  const receiveAll = async (socket: Socket, handle: (message: Message) => void) => {
    for (let frames; (frames = await socket.receive()) !== undefined;) {
      handle(decodeMessage(connection.key, frames));
    }
  };
  return {
    connection,
    heard,
    async send(type, content) {
      const { id, frames } = encodeRequest({ key: connection.key, session }, type, content);
      await shell.send(frames);
      return id;
    },
    reply(id) {
      const found = replies.get(id);
      replies.delete(id);
      return found;
    },
    ended: () => ended,
    async wait(found, seconds) {
      const end = performance.now() + 1000 * seconds;
      while (true) {
        await receiveAll(shell, ({ parent, content }) => replies.set(parent, content));
        await receiveAll(iopub, (message) => heard.push(message));
        const result = found();
        if (result !== undefined || ended !== undefined || performance.now() > end) return result;
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
      }
    },
    async close() {
      shell.close();
      iopub.close();
      kill(child);
      await status;
    },
  };
}

/** What a process said last, at most 2,000 characters. */
async function lastLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-2000);
  }
  return text;
}
