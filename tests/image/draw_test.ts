import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Image } from "../../src/types.ts";
import { COLOUR_SCALE, colourAt } from "../../src/image/colour_scale.ts";
import { contour } from "../../src/image/contour.ts";
import { mosaic, overlay } from "../../src/image/draw.ts";
import { encodePng } from "../../src/image/encode.ts";
import { fitText, textWidth } from "../../src/image/text.ts";
import { roundTicks } from "../../src/image/ticks.ts";

function plain(width: number, height: number, value = 200): Image {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

function map(width: number, height: number, score: (x: number, y: number) => number) {
  const data = Float32Array.from(
    { length: width * height },
    (_, i) => score(i % width, Math.floor(i / width)),
  );
  return { data, shape: [height, width] as const };
}

function pixel({ width, data }: Image, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

Deno.test("the colour scale has 256 colours whose luminance always grows", () => {
  assertEquals(COLOUR_SCALE.length, 256 * 3);
  const linear = (value: number) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  const luminance = Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = COLOUR_SCALE.subarray(i * 3, i * 3 + 3);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  });
  let rises = 0;
  for (let i = 1; i < 256; i++) {
    assert(luminance[i] > luminance[i - 1], `colour ${i} is not lighter than the one before`);
    rises++;
  }
  assertEquals(rises, 255);
  assert(luminance[0] < 0.001 && luminance[255] > 0.9);
});

Deno.test("colourAt gives matplotlib's inferno and holds its ends", () => {
  assertEquals([...colourAt(0)], [0, 0, 4]);
  assertEquals([...colourAt(128 / 255)], [188, 55, 84]);
  assertEquals([...colourAt(1)], [252, 255, 164]);
  assertEquals(colourAt(-Infinity), colourAt(0));
  assertEquals(colourAt(7), colourAt(1));
  assertThrows(() => colourAt(NaN), RangeError, "a position is a number: NaN");
});

Deno.test("ticks are round, inside the domain, and written alike", () => {
  const texts = (low: number, high: number, count = 5) =>
    roundTicks([low, high], count).map(({ text }) => text);
  assertEquals(texts(0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assertEquals(texts(0.137, 1.7, 4), ["0.5", "1.0", "1.5"]);
  assertEquals(texts(-3, 3, 3), ["−2", "0", "2"]);
  assertEquals(texts(0, 100, 4), ["0", "20", "40", "60", "80", "100"]);
  assertEquals(texts(0, 2.5e-7, 3), ["0", "1e−7", "2e−7"]);
  assertEquals(texts(0, 3e9, 3), ["0", "1e9", "2e9", "3e9"]);
});

Deno.test("every domain has two to nine ticks, all within it", () => {
  let checked = 0;
  for (let i = 0; i < 400; i++) {
    const low = Math.sin(i) * 10 ** (i % 9 - 4);
    const high = low + (1 + Math.cos(i * 7) * 0.9) * 10 ** (i % 7 - 3);
    const ticks = roundTicks([low, high], 4);
    const slack = (high - low) * 1e-6;
    assert(ticks.length >= 2 && ticks.length <= 9, `${low}…${high}: ${ticks.length}`);
    assert(ticks.every(({ value }) => value >= low - slack && value <= high + slack));
    assertEquals(new Set(ticks.map(({ text }) => text)).size, ticks.length);
    checked++;
  }
  assertEquals(checked, 400);
});

Deno.test("a contour is an inner line on the mask and an outer line around it", () => {
  const rows = ["......", ".####.", ".####.", ".####.", ".####.", "......"];
  const data = Uint8Array.from(rows.join(""), (c) => c === "#" ? 1 : 0);
  const lines = contour({ width: 6, height: 6, data }, 1);
  assertEquals(
    Array.from({ length: 6 }, (_, y) => lines.subarray(y * 6, y * 6 + 6).join("")),
    ["222222", "211112", "210012", "210012", "211112", "222222"],
  );
});

Deno.test("a mask that touches the picture's border is open there", () => {
  const lines = contour({ width: 4, height: 2, data: new Uint8Array([1, 1, 0, 0, 1, 1, 0, 0]) }, 1);
  assertEquals([...lines], [0, 1, 2, 0, 0, 1, 2, 0]);
  const full = contour({ width: 3, height: 3, data: new Uint8Array(9).fill(1) }, 2);
  assertEquals([...full], new Array(9).fill(0));
});

Deno.test("text that is too long ends with an ellipsis within the width", () => {
  assertEquals(fitText("crack", 100), "crack");
  const long = "a very long title that nobody can read";
  const cut = fitText(long, 120);
  assert(cut.endsWith("…") && textWidth(cut) <= 120 && long.startsWith(cut.slice(0, -1)));
  assert(textWidth("WWW") > textWidth("iii"));
  assert(textWidth("日") > 0, "unknown characters take room");
});

Deno.test("an overlay shows the photo as it is and the scores in the scale's colours", () => {
  const width = 60, height = 50;
  const image = { ...plain(width, height), data: new Uint8Array(width * height * 3) };
  for (let i = 0; i < image.data.length; i++) image.data[i] = (i * 7) % 256;
  const scores = map(width, height, (x) => x < 20 ? -50 : x < 40 ? 1 : 50);
  const figure = overlay({ image, map: scores, domain: [0, 2] });
  const left = 8, next = 8 + width + 8, top = figure.height - 8 - height;
  let compared = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, compared++) {
      assertEquals(pixel(figure, left + x, top + y), pixel(image, x, y));
    }
  }
  assertEquals(compared, width * height);

  const white = overlay({ image: plain(width, height, 255), map: scores, domain: [0, 2] });
  const expected = (t: number) => colourAt(t).map((c) => Math.round(0.65 * c + 0.35 * 255));
  const middle = top + height / 2;
  assertEquals(pixel(white, next + 10, middle), expected(0), "below the domain");
  assertEquals(pixel(white, next + 30, middle), expected(0.5));
  assertEquals(pixel(white, next + 50, middle), expected(1), "above the domain");
});

