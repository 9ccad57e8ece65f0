import { assert, assertEquals, assertRejects } from "@std/assert";
import { readPytorch, type ReadPytorchOptions } from "../../../src/backbones/weights/pytorch.ts";
import { readSafetensors } from "../../../src/backbones/weights/safetensors.ts";
import { isRefusal } from "../../../src/errors.ts";
import { seededRandom } from "../../../src/random.ts";
import type { Weights } from "../../../src/backbones/weights/state_dict.ts";

const fixtures = new URL("../../fixtures/weights/", import.meta.url);
const path = (name: string) => decodeURIComponent(new URL(name, fixtures).pathname);
const bytesOf = (name: string) => Deno.readFileSync(path(name));

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bits: readonly number[];
}
const expected: Record<string, Expected> = JSON.parse(
  Deno.readTextFileSync(path("expected.json")),
);
const floats = ["float32", "float16", "bfloat16", "float64"];

/** Largest difference to torch's values; NaN equals NaN, −0 differs from 0 as −0 is a bit. */
function largestDifference({ tensors }: Weights): { values: number; largest: number } {
  let values = 0, largest = 0;
  for (const [name, { shape, bits }] of Object.entries(expected)) {
    const found = present(tensors.get(name), name);
    assertEquals(found.shape, shape, name);
    assertEquals(found.data.length, bits.length, name);
    const wanted = new Float32Array(Uint32Array.from(bits).buffer);
    found.data.forEach((value, i) => {
      values++;
      if (Object.is(value, wanted[i])) return;
      const difference = Math.abs(value - wanted[i]);
      largest = Math.max(largest, difference > 0 ? difference : Infinity);
    });
  }
  return { values, largest };
}

for (const file of ["plain_zip.pth", "plain_stream.pth", "plain.safetensors"]) {
  Deno.test(`weights in ${file} equal torch's: every dtype, stride, offset and sharing`, async () => {
    const read = file.endsWith(".pth") ? readPytorch : readSafetensors;
    const weights = await read(path(file), { integers: "convert" });
    assertEquals(weights.tensors.size, 23);
    const { values, largest } = largestDifference(weights);
    assertEquals(values, 207);
    console.log(`${file}: ${values} values, largest difference ${largest}`);
    assertEquals(largest, 0);
    if (file.endsWith(".safetensors")) assertEquals(weights.metadata, { origin: "make.py" });
    else assertEquals([...weights.tensors.keys()], Object.keys(expected), "file order is kept");
  });

  Deno.test(`integers in ${file} are refused, dropped or converted as asked`, async () => {
    const read = file.endsWith(".pth") ? readPytorch : readSafetensors;
    await assertRejects(() => read(path(file)), TypeError, file);
    const { tensors, dropped } = await read(path(file), { integers: "drop" });
    const integers = Object.keys(expected).filter((name) => !floats.includes(expected[name].dtype));
    assertEquals([...dropped].sort(), integers.sort());
    assertEquals(dropped.length, 7);
    assertEquals(tensors.size, 16);
  });
}

Deno.test("an integer beyond 2²⁴ is refused, since float32 would change it", async () => {
  const bytes = bytesOf("plain_stream.pth");
  // 1234 as a little-endian int64, the value of bn.num_batches_tracked.
  const at = indexOf(bytes, [0xd2, 0x04, 0, 0, 0, 0, 0, 0]);
  bytes.set([1, 0, 0, 1], at);
  await assertRejects(() => readPytorch(bytes, { integers: "convert" }), RangeError, "16777217");
  bytes.set([0, 0, 0, 1], at);
  const { tensors } = await readPytorch(bytes, { integers: "convert" });
  assertEquals(tensors.get("bn.num_batches_tracked")?.data, Float32Array.of(2 ** 24));
});

Deno.test("tensors that share a storage share memory; a contiguous float32 is not copied", async () => {
  const bytes = bytesOf("plain_zip.pth");
  const { tensors } = await readPytorch(bytes, { integers: "drop" });
  const whole = present(tensors.get("shared.whole")).data;
  const part = present(tensors.get("shared.part")).data;
  assertEquals(whole.buffer, bytes.buffer);
  assertEquals(part.byteOffset - whole.byteOffset, 6 * 4);
});

