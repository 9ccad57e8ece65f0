import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { readSafetensors, writeSafetensors } from "../../../src/backbones/weights/safetensors.ts";
import { checkFileHash } from "../../../src/backbones/weights/hash.ts";
import { sha256Hex } from "../../../src/sha256.ts";
import { isRefusal } from "../../../src/errors.ts";
import { tensor } from "../../../src/tensor.ts";
import type { Tensor } from "../../../src/types.ts";

/** A file with this header text or bytes, and `size` bytes of data. */
function fileOf(header: string | Uint8Array, size = 0, claimed?: bigint): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: number, end: number, shape = "[1]", dtype = "F32") =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

async function refused(bytes: Uint8Array<ArrayBuffer>, found: string, at?: number): Promise<void> {
  const error = await assertRejects(
    () => readSafetensors(bytes, { file: "w.safetensors" }),
    SyntaxError,
    found,
  );
  assert(isRefusal(error));
  const end = /\(w\.safetensors, byte (\d+)\)$/.exec(error.message);
  assert(end !== null, error.message);
  if (at !== undefined) assertEquals(Number(end?.[1]), at, error.message);
}

const some: ReadonlyMap<string, Tensor> = new Map<string, Tensor>([
  ["b.weight", tensor(Float32Array.of(1, -0, NaN, Infinity, 1e-45, 6), [2, 3])],
  ["a", tensor(Float32Array.of(0.1), [])],
  ["empty", tensor(new Float32Array(0), [0, 4])],
  ['quote "é名\n', tensor(Float32Array.of(7), [1, 1])],
]);

Deno.test("what is written is read again, bit for bit", async () => {
  const bytes = writeSafetensors(some, { license: "MIT", note: 'a "b"\n' });
  const { tensors, metadata, dropped } = await readSafetensors(bytes);
  assertEquals(tensors.size, 4);
  for (const [name, { data, shape }] of some) {
    assertEquals(tensors.get(name)?.shape, shape);
    const found = tensors.get(name)?.data ?? new Float32Array(0);
    assertEquals(
      [...new Uint8Array(found.buffer, found.byteOffset, found.byteLength)],
      [...new Uint8Array(data.buffer)],
    );
  }
  assertEquals(metadata, { license: "MIT", note: 'a "b"\n' });
  assertEquals(dropped, []);
});

Deno.test("a file's bytes depend on its content alone, and its data begins at a multiple of 8", () => {
  const bytes = writeSafetensors(some, { b: "2", a: "1" });
  const reversed = new Map([...some].reverse());
  assertEquals(writeSafetensors(reversed, { a: "1", b: "2" }), bytes);
  for (let length = 0; length < 9; length++) {
    const named = writeSafetensors(
      new Map([["x".repeat(length), tensor(new Float32Array(2), [2])]]),
    );
    assertEquals(new DataView(named.buffer).getUint8(0) % 8, 0);
  }
  assertNotEquals(writeSafetensors(some), bytes);
});

Deno.test("what a file cannot say is not written", () => {
  const one = tensor(new Float32Array(1), [1]);
  assertThrows(() => writeSafetensors(new Map([["__metadata__", one]])), RangeError);
  assertThrows(() => writeSafetensors(new Map([["\ud800", one]])), RangeError);
  assertThrows(
    () => writeSafetensors(new Map([["a", { data: new Float32Array(3), shape: [2] }]])),
    RangeError,
    "[2] has 3",
  );
});

Deno.test("aligned float32 is a view of the file; a header of odd length costs a copy", async () => {
  const aligned = writeSafetensors(some);
  const first = (await readSafetensors(aligned)).tensors.get("b.weight");
  assertEquals(first?.data.buffer, aligned.buffer);
  const odd = fileOf(`{"w":${entry(0, 4)}} `, 4);
  if ((odd.length - 4) % 4 === 0) throw new Error("the case is not odd");
  odd.set([0, 0, 128, 63], odd.length - 4);
  assertEquals((await readSafetensors(odd)).tensors.get("w")?.data, Float32Array.of(1));
});

Deno.test("a dtype that cannot be read is refused by name", async () => {
  const file = fileOf(`{"w":${entry(0, 1, "[1]", "F8_E4M3")}}`, 1);
  await assertRejects(
    () => readSafetensors(file, { integers: "drop" }),
    TypeError,
    '"w" is F8_E4M3',
  );
});

