/** What the page carries, read from its own blocks; large parts only when they are first wanted. */

/** @typedef {import("../payload.ts").Payload} Payload */
/** @typedef {import("../payload.ts").Evidence} Evidence */
/** @typedef {import("../payload.ts").RunFacts} RunFacts */
/** @typedef {import("../payload.ts").PhotoFacts} PhotoFacts */

/**
 * @param {string} id
 * @returns {string}
 */
function block(id) {
  return document.getElementById(id)?.textContent ?? "";
}

/** @type {Payload} */
export const page = JSON.parse(block("page-data"));

/** RGB after RGB, 256 colours. */
export const colours = bytesOf(page.colours);

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @type {readonly string[] | undefined} */
let photoTexts;
/** @type {Map<number, string>} */
const photoAddresses = new Map();

/**
 * An address for a photo's JPEG; the same whenever it is asked for, so that it is decoded once.
 *
 * @param {number} photo
 * @returns {string}
 */
export function photoAddress(photo) {
  const known = photoAddresses.get(photo);
  if (known !== undefined) return known;
  photoTexts ??= block("photos").split("\n");
  const jpeg = new Blob([bytesOf(photoTexts[photo])], { type: "image/jpeg" });
  const address = URL.createObjectURL(jpeg);
  photoAddresses.set(photo, address);
  return address;
}

/** @type {Map<string, Promise<Uint8Array>>} */
const unpackedBlocks = new Map();

/**
 * A block's planes, inflated and summed up; the inverse of `packPlanes`.
 *
 * @param {string} id
 * @param {() => Iterable<number>} sides of its planes
 * @returns {Promise<Uint8Array>}
 */
function unpacked(id, sides) {
  const known = unpackedBlocks.get(id);
  if (known !== undefined) return known;
  const work = (async () => {
    const inflated = new Blob([bytesOf(block(id))]).stream()
      .pipeThrough(new DecompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(inflated).arrayBuffer());
    let start = 0;
    for (const side of sides()) {
      sumUp(bytes.subarray(start, start + side * side), side);
      start += side * side;
      // Between two planes the page may be scrolled.
      if (start % (1 << 18) < side * side) await new Promise((resolve) => setTimeout(resolve));
    }
    return bytes;
  })();
  unpackedBlocks.set(id, work);
  return work;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} side
 */
function sumUp(bytes, side) {
  for (let row = 0; row < side; row++) {
    let sum = 0;
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      sum += bytes[at];
      bytes[at] = sum + (row > 0 ? bytes[at - side] : 0);
    }
  }
}

/**
 * The map of the k-th photo of an evidence, 0…255 a cell; undefined where it has none.
 *
 * @param {number} evidence
 * @param {number} k
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function mapOf(evidence, k) {
  const { mapped, mapSide } = page.evidence[evidence];
  if (!mapped[k]) return undefined;
  const count = (/** @type {readonly boolean[]} */ all) => all.filter(Boolean).length;
  const all = await unpacked(
    `maps-${evidence}`,
    () => new Array(count(mapped)).fill(mapSide),
  );
  const start = count(mapped.slice(0, k)) * mapSide * mapSide;
  return all.subarray(start, start + mapSide * mapSide);
}

/** @type {readonly number[] | undefined} */
let maskStarts;

/**
 * The true defects of a photo, 0 or 1 a cell; undefined where nothing is known.
 *
 * @param {number} photo
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function maskOf(photo) {
  const { maskSide } = page.photos[photo];
  if (maskSide === 0) return undefined;
  const all = await unpacked("masks", () => page.photos.map((one) => one.maskSide));
  if (maskStarts === undefined) {
    let at = 0;
    maskStarts = page.photos.map((one) => (at += one.maskSide ** 2) - one.maskSide ** 2);
  }
  return all.subarray(maskStarts[photo], maskStarts[photo] + maskSide ** 2);
}
