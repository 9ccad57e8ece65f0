import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join, resolve } from "@std/path";
import { parseCommand } from "../../src/cli/arguments.ts";
import { evalHelp, evalSpec, planOf } from "../../src/cli/eval_options.ts";
import { parseOption, parseSeeds } from "../../src/cli/given_options.ts";
import { checkPlan, type Plan, recipesOf } from "../../src/evaluation/runs/plan.ts";
import { methodNames } from "../../src/detectors/registry.ts";
import { evaluate, readReport, refused, withFolder, writeCategory } from "./eval_command.ts";

interface FoundRun {
  readonly label: string;
  readonly options: { readonly sigma: number };
}
const runsIn = async (path: string): Promise<readonly FoundRun[]> =>
  (await readReport(path) as { readonly runs: readonly FoundRun[] }).runs;

const planFor = (...args: readonly string[]) => planOf(parseCommand(evalSpec, args));

Deno.test("seeds are a range or a list of different whole numbers", () => {
  assertEquals(parseSeeds("0..4"), [0, 1, 2, 3, 4]);
  assertEquals(parseSeeds("7..7"), [7]);
  assertEquals(parseSeeds("3,0, 7"), [3, 0, 7]);
  assertEquals(parseSeeds("5"), [5]);
  assertEquals(parseSeeds("0..999").length, 1000);
  const wrong = ["", ",", "4..0", "0..", "0...3", "1,1", "-1", "0..1000", "1.5", "a", "0..4,6"];
  for (const text of [...wrong, String(2 ** 53)]) {
    assertThrows(() => parseSeeds(text), RangeError, `0..4 or different whole numbers`, text);
  }
});

Deno.test("options are numbers, switches, lists, or words", () => {
  const values: Readonly<Record<string, unknown>> = {
    "coreset=0.1": 0.1,
    "ridge=1e-3": 1e-3,
    "score=max": "max",
    "on=true": true,
    "off=false": false,
    "levels=stage3": ["stage3"],
    "levels=stage3+stage5": ["stage3", "stage5"],
    "names=a+b": ["a", "b"],
    "big=1e+3": 1000,
    "name=a=b": "a=b",
  };
  for (const [pair, value] of Object.entries(values)) {
    assertEquals(parseOption(pair), [pair.split("=")[0], value], pair);
  }
  for (const pair of ["coreset", "=3", "coreset=", ""]) {
    assertThrows(() => parseOption(pair), RangeError, "--option takes name=value", pair);
  }
});

Deno.test("every flag that says what is run is in the plan", async () => {
  const plan = await planFor(
    ...["--data", "photos", "--category", "a,b", "--method", "padim,patchcore", "--limit", "3"],
    ...["--backbone", "efficientnet_lite0,efficientnet_lite2", "--image-size", "64"],
    ...[
      "--resize",
      "72",
      "--filter",
      "lanczos",
      "--aspect",
      "stretch",
      "--mask-filter",
      "official",
    ],
    ...["--coreset", "0.1,0.2", "--option", "sigma=2", "--seeds", "0..1", "--skip-broken"],
  );
  const expected: Plan = {
    data: resolve("photos"),
    categories: ["a", "b"],
    limit: 3,
    skipBroken: true,
    maskFilter: "official",
    geometry: { crop: 64, resize: 72, filter: "lanczos", aspect: "stretch" },
    backbones: ["efficientnet_lite0", "efficientnet_lite2"],
    seeds: [0, 1],
    methods: [
      { method: "padim", options: { sigma: 2 }, grid: {} },
      { method: "patchcore", options: { sigma: 2 }, grid: { coreset: [0.1, 0.2] } },
    ],
  };
  assertEquals(plan, expected);
  assertEquals(checkPlan(JSON.parse(JSON.stringify(plan)), "flags"), plan as unknown);
  assertEquals(recipesOf(plan, "x").map(({ label }) => label), [
    "padim efficientnet_lite0",
    "padim efficientnet_lite2",
    "patchcore efficientnet_lite0 coreset=0.1",
    "patchcore efficientnet_lite0 coreset=0.2",
    "patchcore efficientnet_lite2 coreset=0.1",
    "patchcore efficientnet_lite2 coreset=0.2",
  ]);
  const plain = await planFor();
  assertEquals(plain.methods.map((one) => typeof one === "string" ? one : one.method), methodNames);
  assertEquals([plain.seeds, Object.keys(plain)], [[0], ["seeds", "methods"]]);
});

