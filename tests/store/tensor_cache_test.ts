import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { sha256Hex } from "../../src/sha256.ts";
import { clearTensorCache } from "../../src/store/cache_folder.ts";
import { checksum, type StoredTensors } from "../../src/store/entry_format.ts";
import { openTensorCache } from "../../src/store/tensor_cache.ts";

const MOST = 1e9;
const keyOf = (name: string) => sha256Hex(new TextEncoder().encode(name));
const pathOf = (folder: string, key: string) => join(folder, key.slice(0, 2), `${key}.tensors`);

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-cache-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const bytesOf = (count: number, value = 1): StoredTensors => ({
  a: { data: new Uint8Array(count).fill(value), shape: [count] },
});

const small: StoredTensors = {
  levels: { data: new Uint8Array([1, 2, 3, 250, 255]), shape: [5] },
  map: { data: new Float32Array([0.5, -2, NaN]), shape: [1, 3] },
};

/** Every file below a folder, as paths relative to it. */
async function files(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) found.push(...await files(folder, path));
    else found.push(path);
  }
  return found.sort();
}

Deno.test("the checksum is CRC-32", () => {
  const text = new TextEncoder().encode("123456789");
  assertEquals(checksum(text), 0xcbf43926);
  assertEquals(checksum(text.subarray(4), checksum(text.subarray(0, 4))), 0xcbf43926);
});

Deno.test("tensors come back bit by bit, of every type, rank and size", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const odd = new Uint8Array(100_001).map((_, i) => i * 7);
    const behind = new Float32Array([9, 1, 2, 3, 4, 9]).subarray(1, 5);
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7);
    const stored: StoredTensors = {
      ...small,
      scalar: { data: new Float32Array([-0]), shape: [] },
      empty: { data: new Float32Array(0), shape: [0, 4] },
      none: { data: new Uint8Array(0), shape: [0] },
      odd: { data: odd, shape: [1, 100_001] },
      behind: { data: behind, shape: [2, 1, 2] },
      shared: { data: shared, shape: [3] },
      "日本 \"'": { data: new Uint8Array([1]), shape: [1, 1, 1, 1] },
    };
    const key = keyOf("one");
    await cache.put(key, stored);
    const names = Object.keys(stored);
    assertEquals(names.length, 9);
    const found = await cache.get(key, names);
    if (found === undefined) throw new Error("a miss");
    assertEquals(Object.keys(found), names);
    for (const name of names) {
      assertEquals(found[name].shape, stored[name].shape, name);
      assertEquals(found[name].data.constructor, stored[name].data.constructor, name);
      const [a, b] = [found[name].data, stored[name].data].map((
        { buffer, byteOffset, byteLength },
      ) => new Uint8Array(buffer, byteOffset, byteLength).slice());
      assertEquals(a, b, name);
      assertEquals(found[name].data.buffer.byteLength, found[name].data.byteLength);
    }
    assertEquals(cache.statistics.hits, 1);
    const { size } = await Deno.stat(pathOf(folder, key));
    assertEquals(cache.statistics.bytes, size);
  });
});

Deno.test("a description longer than the first read comes back", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const many = Object.fromEntries(
      Array.from(
        { length: 300 },
        (_, i) => [`tensor ${i}`, { data: new Float32Array([i]), shape: [1] }],
      ),
    );
    await cache.put(keyOf("many"), many);
    const found = await cache.get(keyOf("many"), ["tensor 299", "tensor 0"]);
    assertEquals(found?.["tensor 299"].data, new Float32Array([299]));
    assertEquals(found?.["tensor 0"].data, new Float32Array([0]));
  });
});

Deno.test("float32 tensors begin at multiples of 4, whatever stands before them", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    for (const name of ["a", "ab", "abc", "abcd"]) {
      const data = new Float32Array([1.5, 2.5]);
      await cache.put(keyOf(name), { [name]: small.levels, x: { data, shape: [2] } });
      const file = await Deno.readFile(pathOf(folder, keyOf(name)));
      const bytes = new Uint8Array(data.buffer);
      const at = file.findIndex((_, i) => bytes.every((byte, k) => file[i + k] === byte));
      assert(at > 0 && at % 4 === 0, `${at}`);
    }
  });
});

