import { assert, assertEquals } from "@std/assert";
import { loadBackbone } from "../../../mod.ts";
import { createDetector, methodNames } from "../../../src/detectors/registry.ts";
import { estimateMemory } from "../../../src/evaluation/runs/memory.ts";

const backbone = await loadBackbone("efficientnet_lite0");

Deno.test("the estimate is above what a process takes, and not six times as much", async () => {
  if (Deno.build.os !== "linux") {
    return console.log("skipped: only Linux tells a program's own peak");
  }
  const folder = await Deno.makeTempDir({ prefix: "kizu-memory-" });
  const lines: string[] = [];
  try {
    assertEquals(methodNames.length, 5);
    for (const method of methodNames) {
      const path = new URL("memory_run.ts", import.meta.url).pathname;
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "-A", "--no-check", path, method, "60", folder],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const { peak, estimate } = JSON.parse(new TextDecoder().decode(stdout));
      lines.push(`${method} ${(peak / 1e6).toFixed()} of ${(estimate / 1e6).toFixed()} MB`);
      assert(estimate > peak, lines.at(-1));
      assert(estimate < 6 * peak, lines.at(-1));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(`peak and estimate at 60 photos: ${lines.join(", ")}`);
});

Deno.test("the estimate grows with photos, sizes, levels and dimensions, not with what is pooled", () => {
  const of = (method: string, images: number, options = {}, crop = 224) =>
    estimateMemory(
      createDetector(method, backbone, { options, geometry: { resize: crop, crop } }),
      images,
    );
  assertEquals(of("dn2", 1000), of("dn2", 10));
  // A constant of 128 MiB or more is no longer compiled, but the estimate never falls.
  let before = 0;
  for (let images = 2; images < 1000; images += 3) {
    const estimates = ["spade", "padim", "patchcore"].map((method) => of(method, images));
    const sum = estimates.reduce((a, b) => a + b);
    assert(sum >= before, `${images} photos`);
    before = sum;
  }
  for (const method of ["spade", "padim", "patchcore"]) {
    assert(of(method, 20) > of(method, 10), method);
    assert(of(method, 10, {}, 448) > of(method, 10), method);
  }
  const all = { levels: ["stage2", "stage3", "stage4", "stage5"] };
  assert(of("patchcore", 50, all) > of("patchcore", 50));
  assert(of("padim", 50, { dimensions: 20 }) < of("padim", 50));
  assert(
    of("padim", 50, { dimensions: 20, reduction: "pca" }) > of("padim", 50, { dimensions: 20 }),
  );
});

Deno.test("an ensemble takes what its members take together", async () => {
  const other = await loadBackbone("efficientnet_lite2");
  const rows = (networks: Parameters<typeof createDetector>[1]) =>
    estimateMemory(createDetector("patchcore", networks), 100) -
    estimateMemory(createDetector("patchcore", networks), 0);
  const together = rows([backbone, other]);
  assert(Math.abs(together / (rows(backbone) + rows(other)) - 1) < 1e-9);
});
