import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join, resolve } from "@std/path";
import {
  byHand,
  findWeights,
  missingWeights,
  type PlacesOptions,
  weightsFolder,
  weightsPlaces,
} from "../../../src/backbones/weights/places.ts";
import { loadPublishedWeights, readWeights } from "../../../src/backbones/weights/published.ts";
import { recordedHash, recordHash } from "../../../src/backbones/weights/recorded_hash.ts";
import { writeSafetensors } from "../../../src/backbones/weights/safetensors.ts";
import { findSource, type WeightsSource } from "../../../src/backbones/weights/sources.ts";
import { isRefusal } from "../../../src/errors.ts";
import { sha256Hex } from "../../../src/sha256.ts";
import { tensor } from "../../../src/tensor.ts";

const foldersOf = (
  env: Readonly<Record<string, string>>,
  os: typeof Deno.build.os = "linux",
): readonly string[] =>
  weightsPlaces({ env: (name) => env[name], os, embedded: "/kizu/models" })
    .map(({ kind, folder }) => `${kind} ${folder}`);

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "the places follow the environment and the system, in one order",
  ignore: Deno.build.os === "windows",
  fn: () => {
    const embedded = "embedded /kizu/models";
    const home = { HOME: "/home/a" };
    const torch = "torch /home/a/.cache/torch/hub/checkpoints";
    assertEquals(foldersOf(home), ["cache /home/a/.cache/kizu/weights", torch, embedded]);
    assertEquals(foldersOf({ ...home, KIZU_WEIGHTS: "own" }), [
      `chosen ${resolve("own")}`,
      "cache /home/a/.cache/kizu/weights",
      torch,
      embedded,
    ]);
    assertEquals(foldersOf({ ...home, XDG_CACHE_HOME: "/c", TORCH_HOME: "/t" }), [
      "cache /c/kizu/weights",
      "torch /t/hub/checkpoints",
      embedded,
    ]);
    assertEquals(foldersOf({ ...home, XDG_CACHE_HOME: "/c" })[1], "torch /c/torch/hub/checkpoints");
    assertEquals(
      foldersOf({ ...home, XDG_CACHE_HOME: "relative", KIZU_WEIGHTS: "" })[0],
      "cache /home/a/.cache/kizu/weights",
    );
    assertEquals(foldersOf(home, "darwin").slice(0, 2), [
      "cache /home/a/Library/Caches/kizu/weights",
      torch,
    ]);
    const windows = { LOCALAPPDATA: "/u/Local", USERPROFILE: "/u" };
    assertEquals(foldersOf(windows, "windows").slice(0, 2), [
      "cache /u/Local/kizu/weights",
      "torch /u/.cache/torch/hub/checkpoints",
    ]);
    assertEquals(foldersOf({}), [embedded]);
  },
});

Deno.test("new weights go into the chosen folder, else the cache; without both it is said", () => {
  const options = (env: Readonly<Record<string, string>>): PlacesOptions => ({
    env: (name) => env[name],
    os: "linux",
  });
  assertEquals(weightsFolder(options({ HOME: "/h" })), join("/h", ".cache", "kizu", "weights"));
  assertEquals(weightsFolder(options({ HOME: "/h", KIZU_WEIGHTS: "/w" })), resolve("/w"));
  assertThrows(() => weightsFolder(options({})), RangeError, "KIZU_WEIGHTS");
  const source = findSource("resnet18.tv_in1k");
  assert(byHand(source, options({})).includes("a folder that KIZU_WEIGHTS names"));
});

Deno.test("without permission for the environment a program finds its embedded weights only", async () => {
  const places = new URL("../../../src/backbones/weights/places.ts", import.meta.url);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      `Deno.permissions.revokeSync({ name: "env" });
      const { weightsPlaces } = await import(${JSON.stringify(places.href)});
      console.log(weightsPlaces().map(({ kind }) => kind).join());`,
    ],
    env: { KIZU_WEIGHTS: "/w" },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout), "embedded\n");
});

const bytes = writeSafetensors(new Map([["fc.bias", tensor(Float32Array.of(1, 2), [2])]]));
const sha256 = sha256Hex(bytes);
const source: WeightsSource = {
  name: "testnet",
  architecture: "testnet",
  collection: "torchvision",
  url: "https://weights.invalid/testnet.pth",
  file: "testnet.pth",
  hashPrefix: sha256.slice(0, 8),
  license: "MIT",
  origin: "the test",
};

/** Four places below one folder, all of them empty. */
async function fourPlaces(folder: string): Promise<{
  readonly options: PlacesOptions;
  readonly folders: readonly string[];
}> {
  const env: Readonly<Record<string, string>> = {
    KIZU_WEIGHTS: join(folder, "own"),
    XDG_CACHE_HOME: join(folder, "cache"),
    TORCH_HOME: join(folder, "torch"),
  };
  const options = {
    env: (name: string) => env[name],
    os: "linux" as const,
    embedded: join(folder, "models"),
  };
  const folders = weightsPlaces(options).map((place) => place.folder);
  assertEquals(folders.length, 4);
  for (const path of folders) await Deno.mkdir(path, { recursive: true });
  return { options, folders };
}

