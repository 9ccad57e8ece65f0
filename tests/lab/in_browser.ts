/**
 * `deno task test-lab`: the notebooks in JupyterLab and a browser, as a reader has them. Not part
 * of `deno task test`, as it installs JupyterLab.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { findPython } from "../../src/lab/python.ts";
import { freePort } from "../../src/lab/server.ts";
import { type Browser, findChromium, type Page, startChromium } from "../browser/chromium.ts";
import { type NotebookFile, promisedBy, withoutOutputs } from "./notebook_file.ts";
import {
  complaints,
  deadSliders,
  lookAtCells,
  runAllCells,
  waitUntilOpen,
} from "./notebook_page.ts";
import { faults, faultyNotebook, soundNotebook } from "./samples.ts";

/** Opened from notebooks/, by the beginning of the name: short ones with many figures. */
const NOTEBOOKS = ["01", "06", "08"];
/** For one notebook; they are made to take a minute at most. */
const RUN_SECONDS = 120;

const root = fromFileUrl(new URL("../../", import.meta.url));
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const chromium = await findChromium();
const missing = chromium === undefined
  ? "no Chromium or Chrome is on the PATH"
  : await findPython().then(() => undefined, (error: Error) => error.message);
if (missing !== undefined) console.log(`deno task test-lab: skipped, ${missing}`);

interface Lab {
  readonly address: URL;
  /** Interrupts the command as Ctrl-C does; resolves to its exit code. */
  stop(): Promise<number>;
}

/** Starts `deno task lab` with its own permissions. */
async function startLab(args: readonly string[]): Promise<Lab> {
  const [, ...command] = config.tasks.lab.command.split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command, "--browser", "none", ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  const address = Promise.withResolvers<URL>();
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      said += decoder.decode(bytes, { stream: true });
      const found = /http:\S+/.exec(said)?.[0];
      if (found !== undefined) address.resolve(new URL(found));
    }
    address.reject(new Error(`deno task lab gave no address: ${said}`));
  })();
  address.promise.catch(() => {});
  return {
    address: await address.promise,
    async stop() {
      child.kill("SIGINT");
      await reading;
      return (await child.status).code;
    },
  };
}

/** The ids of the kernels that run. */
async function kernels(page: Page): Promise<string[]> {
  return await page.evaluate(
    `fetch("/api/kernels").then((r) => r.json()).then((all) => all.map(({ id }) => id))`,
  );
}

async function openAndRun(
  browser: Browser,
  { address, path, notebook }: { address: URL; path: string; notebook: NotebookFile },
): Promise<Page> {
  const page = await browser.open(new URL(path + address.search, address).href);
  try {
    await waitUntilOpen(page, notebook.cells.length);
    await runAllCells(page, promisedBy(notebook), RUN_SECONDS);
  } catch (error) {
    await page.close();
    throw error;
  }
  return page;
}

/** Everything wrong with a notebook that has run; figures get a moment to be drawn. */
async function judge(page: Page, notebook: NotebookFile): Promise<string[]> {
  const promised = promisedBy(notebook);
  const deadline = performance.now() + 5000;
  let seen = await lookAtCells(page);
  while (complaints(promised, seen).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    seen = await lookAtCells(page);
  }
  const found = complaints(promised, seen);
  for (const [i, { sliders }] of seen.entries()) {
    if (sliders.length === 0) continue;
    const dead = await deadSliders(page, i);
    found.push(...dead.map((name) => `cell ${i + 1} has a slider that changes nothing: ${name}`));
  }
  // Not judged: Notebook 7 throws one of its own. But they may say why something is not there.
  if (found.length > 0) console.log("the page's own errors:", page.errors);
  return found;
}

/** Ends a page and its kernel, so that the next notebook has the machine for itself. */
async function endPage(page: Page, { searchParams }: URL): Promise<void> {
  const headers = JSON.stringify({ authorization: `token ${searchParams.get("token")}` });
  for (const id of await kernels(page)) {
    await page.evaluate(
      `fetch("/api/kernels/${id}", { method: "DELETE", headers: ${headers} }).then(() => 0)`,
    );
  }
  await page.close();
}