Deno.test("an option given twice runs with both values; one coreset is no grid", async () => {
  const plan = await planFor("--method", "patchcore", "--option", "neighbours=1,neighbours=3");
  assertEquals(plan.methods, [
    { method: "patchcore", options: {}, grid: { neighbours: [1, 3] } },
  ]);
  const one = await planFor("--method", "patchcore-2021,dn2", "--coreset", "0.5");
  assertEquals(one.methods, [
    { method: "patchcore-2021", options: { coreset: 0.5 }, grid: {} },
    { method: "dn2", options: {}, grid: {} },
  ]);
});

Deno.test("flags that contradict are refused", async () => {
  const refuses = (message: string, ...args: readonly string[]) =>
    assertRejects(() => planFor(...args), RangeError, message);
  await refuses("only one of --seed and --seeds", "--seed", "0", "--seeds", "0,1");
  await refuses("--coreset belongs to patchcore: padim", "--method", "padim", "--coreset", "0.1");
  await refuses("--coreset and --option coreset", "--coreset", "0.1", "--option", "coreset=0.2");
  await refuses("--coreset must be a number", "--coreset", "0.1,x");
  await refuses("above 0", "--coreset", "0.1,1.5");
  await refuses("--taps and --onnx belong to", "--taps", "a", "--backbone", "efficientnet_lite0");
});

Deno.test("a plan says all that is run: any flag beside it that says so is refused", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "plan.json");
    await Deno.writeTextFile(path, '{"methods": ["padim"]}');
    const beside: Readonly<Record<string, string | undefined>> = {
      data: "x",
      category: "cable",
      method: "padim",
      backbone: "efficientnet_lite0",
      taps: "a",
      onnx: "order=bgr",
      option: "sigma=1",
      "image-size": "64",
      resize: "64",
      filter: "lanczos",
      aspect: "keep",
      "mask-filter": "official",
      coreset: "0.1",
      seed: "1",
      seeds: "0..1",
      limit: "2",
      "skip-broken": undefined,
    };
    for (const [name, value] of Object.entries(beside)) {
      const words = [`--${name}`, ...(value === undefined ? [] : [value])];
      await assertRejects(
        () => planFor("--plan", path, ...words),
        RangeError,
        `--plan and --${name}`,
      );
    }
    // All others are how it is run, not what.
    const how = [
      ...["results", "report", "json", "csv", "cache", "cache-size", "no-cache", "workers"],
      ...["memory", "maps", "help", "plan"],
    ];
    assertEquals(Object.keys(evalSpec).sort(), [...Object.keys(beside), ...how].sort());
    await planFor("--plan", path, "--json", "x", "--workers", "2", "--no-cache");
  });
});

