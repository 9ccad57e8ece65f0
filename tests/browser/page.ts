/** One page of a browser, used by mouse and keys and asked by expressions. */

import type { Connection, Listener, Message } from "./connection.ts";

/** One page of the browser. */
export interface Page {
  /** Errors that scripts of the page threw and nobody caught. */
  readonly errors: readonly string[];
  /** Loads an address, also where only its hash differs from what is open. */
  goto(address: string): Promise<void>;
  /** The value of an expression in the page; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression's value is truthy, and resolves to it. */
  waitFor<T>(expression: string, what: string, seconds?: number): Promise<T>;
  /** Moves the mouse to a point in CSS pixels and clicks there. */
  click(x: number, y: number): Promise<void>;
  /** Presses and releases a key. */
  press(key: Key): Promise<void>;
  /** A PNG of what is visible. */
  screenshot(): Promise<Uint8Array<ArrayBuffer>>;
  /** A method of the DevTools protocol, for what has no function here. */
  send(method: string, params?: Message): Promise<Message>;
  /** Hears an event of the DevTools protocol; all but those of Page and Runtime are to be enabled. */
  on<Params>(event: string, listener: (params: Params) => void): void;
  close(): Promise<void>;
}

/** Keys by name, with the codes by which Chromium knows what they do. */
const KEYS = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
} as const;

/** A key that can be pressed. */
export type Key = keyof typeof KEYS;

interface ExceptionDetails {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

const describe = ({ text, exception }: ExceptionDetails) => exception?.description ?? text;

/** Opens an empty page. */
export async function openPage(connection: Connection): Promise<Page> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
  const attached = await connection.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(attached.sessionId);
  const send = (method: string, params?: Message) => connection.send(method, params, session);

  const listeners: Listener[] = [];
  connection.listen(session, (event, params) => {
    for (const listener of listeners) listener(event, params);
  });
  function on<Params>(event: string, listener: (params: Params) => void): void {
    listeners.push((name, params) => {
      if (name === event) listener(params as Params);
    });
  }

  const errors: string[] = [];
  let loaded = Promise.withResolvers<void>();
  on("Page.loadEventFired", () => loaded.resolve());
  on<{ exceptionDetails: ExceptionDetails }>("Runtime.exceptionThrown", (thrown) => {
    errors.push(describe(thrown.exceptionDetails));
  });
  // A page that asks whether to leave it would wait for ever.
  on("Page.javascriptDialogOpening", () => {
    send("Page.handleJavaScriptDialog", { accept: true });
  });
  await send("Page.enable");
  await send("Runtime.enable");
  // Without the focus, `:focus` and keys would go nowhere.
  await send("Emulation.setFocusEmulationEnabled", { enabled: true });

  async function load(address: string): Promise<void> {
    loaded = Promise.withResolvers();
    const { errorText } = await send("Page.navigate", { url: address });
    if (errorText) throw new Error(`Could not open ${address}: ${errorText}`);
    await loaded.promise;
  }

  async function evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(`In the page: ${describe(exceptionDetails as ExceptionDetails)}`);
    }
    return (result as { value: T }).value;
  }

  return {
    errors,
    evaluate,
    send,
    on,
    async goto(address) {
      // An address that differs in its hash alone would not load again.
      await load("about:blank");
      await load(address);
    },
    async waitFor<T>(expression: string, what: string, seconds = 30) {
      const deadline = performance.now() + seconds * 1000;
      while (performance.now() < deadline) {
        const value = await evaluate<T>(expression);
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`Waited ${seconds} s in vain for ${what}`);
    },
    async click(x, y) {
      const at = { x, y, button: "left", clickCount: 1 };
      await send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
      await send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
      await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
    },
    async press(key) {
      const of = { key, code: key, windowsVirtualKeyCode: KEYS[key] };
      const text = key === "Enter" ? { text: "\r" } : {};
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...of, ...text });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...of });
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
