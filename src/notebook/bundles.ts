/** What a notebook shows of a value: media types and their contents. */

import { encodePng } from "../image/encode.ts";
import { cannot } from "../errors.ts";
import type { Image, Mask } from "../types.ts";
import { isImage, isMask, isReport, isRun } from "./kinds.ts";
import { knownSummary, runRows, summary } from "./summary.ts";
import { isTable, tableTexts } from "./table.ts";

/** Texts, pictures and specifications by media type, as the kernel takes them. */
export type Bundle = Readonly<Record<string, unknown>>;

const DISPLAY = Symbol.for("Jupyter.display");

/** What is shown of any value. */
export async function bundleOf(value: unknown): Promise<Bundle> {
  if (typeof value === "object" && value !== null && DISPLAY in value) {
    const method = value[DISPLAY];
    if (typeof method === "function") return await method.call(value) as Bundle;
  }
  if (isTable(value)) return tableBundle(value);
  return await summaryBundle(value) ?? { "text/plain": summary(value) };
}

/** What is shown of a value that the library knows; undefined for anything else. */
export async function summaryBundle(value: unknown): Promise<Bundle | undefined> {
  const text = knownSummary(value);
  if (text === undefined) return undefined;
  if (isImage(value) || isMask(value)) {
    const picture = fitted(isImage(value) ? value : maskImage(value));
    const png = (await encodePng(picture)).toBase64();
    return { "image/png": png, "text/plain": text };
  }
  if (isReport(value) && value.runs.length > 0) return tableBundle(runRows(value.runs));
  if (isRun(value)) return tableBundle(runRows([value]));
  return { "text/plain": text };
}

function tableBundle(rows: Parameters<typeof tableTexts>[0]): Bundle {
  const { plain, md } = tableTexts(rows);
  return { "text/markdown": md, "text/plain": plain };
}

/** White where the defect is. */
function maskImage({ width, height, data }: Mask): Image {
  const image = new Uint8Array(3 * data.length);
  data.forEach((bit, i) => image.fill(bit === 0 ? 0 : 255, 3 * i, 3 * i + 3));
  return { width, height, data: image };
}

/** Keeps a picture below 1 MB, whatever is on it. */
const LARGEST = 480;
/** A picture that is smaller is enlarged, so that its pixels can be seen. */
const SMALLEST = 128;

/** A picture at a size that suits a notebook: whole factors only, so that nothing is invented. */
function fitted(image: Image): Image {
  const longest = Math.max(image.width, image.height);
  if (longest === 0) throw cannot("show an image", "it must have pixels", "0×0");
  if (longest > LARGEST) return reduced(image, Math.ceil(longest / LARGEST));
  return longest < SMALLEST ? enlarged(image, Math.floor(SMALLEST / longest)) : image;
}

/** Each pixel `factor` × `factor` times. */
function enlarged({ width, height, data }: Image, factor: number): Image {
  const [wide, high] = [width * factor, height * factor];
  const larger = new Uint8Array(wide * high * 3);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const from = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      for (let c = 0; c < 3; c++) larger[to++] = data[from + c];
    }
  }
  return { width: wide, height: high, data: larger };
}

/** The mean of each `factor` × `factor` pixels; a rest at the right and below is left out. */
function reduced({ width, height, data }: Image, factor: number): Image {
  const [wide, high] = [
    Math.max(1, Math.floor(width / factor)),
    Math.max(1, Math.floor(height / factor)),
  ];
  const [boxWidth, boxHeight] = [Math.min(factor, width), Math.min(factor, height)];
  const smaller = new Uint8Array(wide * high * 3);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < boxHeight; dy++) {
          const row = (y * factor + dy) * width + x * factor;
          for (let dx = 0; dx < boxWidth; dx++) sum += data[3 * (row + dx) + c];
        }
        smaller[to++] = Math.round(sum / (boxWidth * boxHeight));
      }
    }
  }
  return { width: wide, height: high, data: smaller };
}