Deno.test("the only dict of tensors in a checkpoint is found, or named by its entry", async () => {
  for (const options of [{}, { entry: "state_dict" }]) {
    const { tensors } = await readPytorch(path("nested_zip.pth"), options);
    assertEquals([...tensors.keys()], ["conv.weight", "transposed"]);
  }
  await assertRejects(
    () => readPytorch(path("nested_zip.pth"), { entry: "model" }),
    TypeError,
    "epoch, state_dict, arch",
  );
});

Deno.test("several dicts of tensors are told apart by name only", async () => {
  const file = path("twice_zip.pth");
  await assertRejects(() => readPytorch(file), RangeError, "model, optimizer/state/0");
  assertEquals((await readPytorch(file, { entry: "model" })).tensors.size, 2);
});

Deno.test("a missing file and a folder are refused by name", async () => {
  await assertRejects(() => readPytorch("no/such.pth"), RangeError, "no/such.pth");
  await assertRejects(() => readPytorch(path("")), RangeError, "Is a directory");
});

const refused: readonly (readonly [file: string, names: string])[] = [
  ["refused_system.pth", "posix.system"],
  ["refused_eval.pth", "builtins.eval"],
  ["refused_subprocess.pth", "subprocess.check_output"],
  ["refused_newobj.pth", "collections.OrderedDict"],
  ["refused_build.pth", "torch._utils._rebuild_tensor_v2"],
  ["refused_inst.pth", "os.system"],
  ["refused_storage.pth", "torch.FloatStorage"],
  ["refused_module.pth", "torch.nn.modules.linear.Linear"],
];
for (const [file, name] of refused) {
  Deno.test(`${file} is refused, naming ${name} and the byte`, async () => {
    await refusedAsMalformed(bytesOf(file), { file }, name);
  });
}

Deno.test("a file cut at any of 50 places is refused with file and byte", async () => {
  const random = seededRandom(1, "truncation");
  for (const file of ["plain_zip.pth", "plain_stream.pth"]) {
    const bytes = bytesOf(file);
    const places = [0, 1, 3, 4, 8, bytes.length - 1];
    while (places.length < 50) places.push(random.integer(bytes.length));
    assertEquals(places.length, 50);
    for (const length of places) await refusedAsMalformed(bytes.slice(0, length), { file });
  }
});

Deno.test("a flipped byte is refused or changes nothing but numbers, and never hangs", async () => {
  const random = seededRandom(2, "flips");
  let caught = 0;
  for (const file of ["plain_zip.pth", "plain_stream.pth"]) {
    const bytes = bytesOf(file);
    for (let i = 0; i < 300; i++) {
      const changed = bytes.slice();
      changed[random.integer(bytes.length)] ^= 1 + random.integer(255);
      try {
        await readPytorch(changed, { integers: "drop" });
      } catch (error) {
        assert(isRefusal(error), String(error));
        caught++;
      }
    }
  }
  console.log(`${caught} of 600 flipped bytes refused`);
  assert(caught > 200);
});

Deno.test("bytes after the last storage, and a changed weight in an archive, are refused", async () => {
  const stream = bytesOf("plain_stream.pth");
  const longer = new Uint8Array(stream.length + 1);
  longer.set(stream);
  await refusedAsMalformed(longer, { integers: "drop" }, "1 bytes more");

  const zip = bytesOf("plain_zip.pth");
  zip[indexOf(zip, [0xd2, 0x04, 0, 0, 0, 0, 0, 0])] ^= 1;
  await refusedAsMalformed(zip, { integers: "drop" }, "CRC-32");
});

Deno.test("a wrong magic number is refused", async () => {
  await refusedAsMalformed(new TextEncoder().encode("<html>"), {}, "bytes 3c 68 74 6d");
  await refusedAsMalformed(new Uint8Array(0), {}, "an empty file");
  await refusedAsMalformed(Uint8Array.of(0x80, 2, 0x4b, 1, 0x2e), {}, "magic number");
});

function present<T>(value: T | undefined, name = "value"): T {
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  const at = bytes.findIndex((_, i) => wanted.every((byte, k) => bytes[i + k] === byte));
  assert(at >= 0);
  return at;
}

async function refusedAsMalformed(
  bytes: Uint8Array<ArrayBuffer>,
  options: ReadPytorchOptions,
  found = "",
): Promise<void> {
  const error = await assertRejects(
    () => readPytorch(bytes, { file: "weights.pth", ...options }),
    SyntaxError,
    found,
  );
  assert(isRefusal(error));
  assert(new RegExp(`\\(${options.file ?? "weights.pth"}, byte \\d+\\)$`).test(error.message));
}
