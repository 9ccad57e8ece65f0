/** What figures decide from their data: where words stand, where axes end, what is counted where. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { matrix } from "../../src/tensor.ts";
import { barFigure } from "../../src/figures/bar_figure.ts";
import type { Figure } from "../../src/figures/figure.ts";
import { imageGrid } from "../../src/figures/image_grid.ts";
import { lineFigure, type LineFigureOptions } from "../../src/figures/line_figure.ts";
import { methodLadder, type MethodLadderOptions } from "../../src/figures/method_ladder.ts";
import { lineWidth } from "../../src/figures/picture_table.ts";
import { scatterFigure } from "../../src/figures/scatter_figure.ts";
import { scoreHistogram, type ScoreHistogramOptions } from "../../src/figures/score_histogram.ts";
import { photo } from "./small_figures.ts";

const title = "A title";

/** A layer of a specification, as far as these tests look into it. */
interface Layer {
  readonly data?: { readonly values: readonly Record<string, number | string>[] };
  readonly mark?: Readonly<Record<string, number | string>>;
  readonly encoding?: Readonly<
    Record<string, {
      readonly field?: string;
      readonly value?: number;
      readonly scale?: { readonly domain: readonly [number, number] };
    }>
  >;
  readonly layer?: readonly Layer[];
}

function layersOf(spec: unknown): Layer[] {
  const { layer = [] } = spec as Layer;
  return layer.flatMap((one) => [one, ...layersOf(one)]);
}

function found<T>(items: readonly T[], is: (item: T) => boolean | undefined): T {
  const which = items.filter((item) => is(item));
  assertEquals(which.length, 1, "layers found");
  return which[0];
}

function domainOf({ encoding }: Layer, channel: "x" | "y"): readonly [number, number] {
  const domain = encoding?.[channel].scale?.domain;
  if (domain === undefined) throw new Error(`no domain along ${channel}`);
  return domain;
}

/** At which end of the level its words stand. */
function levelEnd(y: readonly number[], options: Partial<LineFigureOptions> = {}): string {
  const x = y.map((_, i) => 1 + i);
  const { spec } = lineFigure([{ name: "only", x, y }], {
    x: { title: "x" },
    y: { title: "y", domain: [0, 10] },
    level: { y: 5, text: "what was asked for" },
    title,
    ...options,
  });
  const { mark, encoding } = found(
    layersOf(spec),
    ({ mark }) => mark?.text === "what was asked for",
  );
  assertEquals(encoding?.x.value, mark?.align === "left" ? 6 : 498);
  return String(mark?.align);
}

Deno.test("a level's words stand where no curve is: right, unless only the left is free", () => {
  assertEquals(levelEnd([1, 1, 1, 1]), "right");
  assertEquals(levelEnd([1, 1, 2, 5.5]), "left");
  assertEquals(levelEnd([5.5, 2, 1, 1]), "right");
  assertEquals(levelEnd([5.3, 5.3, 5.3, 5.3]), "right");
});

Deno.test("what runs below a level or far above it moves no words", () => {
  assertEquals(levelEnd([1, 1, 4, 4.8]), "right");
  assertEquals(levelEnd([1, 1, 6, 8]), "right");
});

Deno.test("a floor's edge and the words in its corner count, too", () => {
  const floor = { x: [1, 4], y: [1, 5.4], text: "nothing lies below" };
  assertEquals(levelEnd([9, 9, 9, 9], { floor }), "left");
  const low = { y: 0.5, text: "what was asked for" };
  const flat = { ...floor, y: [0.1, 0.1] };
  assertEquals(levelEnd([9, 9, 9, 0.6], { level: low }), "left");
  assertEquals(levelEnd([9, 9, 9, 0.6], { level: low, floor: flat }), "right");
});

