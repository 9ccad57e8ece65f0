import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { cannot, didYouMean, isRefusal } from "../mod.ts";
import {
  expectWritableFolder,
  openScratch,
  readFileWhole,
  removeUnfinished,
  writeFileWhole,
} from "../src/files.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("a file is written whole, into folders that are made, over what was there", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a", "b", "file.txt");
    await writeFileWhole(path, "first");
    await writeFileWhole(path, new TextEncoder().encode("second"));
    assertEquals(new TextDecoder().decode(await readFileWhole(path)), "second");
    assertEquals(names(join(folder, "a", "b")), ["file.txt"]);
  }));

Deno.test("a write that fails names the path, and leaves what was there", () =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    await Deno.mkdir(path);
    const error = await assertRejects(() => writeFileWhole(path, "x"), RangeError, path);
    assert(isRefusal(error));
    assertEquals(names(folder), ["file"]);
    const below = join(folder, "plain");
    await Deno.writeTextFile(below, "kept");
    await assertRejects(() => writeFileWhole(join(below, "x"), "x"), RangeError, "writable");
    await assertRejects(() => expectWritableFolder(join(below, "x")), RangeError, below);
    assertEquals(await Deno.readTextFile(below), "kept");
    await assertRejects(() => readFileWhole(join(folder, "none")), RangeError, "none");
  }));

Deno.test("a scratch file gives back what was put in, and is gone afterwards", () =>
  withFolder((folder) => {
    {
      using scratch = openScratch(folder);
      const places = [1, 2, 3].map((n) => scratch.append(new Uint8Array(n).fill(n)));
      assertEquals(places, [0, 1, 3]);
      assertEquals([...scratch.read(1, 5)], [2, 2, 3, 3, 3]);
      assertThrows(() => scratch.read(5, 2), RangeError);
      assertEquals(names(folder).length, 1);
    }
    assertEquals(names(folder), []);
    return Promise.resolve();
  }));

Deno.test("what an interruption leaves behind is removed", () =>
  withFolder((folder) => {
    const scratch = openScratch(folder);
    scratch.append(Uint8Array.of(1));
    removeUnfinished();
    assertEquals(names(folder), []);
    return Promise.resolve();
  }));

Deno.test("refusals read: Cannot, as, and what was found", () => {
  const error = cannot("open", "it must be there", "nothing", SyntaxError);
  assert(error instanceof SyntaxError && isRefusal(error));
  assertEquals(error.message, "Cannot open as it must be there: nothing");
  assert(!isRefusal(new SyntaxError("Cannot open as it must be there: nothing")));
});

Deno.test("a hint names the nearest word, or none that is near", () => {
  assertEquals(didYouMean("scerw", ["screw", "grid"]), "; did you mean screw?");
  assertEquals(didYouMean("zzzzzzzz", ["screw", "grid"]), "");
  assertEquals(didYouMean("x", []), "");
});
