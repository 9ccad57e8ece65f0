/** Numbers as text. A minus is a minus sign; what is missing is a dash. */

export const MISSING = "–";

/** @param {string} text */
const signed = (text) => text.replaceAll("-", "−");

/**
 * A fraction in percent: `98.3`.
 *
 * @param {number | null | undefined} value
 */
export function percent(value) {
  return value === null || value === undefined ? MISSING : signed((100 * value).toFixed(1));
}

/**
 * A difference of fractions in percentage points: `+1.2`.
 *
 * @param {number} value
 */
export function points(value) {
  const text = (100 * value).toFixed(1);
  return text === "-0.0" || text === "0.0" ? "0.0" : value > 0 ? `+${text}` : signed(text);
}

/** @param {{ lower: number, upper: number }} interval */
export function percentInterval({ lower, upper }) {
  return `[${percent(lower)}, ${percent(upper)}]`;
}

/** @param {{ lower: number, upper: number }} interval */
export function pointInterval({ lower, upper }) {
  return `[${points(lower)}, ${points(upper)}]`;
}

/** @param {number} p */
export function probability(p) {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/**
 * Four digits of a score, whatever its size.
 *
 * @param {number} value
 */
export function scoreText(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4
    ? value.toExponential(3).replace("e+", "e")
    : size >= 1000
    ? value.toFixed(0)
    : value.toPrecision(4);
  return signed(text);
}

/**
 * @param {number | undefined} value
 * @param {number} digits
 */
export function decimal(value, digits) {
  return value === undefined ? MISSING : signed(value.toFixed(digits));
}

/**
 * Round values within a domain, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param {readonly [number, number]} domain
 * @param {number} count
 * @returns {{ value: number, text: string }[]}
 */
export function roundTicks([low, high], count) {
  const rough = (high - low) / count;
  const power = Math.floor(Math.log10(rough));
  const leading = rough / 10 ** power;
  const factor = leading < Math.SQRT2 ? 1 : leading < Math.sqrt(10) ? 2 : leading < 7.07 ? 5 : 10;
  const exponent = factor === 10 ? power + 1 : power;
  const multiple = factor === 10 ? 1 : factor;
  const plain = exponent >= -4 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
  const ticks = [];
  const step = multiple * 10 ** exponent;
  for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n++) {
    // Divided, not multiplied: no tick reads 0.30000000000000004.
    const value = exponent < 0 ? n * multiple / 10 ** -exponent : n * step;
    const text = plain
      ? value.toFixed(Math.max(0, -exponent))
      : Number(value.toPrecision(6)).toExponential().replace("e+", "e");
    ticks.push({ value, text: signed(text) });
  }
  return ticks;
}

/**
 * 1, 2 and 5 times powers of ten within a domain; every power alone where that would be crowded.
 *
 * @param {readonly [number, number]} domain
 * @returns {{ value: number, text: string }[]}
 */
export function logTicks([low, high]) {
  /** @param {readonly number[]} factors */
  const within = (factors) => {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of factors) {
        const value = Number(`${factor}e${power}`);
        if (value >= low && value <= high) found.push({ value, text: String(value) });
      }
    }
    return found;
  };
  const all = within([1, 2, 5]);
  return all.length > 9 ? within([1]) : all;
}

/**
 * A count and its noun: `1 photo`, `3 photos`.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