Deno.test("the domain, not the map, decides the colours", () => {
  const image = plain(40, 40);
  const calm = overlay({ image, map: map(40, 40, (x) => 0.1 + x / 400), domain: [0, 10] });
  const [r, g, b] = pixel(calm, 8 + 40 + 8 + 39, calm.height - 8 - 20);
  const least = colourAt(0).map((c) => Math.round(0.65 * c + 0.35 * 200));
  assert(Math.max(Math.abs(r - least[0]), Math.abs(g - least[1]), Math.abs(b - least[2])) < 12);
});

Deno.test("a mask adds a panel whose outline is visible on black and on white", () => {
  const data = new Uint8Array(40 * 40);
  for (let y = 10; y < 30; y++) data.fill(1, y * 40 + 10, y * 40 + 30);
  const mask = { width: 40, height: 40, data };
  const scores = map(40, 40, () => 0);
  for (const value of [0, 255]) {
    const image = plain(40, 40, value);
    const without = overlay({ image, map: scores, domain: [0, 1] });
    const figure = overlay({ image, map: scores, domain: [0, 1], mask });
    assertEquals(figure.width - without.width, 48);
    const top = figure.height - 8 - 40;
    const inner = pixel(figure, 8 + 48 + 10, top + 20);
    const outer = pixel(figure, 8 + 48 + 9, top + 20);
    const contrast = Math.max(...[...inner, ...outer].map((c) => Math.abs(c - value)));
    assert(contrast >= 255, `${inner} and ${outer} on ${value}`);
    assertEquals(pixel(figure, 8 + 48 + 20, top + 20), [value, value, value], "inside stays");
  }
});

Deno.test("the same overlay has the same bytes and leaves its inputs alone", async () => {
  const image = plain(48, 40, 90);
  const scores = map(48, 40, (x, y) => x * y / 100);
  const mask = { width: 48, height: 40, data: new Uint8Array(48 * 40).fill(1, 500, 900) };
  const before = [image.data.slice(), scores.data.slice(), mask.data.slice()];
  const draw = () => overlay({ image, map: scores, mask, domain: [0, 20], title: "crack/003" });
  const first = await encodePng(draw());
  assertEquals(await encodePng(draw()), first);
  assertEquals([image.data, scores.data, mask.data], before);
});

