/** Fewer colours, so that a drawn figure makes a small file. */

/** Pixels as positions in a palette. */
export interface Quantised {
  readonly indices: Uint8Array;
  /** RGB after RGB. */
  readonly palette: Uint8Array;
}

/** Bits kept of each channel while colours are sorted into boxes. */
const BITS = 6;

/** A box of similar colours: cells `from…to−1` of the list, and how far they spread. */
interface Box {
  readonly from: number;
  readonly to: number;
  /** The channel that spreads most, and its weighted sum of squares about the mean. */
  readonly channel: number;
  readonly spread: number;
}

/**
 * At most `count` colours that stand for those of a picture. Exact when it has no more; else by
 * cutting, again and again, the box of colours whose spread is largest at its mean (median cut by
 * variance).
 *
 * Source: Heckbert 1982, Color image quantization for frame buffer display; the choice of the box
 * by variance: Wu 1991.
 * Cost: O(H·W + count·c) for c different colours of 6 bits a channel.
 *
 * @param pixels RGBA, drawn over white
 * @param count 1…256
 */
export function quantise(pixels: Uint8Array, count: number): Quantised {
  const colours = opaqueColours(pixels);
  return exact(colours, count) ?? cut(colours, count);
}

/** Each pixel's colour over white, as 0xRRGGBB. */
function opaqueColours(pixels: Uint8Array): Uint32Array {
  const colours = new Uint32Array(pixels.length / 4);
  for (let i = 0, at = 0; i < colours.length; i++, at += 4) {
    // Premultiplied, as resvg gives them.
    const white = 255 - pixels[at + 3];
    colours[i] = ((pixels[at] + white) << 16) | ((pixels[at + 1] + white) << 8) |
      (pixels[at + 2] + white);
  }
  return colours;
}

function exact(colours: Uint32Array, count: number): Quantised | undefined {
  const places = new Map<number, number>();
  const indices = new Uint8Array(colours.length);
  for (let i = 0; i < colours.length; i++) {
    let place = places.get(colours[i]);
    if (place === undefined) {
      if (places.size === count) return undefined;
      place = places.size;
      places.set(colours[i], place);
    }
    indices[i] = place;
  }
  const palette = [...places.keys()].flatMap((colour) => [
    colour >> 16,
    (colour >> 8) & 255,
    colour & 255,
  ]);
  return { indices, palette: Uint8Array.from(palette) };
}

function cut(colours: Uint32Array, count: number): Quantised {
  const weights = new Uint32Array(1 << (3 * BITS));
  const sums = new Float64Array(3 << (3 * BITS));
  const cells = colours.map(cellOf);
  for (let i = 0; i < colours.length; i++) {
    const cell = cells[i];
    weights[cell]++;
    sums[3 * cell] += colours[i] >> 16;
    sums[3 * cell + 1] += (colours[i] >> 8) & 255;
    sums[3 * cell + 2] += colours[i] & 255;
  }
  const used = weights.map((_, cell) => cell).filter((cell) => weights[cell] > 0);
  const mean = (cell: number, c: number): number => sums[3 * cell + c] / weights[cell];
  const boxOf = (from: number, to: number): Box => {
    const box = { from, to, channel: 0, spread: 0 };
    for (let c = 0; c < 3; c++) {
      let [weight, sum, squares] = [0, 0, 0];
      for (let i = from; i < to; i++) {
        const value = mean(used[i], c);
        weight += weights[used[i]];
        sum += weights[used[i]] * value;
        squares += weights[used[i]] * value * value;
      }
      const spread = squares - sum * sum / weight;
      if (spread > box.spread) Object.assign(box, { channel: c, spread });
    }
    return box;
  };
  const boxes = [boxOf(0, used.length)];
  while (boxes.length < count) {
    const widest = boxes.reduce((best, box, i) => box.spread > boxes[best].spread ? i : best, 0);
    const { from, to, channel, spread } = boxes[widest];
    if (spread <= 0 || to - from < 2) break;
    used.subarray(from, to).sort((a, b) => mean(a, channel) - mean(b, channel) || a - b);
    const middle = split(used.subarray(from, to), (cell) => mean(cell, channel), weights);
    boxes.splice(widest, 1, boxOf(from, from + middle), boxOf(from + middle, to));
  }
  const placeOf = new Uint8Array(weights.length);
  const palette = new Uint8Array(3 * boxes.length);
  boxes.forEach(({ from, to }, place) => {
    let weight = 0;
    const sum = [0, 0, 0];
    for (const cell of used.subarray(from, to)) {
      placeOf[cell] = place;
      weight += weights[cell];
      for (let c = 0; c < 3; c++) sum[c] += sums[3 * cell + c];
    }
    sum.forEach((total, c) => palette[3 * place + c] = Math.round(total / weight));
  });
  return { indices: Uint8Array.from(cells, (cell) => placeOf[cell]), palette };
}

function cellOf(colour: number): number {
  const kept = (shift: number): number => (colour >> (shift + 8 - BITS)) & ((1 << BITS) - 1);
  return (kept(16) << (2 * BITS)) | (kept(8) << BITS) | kept(0);
}

/** How many of the sorted cells lie below their weighted mean: at least one, and not all. */
function split(
  cells: Uint32Array,
  value: (cell: number) => number,
  weights: Uint32Array,
): number {
  let [weight, sum] = [0, 0];
  for (const cell of cells) {
    weight += weights[cell];
    sum += weights[cell] * value(cell);
  }
  const below = cells.findIndex((cell) => value(cell) > sum / weight);
  return Math.min(cells.length - 1, Math.max(1, below));
}
