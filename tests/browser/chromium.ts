/** A headless Chromium driven over its DevTools protocol: what tests of pages need, no more. */

import { join } from "@std/path";

/** One page of the browser. */
export interface Page {
  /** Errors that scripts of the page threw and nobody caught. */
  readonly errors: readonly string[];
  goto(address: string): Promise<void>;
  /** The value of an expression in the page; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression's value is truthy, and resolves to it. */
  waitFor<T>(expression: string, what: string, seconds?: number): Promise<T>;
  /** Moves the mouse to a point in CSS pixels and clicks there. */
  click(x: number, y: number): Promise<void>;
  /** A PNG of what is visible. */
  screenshot(): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A browser process of its own, with an empty profile; both go when it is disposed of. */
export interface Browser extends AsyncDisposable {
  open(address: string): Promise<Page>;
}

const NAMES: readonly string[] = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The first Chromium or Chrome that starts, or undefined. */
export async function findChromium(names: readonly string[] = NAMES): Promise<string | undefined> {
  for (const name of names) {
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return name;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

type Message = Readonly<Record<string, unknown>>;
type Send = (method: string, params?: Message, sessionId?: string) => Promise<Message>;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts a browser with a window of 1280×900 CSS pixels. */
export async function startChromium(program: string): Promise<Browser> {
  const profile = await Deno.makeTempDir({ prefix: "kizu-chromium-" });
  const child = new Deno.Command(program, {
    args: [
      "--headless=new",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "--window-size=1280,900",
      "--no-first-run",
      // Containers forbid the sandbox; only pages of this project are opened.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-extensions",
      "--disable-background-networking",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--no-proxy-server",
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const end = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It had ended by itself.
    }
    await child.status;
    // Its own children may write a moment longer.
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        return await Deno.remove(profile, { recursive: true });
      } catch {
        await pause(100);
      }
    }
  };
  try {
    const connection = await connect(await debuggingAddress(profile));
    return {
      open: async (address) => {
        const page = await openPage(connection);
        await page.goto(address);
        return page;
      },
      async [Symbol.asyncDispose]() {
        await connection.send("Browser.close").catch(() => {});
        connection.close();
        await Promise.race([child.status, pause(3000)]);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Chromium writes the port and path that it listens at into its profile. */
async function debuggingAddress(profile: string): Promise<string> {
  const file = join(profile, "DevToolsActivePort");
  for (let attempt = 0; attempt < 300; attempt++) {
    const [port, path] = (await Deno.readTextFile(file).catch(() => "")).split("\n");
    if (path) return `ws://127.0.0.1:${port}${path}`;
    await pause(100);
  }
  throw new Error("Chromium did not open its DevTools port within 30 s");
}

interface Connection {
  readonly send: Send;
  on(sessionId: string, listener: (method: string, params: Message) => void): void;
  close(): void;
}

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Could not connect to ${address}`));
  });
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<Message>>();
  const listeners = new Map<string, (method: string, params: Message) => void>();
  socket.onmessage = ({ data }) => {
    const { id, sessionId, method, params, result, error } = JSON.parse(data);
    if (id === undefined) return listeners.get(sessionId)?.(method, params);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(new Error("Chromium has gone"));
  };
  return {
    send(method, params = {}, sessionId) {
      const answer = Promise.withResolvers<Message>();
      waiting.set(++last, answer);
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
      return answer.promise;
    },
    on: (sessionId, listener) => void listeners.set(sessionId, listener),
    close: () => socket.close(),
  };
}

async function openPage(connection: Connection): Promise<Page> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
  const attached = await connection.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(attached.sessionId);
  const send = (method: string, params?: Message) => connection.send(method, params, session);

  const errors: string[] = [];
  let loaded = Promise.withResolvers<void>();
  connection.on(session, (method, params) => {
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Runtime.exceptionThrown") errors.push(describe(params.exceptionDetails));
    // A page that asks whether to leave it would wait for ever.
    if (method === "Page.javascriptDialogOpening") {
      send("Page.handleJavaScriptDialog", { accept: true });
    }
  });
  await send("Page.enable");
  await send("Runtime.enable");

  async function evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`In the page: ${describe(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  return {
    errors,
    evaluate,
    async goto(address) {
      loaded = Promise.withResolvers();
      const { errorText } = await send("Page.navigate", { url: address });
      if (errorText) throw new Error(`Could not open ${address}: ${errorText}`);
      await loaded.promise;
    },
    async waitFor<T>(expression: string, what: string, seconds = 30) {
      const deadline = performance.now() + seconds * 1000;
      while (performance.now() < deadline) {
        const value = await evaluate<T>(expression);
        if (value) return value;
        await pause(100);
      }
      throw new Error(`Waited ${seconds} s in vain for ${what}`);
    },
    async click(x, y) {
      const at = { x, y, button: "left", clickCount: 1 };
      await send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
      await send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
      await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      return Uint8Array.fromBase64(String(data));
    },
    async close() {
      await connection.send("Target.closeTarget", { targetId });
    },
  };
}

function describe(details: unknown): string {
  const { text, exception } = details as { text: string; exception?: { description?: string } };
  return exception?.description ?? text;
}
