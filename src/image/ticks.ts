/** Numbers beside a scale. */

/** A value on a scale and how it is written. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/**
 * Round values within a domain: multiples of 1, 2 or 5 times a power of ten, about `count` of
 * them, all written with the same number of decimals; as 2e−7 where that would be long.
 */
export function roundTicks(
  [low, high]: readonly [low: number, high: number],
  count: number,
): readonly Tick[] {
  const rough = (high - low) / count;
  const power = Math.floor(Math.log10(rough));
  // The geometric means between 1, 2, 5 and 10 decide which is nearest.
  const leading = rough / 10 ** power;
  const [factor, carry] = leading < Math.SQRT2
    ? [1, 0]
    : leading < Math.sqrt(10)
    ? [2, 0]
    : leading < Math.sqrt(50)
    ? [5, 0]
    : [1, 1];
  const exponent = power + carry;
  const plain = exponent >= -4 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
  // Whole multiples of a power of ten, so that no tick reads 0.30000000000000004.
  const scaled = (n: number) => exponent < 0 ? n / 10 ** -exponent : n * 10 ** exponent;
  const step = scaled(factor);
  const ticks: Tick[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n++) {
    const value = scaled(n * factor);
    const text = plain || n === 0
      ? value.toFixed(plain ? Math.max(0, -exponent) : 0)
      : Number(value.toPrecision(12)).toExponential().replace("e+", "e");
    ticks.push({ value, text: text.replaceAll("-", "−") });
  }
  return ticks;
}