Deno.test("flags and the plan file that says the same give equal reports", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder, "photos");
    const plan: Plan & { readonly $schema: string } = {
      $schema: "plan.schema.json",
      data: "photos",
      limit: 3,
      maskFilter: "official",
      skipBroken: true,
      geometry: { crop: 64, resize: 72, filter: "bicubic", aspect: "stretch" },
      seeds: [1, 2],
      backbones: ["efficientnet_lite2"],
      methods: [
        "padim",
        { method: "patchcore", options: { sigma: 2 }, grid: { coreset: [0.2, 0.4] } },
      ],
    };
    const path = join(folder, "plan.json");
    await Deno.writeTextFile(path, JSON.stringify(plan));
    const cache = { KIZU_CACHE: join(folder, "cache") };
    const json = (name: string) => join(folder, `${name}.json`);
    const fromPlan = await evaluate(["--plan", path, "--json", json("a")], cache);
    assertEquals(fromPlan.code, 0, fromPlan.err);
    const flags = [
      ...["--data", join(folder, "photos"), "--limit", "3", "--mask-filter", "official"],
      ...["--skip-broken", "--image-size", "64", "--resize", "72", "--filter", "bicubic"],
      ...["--aspect", "stretch", "--seeds", "1,2", "--backbone", "efficientnet_lite2"],
      ...["--method", "padim,patchcore", "--coreset", "0.2,0.4"],
    ];
    const fromFlags = await evaluate([...flags, "--json", json("b")], cache);
    assertEquals(fromFlags.code, 0, fromFlags.err);
    const [a, b] = [await runsIn(json("a")), await runsIn(json("b"))];
    assertEquals(a.map(({ label, options }) => [label, options.sigma]), [
      ["padim", 4],
      ["padim", 4],
      ["patchcore coreset=0.2", 2],
      ["patchcore coreset=0.2", 2],
      ["patchcore coreset=0.4", 2],
      ["patchcore coreset=0.4", 2],
    ]);
    // But for what only a plan can say of one method alone.
    const sigma = [...flags, "--option", "sigma=2", "--json", json("b")];
    assertEquals((await evaluate(sigma, cache)).code, 0);
    const same = await runsIn(json("b"));
    assertEquals([same.length, b.length], [6, 6]);
    assertEquals(same.slice(2), a.slice(2));
    assertEquals(b.slice(0, 2), a.slice(0, 2));
  });
});

Deno.test("a plan's folders and files are found from where the plan lies", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "plan.json");
    const methods = ["dn2", { method: "padim", backbone: "nets/b.onnx+efficientnet_lite0" }];
    const written = { data: "../photos", backbones: ["a.onnx", "efficientnet_lite2"], methods };
    await Deno.writeTextFile(path, JSON.stringify(written));
    const { data, backbones, methods: [dn2, own] } = await planFor("--plan", path);
    assertEquals(data, resolve(folder, "../photos"));
    assertEquals([backbones, dn2], [[join(folder, "a.onnx"), "efficientnet_lite2"], "dn2"]);
    const backbone = `${join(folder, "nets", "b.onnx")}+efficientnet_lite0`;
    assertEquals(own, { method: "padim", backbone });
    const flags = await planFor("--backbone", "nets/b.onnx");
    assertEquals(flags.backbones, [resolve("nets/b.onnx")]);
  });
});

Deno.test("a plan that is missing, no JSON, or not as the schema says is one line", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "my plan.json");
    refused(await evaluate(["--plan", path]), path, "must be there");
    await Deno.writeTextFile(path, '{"methods": [}');
    refused(await evaluate(["--plan", path]), "it must be JSON", path);
    await Deno.writeTextFile(path, '{"methods": ["padim"], "seds": [1]}');
    refused(await evaluate(["--plan", path]), '"seds"; did you mean seeds?', path);
    await Deno.writeTextFile(path, '{"methods": ["padimm"]}');
    refused(await evaluate(["--plan", path]), "did you mean padim?");
    await Deno.writeTextFile(path, '{"methods": ["padim"], "data": "nowhere"}');
    refused(await evaluate(["--plan", path]), join(folder, "nowhere"));
    await Deno.writeTextFile(path, '{"methods": [{"method": "padim", "options": {"rigde": 1}}]}');
    refused(await evaluate(["--plan", path]), "did you mean ridge?");
  });
});

Deno.test("the help fits a terminal and names every option", () => {
  for (const line of evalHelp.split("\n")) {
    assert([...line].length <= 110, `${[...line].length} letters: ${line}`);
  }
  for (const name of Object.keys(evalSpec)) assert(evalHelp.includes(`\n  --${name}`), name);
});