Deno.test("a level's words stand where the caller wants them", () => {
  const level = { y: 5, text: "what was asked for" };
  assertEquals(levelEnd([1, 1, 1, 1], { level: { ...level, at: "left" } }), "left");
  assertEquals(levelEnd([1, 1, 2, 5.5], { level: { ...level, at: "right" } }), "right");
});

Deno.test("a level's words find their end beside very many points, too", () => {
  const rising = Array.from({ length: 300_000 }, (_, i) => i / 60_000);
  assertEquals(levelEnd(rising, { y: { title: "y" } }), "left");
});

Deno.test("on logarithmic axes a level's words are where the paper has them", () => {
  const x = { title: "x", scale: "log" } as const;
  // Over x itself the curve is low until the last hundredth; on the paper it is, for half.
  assertEquals(levelEnd([1, 1, 2, 5.5], { x }), "left");
  const y = { title: "y", scale: "log", domain: [1, 1000] } as const;
  const level = { y: 5, text: "what was asked for" };
  assertEquals(levelEnd([1, 1, 1, 7], { y, level }), "left");
  assertEquals(levelEnd([1, 1, 30, 30], { y, level }), "right");
});

function ladderDomain(
  values: readonly number[],
  options: Partial<MethodLadderOptions>,
): readonly [number, number] {
  const rows = values.map((value, i) => ({ name: `${i}`, value }));
  const { spec } = methodLadder(rows, { unit: "image AUROC", title, ...options });
  const point = found(layersOf(spec), ({ mark }) => mark?.type === "point");
  return domainOf(point, "x");
}

Deno.test("an axis of shares ends at the whole, one of other things past its values", () => {
  for (const unit of ["image AUROC", "AUPRO", "share of photos", "false alarm rate"]) {
    assertEquals(ladderDomain([0.5, 1], { unit })[1], 1, unit);
    assertEquals(ladderDomain([0, 0.5], { unit })[0], 0, unit);
  }
  for (const unit of ["image AUROC (%)", "AUPRO (points)", "percent", "image AUROC"]) {
    assertEquals(ladderDomain([50, 100], { unit })[1], 100, unit);
  }
  for (const unit of ["time (ms)", "distance", "properties", "separation"]) {
    assertEquals(ladderDomain([0, 100], { unit }), [-6, 106], unit);
  }
});

Deno.test("an axis of shares hides no value beyond them, and ends before them where it did", () => {
  assertEquals(ladderDomain([-2, 3], { unit: "gain (points)" }), [-2.3, 3.3]);
  assertEquals(ladderDomain([50, 150], { unit: "of the paper's (%)" }), [44, 156]);
  assertEquals(ladderDomain([0.5, 0.6], { unit: "AUROC" }), [0.494, 0.606]);
  assertEquals(ladderDomain([0.5, 1], { domain: [0, 2] }), [0, 2]);
});

Deno.test("rows that are not joined have no line and no differences", () => {
  const rows = [{ name: "a", value: 1 }, { name: "b", value: 3, note: "c" }];
  const marks = (joined?: boolean) =>
    layersOf(methodLadder(rows, { unit: "u", joined, title }).spec).map(({ mark, encoding }) =>
      encoding?.text?.field ?? mark?.type
    );
  assertEquals(marks(), ["line", "rule", "point", "says", "change", "note"]);
  assertEquals(marks(false), ["rule", "point", "says", "note"]);
});

interface Counted {
  readonly inside: number;
  readonly beyond: Readonly<Record<string, number | string>>;
  readonly ends: readonly [number, number];
}

/** What a panel of a histogram counts. */
function counted({ spec }: Figure, panel: 0 | 1): Counted {
  const layers = layersOf((spec.vconcat as readonly unknown[])[panel]);
  const bars = found(layers, ({ mark, data }) => mark?.color !== undefined && data !== undefined);
  const sum = (bars.data?.values ?? []).reduce((total, { count }) => total + Number(count), 0);
  const edges = layers.find(({ layer }) => layer !== undefined)?.data?.values ?? [];
  const ends = domainOf(bars, "x");
  for (const { from, to } of [...bars.data?.values ?? [], ...edges]) {
    assert(Number(from) >= ends[0] && Number(to) <= ends[1], `${from} to ${to} in ${ends}`);
  }
  return {
    inside: sum,
    beyond: Object.fromEntries(edges.map(({ says, count }) => [String(says), count])),
    ends,
  };
}

