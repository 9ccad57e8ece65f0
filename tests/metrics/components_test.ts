import { assert, assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { connectedComponents } from "../../src/metrics/components.ts";
import type { Mask } from "../../src/types.ts";

/** A mask from rows of `#` and `.`. */
function drawn(...rows: readonly string[]): Mask {
  const data = Uint8Array.from(rows.join(""), (cell: string) => cell === "#" ? 1 : 0);
  return { width: rows[0].length, height: rows.length, data };
}

/** The plain twin: from each unlabelled pixel in reading order, flood everything it touches. */
function floodFill({ width, height, data }: Mask): { labels: number[]; sizes: number[] } {
  const labels = new Array<number>(data.length).fill(0);
  const sizes: number[] = [];
  for (let first = 0; first < data.length; first++) {
    if (data[first] === 0 || labels[first] > 0) continue;
    const label = sizes.push(0);
    const waiting = [first];
    labels[first] = label;
    for (let pixel = waiting.pop(); pixel !== undefined; pixel = waiting.pop()) {
      sizes[label - 1]++;
      const [px, py] = [pixel % width, Math.floor(pixel / width)];
      for (let y = Math.max(0, py - 1); y <= Math.min(height - 1, py + 1); y++) {
        for (let x = Math.max(0, px - 1); x <= Math.min(width - 1, px + 1); x++) {
          const next = y * width + x;
          if (data[next] === 0 || labels[next] > 0) continue;
          labels[next] = label;
          waiting.push(next);
        }
      }
    }
  }
  return { labels, sizes };
}

Deno.test("pixels that touch at a corner are one component", () => {
  assertEquals([...connectedComponents(drawn("#.", ".#")).sizes], [2]);
  assertEquals([...connectedComponents(drawn(".#", "#.")).sizes], [2]);
  assertEquals([...connectedComponents(drawn("#.#")).sizes], [1, 1]);
});

Deno.test("the end of a row does not touch the beginning of the next", () => {
  assertEquals([...connectedComponents(drawn("..#", "#..")).labels], [0, 0, 1, 2, 0, 0]);
  assertEquals([...connectedComponents(drawn("...#", "....", "#...")).sizes], [1, 1]);
});

Deno.test("branches that meet late are one component, labelled by its first pixel", () => {
  const { labels, sizes } = connectedComponents(drawn("#.#.#", "#.#.#", "#...#", "#####"));
  assertEquals([...sizes], [11, 2]);
  assertEquals([...labels].slice(0, 5), [1, 0, 2, 0, 1]);
});

Deno.test("an empty mask has no component, a full one has one, a mask may have no pixels", () => {
  assertEquals(connectedComponents(drawn("...", "...")).sizes.length, 0);
  assertEquals([...connectedComponents(drawn("###", "###")).sizes], [6]);
  const none = connectedComponents({ width: 0, height: 0, data: new Uint8Array(0) });
  assertEquals([none.labels.length, none.sizes.length], [0, 0]);
});

Deno.test("labels and sizes equal a flood fill on 400 random masks, and the mask is not changed", () => {
  const random = seededRandom(1, "components");
  let components = 0;
  for (let round = 0; round < 400; round++) {
    const [width, height] = [1 + random.integer(24), 1 + random.integer(24)];
    const share = random.pick([0.1, 0.3, 0.5, 0.7]);
    const data = Uint8Array.from(
      { length: width * height },
      () => random.uniform() < share ? 1 : 0,
    );
    const before = data.slice();
    const { labels, sizes } = connectedComponents({ width, height, data });
    const plain = floodFill({ width, height, data });
    assertEquals([...labels], plain.labels);
    assertEquals([...sizes], plain.sizes);
    assertEquals(data, before);
    components += sizes.length;
  }
  assert(components > 1000, "the masks had components");
});

Deno.test("a mask is refused when its size is wrong or a value is neither 0 nor 1", () => {
  assertThrows(
    () => connectedComponents({ width: 2, height: 2, data: new Uint8Array(3) }),
    RangeError,
    "Cannot label components as a mask must have width × height values: 2×2, 3 values",
  );
  assertThrows(
    () => connectedComponents({ width: 2, height: 1, data: Uint8Array.of(0, 255) }),
    RangeError,
    "Cannot label components as a mask holds 0 and 1 only: value 1 is 255",
  );
});
