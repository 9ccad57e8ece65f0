import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import {
  kernelSpec,
  serverConfiguration,
  writeConfiguration,
} from "../../src/lab/configuration.ts";
import { reasonOf } from "../../src/lab/install.ts";
import { labPlaces, labVariables } from "../../src/lab/places.ts";
import { findPython } from "../../src/lab/python.ts";
import { freePort } from "../../src/lab/server.ts";
import { promisedBy, withoutOutputs } from "./notebook_file.ts";
import { complaints, type SeenCell } from "./notebook_page.ts";
import { faultyNotebook, soundNotebook } from "./samples.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("the stop button asks the kernel by message, so that variables are kept", () => {
  const spec = kernelSpec("/somewhere/deno");
  assertEquals(spec.interrupt_mode, "message");
  assertEquals(spec.language, "typescript");
  assertEquals(spec.argv, [
    "/somewhere/deno",
    "jupyter",
    "--kernel",
    "--conn",
    "{connection_file}",
  ]);
});

Deno.test("the configuration names the environment's own kernel, and lies in its folder", async () => {
  const home = await Deno.makeTempDir({ prefix: "kizu-lab-" });
  try {
    const places = labPlaces(home);
    await writeConfiguration(places);
    const read = async (...parts: readonly string[]) =>
      JSON.parse(await Deno.readTextFile(join(home, ...parts)));
    assertEquals(await read("data", "kernels", "deno", "kernel.json"), kernelSpec(places.deno));
    assert(places.deno.startsWith(home));
    const config = await read("config", "jupyter_server_config.json");
    assertEquals(config, serverConfiguration(places));
    assertEquals(config.ServerApp.ip, "127.0.0.1");
    assertEquals(config.KernelSpecManager.allowed_kernelspecs, ["deno"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("every folder that Jupyter and pip are told of lies below one", () => {
  const places = labPlaces(join(root, ".lab"));
  const paths = Object.values(places).filter((path) => path !== places.home);
  assertEquals(paths.length, 12);
  for (const path of paths) assert(path.startsWith(places.home), path);
  const folders = Object.entries(labVariables(places)).filter(([name, value]) =>
    /DIR$|HOME$/.test(name) && value !== ""
  );
  assertEquals(folders.length, 8);
  for (const [name, value] of folders) assert(value.startsWith(places.home), name);
  // The kernel finds Deno's cache of packages by these.
  assert(!("HOME" in labVariables(places)) && !("XDG_CACHE_HOME" in labVariables(places)));
});

Deno.test("every package is pinned, with the kernel and both interfaces among them", async () => {
  const text = await Deno.readTextFile(join(root, "src", "lab", "requirements.txt"));
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert(lines.length > 80, `${lines.length} packages`);
  for (const line of lines) assert(/^[\w.-]+==[\w.]+( ; .+)?$/.test(line), line);
  const found = ["jupyterlab", "notebook", "deno"].filter((name) =>
    lines.some((line) => line.startsWith(`${name}==`))
  );
  assertEquals(found, ["jupyterlab", "notebook", "deno"]);
});

Deno.test("without Python one line says what to install, and how VS Code does without", async () => {
  const error = await assertRejects(() => findPython(["no-such-python"]), RangeError);
  assert(error.message.startsWith("Cannot open the notebooks in Jupyter as Python 3.10 or newer"));
  for (const part of ["none found", "install it: ", "VS Code", "`deno jupyter --install`"]) {
    assert(error.message.includes(part), `${part} not in: ${error.message}`);
  }
  assert(!error.message.includes("\n"));
});

Deno.test("a port in use is passed over for the next free one, of fifty", () => {
  const tried: number[] = [];
  const until = (free: number) => (port: number) => {
    tried.push(port);
    return port < free;
  };
  assertEquals(freePort(8888, until(8890)), 8890);
  assertEquals(tried, [8888, 8889, 8890]);
  assertThrows(() => freePort(8888, until(8938)), RangeError, "8888 to 8937 are all in use");
  assertEquals(tried.length, 3 + 50);
  assertThrows(() => freePort(65534, until(65536)), RangeError, "65534 to 65535 are all in use");
});

Deno.test("pip's reason is the connection that broke, not the version that was not found", () => {
  const offline = [
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot connect to " +
    "proxy.', NewConnectionError('<a.B object at 0x7f47>: [Errno 111] refused'))': /simple/anyio/",
    "ERROR: Could not find a version that satisfies the requirement anyio==4.16.0",
    "ERROR: No matching distribution found for anyio==4.16.0",
  ].join("\n");
  assertEquals(
    reasonOf(offline),
    "no connection: ProxyError('Cannot connect to proxy.', " +
      "NewConnectionError('[Errno 111] refused'))",
  );
  assertEquals(
    reasonOf("Collecting anyio\nERROR: No space left on device\nWARNING: more"),
    "No space left on device",
  );
  assertEquals(reasonOf("one\ntwo\n"), "two");
  assertEquals(reasonOf(""), "it ended without a word");
});

Deno.test("a notebook promises the figures that its committed outputs hold", () => {
  const promised = promisedBy(soundNotebook);
  assertEquals(promised.length, 41);
  assertEquals(promised[0], undefined);
  assertEquals(promised.slice(1, 4).map((cell) => cell?.figures), [0, 1, 2]);
  assertEquals(promised[5], { figures: 0, blank: true });
  const emptied = JSON.stringify(withoutOutputs(soundNotebook));
  assert(JSON.stringify(soundNotebook).includes(`"outputs":[{`));
  assert(!emptied.includes(`"outputs":[{`));
  assertEquals(promisedBy(faultyNotebook).map((cell) => cell?.figures), [1, 1, 1, 0, 1, 0]);
});

Deno.test("what is missing, empty, misplaced or in error under a cell is complained of", () => {
  const figure = { figures: 1, blank: false };
  const good: SeenCell = { prompt: "1", drawn: [true], sliders: [], errors: [] };
  assertEquals(complaints([figure], [good]), []);
  assertEquals(complaints([figure], [good, good]), ["1 cells in the file, 2 in the page"]);
  assertEquals(
    complaints([figure, figure, { figures: 0, blank: false }, figure, undefined], [
      { ...good, drawn: [] },
      { ...good, drawn: [false] },
      good,
      { ...good, prompt: "", errors: ["Error: x\n  at y"] },
      { ...good, prompt: "", drawn: [] },
    ]),
    [
      "cell 1 has 0 of 1 figures",
      "cell 2 has nothing drawn on figure 1",
      "cell 3 has 1 of 0 figures",
      "cell 4 shows an error: Error: x",
      "cell 4 has not run",
    ],
  );
});