Deno.test("an absent entry and an absent name are misses; a new entry replaces the old", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    assertEquals(await cache.get(keyOf("a"), ["map"]), undefined);
    await cache.put(keyOf("a"), bytesOf(10, 1));
    assertEquals(await cache.get(keyOf("a"), ["a", "map"]), undefined);
    assertEquals(await cache.get(keyOf("a"), []), {});
    await cache.put(keyOf("a"), { ...bytesOf(20, 2), ...small });
    assertEquals((await cache.get(keyOf("a"), ["a"]))?.a.data, new Uint8Array(20).fill(2));
    const { size } = await Deno.stat(pathOf(folder, keyOf("a")));
    assertEquals(cache.statistics, {
      hits: 2,
      misses: 2,
      written: 2,
      damaged: 0,
      evicted: 0,
      tooLarge: 0,
      bytes: size,
    });
  });
});

Deno.test("every single flipped bit is a miss and removes the entry, never wrong numbers", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const key = keyOf("flipped");
    await cache.put(key, small);
    const whole = await Deno.readFile(pathOf(folder, key));
    assert(whole.length > 200, `${whole.length}`);
    for (const [i, byte] of whole.entries()) {
      for (const flip of [1 << (i % 8), 0xff]) {
        const broken = whole.slice();
        broken[i] = byte ^ flip;
        await Deno.writeFile(pathOf(folder, key), broken);
        assertEquals(await cache.get(key, ["map", "levels"]), undefined, `byte ${i}`);
      }
    }
    assertEquals(cache.statistics.damaged, 2 * whole.length);
    assertEquals(cache.statistics.misses, 2 * whole.length);
    assertEquals(await files(folder), ["CACHEDIR.TAG"]);
    assertEquals(cache.statistics.bytes, 0);
    await Deno.writeFile(pathOf(folder, key), whole);
    assert(await cache.get(key, ["map", "levels"]) !== undefined);
  });
});

Deno.test("an entry cut at any length, or longer than written, is a miss", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const key = keyOf("cut");
    await cache.put(key, small);
    const whole = await Deno.readFile(pathOf(folder, key));
    const broken = Array.from(whole, (_, length) => whole.slice(0, length));
    // As a power failure leaves it: the right length, and nothing in the rest of it.
    broken.push(
      ...broken.map((part) => {
        const torn = new Uint8Array(whole.length);
        torn.set(part);
        return torn;
      }).filter((torn) => torn.some((byte, i) => byte !== whole[i])),
    );
    broken.push(new Uint8Array([...whole, 0]));
    assert(broken.length > 400, `${broken.length}`);
    for (const bytes of broken) {
      await Deno.writeFile(pathOf(folder, key), bytes);
      assertEquals(await cache.get(key, ["map", "levels"]), undefined, `${bytes.length} bytes`);
    }
    assertEquals(cache.statistics.damaged, broken.length);
  });
});

Deno.test("an entry under another's key is a miss", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const [a, b] = [keyOf("a"), keyOf("b")];
    await cache.put(a, bytesOf(10, 1));
    await cache.put(b, bytesOf(10, 2));
    await Deno.copyFile(pathOf(folder, a), pathOf(folder, b));
    assertEquals(await cache.get(b, ["a"]), undefined);
    assertEquals(cache.statistics.damaged, 1);
  });
});

Deno.test("a whole entry of another version is a miss without damage, and is replaced", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const key = keyOf("version");
    await cache.put(key, bytesOf(10));
    const file = await Deno.readFile(pathOf(folder, key));
    const view = new DataView(file.buffer);
    view.setUint32(8, 2, true);
    const end = 20 + view.getUint32(12, true);
    view.setUint32(16, checksum(file.subarray(20, end), checksum(file.subarray(0, 16))), true);
    await Deno.writeFile(pathOf(folder, key), file);
    assertEquals(await cache.get(key, ["a"]), undefined);
    assertEquals(cache.statistics.damaged, 0);
    await cache.put(key, bytesOf(10));
    assert(await cache.get(key, ["a"]) !== undefined);
  });
});

