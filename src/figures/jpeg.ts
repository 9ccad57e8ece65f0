/** Photos as JPEG files, written at once: what a figure embeds of a photo. */

import type { Image } from "../types.ts";

/**
 * An image as a baseline JPEG file, without subsampling of its colours.
 *
 * Beside the PNG encoder: a photo of 150×150 pixels takes 7 kB instead of 50, so that a sheet of
 * twenty fits into a notebook. Figures are plain functions, so nothing in them may be awaited;
 * that leaves out sharp, whose bytes would also depend on the machine. Only for looking at:
 * nothing is ever computed from it.
 *
 * Source: ITU T.81 (1992), with the tables of its annex K; JFIF 1.02.
 * Cost: O(H·W), about 10 ms for 224×224.
 *
 * @param quality 1…100, as in libjpeg; default 85
 */
export function encodeJpeg(image: Image, quality = 85): Uint8Array<ArrayBuffer> {
  const { width, height } = image;
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const [luma, chroma] = [LUMA, CHROMA].map((table) =>
    table.map((q) => Math.min(255, Math.max(1, Math.floor((q * scale + 50) / 100))))
  );
  const out: number[] = [0xff, 0xd8];
  const segment = (marker: number, ...content: readonly number[]) =>
    out.push(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content);
  segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
  segment(0xdb, 0, ...ZIGZAG.map((i) => luma[i]), 1, ...ZIGZAG.map((i) => chroma[i]));
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  segment(0xc0, 8, ...size, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1);
  for (const { header, counts, symbols } of HUFFMAN) segment(0xc4, header, ...counts, ...symbols);
  segment(0xda, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0);

  const write = bitWriter(out);
  const planes = lumaAndChroma(image);
  const dc = [0, 0, 0];
  for (let y = 0; y < height; y += 8) {
    for (let x = 0; x < width; x += 8) {
      planes.forEach((plane, p) => {
        const block = cosineTransform(blockAt(plane, image, x, y));
        const table = p === 0 ? luma : chroma;
        const values = ZIGZAG.map((i) => Math.round(block[i] / table[i]));
        const [dcCodes, acCodes] = p === 0 ? [CODES[0], CODES[1]] : [CODES[2], CODES[3]];
        writeBlock(write, values, dc[p], dcCodes, acCodes);
        dc[p] = values[0];
      });
    }
  }
  write(0x7f, 7); // fills the last byte with ones
  out.push(0xff, 0xd9);
  return Uint8Array.from(out);
}

/** Y, Cb and Cr, moved so that the middle is 0 (ITU-R BT.601, full range). */
function lumaAndChroma({ data }: Image): readonly Float32Array[] {
  const planes = [0, 1, 2].map(() => new Float32Array(data.length / 3));
  for (let i = 0, at = 0; at < data.length; i++, at += 3) {
    const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
    planes[0][i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
    planes[1][i] = -0.168736 * r - 0.331264 * g + 0.5 * b;
    planes[2][i] = 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  return planes;
}

/** 8×8 values; beyond the picture its last row and column repeat. */
function blockAt(plane: Float32Array, { width, height }: Image, x: number, y: number) {
  const block = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    const row = Math.min(height - 1, y + v) * width;
    for (let u = 0; u < 8; u++) block[8 * v + u] = plane[row + Math.min(width - 1, x + u)];
  }
  return block;
}

/** The orthonormal two-dimensional DCT-II of an 8×8 block: its rows, then its columns. */
function cosineTransform(block: Float64Array): Float64Array {
  const half = new Float64Array(64);
  const full = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    for (let k = 0; k < 8; k++) {
      for (let u = 0; u < 8; u++) half[8 * v + k] += COSINES[8 * k + u] * block[8 * v + u];
    }
  }
  for (let k = 0; k < 8; k++) {
    for (let u = 0; u < 8; u++) {
      for (let v = 0; v < 8; v++) full[8 * k + u] += COSINES[8 * k + v] * half[8 * v + u];
    }
  }
  return full;
}

const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [k, u] = [i >> 3, i & 7];
  return (k === 0 ? Math.SQRT1_2 : 1) / 2 * Math.cos((2 * u + 1) * k * Math.PI / 16);
});

type WriteBits = (value: number, count: number) => void;
/** Code and length for every symbol. */
type Codes = ReadonlyMap<number, readonly [code: number, length: number]>;

function bitWriter(out: number[]): WriteBits {
  let held = 0;
  let bits = 0;
  return (value, count) => {
    held = (held << count) | value;
    bits += count;
    while (bits >= 8) {
      const byte = (held >> (bits - 8)) & 255;
      out.push(byte);
      if (byte === 0xff) out.push(0);
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  };
}

/** One block, zigzag order: its mean as the change from the last one, then runs of zeros. */
function writeBlock(
  write: WriteBits,
  values: readonly number[],
  lastDc: number,
  dcCodes: Codes,
  acCodes: Codes,
): void {
  const put = (codes: Codes, run: number, value: number) => {
    const length = 32 - Math.clz32(Math.abs(value));
    const code = codes.get((run << 4) | length);
    if (code !== undefined) write(...code);
    if (length > 0) write(value < 0 ? value + (1 << length) - 1 : value, length);
  };
  put(dcCodes, 0, values[0] - lastDc);
  let run = 0;
  const last = values.findLastIndex((value) => value !== 0);
  for (let i = 1; i <= last; i++) {
    if (values[i] === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) put(acCodes, 15, 0);
    put(acCodes, run, values[i]);
    run = 0;
  }
  if (last < 63) put(acCodes, 0, 0);
}

const ZIGZAG: readonly number[] = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const [da, db] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  return da - db || (da % 2 === 0 ? b - a : a - b);
});

// Annex K.1: quantisation for quality 50.
// deno-fmt-ignore
const LUMA: readonly number[] = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
// deno-fmt-ignore
const CHROMA: readonly number[] = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  ...new Array<number>(32).fill(99),
];

// Annex K.3: how many codes there are of each length, and their symbols.
const bytes = (hex: string): number[] => [...Uint8Array.fromHex(hex)];
const HUFFMAN = [
  { header: 0x00, counts: "00010501010101010100000000000000", symbols: "000102030405060708090a0b" },
  {
    header: 0x10,
    counts: "0002010303020403050504040000017d",
    symbols: "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282" +
      "090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a" +
      "737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9ba" +
      "c2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
  },
  { header: 0x01, counts: "00030101010101010101010000000000", symbols: "000102030405060708090a0b" },
  {
    header: 0x11,
    counts: "00020102040403040705040400010277",
    symbols: "0001020311040521310612415107617113223281081442" +
      "91a1b1c109233352f0156272d10a162434" +
      "e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a" +
      "737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9" +
      "bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
  },
].map(({ header, counts, symbols }) => ({
  header,
  counts: bytes(counts),
  symbols: bytes(symbols),
}));

/** Codes in order: one more than the last, a zero added when they grow longer. */
const CODES: readonly Codes[] = HUFFMAN.map(({ counts, symbols }) => {
  const codes = new Map<number, readonly [number, number]>();
  let code = 0;
  let at = 0;
  counts.forEach((count, i) => {
    for (let c = 0; c < count; c++) codes.set(symbols[at++], [code++, i + 1]);
    code <<= 1;
  });
  return codes;
});
