/**
 * How a search over feature pyramids is cut into matrix products, worked out before any runs:
 * which levels are multiplied at their own resolution, and which queries go together.
 */

import { type Between, bilinearAxis, type Grid } from "../math/bilinear.ts";

/** A level as the plan sees it. */
export interface PlannedLevel extends Grid {
  readonly channels: number;
}

/**
 * Products of all queries p with all pixels r of one gallery photo as
 * S(p, r) = Σₖ left(p, k)·right(k, r), for one block of queries after another.
 *
 * The rows of `right`, for each gallery photo: the channels of the direct levels, at the finest
 * grid; for each native level, the inner products of every cell of the query's map with every
 * pixel; last, a bias for every pixel. A block of neighbouring queries needs all the channels,
 * but of the inner products only those of the few cells that its pixels lie between: `left`
 * holds the queries' features, then their interpolation weights for these cells, then 1.
 */
export interface PyramidPlan {
  /** The finest of the levels' grids. */
  readonly grid: Grid;
  /** For each level: whether its products are taken at its own resolution and interpolated. */
  readonly native: readonly boolean[];
  /** Blocks of queries, and how many queries each has. */
  readonly blocks: number;
  readonly size: number;
  /** Row-major [blocks, size]: each query's pixel. A block over the border repeats pixels. */
  readonly order: Int32Array;
  /** [P]: where in the blocks each pixel's query is. */
  readonly place: Int32Array;
  /** Row-major [blocks, inner]: which rows of `right` a block needs. */
  readonly rows: Int32Array;
  readonly inner: number;
  /** Row-major [blocks, size, inner − channels of the direct levels]. */
  readonly weights: Float32Array;
}

/** One interpolated number takes about as long as this many multiplications in a product. */
const INTERPOLATION = 90;
/** One number brought into place before a product, likewise. */
const COPY = 50;
/** Sides of blocks that are tried, in pixels. */
const SIDES = [4, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32];

/** The cells that entries `start` to `start + side` of an axis lie between. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** An axis of a level, cut into blocks. */
interface CutAxis {
  readonly between: readonly Between[];
  readonly spans: readonly Span[];
  /** Cells of the longest span. */
  readonly reach: number;
}

function cut(from: number, to: number, side: number): CutAxis {
  const between = bilinearAxis(from, to);
  const spans = Array.from({ length: Math.ceil(to / side) }, (_, block) => ({
    from: between[block * side].low,
    to: between[Math.min(to, (block + 1) * side) - 1].high,
  }));
  return { between, spans, reach: Math.max(...spans.map((span) => span.to - span.from + 1)) };
}

/** A size of block with what follows from it for each level. */
interface Candidate {
  readonly side: Grid;
  readonly down: readonly CutAxis[];
  readonly across: readonly CutAxis[];
  readonly native: readonly boolean[];
  /** Multiplications for one gallery photo, or what takes as long. */
  readonly cost: number;
}

function estimate(levels: readonly PlannedLevel[], grid: Grid, side: Grid): Candidate {
  const down = levels.map(({ height }) => cut(height, grid.height, side.height));
  const across = levels.map(({ width }) => cut(width, grid.width, side.width));
  const pixels = grid.height * grid.width;
  const size = side.height * side.width;
  const queries = down[0].spans.length * across[0].spans.length * size;
  /** A row of the right factor is multiplied for every query, after a copy for every block. */
  const row = pixels * queries * (1 + COPY / size);
  const costs = levels.map(({ height, width, channels }, i) => {
    const cells = height * width;
    const direct = channels * row;
    // At the finest grid there is nothing to interpolate.
    if (cells === pixels) return { direct, native: Infinity };
    return {
      direct: direct + channels * pixels * INTERPOLATION,
      native: down[i].reach * across[i].reach * row + cells * pixels * (INTERPOLATION + COPY) +
        cells * cells * channels,
    };
  });
  return {
    side,
    down,
    across,
    native: costs.map(({ direct, native }) => native < direct),
    cost: costs.reduce((sum, { direct, native }) => sum + Math.min(direct, native), row),
  };
}

/**
 * The plan that an estimate finds cheapest. O(P·inner) for P pixels of the finest grid.
 *
 * @param levels at least one
 */
export function planPyramid(levels: readonly PlannedLevel[]): PyramidPlan {
  const grid = {
    height: Math.max(...levels.map(({ height }) => height)),
    width: Math.max(...levels.map(({ width }) => width)),
  };
  const sides = SIDES.flatMap((height) => SIDES.map((width) => ({ height, width })));
  const best = sides
    .map((side) => estimate(levels, grid, side))
    .reduce((a, b) => b.cost < a.cost ? b : a);
  return lay(levels, grid, best);
}

/** The tables of a plan. */
function lay(
  levels: readonly PlannedLevel[],
  grid: Grid,
  { side, down, across, native }: Candidate,
): PyramidPlan {
  const size = side.height * side.width;
  const [tall, wide] = [down[0].spans.length, across[0].spans.length];
  const blocks = tall * wide;
  const channels = levels.reduce((sum, level, i) => native[i] ? sum : sum + level.channels, 0);
  const extra = levels.reduce(
    (sum, _, i) => native[i] ? sum + down[i].reach * across[i].reach : sum,
    1,
  );
  const inner = channels + extra;
  const order = new Int32Array(blocks * size);
  const place = new Int32Array(grid.height * grid.width);
  const rows = new Int32Array(blocks * inner);
  const weights = new Float32Array(blocks * size * extra);
  const biases = levels.reduce(
    (sum, { height, width }, i) => native[i] ? sum + height * width : sum,
    channels,
  );

  for (let block = 0; block < blocks; block++) {
    const [blockRow, blockColumn] = [Math.floor(block / wide), block % wide];
    const needed = rows.subarray(block * inner, (block + 1) * inner);
    for (let k = 0; k < channels; k++) needed[k] = k;
    // Where a span is shorter than the longest, rows of biases fill up, at weight 0.
    needed.fill(biases, channels);
    for (let q = 0; q < size; q++) {
      const y = Math.min(grid.height - 1, blockRow * side.height + Math.floor(q / side.width));
      const x = Math.min(grid.width - 1, blockColumn * side.width + q % side.width);
      const at = block * size + q;
      order[at] = y * grid.width + x;
      place[order[at]] = at;
      let first = 0;
      let source = channels;
      levels.forEach(({ height, width }, i) => {
        if (!native[i]) return;
        const [top, left] = [down[i].spans[blockRow].from, across[i].spans[blockColumn].from];
        const [v, h] = [down[i].between[y], across[i].between[x]];
        for (const [row, share] of [[v.low, 1 - v.share], [v.high, v.share]]) {
          for (const [column, part] of [[h.low, 1 - h.share], [h.high, h.share]]) {
            const entry = first + (row - top) * across[i].reach + column - left;
            weights[at * extra + entry] += share * part;
            needed[channels + entry] = source + row * width + column;
          }
        }
        first += down[i].reach * across[i].reach;
        source += height * width;
      });
      weights[at * extra + first] = 1;
    }
  }
  return { grid, native, blocks, size, order, place, rows, inner, weights };
}