Deno.test("a header longer than the file is refused, up to 2⁶⁴ − 1", async () => {
  for (const claimed of [9n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    await refused(fileOf("{}", 0, claimed), `${claimed} of 2 bytes`, 0);
  }
  for (let length = 0; length < 8; length++) await refused(new Uint8Array(length), "8 bytes", 0);
});

Deno.test("offsets that overlap, leave holes, lie outside or are misaligned are refused", async () => {
  const cases: readonly (readonly [string, number, string])[] = [
    [`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4, "overlaps"],
    [`{"a":${entry(0, 8, "[2]")},"b":${entry(4, 8)}}`, 8, "overlaps"],
    [`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12, "holes"],
    [`{"a":${entry(4, 8)}}`, 8, "holes"],
    [`{"a":${entry(0, 4)}}`, 5, "1 bytes belong to none"],
    [`{}`, 3, "3 bytes belong to none"],
    [`{"a":${entry(0, 4)}}`, 3, "ends at 4"],
    [`{"a":${entry(4, 0)}}`, 4, "wants 4, has -4"],
    [`{"a":${entry(0, 4, "[2]")}}`, 4, "wants 8, has 4"],
    [`{"a":${entry(0, 4, "[]", "F64")}}`, 4, "wants 8, has 4"],
    [`{"a":${entry(0, 4, "[67108864,67108864,67108864,67108864]")}}`, 4, "has 4"],
    [`{"a":${entry(0, 2 ** 53 - 2, "[4503599627370495]", "F16")}}`, 4, "ends at"],
    [`{"a":${entry(0, 4503599627370494, "[2251799813685247]", "F16")}}`, 4, "ends at"],
    [`{"a":${entry(0, 2, "[2]", "U8")},"b":${entry(2, 6)}}`, 6, "aligned"],
  ];
  assertEquals(cases.length, 14);
  for (const [header, size, found] of cases) await refused(fileOf(header, size), found);
});

Deno.test("a header that is not the format's JSON is refused where it goes wrong", async () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["", "must begin with {", 8],
    [" {}", "must begin with {", 8],
    ["[]", "must begin with {", 8],
    ["{", "must have", 9],
    ['{"a"}', "must have :", 12],
    ['{"a":1}', "must have {", 13],
    ['{"a":{}}', "needs dtype", 9],
    [`{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, "unique", 62],
    ['{"a":{"dtype":"F32","dtype":"F32"}}', "unique", 28],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', '"x"', 61],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', "two data_offsets", 9],
    [`{"a":${entry(0, 4, "[1.5]")}}`, "whole", 38],
    [`{"a":${entry(0, 4, "[-1]")}}`, "whole", 37],
    [`{"a":${entry(0, 4, "[1e3]")}}`, "whole", 38],
    [`{"a":${entry(0, 4, "[01]")}}`, "whole", 39],
    [`{"a":${entry(0, 4, "[9007199254740992]")}}`, "below 2⁵³", 37],
    [`{"a":${entry(0, 4, `[${"1,".repeat(64)}1]`)}}`, "more than 64", 165],
    ['{"__metadata__":{"a":1}}', 'must have "', 29],
    ['{"__metadata__":{"a":"1","a":"2"}}', "unique", 33],
    ['{"a', "closing quote", 9],
    ['{"a\\', "closing quote", 9],
    ['{"a\\x":1}', "valid UTF-8 JSON", 9],
    ['{"\\ud800":1}', "valid UTF-8 JSON", 9],
    ['{"a\n":1}', "valid UTF-8 JSON", 9],
    ["{} x", "follow", 11],
  ];
  assertEquals(cases.length, 25);
  for (const [header, found, at] of cases) await refused(fileOf(header, 4), found, at);
  await refused(fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "valid UTF-8 JSON", 9);
});

Deno.test("deep nesting, a million names and a million dimensions end in a refusal or a result", async () => {
  await refused(fileOf("{" + '"a":{'.repeat(1_000_000)), "dtype, shape");
  await refused(fileOf(`{"a":{"shape":${"[".repeat(1_000_000)}`), "whole");
  await refused(fileOf(`{"a":{"shape":[${"1,".repeat(1_000_000)}`), "more than 64");
  const empty = entry(0, 0, "[0]");
  const many = Array.from({ length: 100_000 }, (_, i) => `"${i}":${empty}`).join(",");
  assertEquals((await readSafetensors(fileOf(`{${many}}`))).tensors.size, 100_000);
});

Deno.test("names such as __proto__ are names like any other", async () => {
  const bytes = writeSafetensors(
    new Map([["__proto__", tensor(new Float32Array(1), [1])]]),
    Object.fromEntries([["__proto__", "x"]]),
  );
  const { tensors, metadata } = await readSafetensors(bytes);
  assertEquals([...tensors.keys()], ["__proto__"]);
  assertEquals(Object.entries(metadata), [["__proto__", "x"]]);
});

Deno.test("a file that is not the expected one is refused in one line with both hashes", async () => {
  const bytes = new TextEncoder().encode("abc");
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(sha256Hex(bytes), sha256);
  await checkFileHash(bytes, { sha256: sha256.toUpperCase() });
  const error = await assertRejects(
    () => checkFileHash(bytes, { sha256: "0".repeat(64), file: "abc.bin" }),
    RangeError,
  );
  assertEquals(
    error.message,
    `Cannot accept the file as its SHA-256 must be ${"0".repeat(64)}: ${sha256} (abc.bin)`,
  );
  await assertRejects(() => checkFileHash(bytes, { sha256: "abc" }), TypeError, "64");
});
