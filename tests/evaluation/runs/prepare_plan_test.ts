import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { openJobRunner, type RunSetting } from "../../../src/evaluation/runs/job_runner.ts";
import {
  categoriesOf,
  datasetFacts,
  jobsOf,
  openCategory,
} from "../../../src/evaluation/runs/jobs.ts";
import { networkIdentity } from "../../../src/evaluation/runs/network_identity.ts";
import { type Plan, recipesOf } from "../../../src/evaluation/runs/plan.ts";
import { preparePlan } from "../../../src/evaluation/runs/prepare_plan.ts";
import { tapsOf } from "../../../src/detectors/photo_graph.ts";
import { createGraph, loadBackbone, openOnnxBackbone } from "../../../mod.ts";
import { writeCategory } from "../../cli/eval_command.ts";

const USUAL = "efficientnet_lite0";
const geometry = { crop: 64, resize: 64 };
const setting: RunSetting = {
  data: undefined,
  limit: undefined,
  skipBroken: false,
  maskFilter: "nearest",
  cache: undefined,
  pictures: false,
  leaveOut: false,
};

async function prepared(plan: Plan, more: Partial<RunSetting> = {}) {
  const own = { ...setting, data: plan.data, limit: plan.limit, ...more };
  await using runner = await openJobRunner(own);
  return await preparePlan(plan, { usual: USUAL, contents: true, runner, setting: own });
}

const base: Plan = { methods: ["patchcore"], categories: ["weave"], limit: 2, geometry };

