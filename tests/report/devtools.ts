/**
 * A headless Chromium with one page, driven by real keys and at any width, that keeps account of what
 * the page says and asks for. {@linkcode startChromium} of tests/browser/ has no such ways in.
 */

import { join } from "@std/path";

type Message = Readonly<Record<string, unknown>>;

/** The one page of a browser of its own; the browser and its profile go when it is disposed of. */
export interface DrivenPage extends AsyncDisposable {
  /** Errors thrown or logged, and refusals of the page's own security policy. */
  readonly complaints: readonly string[];
  /** Every address that the page asked for, but for those within it (`data:` and `blob:`) and `about:`. */
  readonly requests: readonly string[];
  send(method: string, params?: Message): Promise<Message>;
  goto(address: string): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  waitFor<T>(expression: string, what: string): Promise<T>;
  /** Presses and releases a key: `Enter`, `Escape`, `Tab`, `ArrowLeft`… */
  press(key: string): Promise<void>;
  /** Clicks the middle of the first element that a selector finds, after bringing it into view. */
  click(selector: string): Promise<void>;
  screenshot(): Promise<Uint8Array<ArrayBuffer>>;
}

const KEYS: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts a browser with a window of 1280×900 CSS pixels and an empty page. */
export async function openDrivenPage(program: string): Promise<DrivenPage> {
  const profile = await Deno.makeTempDir({ prefix: "kizu-report-" });
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
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        return await Deno.remove(profile, { recursive: true });
      } catch {
        await pause(100);
      }
    }
  };
  try {
    return await drive(await debuggingAddress(profile), end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function debuggingAddress(profile: string): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const text = await Deno.readTextFile(join(profile, "DevToolsActivePort")).catch(() => "");
    const [port, path] = text.split("\n");
    if (path) return `ws://127.0.0.1:${port}${path}`;
    await pause(100);
  }
  throw new Error("Chromium did not open its DevTools port within 30 s");
}

async function drive(address: string, end: () => Promise<void>): Promise<DrivenPage> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Could not connect to ${address}`));
  });
  const complaints: string[] = [];
  const requests: string[] = [];
  const waiting = new Map<number, PromiseWithResolvers<Message>>();
  let last = 0;
  let session: string | undefined;
  let loaded = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(data);
    if (id !== undefined) {
      const answer = waiting.get(id);
      waiting.delete(id);
      return error ? answer?.reject(new Error(error.message)) : answer?.resolve(result);
    }
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Runtime.exceptionThrown") complaints.push(describe(params.exceptionDetails));
    if (method === "Log.entryAdded") complaints.push(`${params.entry.level}: ${params.entry.text}`);
    if (method === "Runtime.consoleAPICalled") {
      complaints.push(`console.${params.type}: ${JSON.stringify(params.args)}`);
    }
    if (method === "Network.requestWillBeSent") {
      const { url } = params.request;
      if (!/^(data|blob|about):/.test(url)) requests.push(url);
    }
  };
  const send = (method: string, params: Message = {}): Promise<Message> => {
    const answer = Promise.withResolvers<Message>();
    waiting.set(++last, answer);
    socket.send(JSON.stringify({ id: last, method, params, sessionId: session }));
    return answer.promise;
  };
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  session = String(
    (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId,
  );
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  // Without the focus, `:focus` and key events would go nowhere.
  await send("Emulation.setFocusEmulationEnabled", { enabled: true });

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
    complaints,
    requests,
    send,
    evaluate,
    async goto(address) {
      loaded = Promise.withResolvers();
      // An address that differs in its hash alone would not load again.
      await send("Page.navigate", { url: "about:blank" });
      await loaded.promise;
      loaded = Promise.withResolvers();
      const { errorText } = await send("Page.navigate", { url: address });
      if (errorText) throw new Error(`Could not open ${address}: ${errorText}`);
      await loaded.promise;
    },
    async waitFor<T>(expression: string, what: string) {
      for (let attempt = 0; attempt < 200; attempt++) {
        const value = await evaluate<T>(expression);
        if (value) return value;
        await pause(50);
      }
      throw new Error(`Waited 10 s in vain for ${what}`);
    },
    async press(key) {
      const of = { key, code: key, windowsVirtualKeyCode: KEYS[key] };
      const text = key === "Enter" ? { text: "\r" } : {};
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...of, ...text });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...of });
    },
    async click(selector) {
      const [x, y] = await evaluate<[number, number]>(`(() => {
        const found = document.querySelector(${JSON.stringify(selector)});
        found.scrollIntoView({ block: "center", behavior: "instant" });
        const { left, top, width, height } = found.getBoundingClientRect();
        return [left + width / 2, top + height / 2];
      })()`);
      const at = { x, y, button: "left", clickCount: 1 };
      await send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
      await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      return Uint8Array.fromBase64(String(data));
    },
    async [Symbol.asyncDispose]() {
      session = undefined;
      await Promise.race([send("Browser.close").catch(() => {}), pause(3000)]);
      socket.close();
      await end();
    },
  };
}

function describe(details: unknown): string {
  const { text, exception } = details as { text: string; exception?: { description?: string } };
  return exception?.description ?? text;
}
