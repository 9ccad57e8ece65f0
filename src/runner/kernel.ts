/** A Deno kernel of one's own: started, asked to execute cells, ended for certain. */

import { join } from "@std/path";
import { cannot } from "../errors.ts";
import { writeFileWhole } from "../files.ts";
import type { JsonRecord } from "./python_json.ts";
import { type Client, openClient } from "./kernel_client.ts";
import { freePorts } from "./sockets.ts";
import type { Connection, Message } from "./wire.ts";

/** What became of a cell. */
export type Reply =
  | { readonly status: "ok" }
  | {
    readonly status: "error";
    readonly name: string;
    readonly message: string;
    readonly traceback: readonly string[];
  }
  | { readonly status: "dead" | "timeout"; readonly message: string };

/** A running kernel. Dispose of it (`await using`): its process is then gone. */
export interface Kernel extends AsyncDisposable {
  /** What the kernel says of its language, as Jupyter writes it into notebooks. */
  readonly languageInfo: JsonRecord;
  /** The process, for tests. */
  readonly pid: number;
  /**
   * Executes a cell and hands over what it put out, in order.
   */
  execute(code: string, options?: ExecuteOptions): Promise<Executed>;
}

/** How a cell is executed. */
export interface ExecuteOptions {
  /** Then the cell is given up; the kernel still runs it. Default 300. */
  readonly timeoutSeconds?: number;
}

/** A cell's reply, its messages, and how long the kernel took. */
export interface Executed {
  /** The request, which the messages name as their parent. */
  readonly id: string;
  readonly reply: Reply;
  /** Without status messages and the like. */
  readonly messages: readonly Message[];
  readonly seconds: number;
}

/** How a kernel is started. */
export interface KernelOptions {
  /** The working directory, whose deno.json resolves imports. */
  readonly folder: string;
  /** For the connection file. */
  readonly scratch: string;
  /**
   * Where a cell's outputs end. `marker` (the default): a second request has the kernel put out a
   * marker, and everything before that belongs to the cell; nothing is lost, nothing is late.
   * `idle`: where the kernel says that it is idle, as stock executors and browsers take it; for
   * measuring what they lose.
   */
  readonly settle?: Settle;
}

type Settle = "marker" | "idle";

const START_ATTEMPTS = 3;
const START_SECONDS = 60;
const SETTLE_SECONDS = 30;
const MARKER = "kizu_cell_end";
/** The type of the messages about promises that failed unseen, and about errors in timers. */
export const UNSEEN_FAILURE = "kizu_unseen_failure";

/**
 * Run once in every kernel. Unhandled rejections vanish in a kernel, so they are told of; a kernel
 * whose runner was killed ends itself; and where a marker ends each cell, the library is told that
 * its outputs are awaited, so that it does not have to wait.
 */
const prelude = (settle: Settle) =>
  `(() => {
  const tell = (event, reason) => {
    event.preventDefault();
    const text = reason instanceof Error ? reason.stack ?? reason.message : String(reason);
    Deno.jupyter.broadcast("${UNSEEN_FAILURE}", { text });
  };
  addEventListener("unhandledrejection", (event) => tell(event, event.reason));
  addEventListener("error", (event) => tell(event, event.error));
  const parent = Deno.ppid;
  Deno.unrefTimer(setInterval(() => Deno.ppid === parent || Deno.exit(), 1000));
  if (${settle === "marker"}) globalThis[Symbol.for("kizu.outputs-are-awaited")] = true;
})(); undefined`;