Deno.test("a title adds a line, whatever its length or alphabet", () => {
  const options = { image: plain(40, 40), map: map(40, 40, () => 1), domain: [0, 1] as const };
  const bare = overlay(options);
  for (const title of ["a", "x".repeat(500), "傷 ünd \u0000 🙂"]) {
    const titled = overlay({ ...options, title });
    assertEquals(titled.width, bare.width);
    assertEquals(titled.height, bare.height + 21);
  }
});

Deno.test("overlays of any size can be drawn", () => {
  for (const [width, height] of [[1, 1], [3, 700], [900, 2], [640, 640]]) {
    const image = plain(width, height);
    const figure = overlay({ image, map: map(width, height, () => 1), domain: [0, 2] });
    assert(figure.width > 2 * width && figure.height > height);
    assertEquals(figure.data.length, figure.width * figure.height * 3);
  }
});

Deno.test("an overlay refuses sizes that differ, bad domains and scores that are no numbers", () => {
  const image = plain(4, 3);
  const good = map(4, 3, () => 0);
  const draw = (changed: Partial<Parameters<typeof overlay>[0]>) => () =>
    overlay({ image, map: good, domain: [0, 1], ...changed });
  assertThrows(
    draw({ map: map(3, 4, () => 0) }),
    RangeError,
    "Cannot draw an overlay as the map must have its image's size: image is 4×3, map 3×4",
  );
  assertThrows(
    draw({ mask: { width: 2, height: 6, data: new Uint8Array(12) } }),
    RangeError,
    "image is 4×3, mask 2×6",
  );
  assertThrows(
    draw({ mask: { width: 4, height: 3, data: new Uint8Array(12).fill(255) } }),
    RangeError,
    "a mask's values are 0 and 1: 255 at x 0, y 0",
  );
  for (const domain of [[1, 1], [2, 1], [NaN, 1], [0, Infinity]] as const) {
    assertThrows(draw({ domain }), RangeError, "a domain is two rising finite numbers");
  }
  assertThrows(
    draw({ map: map(4, 3, (x, y) => x === 2 && y === 1 ? NaN : 0) }),
    RangeError,
    "a score is a number: NaN at x 2, y 1",
  );
});

Deno.test("a mosaic puts images in reading order on white paper", () => {
  const images = [plain(2, 1, 10), plain(1, 2, 20), plain(2, 2, 30)];
  const grid = mosaic(images, { columns: 2, gap: 1 });
  assertEquals([grid.width, grid.height], [7, 7]);
  const gray = Array.from(
    { length: 7 },
    (_, y) => Array.from({ length: 7 }, (_, x) => pixel(grid, x, y)[0]),
  );
  const w = 255;
  assertEquals(gray, [
    [w, w, w, w, w, w, w],
    [w, 10, 10, w, 20, w, w],
    [w, w, w, w, 20, w, w],
    [w, w, w, w, w, w, w],
    [w, 30, 30, w, w, w, w],
    [w, 30, 30, w, w, w, w],
    [w, w, w, w, w, w, w],
  ]);
});

Deno.test("a mosaic of fewer images than columns is one row", () => {
  const grid = mosaic([plain(5, 4)], { columns: 3, gap: 0 });
  assertEquals([grid.width, grid.height], [5, 4]);
});

Deno.test("a mosaic refuses nothing, and columns and gaps that are not whole", () => {
  assertThrows(() => mosaic([], { columns: 2 }), RangeError, "it needs at least one image: none");
  const one = [plain(2, 2)];
  assertThrows(() => mosaic(one, { columns: 0 }), RangeError, "whole number ≥ 1: 0");
  assertThrows(() => mosaic(one, { columns: 1, gap: 1.5 }), RangeError, "whole number ≥ 0: 1.5");
});
