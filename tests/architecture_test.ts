/** The rules of the house, run as code. CONTRIBUTING.md says why they are there. */

import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join, relative } from "@std/path";
import config from "../deno.json" with { type: "json" };

const root = fromFileUrl(new URL("..", import.meta.url));

/** Rooms from the ground up; a file may import its own row's rooms and those of rows above it. */
const LAYERS: readonly (readonly string[])[] = [
  ["types", "errors", "tensor", "random", "sha256", "files", "version"],
  ["math", "onnx", "store"],
  ["metrics", "search", "image"],
  ["data", "backbones"],
  ["features"],
  ["detectors"],
  ["evaluation"],
  ["figures", "runner"],
  ["report"],
  ["notebook"],
  ["lab"],
  ["cli"],
];
/** Within a row these stand apart: none imports another. */
const APART = ["math", "metrics", "onnx", "store", "search", "image", "figures", "runner"];

interface Source {
  /** Path below the project, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

async function sources(folder: string, ending = ".ts"): Promise<Source[]> {
  const found: Source[] = [];
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await sources(path, ending));
    else if (entry.name.endsWith(ending)) {
      const text = await Deno.readTextFile(join(root, path));
      const imports = [...text.matchAll(/^(?:import|export)[^"';]*?from "([^"]+)"/gm)].map((m) =>
        m[1]
      );
      imports.push(...[...text.matchAll(/^import "([^"]+)"/gm)].map((m) => m[1]));
      imports.push(...[...text.matchAll(/\bimport\("([^"$]+)"\)/g)].map((m) => m[1]));
      found.push({ path, text, imports });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

const house = await sources("src");
const roomOf = (path: string) => path.replace(/^src\//, "").replace(/\.ts$/, "").split("/")[0];
const layerOf = (room: string) => LAYERS.findIndex((rooms) => rooms.includes(room));

Deno.test("every room is in a layer", () => {
  assert(house.length > 40, `${house.length} files`);
  for (const { path } of house) assert(layerOf(roomOf(path)) >= 0, path);
});

Deno.test("imports point down the layers only", () => {
  let checked = 0;
  for (const { path, imports } of house) {
    for (const specifier of imports.filter((name) => name.startsWith("."))) {
      if (specifier.endsWith(".json")) continue;
      const target = relative(root, join(root, dirname(path), specifier)).replaceAll("\\", "/");
      const [from, to] = [roomOf(path), roomOf(target)];
      assert(layerOf(to) <= layerOf(from), `${path} imports ${target}`);
      const sideways = from !== to && layerOf(from) === layerOf(to) && layerOf(from) > 0;
      assert(
        !(sideways && (APART.includes(from) || APART.includes(to))),
        `${path} imports ${target}`,
      );
      checked++;
    }
  }
  assert(checked > 100, `${checked} imports`);
});

Deno.test("math and metrics import nothing but the ground they stand on", () => {
  for (const { path, imports } of house) {
    if (!["math", "metrics"].includes(roomOf(path))) continue;
    for (const specifier of imports) assert(specifier.startsWith("."), `${path}: ${specifier}`);
  }
});

Deno.test("one file imports ONNX Runtime, and one room the ONNX format", () => {
  const importing = (name: string) =>
    house.filter(({ imports }) => imports.includes(name)).map(({ path }) => path);
  assertEquals(importing("onnxruntime-node"), ["src/onnx/session.ts"]);
  const readers = importing("onnx-proto");
  assert(readers.length > 0);
  for (const path of readers) assert(path.startsWith("src/onnx/"), path);
});

Deno.test("one file speaks to the kernel from within, and one to its sockets", () => {
  const speaking = house.filter(({ path, text }) =>
    roomOf(path) !== "runner" &&
    /Deno\.jupyter/.test(text.replaceAll(/^\s*(?:\*|\/\/|\/\*\*).*$/gm, ""))
  );
  assertEquals(speaking.map(({ path }) => path), ["src/notebook/kernel_hook.ts"]);
  const sockets = house.filter(({ imports }) => imports.includes("zeromq"));
  assertEquals(sockets.map(({ path }) => path), ["src/runner/sockets.ts"]);
});

Deno.test("codecs stay in the image room", () => {
  for (const { path, imports } of house) {
    if (["sharp", "imagescript", "jpeg-js"].some((codec) => imports.includes(codec))) {
      assertEquals(roomOf(path), "image", path);
    }
  }
});

Deno.test("only data, image, weights, files and the commands touch the file system", () => {
  const touching =
    /Deno\.(?:readFile|readTextFile|writeFile|writeTextFile|open|create|mkdir|remove|rename|stat|lstat|readDir|makeTemp\w+)(?:Sync)?\(/;
  const allowed = ["data", "image", "files", "store", "lab", "cli"];
  for (const { path, text } of house) {
    if (!touching.test(text.replaceAll(/^\s*(?:\*|\/\/).*$/gm, ""))) continue;
    assert(
      allowed.includes(roomOf(path)) || path.startsWith("src/backbones/weights/"),
      path,
    );
  }
});

Deno.test("nothing is printed below the commands", () => {
  for (const { path, text } of house) {
    if (roomOf(path) === "cli") continue;
    assert(!/\bconsole\./.test(text.replaceAll(/^\s*(?:\*|\/\/).*$/gm, "")), path);
  }
});

Deno.test("no file is called what says nothing", () => {
  for (const { path } of house) {
    assert(!/(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.ts$)/.test(path), path);
    assert(/^[a-z0-9_/]+\.ts$/.test(path), path);
  }
});

Deno.test("every dependency is in the import map, pinned, and used", async () => {
  const everything = [
    ...house,
    ...await sources("tests"),
    ...await sources("bench"),
  ];
  const used = new Set(
    everything.flatMap(({ imports }) => imports.filter((s) => !/^[./$]/.test(s))),
  );
  const map: Readonly<Record<string, string>> = config.imports;
  for (const specifier of used) {
    if (specifier.startsWith("node:") || specifier === config.name) continue;
    const known = Object.keys(map).some((name) =>
      name.endsWith("/")
        ? specifier.startsWith(name)
        : specifier === name || specifier === `${name}/package.json`
    );
    assert(known, `${specifier} is not in the import map`);
  }
  for (const [name, target] of Object.entries(map)) {
    const isUsed = name.endsWith("/")
      ? [...used].some((specifier) => specifier.startsWith(name))
      : used.has(name);
    assert(isUsed, `${name} is not used`);
    assert(/^(npm|jsr):\/?(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+/.test(target), `${name} is not pinned`);
  }
});

Deno.test("the README names every dependency", async () => {
  const readme = await Deno.readTextFile(join(root, "README.md"));
  for (const target of Object.values(config.imports)) {
    const name = target.replace(/^(npm|jsr):\/?/, "").replace(/@\d.*$/, "");
    assert(readme.includes(`\`${name}\``), `${name} is not in README.md`);
  }
});

Deno.test("mod.ts names every export", async () => {
  const text = await Deno.readTextFile(join(root, "mod.ts"));
  assert(text.length > 1000);
  assert(!text.includes("export *"));
});

Deno.test("refusals are made by one function", () => {
  for (const { path, text } of house) {
    if (path === "src/errors.ts") continue;
    assert(!/throw new (?:Type|Range|Syntax)?Error\(/.test(text), path);
  }
});
