import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { unpickle } from "../../../src/backbones/weights/pickle.ts";
import { tensorOf } from "../../../src/backbones/weights/pickle_values.ts";
import { readPytorch } from "../../../src/backbones/weights/pytorch.ts";
import { isTar, tarEntries } from "../../../src/backbones/weights/tar.ts";
import { stateDictIn } from "../../../src/backbones/weights/torch_entry.ts";
import { torchWorld } from "../../../src/backbones/weights/torch_objects.ts";
import { isRefusal } from "../../../src/errors.ts";
import { seededRandom } from "../../../src/random.ts";

const fixture = (name: string) => new URL(`../../fixtures/weights/${name}`, import.meta.url);
const tar = Deno.readFileSync(fixture("plain_tar.pth"));
const expected: Record<string, { shape: number[]; bits: number[] }> = JSON.parse(
  Deno.readTextFileSync(fixture("expected.json")),
);

Deno.test("weights in PyTorch's first format equal torch's, parameters and views among them", async () => {
  const { tensors } = await readPytorch(tar, { integers: "convert" });
  assertEquals(tensors.size, 19);
  let values = 0, largest = 0;
  for (const [name, { data, shape }] of tensors) {
    if (name === "view") continue;
    assertEquals(shape, expected[name].shape, name);
    const wanted = new Float32Array(Uint32Array.from(expected[name].bits).buffer);
    assertEquals(data.length, wanted.length);
    data.forEach((value, i) => {
      values++;
      const difference = Object.is(value, wanted[i]) ? 0 : Math.abs(value - wanted[i]);
      largest = Math.max(largest, difference >= 0 ? difference : Infinity);
    });
  }
  console.log(`plain_tar.pth: ${values} values, largest difference ${largest}`);
  assertEquals([values, largest], [192, 0]);
  const whole = tensors.get("shared.whole");
  const view = tensors.get("view");
  assertEquals([view?.shape, view?.data], [[4, 3], whole?.data.slice(12)]);
});

Deno.test("parameters as objects are read in every way that was written, and nothing else is made", () => {
  const run = (text: string) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { world } = torchWorld("p");
    return unpickle(bytes, { start: 0, end: bytes.length, file: "p" }, world).value;
  };
  const parameter = "ctorch.nn.parameter\nParameter\n";
  const tensor = "ctorch._utils\n_rebuild_tensor\n(" +
    "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06NtQ" +
    "K\x00K\x06\x85K\x01\x85tR";
  const ways = [
    `${parameter}${tensor}\x85R.`,
    `${parameter}${tensor}\x85R(\x88\x89Ntb.`,
    `${parameter}${tensor}\x85\x81(\x88\x89}tb.`,
    `${parameter})\x81(${tensor}NN\x88\x89tb.`,
  ];
  for (const way of ways) assertEquals(tensorOf(run(way))?.shape, [6], JSON.stringify(way));
  const named = run(`}X\x01\x00\x00\x00w${ways[1].slice(0, -1)}s.`);
  assertEquals([...stateDictIn(named, { file: "p" }).keys()], ["w"]);

  const refused: readonly (readonly [string, string])[] = [
    [`${parameter}K\x01\x85R.`, "a parameter is a tensor"],
    [`${parameter}${tensor}\x85R}b.`, "three or five attributes"],
    [`${parameter})\x81(K\x01NNNNtb.`, "a parameter is a tensor"],
    ["ccollections\nOrderedDict\n)\x81.", "makes an object of collections.OrderedDict"],
    ["ctorch\nFloatStorage\n)\x81.", "makes an object of torch.FloatStorage"],
    [`${tensor}(\x88\x89Ntb.`, "OrderedDict or a parameter"],
    ["ctorch.nn.parameter\nBuffer\n", "names torch.nn.parameter.Buffer"],
  ];
  assertEquals(refused.length, 7);
  for (const [text, found] of refused) assertThrows(() => run(text), SyntaxError, found);
  // A parameter that never got its tensor is none.
  assertThrows(
    () => stateDictIn(run(`}X\x01\x00\x00\x00w${parameter})\x81s.`), { file: "p" }),
    TypeError,
    "without one",
  );
});

Deno.test("a tar cut at any of 50 places, or with a changed byte, is refused or read", async () => {
  const random = seededRandom(3, "tar");
  const entries = tarEntries(tar, "t");
  assertEquals([...entries.keys()], ["sys_info", "pickle", "tensors", "storages"]);
  // Python pads with empty blocks behind the end, which may be missing.
  const { start, size } = entries.get("storages") ?? { start: 0, size: 0 };
  const end = Math.ceil((start + size) / 512) * 512 + 512;
  const places = [0, 1, 257, 511, 512, end - 1];
  while (places.length < 50) places.push(random.integer(end));
  for (const length of places) {
    const error = await assertRejects(() => readPytorch(tar.slice(0, length)), SyntaxError);
    assert(isRefusal(error));
  }
  assertEquals((await readPytorch(tar.slice(0, end), { integers: "drop" })).tensors.size, 15);
  let caught = 0;
  for (let i = 0; i < 300; i++) {
    const changed = tar.slice();
    changed[random.integer(end)] ^= 1 + random.integer(255);
    try {
      await readPytorch(changed, { integers: "drop" });
    } catch (error) {
      assert(isRefusal(error), String(error));
      caught++;
    }
  }
  console.log(`${caught} of 300 flipped bytes refused`);
  assert(caught > 50);
});

/** The archive with fields of one header changed, and its checksum made right again. */
function changed(entry: number, at: number, text: string): Uint8Array<ArrayBuffer> {
  const bytes = tar.slice();
  const starts = [...tarEntries(tar, "t").values()].map(({ start }) => start - 512);
  const header = bytes.subarray(starts[entry], starts[entry] + 512);
  header.set(Uint8Array.from(text, (character) => character.charCodeAt(0)), at);
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return bytes;
}

Deno.test("a tar's links, folders, climbing names, duplicates and wild sizes are refused", () => {
  const cases: readonly (readonly [Uint8Array<ArrayBuffer>, string])[] = [
    [changed(0, 0, "../../etc/x\0"), "plain words"],
    [changed(0, 0, "/etc/passwd\0"), "plain words"],
    [changed(0, 0, "\0"), "plain words"],
    [changed(0, 345, "etc\0"), "plain words"],
    [changed(1, 0, "sys_info\0"), "unique"],
    [changed(1, 156, "2"), "must be files"],
    [changed(1, 156, "5"), "must be files"],
    [changed(1, 124, "77777777777\0"), "lie in the file"],
    [changed(1, 124, "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "octal"],
    [changed(1, 124, "-0000000001\0"), "octal"],
  ];
  assertEquals(cases.length, 10);
  for (const [bytes, found] of cases) {
    assert(isTar(bytes));
    assertThrows(() => tarEntries(bytes, "t"), SyntaxError, found);
  }
  const unsummed = tar.slice();
  unsummed[0] ^= 1;
  assertThrows(() => tarEntries(unsummed, "t"), SyntaxError, "checksum");
});

Deno.test("a tar without one of its entries is refused by name", async () => {
  for (const [entry, name] of [[1, "pickle"], [2, "tensors"], [3, "storages"]] as const) {
    const renamed = changed(entry, 0, "other\0");
    await assertRejects(() => readPytorch(renamed), SyntaxError, `must hold ${name}`);
  }
});