Deno.test("scores beyond a domain are counted in bins that say so", () => {
  const figure = scoreHistogram([-3, -1, 0, 5, 10, 11, 2, 3, 99], [0, 0, 0, 0, 0, 0, 1, 1, 1], {
    domain: [0, 10],
    bins: 5,
    title,
  });
  const [normal, anomalous] = [counted(figure, 0), counted(figure, 1)];
  assertEquals([normal.inside, normal.beyond], [2, { "< 0": 2, "≥ 10": 2 }]);
  assertEquals([anomalous.inside, anomalous.beyond], [2, { "≥ 10": 1 }]);
  assert(normal.ends[0] < 0 && normal.ends[1] > 10);
  assertEquals(normal.ends, anomalous.ends);
});

Deno.test("a domain that holds all scores has only its own bins, the last with both its edges", () => {
  const figure = scoreHistogram([0, 5, 10], [0, 0, 1], { domain: [0, 10], title });
  assertEquals(counted(figure, 0), { inside: 2, beyond: {}, ends: [0, 10] });
  assertEquals(counted(figure, 1), { inside: 1, beyond: {}, ends: [0, 10] });
});

Deno.test("no score is lost, whatever the scale, the bins and the domain", () => {
  const random = seededRandom(1);
  const choices: readonly Partial<ScoreHistogramOptions>[] = [
    {},
    { bins: 7 },
    { bins: 200 },
    { scale: "log" },
    { scale: "log", bins: 3, threshold: 5 },
    { domain: [0.5, 2] },
    { domain: [100, 200], bins: 1 },
    { domain: [0.5, 2], scale: "log", threshold: 1 },
  ];
  let checked = 0;
  for (const options of choices) {
    for (let round = 0; round < 20; round++) {
      // Round scores lie on the edges of bins.
      const scores = Array.from({ length: 40 }, (_, i) => {
        const score = 10 ** (4 * random.uniform() - 2);
        return i % 2 === 0 ? score : Number(score.toPrecision(1));
      });
      const labels = scores.map((_, i) => i % 4 === 0 ? 1 : 0);
      const figure = scoreHistogram(scores, labels, { ...options, title });
      for (const panel of [0, 1] as const) {
        const { inside, beyond } = counted(figure, panel);
        const all = Object.values(beyond).reduce(
          (sum: number, count) => sum + Number(count),
          inside,
        );
        assertEquals(all, panel === 0 ? 30 : 10, JSON.stringify({ options, scores }));
        checked++;
      }
    }
  }
  assertEquals(checked, 320);
});

Deno.test("on a log axis the bins are equally long powers", () => {
  const { spec } = scoreHistogram([1, 2, 5, 10, 20, 50, 100], [0, 0, 0, 0, 0, 0, 1], {
    scale: "log",
    domain: [1, 100],
    bins: 4,
    title,
  });
  const layers = layersOf((spec.vconcat as readonly unknown[])[0]);
  const bars = layers[0].data?.values ?? [];
  assertEquals(bars.length, 4);
  for (const { from, to } of bars) assertAlmostEquals(Number(to) / Number(from), 10 ** 0.5, 1e-8);
});

Deno.test("a number beside a bar makes way for the level", () => {
  const ends = (level?: number) => {
    const { spec } = barFigure([
      { name: "far below", value: 10 },
      { name: "just below", value: 95 },
      { name: "above", value: 200 },
    ], { unit: "u", title, level: level === undefined ? undefined : { value: level, text: "l" } });
    return (spec.data as Layer["data"])?.values.map(({ end }) => end);
  };
  assertEquals(ends(), [10, 95, 200]);
  assertEquals(ends(100), [10, 100, 200]);
});

