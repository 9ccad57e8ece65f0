import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import onnxProto from "onnx-proto";
import { isRefusal, seededRandom } from "../../mod.ts";
import { type OnnxBackboneOptions, openOnnxBackbone } from "../../src/backbones/onnx_backbone.ts";
import { listOnnxValues } from "../../src/backbones/onnx_values.ts";
import { copyModel, inFolder, modelPath } from "./onnx_fixtures.ts";

const { ModelProto } = onnxProto.onnx;
type Model = InstanceType<typeof ModelProto>;

/** Opens with ImageNet's normalisation, and expects a refusal. */
async function refused(
  path: string,
  kind: new () => Error,
  found: string,
  options: OnnxBackboneOptions = {},
): Promise<void> {
  const error = await assertRejects(
    () => openOnnxBackbone(path, { normalisation: "imagenet", taps: ["map8"], ...options }),
    kind,
    found,
  );
  assert(isRefusal(error), String(error));
  assert(error.message.includes(path.split("/").pop() ?? "?"), error.message);
}

/** A change of a model's content as one of its bytes. */
const decoded = (change: (model: Model) => void) => (bytes: Uint8Array): Uint8Array => {
  const model = ModelProto.decode(bytes);
  change(model);
  return ModelProto.encode(model).finish();
};

/** A text in a file replaced by one of the same length. */
const replaced = (text: string, by: string) => (bytes: Uint8Array): Uint8Array => {
  assertEquals(text.length, by.length);
  const all = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  assert(all.includes(text));
  return Uint8Array.from(all.replaceAll(text, by), (letter) => letter.charCodeAt(0));
};

Deno.test("a file cut off anywhere is refused as malformed, with its name", async () => {
  const random = seededRandom(3, "cuts");
  await inFolder(async (folder) => {
    const whole = await Deno.readFile(modelPath("residual_17"));
    const path = join(folder, "cut.onnx");
    let checked = 0;
    for (
      const length of [
        0,
        whole.length - 1,
        ...Array.from({ length: 50 }, () => random.integer(whole.length)),
      ]
    ) {
      await Deno.writeFile(path, whole.subarray(0, length));
      await refused(path, SyntaxError, "cut.onnx", { taps: ["level1"] });
      await assertRejects(() => listOnnxValues(path), SyntaxError, "cut.onnx");
      checked++;
    }
    assertEquals(checked, 52);
    await Deno.writeFile(path, new TextEncoder().encode("<html>not found</html>"));
    await refused(path, SyntaxError, "must be an ONNX model");
    await refused(join(folder, "missing.onnx"), RangeError, "must be there and readable");
  });
});

Deno.test("a file with a byte changed opens or is refused, and never fails otherwise", async () => {
  const random = seededRandom(4, "flips");
  await inFolder(async (folder) => {
    let [opened, refusals] = [0, 0];
    for (let k = 0; k < 60; k++) {
      const path = await copyModel(folder, "old_9", (bytes) => {
        bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
        return bytes;
      });
      try {
        await openOnnxBackbone(path, { normalisation: "imagenet", taps: ["map8"] });
        opened++;
      } catch (error) {
        assert(isRefusal(error), String(error));
        refusals++;
      }
    }
    assertEquals(opened + refusals, 60);
    assert(opened > 0 && refusals > 0, `${opened} opened, ${refusals} refused`);
  });
});

Deno.test("external data outside the model's folder are refused", async () => {
  const places = [
    "../../etc/passwd//",
    "/etc/./././/passwd",
    "..\\..\\etc\\passwd\\\\",
    "C:\\external.o.data",
    "a/../../etc/passwd",
  ];
  assertEquals(places.length, 5);
  for (const place of places) {
    await inFolder(async (folder) => {
      const change = replaced("external.onnx.data", place.padEnd(18, "."));
      const path = await copyModel(folder, "external", change);
      await refused(path, SyntaxError, "must lie in the model's folder");
    });
  }
});

