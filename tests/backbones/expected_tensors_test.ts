import { assertEquals, assertThrows } from "@std/assert";
import {
  type ArchitectureFamily,
  type ExpectedTensor,
  expectTensors,
} from "../../src/backbones/expected_tensors.ts";
import type { StateDict } from "../../src/backbones/weights/state_dict.ts";

type Name = "small" | "large";

/** Ten tensors `0.weight` [4] … and twelve `0.weight` [8] …. */
const family: ArchitectureFamily<Name> = {
  names: ["small", "large"],
  tensors: (name) =>
    Array.from({ length: name === "small" ? 10 : 12 }, (_, i): ExpectedTensor => [
      `${i}.weight`,
      [name === "small" ? 4 : 8],
    ]),
};

function weightsOf(name: Name, changes: readonly ExpectedTensor[] = []): Map<string, {
  data: Float32Array;
  shape: readonly number[];
}> {
  return new Map(
    [...family.tensors(name), ...changes].map(([tensor, shape]) => [tensor, {
      data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
      shape,
    }]),
  );
}

function refusal(weights: StateDict, ignored?: RegExp): string {
  return assertThrows(
    () => expectTensors(weights, { architecture: "small", family, ignored }),
    RangeError,
  ).message;
}

const begin = "Cannot assemble small as the weights must be its 10 tensors: ";

Deno.test("exactly the architecture's tensors pass, in any order", () => {
  const weights = new Map([...weightsOf("small")].reverse());
  expectTensors(weights, { architecture: "small", family });
  weights.delete("9.weight");
  assertEquals(refusal(weights), `${begin}1 is missing (9.weight)`);
});

Deno.test("missing, extra and misshapen tensors are told in one message, the first of each", () => {
  const weights = weightsOf("small", [
    ["head.weight", [2]],
    ["0.weight", [2, 2]],
    ["1.weight", []],
  ]);
  for (const i of [2, 3, 4, 5]) weights.delete(`${i}.weight`);
  assertEquals(
    refusal(weights),
    `${begin}4 are missing (2.weight, 3.weight, 4.weight, …), 1 is too many (head.weight), ` +
      "2 have other shapes (0.weight [2, 2] for [4], 1.weight [] for [4])",
  );
});

Deno.test("a checkpoint with nothing in it lacks everything", () => {
  assertEquals(
    refusal(new Map()),
    `${begin}10 are missing (0.weight, 1.weight, 2.weight, …)`,
  );
});

Deno.test("ignored tensors may be absent, present and of any shape", () => {
  const weights = weightsOf("small", [["head.weight", [7]], ["0.weight", [9]]]);
  weights.delete("1.weight");
  expectTensors(weights, { architecture: "small", family, ignored: /^(?:head|0|1)\./ });
  // Eight are left to expect.
  weights.delete("2.weight");
  assertEquals(
    refusal(weights, /^(?:head|0|1)\./),
    "Cannot assemble small as the weights must be its 8 tensors: 1 is missing (2.weight)",
  );
});

Deno.test("counters of batch norms are never looked at", () => {
  const weights = weightsOf("small", [["0.num_batches_tracked", []]]);
  expectTensors(weights, { architecture: "small", family });
});

Deno.test("the architecture that weights look like is named, also behind a prefix", () => {
  const large = weightsOf("large");
  const shapes = "10 have other shapes (0.weight [8] for [4], 1.weight [8] for [4], " +
    "2.weight [8] for [4], …)";
  const extra = "2 are too many (10.weight, 11.weight)";
  const like = "; these look like the weights of large";
  assertEquals(refusal(large), `${begin}${extra}, ${shapes}${like}`);
  // One of twelve may differ, two may not.
  large.delete("0.weight");
  assertEquals(refusal(large).endsWith(like), true);
  large.delete("1.weight");
  assertEquals(refusal(large).includes("look like"), false);

  const prefixed = (name: Name) =>
    new Map([...weightsOf(name)].map(([tensor, value]) => [`model.net.${tensor}`, value]));
  const before = ', with "model.net." before each name';
  assertEquals(refusal(prefixed("large")).endsWith(`${like}${before}`), true);
  assertEquals(
    refusal(prefixed("small")).endsWith(`these look like the weights of small${before}`),
    true,
  );
});