/** The words of a grid and its height. */
function gridWords(columnTitles: readonly string[], captions?: readonly string[]) {
  const { spec } = imageGrid(columnTitles.map(() => photo), {
    columns: columnTitles.length,
    columnTitles,
    captions,
    title,
  });
  const values = layersOf(spec).flatMap(({ mark, data }) =>
    mark?.align === "center" ? data?.values ?? [] : []
  );
  const cell = (600 - 6 * (columnTitles.length - 1)) / columnTitles.length;
  for (const { text } of values) {
    const one = !String(text).includes(" ");
    assert(one || lineWidth(String(text)) <= Math.min(200, cell) + 2, String(text));
  }
  return { words: values.map(({ text, y }) => [text, y]), height: Number(spec.height) };
}

Deno.test("titles wider than their column go on below, on one foot with the others", () => {
  const short = gridWords(["a", "b", "c", "d", "e"]);
  const long = gridWords(["a", "the nearest neighbour", "c", "d", "e"]);
  assertEquals(short.words[0], ["a", 8]);
  assertEquals(long.words.slice(0, 3), [["a", 24], ["the nearest", 8], ["neighbour", 24]]);
  assertEquals(long.height, short.height + 16);
});

Deno.test("captions wider than their picture go on below, after their own line breaks", () => {
  const titles = ["a", "b", "c", "d", "e"];
  const short = gridWords(titles, ["one", "two\nlines", "", "", ""]);
  const long = gridWords(titles, ["one", "two\nlines of which one is long", "", "", ""]);
  assertEquals(
    long.words.map(([text]) => text).slice(0, 4),
    ["one", "two", "lines of which one", "is long"],
  );
  assertEquals(long.height, short.height + 16);
});

Deno.test("a word wider than its cell stays whole", () => {
  const { words } = gridWords(["a", "wide_efficientnet_lite0_layer2", "c", "d", "e"]);
  assertEquals(words[1], ["wide_efficientnet_lite0_layer2", 8]);
});

Deno.test("emphasised points are all drawn, above the others and ringed", () => {
  const points = matrix(Array.from({ length: 6000 }, (_, i) => [i % 77, i % 79]));
  const three = matrix([[1, 2], [3, 4], [5, 6]]);
  const { spec } = scatterFigure([
    { name: "photo", points: three, emphasis: true },
    { name: "normal", points },
  ], { xTitle: "x", yTitle: "y", title });
  const layers = layersOf(spec);
  assertEquals(layers.map(({ data }) => data?.values.length), [2000, 3, undefined, undefined]);
  const sizes = layers.map(({ mark }) => Number(mark?.size));
  assert(sizes[2] > sizes[3] && sizes[3] > 5 * sizes[0], `${sizes}`);
  assertEquals(layers[2].mark?.style, "limit");
});

Deno.test("points on unequal axes have all of the paper, on equal ones one unit", () => {
  const points = matrix([[1, 1000], [2, 3000]]);
  const span = (options: Record<string, unknown>) => {
    const { spec } = scatterFigure([{ name: "a", points }], {
      xTitle: "x",
      yTitle: "y",
      title,
      ...options,
    });
    const [layer] = layersOf(spec);
    return [domainOf(layer, "x"), domainOf(layer, "y")];
  };
  assertEquals(span({ equal: false }), [[0.96, 2.04], [920, 3080]]);
  const [[left, right], [bottom, top]] = span({});
  assertAlmostEquals(right - left, top - bottom, 0.1);
  const [x, y] = span({ yScale: "log" });
  assertEquals(x, [0.96, 2.04]);
  assertAlmostEquals(y[0] * y[1], 3e6, 30);
});
