/** Tensors and typed arrays in a line or a few. */

import { shapeText } from "../tensor.ts";
import type { AnyTensor, Numbers } from "./kinds.ts";
import { columnTexts, countText, numberText } from "./number_text.ts";

/** A tensor with at most so many rows and columns is shown whole. */
const ROWS = 8;
const COLUMNS = 10;

/** Shape, element type, range and mean; the numbers too where they are few. */
export function tensorSummary({ data, shape }: AnyTensor): string {
  const head = `Tensor ${shapeText(shape)} ${elementType(data)}`;
  const columns = shape.at(-1) ?? 1;
  const rows = data.length === 0 ? 0 : data.length / columns;
  if (shape.length > 2 || rows > ROWS || columns > COLUMNS || data.length === 0) {
    return `${head}, ${rangeText(data)}`;
  }
  const texts = columnTexts(Array.from(data, Number));
  const width = Math.max(...texts.map((text) => text.length));
  const lines = Array.from(
    { length: rows },
    (_, row) =>
      texts.slice(row * columns, (row + 1) * columns).map((text) => text.padStart(width)).join(
        "  ",
      ),
  );
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Type, count, the first numbers, range and mean. */
export function numbersSummary(numbers: Numbers): string {
  const first = Array.from(
    { length: Math.min(COLUMNS, numbers.length) },
    (_, i) => numberText(Number(numbers[i])),
  );
  const type = numbers.constructor.name;
  const head = `${type}(${countText(numbers.length)})`;
  if (numbers.length <= COLUMNS) return `${head} ${first.join(", ")}`.trimEnd();
  return `${head} ${first.join(", ")}, …; ${rangeText(numbers)}`;
}

function elementType(data: Numbers): string {
  return data.constructor.name.replace(/Array$/, "").replace("Clamped", "").toLowerCase();
}

/** `784 values from −1.310 to 6.020, mean 0.4100`; those that are no finite numbers are counted. */
function rangeText(data: Numbers): string {
  let [least, most, sum, finite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    sum += value;
    finite++;
  }
  const count = `${countText(data.length)} ${data.length === 1 ? "value" : "values"}`;
  const odd = finite === data.length ? "" : `, ${countText(data.length - finite)} not finite`;
  if (finite === 0) return `${count}${odd}`;
  return `${count} from ${numberText(least)} to ${numberText(most)}, mean ${
    numberText(sum / finite)
  }${odd}`;
}