Deno.test("external data that are missing, short or misplaced are refused", async () => {
  await inFolder(async (folder) => {
    const path = await copyModel(folder, "external");
    const data = join(folder, "external.onnx.data");
    await assertRejects(() => listOnnxValues(path), RangeError, data);
    const bytes = await Deno.readFile(`${modelPath("external")}.data`);
    await Deno.writeFile(data, bytes.subarray(0, bytes.length - 1));
    await refused(path, SyntaxError, "must lie in their file");
    await Deno.writeFile(data, bytes);
    await openOnnxBackbone(path, { normalisation: "imagenet", taps: ["map8"] });
    for (const [key, value] of [["offset", "1e3"], ["length", "-1"], ["offset", "99999999999"]]) {
      await copyModel(
        folder,
        "external",
        decoded(({ graph }) => {
          for (const entry of graph?.initializer?.[0].externalData ?? []) {
            if (entry.key === key) entry.value = value;
          }
        }),
      );
      await refused(path, SyntaxError, key === "offset" && value[0] === "9" ? "lie in" : key);
    }
  });
});

Deno.test("constants that claim more than they have are refused before memory is taken", async () => {
  const claims: readonly (readonly number[])[] = [[2 ** 40, 3, 8, 8], [-4, 3, 8, 8], [4, 3, 8, 9]];
  assertEquals(claims.length, 3);
  for (const dims of claims) {
    await inFolder(async (folder) => {
      const path = await copyModel(
        folder,
        "multiples",
        decoded(({ graph }) => Object.assign(graph?.initializer?.[0] ?? {}, { dims })),
      );
      await refused(path, SyntaxError, "as many numbers as its shape says");
      await assertRejects(() => listOnnxValues(path), SyntaxError, "as its shape says");
    });
  }
});

Deno.test("taps that are not there, or no maps, are refused with what they are", async () => {
  const kinds = modelPath("kinds");
  await refused(kinds, RangeError, '"mapp8"; did you mean map8?', { taps: ["mapp8"] });
  await refused(kinds, RangeError, '"w", which is a constant', { taps: ["map8", "w"] });
  await refused(kinds, RangeError, '"photos", which is an input', { taps: ["photos"] });
  await refused(kinds, TypeError, '"vector" is float32 [1, 2]', { taps: ["map8", "vector"] });
  await refused(kinds, TypeError, '"best" is int64 [1, 1, 28, 28]', { taps: ["best"] });
  await refused(kinds, RangeError, '"pooled" is [1, 2, 1, 1] at 224×224', { taps: ["pooled"] });
  await refused(kinds, RangeError, "the same in both directions", { taps: ["oblong"] });
  await refused(kinds, RangeError, "must be a whole number", { taps: ["valid"] });
  for (const taps of [[], ["map8", "map8"], [""], "map8", [8]]) {
    const options = { taps } as unknown as OnnxBackboneOptions;
    await refused(kinds, TypeError, "taps must be a list of different names", options);
  }
});

Deno.test("operators that cannot be taken over are refused by name and version", async () => {
  const cases = [
    ["branching", "after", "(If) is control flow"],
    ["function", "twice", "(Twice) is of the domain own"],
    ["resize_10", "map4", "from operator set 11 on: Resize, at node 1 (Resize) of operator set 10"],
  ];
  assertEquals(cases.length, 3);
  for (const [name, tap, found] of cases) {
    await refused(modelPath(name), TypeError, found, { taps: [tap] });
    // What comes before is not in the cut.
    await openOnnxBackbone(modelPath(name), { normalisation: "imagenet", taps: ["map8"] });
  }
  await refused(modelPath("bytes_in"), TypeError, '"photos" is uint8');
  const options = { taps: ["weighted"] };
  await refused(modelPath("two_inputs"), RangeError, "depend on photos, weight", options);
  await refused(modelPath("two_inputs"), RangeError, '"photo"; did you mean photos?', {
    input: "photo",
  });
  await inFolder(async (folder) => {
    const spoil = (change: (model: Model) => void, name = "kinds") =>
      copyModel(folder, name, decoded(change));
    const version = (value: number) =>
      spoil(({ opsetImport }) => Object.assign(opsetImport[0], { version: value }));
    await refused(await version(6), RangeError, "must be in 7…28: 6");
    await refused(await version(29), RangeError, "must be in 7…28: 29");
    await refused(
      await spoil(({ graph }) => Object.assign(graph?.node?.[0] ?? {}, { opType: "Convolve" })),
      TypeError,
      "Convolve",
    );
    await refused(
      await spoil(({ graph }) => Object.assign(graph?.node?.[0] ?? {}, { input: ["later", "w"] })),
      SyntaxError,
      "made before they are used",
    );
    await refused(
      await spoil(({ graph }) => graph?.node?.push(graph.node[0])),
      SyntaxError,
      "made once",
    );
  });
});