Deno.test("every key of a plan changes what results are kept under", async () => {
  const facts = async (plan: Partial<Plan>, more: Partial<RunSetting> = {}) =>
    JSON.stringify((await prepared({ ...base, ...plan }, more)).facts);
  const known = await facts({});
  assertEquals(await facts({}), known);
  const folder = await Deno.makeTempDir({ prefix: "kizu-plan-" });
  try {
    const data = await writeCategory(folder);
    const method = (more: object) => ({ methods: [{ method: "patchcore", ...more }] });
    const changed: Readonly<Record<string, Promise<string>>> = {
      data: facts({ data, categories: undefined }),
      categories: facts({ categories: ["cable"] }),
      limit: facts({ limit: 3 }),
      skipBroken: facts({}, { skipBroken: true }),
      maskFilter: facts({}, { maskFilter: "official" }),
      seeds: facts({ seeds: [0, 1] }),
      backbones: facts({ backbones: ["efficientnet_lite2"] }),
      geometry: facts({ geometry: { ...geometry, filter: "lanczos" } }),
      methods: facts({ methods: ["padim"] }),
      label: facts(method({ label: "mine" })),
      backbone: facts(method({ backbone: "efficientnet_lite0+efficientnet_lite2" })),
      options: facts(method({ options: { coreset: 0.5 } })),
      grid: facts(method({ grid: { coreset: [0.1, 0.5] } })),
      "method's geometry": facts(method({ geometry: { aspect: "stretch" } })),
    };
    const seen = new Map([[known, "nothing"]]);
    assert(Object.keys(changed).length === 14);
    for (const [key, pending] of Object.entries(changed)) {
      const found = await pending;
      assert(!seen.has(found), `${key} is as ${seen.get(found)}`);
      seen.set(found, key);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a photo of the same name with other content is other data, unreadable or not", async () => {
  const folder = await Deno.makeTempDir({ prefix: "kizu-plan-" });
  try {
    const data = await writeCategory(folder);
    const facts = async (contents: boolean) =>
      await datasetFacts(await openCategory({ data }, undefined), { contents });
    const [before, names] = [await facts(true), await facts(false)];
    assertEquals(await facts(true), before);
    assertEquals([before.counts, names.photos], [{ train: 4, test: 6 }, null]);
    const path = join(data, "test", "good", "000.png");
    await Deno.writeFile(path, (await Deno.readFile(path)).fill(7, 200, 201));
    const after = await facts(true);
    assertEquals([after.ids, await facts(false)], [before.ids, names]);
    assert(after.photos !== before.photos);
    // What cannot be read is the run's to refuse, or to pass over with --skip-broken.
    const dataset = await openCategory({ data }, undefined);
    await Deno.remove(path);
    const { photos } = await datasetFacts(dataset, { contents: true });
    assert(photos !== before.photos && photos !== after.photos);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what cannot be run is refused before any photo is read", async () => {
  const refused = (plan: Partial<Plan>, message: string) =>
    assertRejects(() => prepared({ ...base, ...plan }), Error, message);
  await refused({ methods: [{ method: "patchcore", options: { coreset: 2 } }] }, "(0, 1]");
  await refused({ methods: [{ method: "patchcore", options: { ridge: 2 } }] }, '"ridge"');
  await refused({ methods: [{ method: "padim", options: { levels: ["layer1"] } }] }, "layer1");
  await refused({ backbones: ["resnet"] }, "resnet");
  await refused({ categories: ["cabel"] }, "did you mean cable?");
  await refused({ data: "/no/such/folder" }, "/no/such/folder");
});

Deno.test("jobs go by category, recipe and seed, each with a file name of its own", async () => {
  const plan: Plan = {
    seeds: [0, 1],
    methods: [
      "dn2",
      { method: "patchcore", label: "Ü / ..", grid: { coreset: [0.1, 0.2] } },
      { method: "patchcore", label: "ü:..", options: { coreset: 0.3 } },
      { method: "patchcore", label: "x".repeat(80), options: { coreset: 0.4 } },
    ],
  };
  const jobs = jobsOf(await categoriesOf(plan), recipesOf(plan, USUAL));
  assertEquals(jobs.length, 2 * (1 + 2 * 2 + 2 + 2));
  assertEquals(
    jobs.slice(0, 4).map(({ category, recipe, seed }) => [category, recipe.label, seed]),
    [
      ["cable", "dn2", 0],
      ["cable", "Ü / .. coreset=0.1", 0],
      ["cable", "Ü / .. coreset=0.1", 1],
      ["cable", "Ü / .. coreset=0.2", 0],
    ],
  );
  assertEquals(new Set(jobs.map(({ id }) => id)).size, jobs.length);
  for (const { id } of jobs) assert(/^[a-z0-9][a-z0-9_-]{0,120}$/.test(id), id);
  // The same job has the same name, whatever else is run beside it.
  const alone = jobsOf(["cable"], recipesOf({ ...plan, methods: ["dn2"], seeds: [0] }, USUAL));
  assertEquals(alone[0].id, jobs[0].id);
  const largest = jobsOf(["a".repeat(90)], recipesOf({ ...plan, seeds: [2 ** 53 - 1] }, USUAL));
  for (const { id } of largest) assert(id.length <= 121, id);
});

Deno.test("a network's identity tells steps apart that its file's hash does not", async () => {
  const backbone = await loadBackbone(USUAL);
  const taps = (of: typeof backbone, ...maps: string[]) => tapsOf({ backbone: of, geometry, maps });
  const known = networkIdentity(taps(backbone, "stage3"));
  assertEquals(networkIdentity(taps(await loadBackbone(USUAL), "stage3")), known);
  assert(networkIdentity(taps(backbone, "stage4")) !== known);
  assert(networkIdentity(tapsOf({ backbone, geometry, pooled: ["stage3"] })) !== known);
  const other = { ...geometry, filter: "lanczos" } as const;
  assert(networkIdentity(tapsOf({ backbone, geometry: other, maps: ["stage3"] })) !== known);

  // One ONNX file, fed in several ways.
  const g = createGraph();
  const photos = g.input("photos", "float32", [1, 3, 64, 64]);
  g.output("cells", g.averagePool(photos, { size: 8, stride: 8 }));
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, g.toModel());
    const colours = { mean: [0, 0, 0], deviation: [1, 1, 1], scale: 1 } as const;
    const settings = [
      { normalisation: "imagenet" },
      colours,
      { ...colours, order: "bgr" },
      { ...colours, scale: 255 },
    ] as const;
    const found = new Set<string>();
    for (const one of settings) {
      const fed = await openOnnxBackbone(path, { taps: ["cells"], ...one });
      found.add(networkIdentity(taps(fed, "cells")));
    }
    assertEquals(found.size, settings.length);

    // So a plan's onnx tells its results apart.
    const facts = new Set<string>();
    for (const one of settings) {
      const plan: Plan = {
        ...base,
        backbones: [path],
        methods: [{ method: "dn2", options: { level: "cells", neighbours: 1 } }],
      };
      const onnx = { taps: ["cells"], ...one };
      facts.add(JSON.stringify((await prepared(plan, { onnx })).facts));
    }
    assertEquals(facts.size, settings.length);
    const none: Plan = { ...base, backbones: [path], methods: ["dn2"] };
    await assertRejects(() => prepared(none, { onnx: colours }), RangeError, "taps must name");
  } finally {
    await Deno.remove(path);
  }
});