Deno.test("the entries used last stay, and the bound holds after every put", async () => {
  await withFolder(async (folder) => {
    const first = await openTensorCache({ folder, mostBytes: MOST });
    await first.put(keyOf("0"), bytesOf(1000));
    const each = first.statistics.bytes;
    const mostBytes = 10 * each;
    for (let i = 1; i < 10; i++) await first.put(keyOf(`${i}`), bytesOf(1000));
    for (let i = 0; i < 10; i++) {
      const hoursAgo = new Date(Date.now() - (20 - i) * 3_600_000);
      await Deno.utime(pathOf(folder, keyOf(`${i}`)), hoursAgo, hoursAgo);
    }
    const cache = await openTensorCache({ folder, mostBytes });
    assertEquals(cache.statistics.bytes, mostBytes);
    for (const used of ["0", "3"]) assert(await cache.get(keyOf(used), ["a"]) !== undefined);
    await cache.put(keyOf("10"), bytesOf(1000));
    // 1 and 2 are the oldest now; nine stay.
    const there = async (i: number) =>
      await Deno.stat(pathOf(folder, keyOf(`${i}`))).then(() => true, () => false);
    const left: number[] = [];
    for (let i = 0; i <= 10; i++) if (await there(i)) left.push(i);
    assertEquals(left, [0, 3, 4, 5, 6, 7, 8, 9, 10]);
    assertEquals(cache.statistics.evicted, 2);
    let most = 0;
    for (let i = 0; i < 40; i++) {
      await cache.put(keyOf(`more ${i}`), bytesOf(100 + 37 * i));
      let bytes = 0;
      for (const path of await files(folder)) {
        if (path.endsWith(".tensors")) bytes += (await Deno.stat(join(folder, path))).size;
      }
      assertEquals(cache.statistics.bytes, bytes);
      most = Math.max(most, bytes);
    }
    assert(most <= mostBytes && most > 0.8 * mostBytes, `${most} of ${mostBytes}`);
  });
});

Deno.test("a hit is noted once a minute at most", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    await cache.put(keyOf("a"), bytesOf(10));
    const after = async (seconds: number) => {
      const set = new Date(Math.floor(Date.now() / 1000 - seconds) * 1000);
      await Deno.utime(pathOf(folder, keyOf("a")), set, set);
      await cache.get(keyOf("a"), ["a"]);
      return (await Deno.stat(pathOf(folder, keyOf("a")))).mtime?.getTime() === set.getTime();
    };
    assertEquals(await after(30), true);
    assertEquals(await after(90), false);
  });
});

Deno.test("what others wrote counts before anything is removed", async () => {
  await withFolder(async (folder) => {
    const one = await openTensorCache({ folder, mostBytes: 20_000 });
    const two = await openTensorCache({ folder, mostBytes: 20_000 });
    for (let i = 0; i < 30; i++) await [one, two][i % 2].put(keyOf(`${i}`), bytesOf(1000));
    const { bytes, evicted } = one.statistics;
    assert(evicted > 0 && two.statistics.evicted > 0);
    assert(bytes <= 20_000, `${bytes}`);
    assertEquals([one, two].map(({ statistics }) => statistics.trouble), [undefined, undefined]);
  });
});

Deno.test("an entry larger than the bound is not stored and nothing is removed for it", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: 5000 });
    await cache.put(keyOf("a"), bytesOf(1000));
    await cache.put(keyOf("b"), bytesOf(5000));
    assertEquals(await cache.get(keyOf("b"), ["a"]), undefined);
    assert(await cache.get(keyOf("a"), ["a"]) !== undefined);
    const { tooLarge, evicted, written } = cache.statistics;
    assertEquals({ tooLarge, evicted, written }, { tooLarge: 1, evicted: 0, written: 1 });
  });
});

Deno.test("opening removes partial files older than an hour; clearing, every own file and no other", async () => {
  await withFolder(async (folder) => {
    const first = await openTensorCache({ folder, mostBytes: MOST });
    await first.put(keyOf("a"), bytesOf(10));
    const bytes = first.statistics.bytes;
    const beside = join(folder, keyOf("a").slice(0, 2));
    const partial = (age: string) => join(beside, `${keyOf("a")}.${age}.partial`);
    const [old, young] = [crypto.randomUUID(), crypto.randomUUID()].map(partial);
    const foreign = [
      "notes.txt",
      "zz/x.tensors",
      "ab/photo.png",
      join("ab", `${"0".repeat(64)}.tensors`),
    ];
    for (const path of [old, young, ...foreign.map((name) => join(folder, name))]) {
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, "12345");
    }
    const hoursAgo = new Date(Date.now() - 3_700_000);
    for (const path of [old, ...foreign.map((name) => join(folder, name))]) {
      await Deno.utime(path, hoursAgo, hoursAgo);
    }
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    assertEquals(cache.statistics.bytes, bytes);
    const left = await files(folder);
    assert(left.some((path) => young.endsWith(path)) && !left.some((path) => old.endsWith(path)));
    assertEquals(await clearTensorCache(folder), bytes + 5);
    assertEquals(await files(folder), ["CACHEDIR.TAG", ...foreign].sort());
    assertEquals(await cache.get(keyOf("a"), ["a"]), undefined);
    await cache.put(keyOf("a"), bytesOf(10));
    assert(await cache.get(keyOf("a"), ["a"]) !== undefined);
    assertEquals(cache.statistics.trouble, undefined);
  });
});

