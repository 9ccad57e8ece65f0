/** A server that lies, cuts and stalls as told: one step of a script answers one request. */

import { assert } from "@std/assert";

/** A request as it came. */
export interface Heard {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
}

/** An answer, byte for byte. */
export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array;
  /** Leaves the connection open after the body, without another byte. */
  readonly hang?: boolean;
}

export type Step = (heard: Heard) => Said;

export interface ScriptedServer extends AsyncDisposable {
  readonly address: string;
  readonly heard: readonly Heard[];
}

/** Answers the n-th request by the n-th step, and every further one by the last. */
export function serveScript(...steps: readonly Step[]): ScriptedServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert(listener.addr.transport === "tcp");
  const heard: Heard[] = [];
  const open = new Set<Deno.Conn>();

  const answer = async (connection: Deno.Conn): Promise<void> => {
    let text = "";
    const buffer = new Uint8Array(4096);
    while (!text.includes("\r\n\r\n")) {
      const count = await connection.read(buffer);
      if (count === null) return connection.close();
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    }
    const [first, ...lines] = text.split("\r\n\r\n")[0].split("\r\n");
    const [method, target] = first.split(" ");
    const headers = new Headers(lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }));
    const request = { method, target, headers };
    heard.push(request);
    const said = steps[Math.min(heard.length, steps.length) - 1](request);
    const head = Object.entries(said.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    const encoder = new TextEncoder();
    await write(
      connection,
      encoder.encode(`HTTP/1.1 ${said.status} X\r\nconnection: close\r\n${head.join("")}\r\n`),
    );
    await write(connection, said.body ?? new Uint8Array(0));
    if (said.hang) open.add(connection);
    else connection.close();
  };

  const served = (async () => {
    for await (const connection of listener) answer(connection).catch(() => connection.close());
  })();
  return {
    address: `http://127.0.0.1:${listener.addr.port}`,
    heard,
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.close();
      listener.close();
      await served;
    },
  };
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Where the request wants to begin. */
export function rangeStart({ headers }: Heard): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
}

/** A well-behaved server's answer, cut after `upTo` bytes of the file. */
export function honestly(
  file: Uint8Array,
  { upTo = file.length, etag = '"one"' }: { readonly upTo?: number; readonly etag?: string } = {},
): Step {
  return (heard) => {
    const start = heard.headers.get("if-range") === etag || !heard.headers.has("if-range")
      ? rangeStart(heard)
      : 0;
    const range: Readonly<Record<string, string>> = start === 0
      ? {}
      : { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` };
    return {
      status: start === 0 ? 200 : 206,
      headers: { "content-length": file.length - start, etag, ...range },
      body: file.subarray(start, Math.max(start, upTo)),
    };
  };
}
