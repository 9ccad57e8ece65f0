/** Bad weights files in one place: an error, soon, without memory, and nothing executed. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { readWeights } from "../../../src/backbones/weights/published.ts";
import { isRefusal } from "../../../src/errors.ts";
import { seededRandom } from "../../../src/random.ts";

const fixtures = new URL("../../fixtures/weights/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, fixtures));

/** Reads, which must fail; the milliseconds it took and the bytes of buffers it left behind. */
async function failing(bytes: Uint8Array<ArrayBuffer>, what: string): Promise<number> {
  const start = performance.now();
  const error = await assertRejects(() => readWeights(bytes, { integers: "drop" }), Error);
  assert(isRefusal(error), `${what}: ${error.message}`);
  return performance.now() - start;
}

/** A requirement of its own, with room for a loaded machine: real times are a hundredth of it. */
const SECOND = 1000;

Deno.test("files cut at any of 50 places are refused within a second, in every format", async () => {
  const random = seededRandom(4, "cuts");
  // The tar's end of empty blocks may be missing, so it is cut in its content.
  const files = [
    ["plain_zip.pth", 1],
    ["plain_stream.pth", 1],
    ["plain_tar.pth", 0.5],
    ["plain.safetensors", 1],
  ] as const;
  for (const [file, part] of files) {
    const bytes = bytesOf(file);
    let longest = 0;
    for (let i = 0; i < 50; i++) {
      const length = random.integer(Math.floor(bytes.length * part));
      longest = Math.max(longest, await failing(bytes.slice(0, length), `${file} at ${length}`));
    }
    console.log(`${file}: 50 cuts, the longest took ${longest.toFixed(2)} ms`);
    assert(longest < SECOND, `${longest} ms`);
  }
});

/** A pickle in PyTorch's older format, around this program for the object. */
function stream(program: string): Uint8Array<ArrayBuffer> {
  const text = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." +
    `\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.\x80\x02${program}`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** `{"w": tensor}` of this many values in its storage, by a LONG1, and this shape. */
const tensorOf = (count: string, shape: string, strides: string) =>
  "}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage" +
  `ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu${count}NtQK\x00${shape}${strides}` +
  "\x89NtRs.";

function header(text: string, claimed = BigInt(text.length)): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, claimed, true);
  bytes.set(new TextEncoder().encode(text), 8);
  return bytes;
}

const TERA = "\x8a\x06\x00\x00\x00\x00\x00\x01";
const tera = 2 ** 40;
const entry = (shape: string, end: number) =>
  `{"w":{"dtype":"F32","shape":${shape},"data_offsets":[0,${end}]}}`;

const hostile: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "a header of 2⁶³ bytes": header("{}", 2n ** 63n),
  "a header of 2⁶⁴ − 1 bytes": header("{}", 2n ** 64n - 1n),
  "a tensor of 2⁴⁰ values without bytes": header(entry(`[${tera}]`, 4 * tera)),
  "a shape of 2⁴⁰ values in no bytes": header(entry(`[${tera}]`, 0)),
  "an empty tensor of endless sides": header(entry(`[0,${tera},${tera}]`, 4)),
  "offsets that overlap": header(
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}    ',
  ),
  "a storage of 2⁴⁰ values": stream(
    tensorOf(TERA, `${TERA}\x85`, "K\x01\x85") + "\x80\x02]X\x01\x00\x00\x000a." +
      "\x00\x00\x00\x00\x00\x01\x00\x00",
  ),
  "a tensor of 2⁸⁰ values by strides of 0": stream(
    tensorOf("K\x01", `${TERA}${TERA}\x86`, "K\x00K\x00\x86") + "\x80\x02]X\x01\x00\x00\x000a." +
      "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f",
  ),
  "a text of 2⁶³ bytes": stream("\x8d\x00\x00\x00\x00\x00\x00\x00\x80."),
  "a frame of 2⁶³ bytes": stream("\x95\x00\x00\x00\x00\x00\x00\x00\x80."),
  "a million marks": stream("(".repeat(1_000_000)),
  "a list doubled forty times": stream("]" + "2a".repeat(40) + "2\x86".repeat(600_000) + "."),
};

Deno.test("hostile sizes are refused within a second and take no memory", async () => {
  assertEquals(Object.keys(hostile).length, 12);
  for (const [what, bytes] of Object.entries(hostile)) {
    const before = Deno.memoryUsage().external;
    const took = await failing(bytes, what);
    const grown = Deno.memoryUsage().external - before;
    assert(took < SECOND, `${what}: ${took} ms`);
    assert(grown < 2 ** 24, `${what}: ${grown} bytes`);
  }
});

Deno.test("a file that calls functions names them in its refusal, however they are reached", async () => {
  const files: readonly (readonly [string, string])[] = [
    ["refused_system.pth", "posix.system"],
    ["refused_eval.pth", "builtins.eval"],
    ["refused_subprocess.pth", "subprocess.check_output"],
    ["refused_getattr.pth", "getattr"],
    ["refused_nested.pth", "builtins.getattr"],
    ["refused_inst.pth", "os.system"],
  ];
  assertEquals(files.length, 6);
  for (const [file, name] of files) {
    await assertRejects(() => readWeights(bytesOf(file)), SyntaxError, name);
  }
});

Deno.test("files that want to execute something are refused by a program that may only read", async () => {
  const folder = fromFileUrl(fixtures);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("refused_"));
  assertEquals(files.length, 10);
  const script = fromFileUrl(new URL("read_refused.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "--allow-read", script]
      .concat(files.map((name) => join(folder, name))),
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout).trim(), "10");
});
