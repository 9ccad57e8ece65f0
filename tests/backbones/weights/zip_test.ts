import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { crc32, deflateRawSync } from "node:zlib";
import { readPytorch } from "../../../src/backbones/weights/pytorch.ts";
import { zipBytes, zipEntries } from "../../../src/backbones/weights/zip.ts";

interface Part {
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly method?: number;
  readonly flags?: number;
  readonly localName?: string;
  /** Written in place of the true size. */
  readonly size?: number;
}

/** A zip archive; with `zip64`, every size, offset and count is in its zip64 place. */
function zipOf(parts: readonly Part[], { zip64 = false } = {}): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  const directory: number[] = [];
  const encode = (text: string) => [...new TextEncoder().encode(text)];
  const le = (value: number, size: number) =>
    Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
  for (const { name, content, method = 0, flags = 0, localName = name, size } of parts) {
    const at = out.length;
    const length = size ?? content.length;
    const crc = le(crc32(content), 4);
    const local = encode(localName);
    out.push(...le(0x04034b50, 4), ...le(45, 2), ...le(flags, 2), ...le(method, 2), ...le(0, 4));
    out.push(...crc, ...le(length, 4), ...le(length, 4), ...le(local.length, 2), ...le(0, 2));
    out.push(...local, ...content);
    const narrow = zip64 ? 0xffffffff : undefined;
    // Another field first, as readers must skip what they do not know.
    const extra = zip64
      ? [...le(0x7075, 2), ...le(1, 2), 0, 1, 0, ...le(24, 2)].concat(
        le(length, 8),
        le(length, 8),
        le(at, 8),
      )
      : [];
    const central = encode(name);
    directory.push(...le(0x02014b50, 4), ...le(45, 2), ...le(45, 2), ...le(flags, 2));
    directory.push(...le(method, 2), ...le(0, 4), ...crc, ...le(narrow ?? length, 4));
    directory.push(...le(narrow ?? length, 4), ...le(central.length, 2), ...le(extra.length, 2));
    directory.push(...le(0, 2), ...le(0, 2), ...le(0, 2), ...le(0, 4), ...le(narrow ?? at, 4));
    directory.push(...central, ...extra);
  }
  const start = out.length;
  out.push(...directory);
  if (zip64) {
    const end64 = out.length;
    out.push(...le(0x06064b50, 4), ...le(44, 8), ...le(45, 2), ...le(45, 2), ...le(0, 8));
    out.push(...le(parts.length, 8), ...le(parts.length, 8));
    out.push(...le(directory.length, 8), ...le(start, 8));
    out.push(...le(0x07064b50, 4), ...le(0, 4), ...le(end64, 8), ...le(1, 4));
  }
  const wide = (value: number, size: number) => le(zip64 ? 256 ** size - 1 : value, size);
  out.push(...le(0x06054b50, 4), ...le(0, 4), ...wide(parts.length, 2), ...wide(parts.length, 2));
  out.push(...wide(directory.length, 4), ...wide(start, 4), ...le(0, 2));
  return Uint8Array.from(out);
}

const content = Uint8Array.of(1, 2, 3, 4, 5);

Deno.test("stored entries are ranges of the file, in plain zip and in zip64", () => {
  for (const zip64 of [false, true]) {
    const bytes = zipOf([{ name: "a/data.pkl", content }, { name: "a/data/0", content }], {
      zip64,
    });
    const entries = zipEntries(bytes, "z");
    assertEquals([...entries.keys()], ["a/data.pkl", "a/data/0"]);
    const entry = entries.get("a/data/0");
    if (entry === undefined) throw new Error("a/data/0 is missing");
    assertEquals(zipBytes(bytes, entry, { name: "a/data/0", file: "z" }), content);
  }
});

Deno.test("a zip64 archive around a torch pickle is read as weights", async () => {
  const url = new URL("../../fixtures/weights/plain_zip.pth", import.meta.url);
  const plain = Deno.readFileSync(url);
  const parts = [...zipEntries(plain, "z")].map(([name, { start, size }]) => ({
    name,
    content: plain.slice(start, start + size),
  }));
  assert(parts.length > 10);
  const { tensors } = await readPytorch(zipOf(parts, { zip64: true }), { integers: "drop" });
  const wanted = (await readPytorch(plain, { integers: "drop" })).tensors;
  assertEquals(tensors, wanted);
});

Deno.test("names that leave the archive are refused", () => {
  const names = ["../x", "a/../../x", "/etc/passwd", "C:/x", "a\\b", "a//b", "", "a\0b", "a/"];
  assertEquals(names.length, 9);
  for (const name of names) {
    assertThrows(() => zipEntries(zipOf([{ name, content }]), "z"), SyntaxError, "inside");
  }
});

Deno.test("what torch.save never writes is refused", () => {
  const refused: readonly (readonly [readonly Part[], string])[] = [
    [[{ name: "a", content: new Uint8Array(deflateRawSync(content)), method: 8 }], "compressed"],
    [[{ name: "a", content, flags: 1 }], "encrypted"],
    [[{ name: "a", content, localName: "b" }], "one name"],
    [[{ name: "a", content }, { name: "a", content }], "unique"],
    [[{ name: "a", content, size: 1000 }], "before the directory"],
    [[{ name: "a", content, size: 40 }, { name: "b", content }], "overlap"],
  ];
  assertEquals(refused.length, 6);
  for (const [parts, found] of refused) {
    assertThrows(() => zipEntries(zipOf(parts), "z"), SyntaxError, found);
  }
});

Deno.test("an archive cut anywhere, or with any byte changed, is refused or read, never worse", () => {
  for (const zip64 of [false, true]) {
    const bytes = zipOf([{ name: "a/data.pkl", content }, { name: "b", content }], { zip64 });
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(() => zipEntries(bytes.slice(0, length), "z"), SyntaxError, "z, byte");
    }
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 0xff;
      try {
        zipEntries(changed, "z");
      } catch (error) {
        assert(error instanceof SyntaxError, String(error));
      }
    }
  }
});

Deno.test("a hostile tensor asks for no more memory than its file justifies", async () => {
  // A storage of one value seen as [2¹⁵, 2¹⁵] by strides of 0: 4 GB from 500 bytes.
  const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const pickle = (shape: string) =>
    ascii(
      "\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage" +
        "ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQK\x00" + shape +
        "K\x00K\x00\x86\x89ccollections\nOrderedDict\n)RtRs.",
    );
  const archive = (shape: string) =>
    zipOf([{ name: "a/data.pkl", content: pickle(shape) }, {
      name: "a/data/0",
      content: Uint8Array.of(0, 0, 128, 63),
    }]);
  const { tensors } = await readPytorch(archive("K\x02K\x02\x86"));
  assertEquals(tensors.get("w"), { data: new Float32Array(4).fill(1), shape: [2, 2] });
  const large = "J\x00\x80\x00\x00J\x00\x80\x00\x00\x86";
  await assertRejects(() => readPytorch(archive(large)), SyntaxError, "may hold tensors");
  const huge = "\x8a\x07\xff\xff\xff\xff\xff\xff\x1f".repeat(2) + "\x86";
  await assertRejects(() => readPytorch(archive(huge)), SyntaxError, "may hold tensors");
});
