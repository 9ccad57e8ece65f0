/** `deno task lab`: the notebooks in JupyterLab, from an environment of the project's own. */

import { fromFileUrl, isAbsolute, join, relative, resolve } from "@std/path";
import { cannot, didYouMean } from "../errors.ts";
import { LabFailure } from "../lab/failure.ts";
import { install } from "../lab/install.ts";
import { labPlaces } from "../lab/places.ts";
import { withoutPython } from "../lab/python.ts";
import { freePort, interfaces, type LabServer, startServer } from "../lab/server.ts";
import { helpText, parseCommand } from "./arguments.ts";
import { exitCodes, runCommand } from "./command.ts";
import { progressLine } from "./progress.ts";

const DEFAULT_PORT = 8888;
const browsers = ["default", "none"] as const;
const root = fromFileUrl(new URL("../../", import.meta.url));

const spec = {
  notebook: { kind: "flag", help: "Notebook 7, one document a page, instead of JupyterLab" },
  browser: {
    kind: "text",
    value: browsers.join("|"),
    help: "whether the system's browser is opened; default: default",
  },
  port: {
    kind: "number",
    value: "N",
    help: `where to listen, or the next free one after it; default: ${DEFAULT_PORT}`,
    range: { least: 1024, most: 65535, whole: true },
  },
  folder: { kind: "text", value: "DIR", help: "what to open, in the project; default: notebooks" },
  reset: { kind: "flag", help: "make the environment anew" },
  help: { kind: "flag", help: "print this and stop" },
} as const;

const help = helpText({
  command: "deno task lab",
  purpose: "Opens the notebooks in JupyterLab on the Deno kernel.",
  spec,
  notes: [
    "The first start installs JupyterLab and the kernel, at fixed versions, into the project's\n" +
    "folder .lab/ (350 MB) and touches nothing else; delete the folder to be rid of it.",
    `It needs Python 3.10 or newer;\n${withoutPython}.`,
    "Ctrl-C stops the server and its kernels. Exit code: 0 done, 1 failed, 2 bad usage or input.",
  ],
  examples: [
    ["deno task lab", "installs where needed, starts, opens the browser"],
    ["deno task lab --browser none --port 9000", "prints the address only"],
  ],
});

const interruption = new AbortController();
let server: LabServer | undefined;
let work: Promise<void> = Promise.resolve();

/** Stops whatever runs, and waits until it has tidied up behind itself. */
async function interrupted(): Promise<void> {
  interruption.abort();
  await server?.stop();
  await work.catch(() => {});
}

async function open(args: readonly string[]): Promise<void> {
  const given = parseCommand(spec, args);
  if (given.help) return console.log(help);
  const browser = browserOf(given.browser);
  const folder = await folderOf(given.folder);
  const face = given.notebook ? "notebook" : "lab";
  const places = labPlaces(join(root, ".lab"));
  const { signal } = interruption;

  const line = progressLine();
  const started = performance.now();
  using _held = await install(places, {
    requirements: join(root, "src", "lab", "requirements.txt"),
    reset: given.reset,
    signal,
    events: {
      waiting: () => console.error("Waiting for another `deno task lab` of this project to end."),
      begin: () => line.begin("Installing JupyterLab and the kernel into .lab/ (once)"),
      progress: (done, total) => line.show({ stage: "packages", done, total }),
      end: () => line.end(`done in ${((performance.now() - started) / 1000).toFixed(0)} s`),
    },
  });

  const wanted = given.port ?? DEFAULT_PORT;
  const port = freePort(wanted);
  if (port !== wanted) console.error(`Port ${wanted} is in use: taking ${port}.`);
  server = await startServer(places, { face, folder, port, browser, signal });
  const { title } = interfaces[face];
  console.log(`${title} shows ${relative(root, folder) || "."}/ at ${server.address}`);
  console.log("Ctrl-C stops it and its kernels.");
  const code = await server.ended;
  if (signal.aborted) return;
  if (code !== 0) throw new LabFailure(`${title} ended with code ${code} (see .lab/server.log)`);
  console.log(`${title} was shut down.`);
}

function browserOf(choice: string = browsers[0]): boolean {
  if (!browsers.some((known) => known === choice)) {
    throw cannot(
      "read the command",
      `--browser is ${browsers.join(" or ")}`,
      `"${choice}"${didYouMean(choice, browsers)}`,
    );
  }
  return choice === "default";
}

/** The folder's full path; outside the project the kernel would not find `@kizu/kizu`. */
async function folderOf(path = join(root, "notebooks")): Promise<string> {
  const folder = resolve(path);
  const below = relative(root, folder);
  if (below.startsWith("..") || isAbsolute(below)) {
    throw cannot("open the notebooks", "the folder must be in the project", path);
  }
  const found = await Deno.stat(folder).catch(() => undefined);
  if (!found?.isDirectory) {
    throw cannot("open the notebooks", "the folder must be there", path);
  }
  return folder;
}

async function main(args: readonly string[]): Promise<void> {
  // Closing the terminal must not leave a server behind.
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", async () => {
      await interrupted();
      Deno.exit(exitCodes.interrupted);
    });
  }
  work = open(args);
  try {
    await work;
  } catch (error) {
    // The interruption ends the process itself, when all is stopped.
    if (interruption.signal.aborted) await new Promise(() => {});
    if (!(error instanceof LabFailure)) throw error;
    console.error(`error: ${error.message.replaceAll("\n", " ")}`);
    Deno.exit(exitCodes.failed);
  }
  if (interruption.signal.aborted) await new Promise(() => {});
}

if (import.meta.main) await runCommand(main, interrupted);