/** The chosen notebooks; while notebooks/ has none of them, a sample. */
async function chosenNotebooks(): Promise<(readonly [name: string, notebook: NotebookFile])[]> {
  const names = (await Array.fromAsync(Deno.readDir(join(root, "notebooks"))))
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb") && NOTEBOOKS.some((start) => name.startsWith(start)));
  if (names.length === 0) return [["sound.ipynb", soundNotebook]];
  return await Promise.all(
    names.sort().map(async (name) =>
      [
        name,
        JSON.parse(await Deno.readTextFile(join(root, "notebooks", name))),
      ] as const
    ),
  );
}

Deno.test({
  name: "notebooks in a browser",
  ignore: missing !== undefined,
  async fn(t) {
    // Copies: an interface saves what it has open, and the committed outputs must stay.
    await Deno.mkdir(join(root, ".lab"), { recursive: true });
    const folder = await Deno.makeTempDir({ dir: join(root, ".lab"), prefix: "test-" });
    const put = (name: string, notebook: NotebookFile) =>
      Deno.writeTextFile(join(folder, name), JSON.stringify(withoutOutputs(notebook)));
    const port = freePort(9400);
    const open = (...more: readonly string[]) =>
      startLab(["--folder", folder, "--port", `${port}`, ...more]);

    const notebooks = await chosenNotebooks();
    for (const [name, notebook] of notebooks) await put(name, notebook);
    await put("sound.ipynb", soundNotebook);
    await put("faulty.ipynb", faultyNotebook);

    let started = performance.now();
    let lab: Lab | undefined;
    try {
      const jupyter = lab = await open();
      console.log(`installed where needed, and started: ${seconds(started)}`);
      await using browser = await startChromium(chromium ?? "");

      for (const [name, notebook] of notebooks) {
        await t.step(`JupyterLab draws all of ${name}, and its sliders work`, async () => {
          started = performance.now();
          const figures = promisedBy(notebook).reduce((sum, cell) => sum + (cell?.figures ?? 0), 0);
          assert(figures > 0, `${name} has no committed figures to compare with`);
          const path = `/lab/workspaces/${name.replace(/\W/g, "-")}/tree/${name}`;
          const page = await openAndRun(browser, { address: jupyter.address, path, notebook });
          assertEquals(await judge(page, notebook), []);
          const sliders = (await lookAtCells(page)).flatMap((cell) => cell.sliders);
          assert(sliders.length > 0, `${name} has no slider`);
          await endPage(page, jupyter.address);
          console.log(`${figures} figures, ${sliders.length} sliders: ${seconds(started)}`);
        });
      }

      let running: string[] = [];
      await t.step("a notebook's faults are found", async () => {
        const path = "/lab/workspaces/faulty/tree/faulty.ipynb";
        const notebook = faultyNotebook;
        const page = await openAndRun(browser, { address: jupyter.address, path, notebook });
        assertEquals(await judge(page, notebook), faults);
        running = await kernels(page);
        assertEquals(running.length, 1);
      });

      await t.step("Ctrl-C ends the server and its kernels", async () => {
        started = performance.now();
        lab = undefined;
        assertEquals(await jupyter.stop(), 130);
        console.log(`stopped: ${seconds(started)}`);
        assertEquals(Number(jupyter.address.port), port);
        assertEquals(freePort(port), port);
        for (const id of running) {
          const file = join(root, ".lab", "runtime", `kernel-${id}.json`);
          assertEquals(await Deno.stat(file).then(() => true, () => false), false, file);
        }
        if (Deno.build.os !== "windows") assertEquals(await processesNaming(running), []);
      });

      await t.step("Notebook 7 draws the same, at the next port where one is in use", async () => {
        started = performance.now();
        using _taken = Deno.listen({ hostname: "127.0.0.1", port });
        const seven = lab = await open("--notebook");
        assert(Number(seven.address.port) > port, seven.address.port);
        const path = "/notebooks/sound.ipynb";
        const notebook = soundNotebook;
        const page = await openAndRun(browser, { address: seven.address, path, notebook });
        assertEquals(await judge(page, notebook), []);
        await endPage(page, seven.address);
        console.log(`Notebook 7: ${seconds(started)}`);
      });
    } finally {
      await lab?.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Command lines of processes that carry one of the kernels' ids. */
async function processesNaming(ids: readonly string[]): Promise<string[]> {
  const listed = await new Deno.Command("ps", { args: ["-eo", "args"] }).output()
    .catch(() => undefined);
  // Slim containers have no ps: there the connection files must do.
  if (listed === undefined) return [];
  const lines = new TextDecoder().decode(listed.stdout).split("\n");
  assert(lines.length > 1);
  return lines.filter((line) => ids.some((id) => line.includes(id)));
}
