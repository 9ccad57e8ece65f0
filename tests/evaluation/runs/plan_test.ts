import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkPlan, parsePlan, type Plan, recipesOf } from "../../../src/evaluation/runs/plan.ts";
import { methodNames, presets } from "../../../src/detectors/registry.ts";
import schema from "../../../src/evaluation/runs/plan.schema.json" with { type: "json" };

const USUAL = "efficientnet_lite0";
const recipes = (plan: Plan) => recipesOf(plan, USUAL);
const labels = (plan: Plan) => recipes(plan).map(({ label }) => label);

Deno.test("what the schema allows is a plan", () => {
  const allowed: readonly unknown[] = [
    { methods: ["patchcore"] },
    {
      $schema: "plan.schema.json",
      data: "photos",
      categories: ["cable"],
      limit: 3,
      skipBroken: true,
      maskFilter: "official",
      seeds: [0, 1],
      backbones: ["efficientnet_lite0", "efficientnet_lite0+efficientnet_lite2"],
      onnx: { taps: ["a"], mean: [0, 0, 0], deviation: [1, 1, 1], scale: 255, order: "bgr" },
      geometry: { crop: 64, resize: 72, filter: "lanczos", aspect: "stretch" },
      methods: [
        "padim",
        {
          method: "patchcore",
          label: "mine",
          backbone: "efficientnet_lite2",
          options: { coreset: 0.1, levels: ["stage3"], sampling: "random" },
          grid: { neighbours: [1, 3], score: ["max", "reweighted"] },
          geometry: { crop: 32 },
        },
      ],
    },
  ];
  for (const plan of allowed) {
    assertEquals(parsePlan(JSON.stringify(plan), "plan.json") as unknown, plan);
  }
});

Deno.test("what the schema forbids is refused with its place in the plan", () => {
  const one = { methods: ["padim"] };
  const method = (more: object) => ({ methods: [{ method: "padim", ...more }] });
  const refusals: readonly (readonly [unknown, string])[] = [
    [[], "must be object"],
    [{}, "'methods'"],
    [{ methods: [] }, "plan.methods must NOT have fewer than 1 items"],
    [{ methods: [3] }, "plan.methods[0]"],
    [{ methods: [{ options: {} }] }, "plan.methods[0] must have required property 'method'"],
    [{ ...one, method: "padim" }, 'plan has "method"; did you mean methods?'],
    [{ ...one, limit: 0 }, "plan.limit must be >= 1"],
    [{ ...one, limit: 1.5 }, "plan.limit must be integer"],
    [{ ...one, seeds: [] }, "plan.seeds"],
    [{ ...one, seeds: [1, 1] }, "plan.seeds must NOT have duplicate items"],
    [{ ...one, seeds: [-1] }, "plan.seeds[0] must be >= 0"],
    [{ ...one, seeds: [0.5] }, "plan.seeds[0] must be integer"],
    [{ ...one, skipBroken: "yes" }, "plan.skipBroken must be boolean"],
    [{ ...one, maskFilter: "lanczos" }, "plan.maskFilter must be one of nearest, official"],
    [{ ...one, categories: "cable" }, "plan.categories must be array"],
    [{ ...one, backbones: ["a", "a"] }, "plan.backbones must NOT have duplicate items"],
    [{ ...one, data: "" }, "plan.data"],
    [{ ...one, geometry: { size: 3 } }, 'plan.geometry has "size"; did you mean resize?'],
    [{ ...one, geometry: { crop: 16 } }, "plan.geometry.crop must be >= 32"],
    [{ ...one, geometry: { filter: "nearest" } }, "must be one of bilinear, bicubic, lanczos"],
    [{ ...one, onnx: { tap: ["a"] } }, 'plan.onnx has "tap"; did you mean taps?'],
    [{ ...one, onnx: { mean: [1, 2] } }, "plan.onnx.mean"],
    [method({ seeds: [1] }), 'plan.methods[0] has "seeds"'],
    [method({ label: "" }), "plan.methods[0].label"],
    [method({ options: { ridge: null } }), "plan.methods[0].options.ridge"],
    [method({ options: { geometry: { crop: 64 } } }), "plan.methods[0].options.geometry"],
    [method({ grid: { ridge: 0.1 } }), "plan.methods[0].grid.ridge must be array"],
    [method({ grid: { ridge: [] } }), "plan.methods[0].grid.ridge must NOT have fewer than 1"],
    [method({ geometry: { aspect: "crop" } }), "must be one of keep, stretch"],
  ];
  for (const [plan, message] of refusals) {
    assertThrows(() => checkPlan(plan, "my.json"), RangeError, message, JSON.stringify(plan));
    assertThrows(() => checkPlan(plan, "my.json"), RangeError, "(my.json)");
  }
  assertThrows(() => parsePlan("{", "my.json"), SyntaxError, "my.json");
});