Deno.test("the first place that has a file wins; a file without a stated hash is not taken from PyTorch", () =>
  withFolder(async (folder) => {
    const { options, folders } = await fourPlaces(folder);
    assertEquals(await findWeights(source, options), undefined);
    for (const place of [...folders].reverse()) {
      await Deno.writeFile(join(place, source.file), bytes);
      assertEquals((await findWeights(source, options))?.path, join(place, source.file));
    }
    const { hashPrefix: _, ...unstated } = source;
    for (const place of folders.slice(0, 2)) await Deno.remove(join(place, source.file));
    assertEquals((await findWeights(source, options))?.place.kind, "torch");
    assertEquals((await findWeights(unstated, options))?.place.kind, "embedded");
    // A folder of that name is no file.
    await Deno.mkdir(join(folders[0], source.file));
    assertEquals((await findWeights(source, options))?.place.kind, "torch");
  }));

Deno.test("what is missing is told with its name, the places, and the ways to get it", () =>
  withFolder(async (folder) => {
    const { options, folders } = await fourPlaces(folder);
    const error = missingWeights(source, options);
    assert(isRefusal(error));
    assert(!error.message.includes("\n"));
    const told = ["deno task weights pull testnet", source.url, "weights add FILE", ...folders];
    for (const part of told) assert(error.message.includes(part), part);
    await assertRejects(() => loadPublishedWeights(source, options), RangeError, error.message);
    const { hashPrefix: _, ...unstated } = source;
    assert(missingWeights(unstated, options).message.includes("add FILE --name testnet`"));
  }));

Deno.test("weights are loaded with their hash verified: the stated digits, then the record", () =>
  withFolder(async (folder) => {
    const { options, folders: [own] } = await fourPlaces(folder);
    const path = join(own, source.file);
    await Deno.writeFile(path, bytes);
    const loaded = await loadPublishedWeights(source, options);
    assertEquals([loaded.sha256, loaded.recorded, loaded.path], [sha256, false, path]);
    assertEquals(loaded.tensors.get("fc.bias")?.data, Float32Array.of(1, 2));
    assertEquals([...Deno.readDirSync(own)].length, 1, "loading writes nothing");
    await recordHash(path, sha256);
    assertEquals((await loadPublishedWeights(source, options)).recorded, true);

    const { hashPrefix: _, ...unstated } = source;
    const wrong = "0".repeat(64);
    await recordHash(path, wrong);
    const load = () => loadPublishedWeights(unstated, options);
    await assertRejects(load, RangeError, `${wrong}, as recorded in ${path}.sha256: ${sha256}`);
    await Deno.remove(`${path}.sha256`);
    await assertRejects(
      () => loadPublishedWeights({ ...source, hashPrefix: "00000000" }, options),
      RangeError,
      `Cannot accept ${path} as its SHA-256 must begin with 00000000: ${sha256}`,
    );
    await assertRejects(
      () => loadPublishedWeights({ ...unstated, sha256: wrong }, options),
      RangeError,
      `must be ${wrong}: ${sha256}`,
    );
    assertEquals((await load()).recorded, false);
  }));

Deno.test("a record is what sha256sum writes, in either of its modes, and nothing else", () =>
  withFolder(async (folder) => {
    const path = join(folder, "w.pth");
    assertEquals(await recordedHash(path), undefined);
    const record = async (text: string) => {
      await Deno.writeTextFile(`${path}.sha256`, text);
      return await recordedHash(path);
    };
    for (const text of [`${sha256}  w.pth\n`, `${sha256.toUpperCase()} *w.pth\r\n`, sha256]) {
      assertEquals(await record(text), sha256);
    }
    for (
      const text of ["", "w.pth", `${sha256.slice(1)}  w.pth\n`, `${sha256}0\n`, "x\n".repeat(9)]
    ) {
      await assertRejects(() => record(text), SyntaxError, "w.pth.sha256");
    }
    await recordHash(path, sha256);
    assertEquals(await Deno.readTextFile(`${path}.sha256`), `${sha256}  w.pth\n`);
  }));

Deno.test("the format of weights is told by their bytes, not their name", async () => {
  assertEquals((await readWeights(bytes)).tensors.size, 1);
  for (const file of ["plain_zip.pth", "plain_stream.pth", "plain.safetensors"]) {
    const url = new URL(`../../fixtures/weights/${file}`, import.meta.url);
    const read = await readWeights(await Deno.readFile(url), { integers: "drop" });
    assertEquals(read.tensors.size, 16, file);
  }
  await assertRejects(() => readWeights(new TextEncoder().encode("<html></html>")), SyntaxError);
  await assertRejects(() => readWeights(new Uint8Array(0)), SyntaxError, "an empty file");
});
