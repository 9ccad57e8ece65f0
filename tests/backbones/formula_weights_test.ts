import { assert, assertEquals } from "@std/assert";
import { weight } from "../../src/backbones/convolution.ts";
import { sha256Hex } from "../../src/sha256.ts";
import { formulaPixels } from "./formula_pixels.ts";
import { formulaWeights, hashAt, seedOf } from "./formula_weights.ts";

interface Fixture {
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly index: readonly number[];
    readonly bits: readonly number[];
    readonly sha256: string;
  }[];
  readonly pixels: { readonly shape: readonly number[]; readonly sha256: string };
}

const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/backbones/formula_weights.json", import.meta.url)),
);
const bytesOf = ({ buffer, byteLength }: Float32Array) => new Uint8Array(buffer, 0, byteLength);

Deno.test("formula weights equal numpy's to the bit", () => {
  assertEquals(fixture.tensors.length, 13);
  const weights = formulaWeights(fixture.tensors.map(({ name, shape }) => [name, shape]));
  for (const { name, shape, index, bits, sha256 } of fixture.tensors) {
    const found = weight(weights, name);
    assertEquals([...found.shape], [...shape]);
    assertEquals(index.length, 40);
    const pattern = new Uint32Array(found.data.buffer);
    assertEquals(index.map((i) => pattern[i]), [...bits], name);
    assertEquals(sha256Hex(bytesOf(found.data)), sha256, name);
  }
});

Deno.test("the formula photo equals numpy's to the bit", () => {
  const [channels, height, width] = fixture.pixels.shape;
  assertEquals([channels, height, width], [3, 21, 37]);
  assertEquals(sha256Hex(formulaPixels(height, width)), fixture.pixels.sha256);
});

Deno.test("the hashes are FNV-1a's and Murmur3's published ones", () => {
  assertEquals(seedOf(""), 0x811c9dc5);
  assertEquals(seedOf("a"), 0xe40c292c);
  assertEquals(seedOf("foobar"), 0xbf9cf968);
  // Murmur3's finaliser maps 0 to 0 and 1 to 0x514e28b7.
  assertEquals(hashAt(0, 0), 0);
  assertEquals(hashAt(1, 0), 0x514e28b7);
});

Deno.test("values lie where the tensor's part in the network wants them", () => {
  const weights = formulaWeights([
    ["conv1.weight", [64, 6, 5, 5]],
    ["bn1.weight", [4096]],
    ["bn1.bias", [4096]],
    ["bn1.running_mean", [4096]],
    ["bn1.running_var", [4096]],
    ["layer1.0.bn2.weight", [4096]],
    ["layer1.1.bn2.weight", [4096]],
    ["layer1.1.bn3.weight", [4096]],
  ]);
  const limits: readonly (readonly [name: string, low: number, high: number])[] = [
    ["conv1.weight", -0.2, 0.2],
    ["bn1.weight", 0.5, 1.5],
    ["bn1.bias", -0.1, 0.1],
    ["bn1.running_mean", -0.1, 0.1],
    ["bn1.running_var", 0.5, 1.5],
    ["layer1.0.bn2.weight", 0.125, 0.375],
    ["layer1.1.bn2.weight", 0.5, 1.5],
    ["layer1.1.bn3.weight", 0.125, 0.375],
  ];
  assertEquals(limits.length, weights.size);
  for (const [name, low, high] of limits) {
    const { data } = weight(weights, name);
    const [least, most] = [Math.min(...data), Math.max(...data)];
    const margin = 0.01 * (high - low);
    assert(least >= Math.fround(low) && least < low + margin, `${name} from ${least}`);
    assert(most <= Math.fround(high) && most > high - margin, `${name} to ${most}`);
  }
});