Deno.test("inputs that are no photos are refused", async () => {
  await refused(modelPath("last_channels"), RangeError, "three channels");
  await inFolder(async (folder) => {
    const shaped = (...sizes: readonly (number | string)[]) =>
      copyModel(
        folder,
        "kinds",
        decoded(({ graph }) => {
          const shape = graph?.input?.[0].type?.tensorType?.shape ?? {};
          shape.dim = sizes.map((size) =>
            typeof size === "number" ? { dimValue: size } : { dimParam: size }
          );
        }),
      );
    await refused(await shaped(8, 3, "h", "w"), RangeError, "one photo at a time");
    await refused(await shaped(1, 3, 64, "w"), RangeError, "both free or both fixed");
    await refused(await shaped("n", 3, 64), TypeError, "has rank 3");
    const fixed = await openOnnxBackbone(await shaped("n", 3, 64, 64), {
      normalisation: "imagenet",
      taps: ["map8"],
    });
    assertEquals(fixed.levels, [{ name: "map8", channels: 2, stride: 8 }]);
  });
});

Deno.test("a normalisation that is not said, or said twice, is refused and never guessed", async () => {
  const path = modelPath("kinds");
  const mean = [0, 0, 0];
  const deviation = [1, 1, 1];
  const cases: readonly [OnnxBackboneOptions, string][] = [
    [{ normalisation: undefined }, '"normalisation": "imagenet", or mean, deviation and scale'],
    [{ normalisation: undefined, mean, deviation }, "only mean, deviation"],
    [{ mean, deviation, scale: 1 }, 'normalisation "imagenet" and mean, deviation, scale'],
    [{ order: "bgr" }, 'is for the order "rgb"'],
    [{ taps: undefined }, "listOnnxValues lists them"],
  ];
  assertEquals(cases.length, 5);
  for (const [options, found] of cases) await refused(path, RangeError, found, options);
});

Deno.test("a side-car is read strictly", async () => {
  await inFolder(async (folder) => {
    const path = await copyModel(folder, "kinds");
    const beside = `${path}.json`;
    const cases: readonly [string, new () => Error, RegExp][] = [
      ['{"taps": ["map8"], "meen": [0, 0, 0]}', TypeError, /"meen"; did you mean mean\?/],
      ['{"mean": [0, 0]}', TypeError, /mean must be three numbers: \[0,0\]/],
      ['{"deviation": [1, 0, 1]}', TypeError, /deviation must be three numbers above 0/],
      ['{"scale": 256}', TypeError, /scale must be one of 1, 255: 256/],
      ['{"order": "RGB"}', TypeError, /order must be one of "rgb", "bgr": "RGB"/],
      ['{"layout": "chw"}', TypeError, /layout must be one of/],
      ['{"license": "a\\nb"}', TypeError, /license must be a text of one line/],
      ['{"normalisation": "caffe"}', TypeError, /normalisation must be one of "imagenet"/],
      ["[1]", SyntaxError, /must be a JSON object/],
      ['{"taps": ', SyntaxError, /must be JSON/],
    ];
    assertEquals(cases.length, 10);
    for (const [text, kind, found] of cases) {
      await Deno.writeTextFile(beside, text);
      const error = await assertRejects(() => openOnnxBackbone(path), kind);
      assert(isRefusal(error) && error.message.includes(beside), String(error));
      assertMatch(error.message, found);
    }
    await refused(path, RangeError, "must be there", { sidecar: join(folder, "kinds.onnx.txt") });
    await openOnnxBackbone(path, { sidecar: false, normalisation: "imagenet", taps: ["map8"] });
  });
});
