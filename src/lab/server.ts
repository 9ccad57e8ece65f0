/** Starting JupyterLab or Notebook 7 as a child process, and stopping it with its kernels. */

import { request } from "node:http";
import { cannot } from "../errors.ts";
import { writeConfiguration } from "./configuration.ts";
import { LabFailure } from "./failure.ts";
import { type LabPlaces, labVariables } from "./places.ts";

/** The two interfaces over the same notebooks, with the page that each begins at. */
export const interfaces = {
  lab: { title: "JupyterLab", module: "jupyterlab", page: "lab" },
  notebook: { title: "Notebook 7", module: "notebook", page: "tree" },
} as const;

/** A server that runs. */
export interface LabServer {
  /** What to open in a browser, token included. */
  readonly address: string;
  /** Resolves when the server has ended by itself, to its exit code. */
  readonly ended: Promise<number>;
  /** Ends the kernels and the server; at once when asked again a second later. */
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const START_SECONDS = 90;
const STOP_SECONDS = 15;

/**
 * The first port from a number on that nobody listens at.
 *
 * @param taken whether a port cannot be had; by default tried out on this machine
 * @throws {RangeError} where fifty in a row are taken
 *
 * @example
 * ```ts
 * console.assert(freePort(8888, (port) => port < 8890) === 8890);
 * ```
 */
export function freePort(from: number, taken: (port: number) => boolean = isTaken): number {
  const last = Math.min(from + 49, 65535);
  for (let port = from; port <= last; port++) if (!taken(port)) return port;
  throw cannot("start Jupyter", "a port must be free", `${from} to ${last} are all in use`);
}

function isTaken(port: number): boolean {
  try {
    Deno.listen({ hostname: HOST, port }).close();
    return false;
  } catch (error) {
    // Some systems keep ports for themselves, and then forbid them.
    const { AddrInUse, PermissionDenied } = Deno.errors;
    if (error instanceof AddrInUse || error instanceof PermissionDenied) return true;
    throw error;
  }
}

/**
 * Starts a server on a folder, for this machine only, and waits until it answers.
 *
 * @throws {LabFailure} where the server ends instead, with the end of what it said
 */
export async function startServer(
  places: LabPlaces,
  { face, folder, port, browser, signal }: {
    readonly face: keyof typeof interfaces;
    readonly folder: string;
    readonly port: number;
    /** Whether Jupyter opens the system's browser. */
    readonly browser: boolean;
    readonly signal: AbortSignal;
  },
): Promise<LabServer> {
  const { title, module, page } = interfaces[face];
  await writeConfiguration(places);
  const token = crypto.getRandomValues(new Uint8Array(24)).toHex();
  const log = await Deno.open(places.serverLog, { write: true, create: true, truncate: true });
  const child = new Deno.Command(places.interpreter, {
    args: [
      "-m",
      module,
      `--ServerApp.port=${port}`,
      `--ServerApp.root_dir=${folder}`,
      // As root, for example in a container, Jupyter otherwise refuses to start.
      "--allow-root",
      ...(browser ? [] : ["--no-browser"]),
    ],
    // The token goes by the environment: command lines can be read by every user.
    env: { ...labVariables(places), JUPYTER_TOKEN: token },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // A terminal's Ctrl-C is for this process, which then ends the kernels in order.
    detached: true,
  }).spawn();
  const logged = child.stderr.pipeTo(log.writable);
  const ended = child.status.then(async ({ code }) => {
    await logged;
    return code;
  });
  let running = true;
  ended.then(() => running = false);

  let stopping: Promise<void> | undefined;
  let asked = 0;
  const stop = (): Promise<void> => {
    // One Ctrl-C may arrive twice, from the terminal and from `deno task`.
    if (stopping !== undefined && running && performance.now() - asked > 1000) {
      child.kill("SIGKILL");
    }
    asked = performance.now();
    return stopping ??= (async () => {
      if (!running) return;
      // Asked like this it ends its kernels on every system; a signal would not on Windows.
      const status = await post(port, "/api/shutdown", token).catch(() => 0);
      if (status !== 200 && running) child.kill("SIGTERM");
      const late = setTimeout(() => running && child.kill("SIGKILL"), STOP_SECONDS * 1000);
      await ended;
      clearTimeout(late);
    })();
  };

  const deadline = performance.now() + START_SECONDS * 1000;
  while (!await answers(port)) {
    if (signal.aborted || performance.now() > deadline) {
      await stop();
      signal.throwIfAborted();
      throw new LabFailure(
        `${title} did not answer within ${START_SECONDS} s (see ${places.serverLog})`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!running) {
      const said = (await Deno.readTextFile(places.serverLog)).trim().split("\n").at(-1);
      throw new LabFailure(`${title} did not start: ${said} (see ${places.serverLog})`);
    }
  }
  return { address: `http://${HOST}:${port}/${page}?token=${token}`, ended, stop };
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: HOST, port })).close();
    return true;
  } catch {
    return false;
  }
}

/** The status of a request; not by `fetch`, which would go by a proxy where one is set. */
function post(port: number, path: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: HOST,
      port,
      path,
      method: "POST",
      headers: { authorization: `token ${token}`, "content-length": "0" },
    }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
