/** One photo with its map on the method's fixed scale, and the outline of its true defect. */

import { borderPath } from "./border_path.js";
import { drawn, element } from "./elements.js";
import { roundTicks, scoreText } from "./numbers.js";
import { colours, mapOf, maskOf, page, photoAddress } from "./payload.js";

/** @typedef {{ evidence: number, k: number, photo: number }} Shown */

/**
 * A square that shows one photo at a time: the photo, gray below the map; the map; the outline.
 * The share of the map in the blend is the style sheet's, so that a slider moves nothing but it.
 *
 * @param {{ photo?: "plain" | "gray" | "none", map?: boolean, outline?: boolean }} layers
 */
export function picture({ photo = "plain", map = false, outline = false }) {
  const image = photo === "none"
    ? undefined
    : element("img", { class: photo, alt: "", decoding: "async", draggable: "false" });
  const canvas = map
    ? element("canvas", { class: photo === "none" ? "map alone" : "map" })
    : undefined;
  const path = outline
    ? [drawn("path", { class: "around" }), drawn("path", { class: "inside" })]
    : [];
  const over = outline
    ? drawn(
      "svg",
      { class: "outline", "aria-hidden": "true", preserveAspectRatio: "none" },
      ...path,
    )
    : undefined;
  const none = element("span", { class: "none", hidden: true }, "no map");
  const node = element("span", { class: "picture" }, image, canvas, over, map ? none : undefined);
  /** @type {Shown | undefined} */
  let last;

  /** @param {Shown} shown */
  async function show(shown) {
    last = shown;
    if (image) image.src = photoAddress(shown.photo);
    if (canvas) canvas.hidden = true;
    for (const one of path) one.setAttribute("d", "");
    if (canvas) {
      const cells = await mapOf(shown.evidence, shown.k);
      if (last !== shown) return;
      none.hidden = cells !== undefined;
      canvas.hidden = cells === undefined;
      if (cells) paint(canvas, cells, page.evidence[shown.evidence].mapSide);
    }
    if (over) {
      const d = await outlineOf(shown.photo);
      if (last !== shown) return;
      const { maskSide } = page.photos[shown.photo];
      over.setAttribute("viewBox", `0 0 ${maskSide || 1} ${maskSide || 1}`);
      for (const one of path) one.setAttribute("d", d);
    }
  }
  return { node, show, canvas };
}

/**
 * Colours a map, cell by cell.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} cells
 * @param {number} side
 */
function paint(canvas, cells, side) {
  canvas.width = side;
  canvas.height = side;
  const image = new ImageData(side, side);
  for (let i = 0; i < cells.length; i++) {
    const from = 3 * cells[i];
    image.data[4 * i] = colours[from];
    image.data[4 * i + 1] = colours[from + 1];
    image.data[4 * i + 2] = colours[from + 2];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** @type {Map<number, string>} */
const outlines = new Map();

/**
 * The border between defective and sound cells, as the data of a path.
 *
 * @param {number} photo
 */
async function outlineOf(photo) {
  const known = outlines.get(photo);
  if (known !== undefined) return known;
  const mask = await maskOf(photo);
  const found = mask === undefined ? "" : borderPath(mask, page.photos[photo].maskSide);
  outlines.set(photo, found);
  return found;
}

/**
 * The colour scale with the raw scores at its ends and between them.
 *
 * @param {readonly [number, number]} scale
 */
export function scaleLegend([low, high]) {
  const canvas = element("canvas", { width: 256, height: 1, class: "bar", "aria-hidden": "true" });
  const image = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) {
    image.data.set([...colours.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  /** @param {number} value */
  const at = (value) => (value - low) / (high - low);
  const ticks = roundTicks([low, high], 4).filter(({ value }) =>
    at(value) > 0.2 && at(value) < 0.8
  );
  /**
   * @param {number} value
   * @param {string} text
   */
  const label = (value, text) => {
    const node = element("span", {}, text);
    node.style.left = `${100 * at(value)}%`;
    return node;
  };
  return element(
    "div",
    {
      class: "scale",
      role: "img",
      "aria-label": `Colour scale: black is ${scoreText(low)} or less, ` +
        `pale yellow ${scoreText(high)} or more`,
    },
    canvas,
    element(
      "div",
      { class: "scale-ticks" },
      label(low, `≤ ${scoreText(low)}`),
      ...ticks.map(({ value, text }) => label(value, text)),
      label(high, `≥ ${scoreText(high)}`),
    ),
  );
}