Deno.test("backups are told to skip the folder, unless it holds anything else", async () => {
  await withFolder(async (folder) => {
    const [own, others] = [join(folder, "cache"), join(folder, "photos")];
    await openTensorCache({ folder: own, mostBytes: MOST });
    const tag = await Deno.readTextFile(join(own, "CACHEDIR.TAG"));
    assert(tag.startsWith("Signature: 8a477f597d28d172789f06886806bc55\n"), tag);
    await Deno.mkdir(others);
    await Deno.writeTextFile(join(others, "photo.png"), "");
    await openTensorCache({ folder: others, mostBytes: MOST });
    assertEquals(await files(others), ["photo.png"]);
  });
});

Deno.test("a folder that cannot be written any longer stops storing, not the run", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    await cache.put(keyOf("a"), bytesOf(10));
    const blocked = keyOf("blocked");
    assert(blocked.slice(0, 2) !== keyOf("a").slice(0, 2));
    // Modes stop no administrator; a file in the place of the folder stops everybody.
    await Deno.writeTextFile(join(folder, blocked.slice(0, 2)), "");
    assertEquals(await cache.get(blocked, ["a"]), undefined);
    assertEquals(cache.statistics.trouble, undefined);
    await cache.put(blocked, bytesOf(10));
    const { trouble } = cache.statistics;
    assert(trouble?.startsWith(`Cannot go on storing in the cache ${folder} as `), trouble);
    await cache.put(keyOf("b"), bytesOf(10));
    assertEquals(cache.statistics.written, 1);
    assert(await cache.get(keyOf("a"), ["a"]) !== undefined);
    assertEquals(cache.statistics.trouble, trouble);
  });
});

Deno.test("bad input is refused and named", async () => {
  await withFolder(async (folder) => {
    const cache = await openTensorCache({ folder, mostBytes: MOST });
    const refusals: readonly [
      () => Promise<unknown>,
      typeof TypeError | typeof RangeError,
      string,
    ][] = [
      [() => cache.get("../x", []), RangeError, "64 lower-case hexadecimal digits: ../x"],
      [() => cache.put("A".repeat(64), {}), RangeError, "64 lower-case hexadecimal digits"],
      [
        () => cache.put(keyOf("a"), { map: { data: new Float32Array(3), shape: [2] } }),
        RangeError,
        "map has shape [2] and 3 values",
      ],
      [
        () => cache.put(keyOf("a"), { map: JSON.parse('{"data":[1],"shape":[1]}') }),
        TypeError,
        "map is Array",
      ],
      [() => openTensorCache({ folder, mostBytes: -1 }), RangeError, "whole number ≥ 0: -1"],
      [() => openTensorCache({ folder, mostBytes: NaN }), RangeError, "whole number ≥ 0: NaN"],
    ];
    assertEquals(refusals.length, 6);
    for (const [attempt, kind, message] of refusals) await assertRejects(attempt, kind, message);
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    await assertRejects(
      () => openTensorCache({ folder: file, mostBytes: 1 }),
      RangeError,
      `Cannot open the cache ${file} as its folder must be there or be makeable`,
    );
    assertEquals(cache.statistics.trouble, undefined);
  });
});

Deno.test("two processes with a worker each share a folder without errors or wrong numbers", async () => {
  await withFolder(async (folder) => {
    const mostBytes = 150_000;
    const script = fromFileUrl(new URL("cache_user.ts", import.meta.url));
    const outputs = await Promise.all([1, 2].map(() =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", "-A", script, folder, `${mostBytes}`, "1500"],
        env: { NO_COLOR: "1" },
      }).output()
    ));
    const users = outputs.flatMap(({ code, stdout, stderr }) => {
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return JSON.parse(new TextDecoder().decode(stdout));
    });
    assertEquals(users.length, 4);
    let evicted = 0;
    for (const user of users) {
      assertEquals([user.wrong, user.damaged, user.trouble], [0, 0, undefined]);
      assert(user.hits > 10 && user.misses > 10 && user.written > 10, JSON.stringify(user));
      evicted += user.evicted;
    }
    assert(evicted > 10, `${evicted}`);
    const { bytes } = (await openTensorCache({ folder, mostBytes })).statistics;
    // An entry each of four writers, at most 17.6 kB, may be above the bound for a moment.
    assert(bytes > 0 && bytes <= mostBytes + 4 * 18_000, `${bytes}`);
    assert((await files(folder)).every((path) => !path.endsWith(".partial")));
  });
});