Deno.test("the schema describes every key that a reader cannot guess, and knows the types' keys", () => {
  assertEquals(Object.keys(schema.properties).sort(), [
    "$schema",
    "backbones",
    "categories",
    "data",
    "geometry",
    "limit",
    "maskFilter",
    "methods",
    "onnx",
    "seeds",
    "skipBroken",
  ]);
  assertEquals(Object.keys(schema.$defs.method.properties).sort(), [
    "backbone",
    "geometry",
    "grid",
    "label",
    "method",
    "options",
  ]);
});

Deno.test("seeds: each for methods with chance, the first one for others", () => {
  const found = recipes({ methods: ["dn2", "padim", "patchcore"], seeds: [4, 2] });
  assertEquals(found.map(({ seeds }) => seeds), [[4], [4, 2], [4, 2]]);
  assertEquals(recipes({ methods: ["padim"] })[0].seeds, [0]);
  // An ensemble draws what it holds out.
  const both = { method: "dn2", backbone: "efficientnet_lite0+efficientnet_lite2" };
  assertEquals(recipes({ methods: [both], seeds: [4, 2] })[0].seeds, [4, 2]);
});

Deno.test("backbones: the method's own, then the plan's, then the preset's, then the usual one", () => {
  const backbonesOf = (plan: Plan) => recipes(plan).map(({ backbones }) => backbones.join("+"));
  assertEquals(backbonesOf({ methods: ["padim"] }), [USUAL]);
  assertEquals(backbonesOf({ methods: ["padim-paper"] }), ["wide_resnet50_2"]);
  const backbones = ["efficientnet_lite2", "a + b"];
  assertEquals(backbonesOf({ methods: ["padim-paper"], backbones }), [
    "efficientnet_lite2",
    "a+b",
  ]);
  const own = { method: "padim", backbone: "resnet18" };
  assertEquals(backbonesOf({ methods: [own, "dn2"], backbones: ["x"] }), ["resnet18", "x"]);
  assertEquals(labels({ methods: ["padim"], backbones: ["x"] }), ["padim"]);
  assertEquals(labels({ methods: ["padim"], backbones: ["x", "y/z.onnx"] }), [
    "padim x",
    "padim z",
  ]);
});

Deno.test("a grid is every combination; labels say what sets recipes apart", () => {
  const method = {
    method: "patchcore",
    options: { sigma: 2 },
    grid: { coreset: [0.1, 0.5], levels: [["stage3"], ["stage3", "stage5"]] },
  };
  const found = recipes({ methods: [method] });
  assertEquals(found.map(({ label }) => label), [
    "patchcore coreset=0.1 levels=stage3",
    "patchcore coreset=0.1 levels=stage3+stage5",
    "patchcore coreset=0.5 levels=stage3",
    "patchcore coreset=0.5 levels=stage3+stage5",
  ]);
  assertEquals(found[1].options, { sigma: 2, coreset: 0.1, levels: ["stage3", "stage5"] });
  assertEquals(
    labels({ methods: [{ ...method, label: "mine", grid: { sigma: [1] }, options: {} }] }),
    [
      "mine sigma=1",
    ],
  );
});

Deno.test("geometry: a method's over the plan's over its preset's", () => {
  const geometryOf = (plan: Plan) => recipes(plan).map(({ geometry }) => geometry);
  assertEquals(geometryOf({ methods: ["padim", "padim-anomalib"] }), [undefined, undefined]);
  const geometry = { crop: 112, filter: "bicubic" } as const;
  assertEquals(geometryOf({ methods: ["padim", "padim-anomalib", "patchcore-2022"], geometry }), [
    { resize: 128, crop: 112, filter: "bicubic" },
    { resize: 112, crop: 112, filter: "bicubic", aspect: "stretch" },
    { resize: 128, crop: 112, filter: "bicubic" },
  ]);
  const own = { method: "padim", geometry: { crop: 64, aspect: "stretch" } } as const;
  assertEquals(geometryOf({ methods: [own], geometry: { resize: 256, filter: "lanczos" } }), [
    { resize: 256, crop: 64, filter: "lanczos", aspect: "stretch" },
  ]);
  assertThrows(
    () => recipes({ methods: ["padim"], geometry: { crop: 64, resize: 32 } }),
    RangeError,
    "resize 32, image size 64",
  );
});

Deno.test("labels are unique; twice the same is refused, as is what would win without a word", () => {
  const patchcore = (more: object) => ({ method: "patchcore", ...more });
  const refused = (methods: Plan["methods"], message: string) =>
    assertThrows(() => recipes({ methods }), RangeError, message);
  refused(["padim", "padim"], '"padim" twice');
  refused([patchcore({ grid: { coreset: [0.1, 0.1] } })], '"patchcore coreset=0.1" twice');
  refused(["padim", patchcore({ label: "padim" })], '"padim" twice');
  refused(
    [patchcore({ options: { coreset: 1 }, grid: { coreset: [1] } })],
    "coreset in options and grid",
  );
  refused([patchcore({ options: { seed: 1 } })], "seeds are the plan's");
  refused([patchcore({ grid: { seed: [1, 2] } })], "seeds are the plan's");
  refused(["patchcor"], "did you mean patchcore?");
  const every = [...methodNames, ...Object.keys(presets)];
  assert(every.length > 10);
  assertEquals(labels({ methods: every }), every);
});
