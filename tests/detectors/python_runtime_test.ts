/**
 * The detector file is a plain ONNX model: Python's ONNX Runtime runs it without this library and
 * says the same. Skipped where there is no Python with onnxruntime and numpy; which Python is
 * asked can be chosen by the environment's PYTHON.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import {
  createDetector,
  type Detector,
  dn2,
  ensemble,
  gaussianAd,
  type Image,
  loadBackbone,
  padim,
  patchCore,
  spade,
} from "../../mod.ts";
import { formulaPhoto } from "./formula_photo.ts";

const python = Deno.env.get("PYTHON") ?? "python3";
const script = fromFileUrl(new URL("../fixtures/detector_files/run.py", import.meta.url));

/** What the script prints. */
interface Answer {
  readonly input: readonly unknown[];
  readonly outputs: readonly string[];
  readonly method: string;
  readonly onnxruntime: string;
  readonly found: readonly {
    readonly score: number;
    readonly shape: readonly number[] | null;
    readonly map: readonly number[] | null;
  }[];
}

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(python, { args: [...args] }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  } catch (error) {
    return { code: -1, out: "", err: String(error) };
  }
}

const { code, err } = await run(["-c", "import onnxruntime, numpy"]);
const ignore = code !== 0;
if (ignore) {
  const reason = err.trim().split("\n").at(-1);
  console.log(`Python's ONNX Runtime is not compared with: ${python} says "${reason}"`);
}

/** A photo as numpy keeps an array: magic, version, header, numbers. */
function npy({ width, height, data }: Image): Uint8Array {
  const shape = `{'descr': '|u1', 'fortran_order': False, 'shape': (${height}, ${width}, 3), }`;
  const header = shape.padEnd(Math.ceil((shape.length + 11) / 64) * 64 - 11) + "\n";
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, 10 + header.length);
  return bytes;
}

const SIDE = 64;
const geometry = { resize: 72, crop: SIDE };
const [first, second] = await Promise.all(
  ["efficientnet_lite0", "efficientnet_lite2"].map((name) => loadBackbone(name)),
);
const train = Array.from({ length: 8 }, (_, k) => formulaPhoto(96, k));
const { data } = formulaPhoto(128, 11, true);
const photos: readonly Image[] = [
  formulaPhoto(80, 9, true),
  { width: 128, height: 90, data: data.slice(0, 128 * 90 * 3) },
];

const detectors: Readonly<Record<string, () => Detector>> = {
  "dn2": () => dn2(first, { geometry }),
  "spade": () => spade(first, { geometry, neighbours: 4, pixelNeighbours: 2 }),
  "spade, averaged, bicubic": () =>
    createDetector("spade-popular", first, { geometry: { ...geometry, filter: "bicubic" } }),
  "gaussian-ad": () => gaussianAd(first, { geometry }),
  "gaussian-ad, npca": () => gaussianAd(first, { geometry, reduction: "npca", variance: 0.2 }),
  "padim, gram": () => padim(first, { geometry, dimensions: 40 }),
  "padim, cholesky": () => padim(first, { geometry, dimensions: 6, upsampling: "nearest" }),
  "padim, pca": () => padim(first, { geometry, dimensions: 10, reduction: "pca" }),
  "patchcore": () => patchCore(first, { geometry, coreset: 0.2, score: "reweighted" }),
  "patchcore, official": () => createDetector("patchcore-official", first, { geometry }),
  "ensemble": () =>
    ensemble([first, second].map((backbone) => patchCore(backbone, { geometry, coreset: 0.2 }))),
  "ensemble of two methods": () =>
    ensemble([spade(first, { geometry, neighbours: 3 }), padim(second, { geometry })]),
};

/** The largest difference, as a share of the largest value: a score of an ensemble may be near 0. */
function apart(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assertEquals(found.length, expected.length);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(found[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

Deno.test({
  name: "Python's ONNX Runtime says the same of photos of any size as the detector that was saved",
  ignore,
  async fn() {
    assertEquals(Object.keys(detectors).length, 12);
    const folder = await Deno.makeTempDir();
    let [most, compared] = [0, 0];
    try {
      const paths = photos.map((_, i) => join(folder, `${i}.npy`));
      for (const [i, photo] of photos.entries()) await Deno.writeFile(paths[i], npy(photo));
      for (const [name, create] of Object.entries(detectors)) {
        const path = join(folder, "detector.onnx");
        await using fitted = await create().fit(train);
        await fitted.save(path);
        const { code, out, err } = await run([script, path, ...paths]);
        assertEquals(code, 0, err);
        const answer: Answer = JSON.parse(out);
        assertEquals(answer.method, fitted.name);
        assertEquals(answer.input, ["image", "tensor(uint8)", ["height", "width", 3]]);
        assertEquals(answer.found.length, 2);
        let worst = 0;
        for (const [i, { score, shape, map }] of answer.found.entries()) {
          const own = await fitted.predict(photos[i]);
          worst = Math.max(worst, apart([score], [own.score]));
          assertEquals(answer.outputs, own.map ? ["score", "map"] : ["score"]);
          assertEquals(shape, own.map ? [SIDE, SIDE] : null);
          if (own.map && map) worst = Math.max(worst, apart(map, own.map.data));
          compared += 1 + (map?.length ?? 0);
        }
        console.log(
          `${name}: largest relative difference from onnxruntime ${answer.onnxruntime} ` +
            worst.toExponential(1),
        );
        assert(worst <= 1e-5, `${name}: ${worst}`);
        most = Math.max(most, worst);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(compared, 2 * 12 + 2 * 9 * SIDE * SIDE);
    console.log(`${compared} numbers compared, largest relative difference ${most}`);
  },
});
