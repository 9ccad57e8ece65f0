import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createDetector, generate, methodNames, type PlanOption } from "../../../mod.ts";
import {
  dependencesOf,
  isUsed,
  withOption,
} from "../../../src/evaluation/recipes/option_dependence.ts";
import { checkPhotoCount } from "../../../src/evaluation/recipes/photo_count.ts";
import {
  detectorOf,
  levelsText,
  recipeSettings,
  resolvedOptions,
} from "../../../src/evaluation/recipes/recipe_settings.ts";
import { load } from "./stand_in_networks.ts";

const usual = "efficientnet_lite0";

Deno.test("options belong to each other as the methods say: what a method refuses is not used", async () => {
  const backbone = await load(usual);
  let [refused, taken] = [0, 0];
  for (const method of methodNames) {
    const own = resolvedOptions(createDetector(method, backbone));
    const parents: Record<string, readonly PlanOption[]> = {
      pooling: ["mean", "official"],
      sampling: ["greedy", "approximate", "random"],
      score: ["max", "reweighted"],
      reduction: method === "padim" ? ["random", "pca"] : ["none", "pca", "npca"],
      aggregation: ["concatenate", "average"],
      combine: ["sum", "mean"],
      upsampling: ["bilinear", "nearest"],
      distance: ["euclidean", "squared"],
    };
    for (const [parent, values] of Object.entries(parents)) {
      if (!Object.hasOwn(own, parent)) continue;
      for (const value of values) {
        for (const option of Object.keys(own).filter((name) => name !== parent)) {
          const given = own[option] ?? 0.5;
          const make = () =>
            createDetector(method, backbone, { options: { [parent]: value, [option]: given } });
          if (isUsed(method, option, { [parent]: value })) {
            make();
            taken++;
          } else {
            assertThrows(make, RangeError, `${option} belongs to `);
            refused++;
          }
        }
      }
    }
    for (const { option, on } of dependencesOf(method)) {
      assert(Object.hasOwn(own, option) && Object.hasOwn(own, on), `${method} ${option}`);
      assertEquals(isUsed(method, option, {}), isUsed(method, option, { [on]: `${own[on]}` }));
    }
  }
  console.log(`${refused} refused, ${taken} taken`);
  assert(refused >= 7 && taken > 100, `${refused} refused, ${taken} taken`);
});

Deno.test("a changed option takes along what belonged to its old value alone", () => {
  const options = { sampling: "greedy", start: "dropped", projection: 64, coreset: 0.1 };
  assertEquals(withOption("patchcore", options, ["sampling", "random"]), {
    sampling: "random",
    coreset: 0.1,
  });
  assertEquals(withOption("patchcore", options, ["sampling", "approximate"]), {
    sampling: "approximate",
    projection: 64,
    coreset: 0.1,
  });
  const npca = { reduction: "npca", variance: 0.01 };
  assertEquals(withOption("gaussian-ad", npca, ["reduction", "pca"]), { reduction: "pca" });
  assertEquals(withOption("gaussian-ad", npca, ["variance", 0.1]), {
    reduction: "npca",
    variance: 0.1,
  });
});

Deno.test("whether photos are enough is foretold as the fit decides", async () => {
  const { train } = await generate("weave", { size: 72, train: 6 });
  const images = await Promise.all(train.map((sample) => sample.image()));
  let [enough, short] = [0, 0];
  for (
    const [crop, count, coreset, options] of [
      [64, 3, 0.01, { neighbours: 2 }],
      [64, 3, 0.011, { neighbours: 2 }],
      [70, 2, 0.04, { neighbours: 6 }],
      [70, 2, 0.04, { neighbours: 7 }],
      [64, 2, 0.07, { score: "reweighted", reweightingNeighbours: 8 }],
      [64, 2, 0.07, { score: "reweighted", reweightingNeighbours: 9 }],
    ] as const
  ) {
    const geometry = { resize: 72, crop };
    const settings = await recipeSettings("patchcore", {
      usual,
      load,
      geometry,
      options: { coreset, ...options },
    });
    const detector = await detectorOf(settings, load);
    const photos = [{ category: "weave", train: count }];
    const told = () => checkPhotoCount("run it", detector, { settings, photos });
    const fit = async () => await (await detector.fit(images.slice(0, count))).dispose();
    try {
      told();
      enough++;
    } catch {
      await assertRejects(fit, RangeError, "the memory bank must hold at least");
      short++;
      continue;
    }
    await fit();
  }
  assertEquals([enough, short], [3, 3]);
});

Deno.test("names of levels are shortened where they differ in their number", () => {
  assertEquals(levelsText(["stage3", "stage5"]), "stage3+5");
  assertEquals(levelsText(["stage1", "stage2", "head"]), "stage1+2+head");
  assertEquals(levelsText(["layer2", "block3", "block4"]), "layer2+block3+4");
  assertEquals(levelsText(["features.0", "features.8"]), "features.0+8");
});
