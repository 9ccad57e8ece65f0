/** A headless Chromium driven over its DevTools protocol: what tests of pages need, no more. */

import { join } from "@std/path";
import { connect } from "./connection.ts";
import { openPage, type Page } from "./page.ts";

export type { Page };

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
        const closed = connection.send("Browser.close").catch(() => {}).then(() => child.status);
        await Promise.race([closed, pause(3000)]);
        connection.close();
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