/**
 * Starts a Deno kernel, with the Deno that runs this program.
 *
 * @throws {RangeError} when it does not start
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  // Somebody else may have taken one of the ports before the kernel did.
  for (let left = START_ATTEMPTS;; left--) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

async function startOnce(
  { folder, scratch, settle = "marker" }: KernelOptions,
): Promise<Kernel> {
  const [shell, iopub, stdin, control, heartbeat] = await freePorts(5);
  const connection: Connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port: shell,
    iopub_port: iopub,
    stdin_port: stdin,
    control_port: control,
    hb_port: heartbeat,
    signature_scheme: "hmac-sha256",
    key: crypto.randomUUID(),
    kernel_name: "deno",
  };
  const path = join(scratch, `kernel-${shell}.json`);
  await writeFileWhole(path, JSON.stringify(connection));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--kernel", "--conn", path],
    cwd: folder,
    // Colours would be written into the notebooks as escape sequences.
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const client = await openClient(child, connection);
  try {
    return await greeted(client, child, settle);
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** A kernel that has answered, is heard by everybody who listens, and has run the prelude. */
async function greeted(
  client: Client,
  child: Deno.ChildProcess,
  settle: Settle,
): Promise<Kernel> {
  const refuse = (found: string) => cannot("start a kernel", "`deno jupyter` must work", found);
  const end = performance.now() + 1000 * START_SECONDS;
  let info: JsonRecord | undefined;
  // A subscriber that has just connected misses what was said before: ask until it hears.
  while (client.heard.length === 0) {
    const id = await client.send("kernel_info_request", {});
    info = await client.wait(() => client.reply(id), START_SECONDS) ?? info;
    await client.wait(() => client.heard[0], 0.1);
    if (client.ended() !== undefined) throw refuse(String(client.ended()));
    if (performance.now() > end) throw refuse(`it was silent for ${START_SECONDS} s`);
  }
  const { reply } = await execute(client, prelude(settle), { settle, silent: true });
  if (reply.status !== "ok") throw refuse(reply.message);
  return {
    languageInfo: info?.language_info as JsonRecord ?? {},
    pid: child.pid,
    execute: (code, options) => execute(client, code, { ...options, settle }),
    [Symbol.asyncDispose]: client.close,
  };
}

const OUTPUTS = [
  "stream",
  "display_data",
  "update_display_data",
  "execute_result",
  "error",
  "clear_output",
  UNSEEN_FAILURE,
];

async function execute(
  client: Client,
  code: string,
  { timeoutSeconds = 300, settle, silent = false }: ExecuteOptions & {
    readonly settle: Settle;
    readonly silent?: boolean;
  },
): Promise<Executed> {
  const start = performance.now();
  const request = (code: string, silent: boolean) =>
    client.send("execute_request", {
      code,
      silent,
      store_history: !silent,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false,
    });
  const id = await request(code, silent);
  const content = await client.wait(() => client.reply(id), timeoutSeconds);
  const seconds = (performance.now() - start) / 1000;
  if (content === undefined) {
    const message = client.ended() ?? `it ran for more than ${timeoutSeconds} s`;
    const status = client.ended() === undefined ? "timeout" : "dead";
    const messages = taken(client, client.heard.length);
    return { id, reply: { status, message }, messages, seconds };
  }
  const isEnd = await endMark(client, { id, settle, request });
  const at = await client.wait(() => {
    const index = client.heard.findIndex(isEnd);
    return index < 0 ? undefined : index;
  }, SETTLE_SECONDS);
  const messages = taken(client, (at ?? client.heard.length - 1) + 1);
  const reply = at === undefined ? unsettled(client) : replyOf(content);
  return { id, reply, messages, seconds };
}

/** How the message looks that ends a cell's outputs. */
async function endMark(
  client: Client,
  { id, settle, request }: {
    readonly id: string;
    readonly settle: Settle;
    readonly request: (code: string, silent: boolean) => Promise<string>;
  },
): Promise<(message: Message) => boolean> {
  if (settle === "idle") {
    return ({ type, parent, content }) =>
      type === "status" && parent === id && content.execution_state === "idle";
  }
  const mark = crypto.randomUUID();
  const asked = await request(
    `Deno.jupyter.broadcast("${MARKER}", { mark: "${mark}" }); undefined`,
    true,
  );
  await client.wait(() => client.reply(asked), SETTLE_SECONDS);
  return ({ type, content }) => type === MARKER && content.mark === mark;
}

function taken(client: Client, count: number): Message[] {
  return client.heard.splice(0, count).filter(({ type }) => OUTPUTS.includes(type));
}

function unsettled(client: Client): Reply {
  const message = client.ended();
  return message === undefined
    ? { status: "timeout", message: `its outputs did not end within ${SETTLE_SECONDS} s` }
    : { status: "dead", message };
}

function replyOf({ status, ename, evalue, traceback }: JsonRecord): Reply {
  if (status === "ok") return { status };
  return {
    status: "error",
    name: String(ename),
    message: String(evalue),
    traceback: Array.isArray(traceback) ? traceback.map(String) : [],
  };
}
