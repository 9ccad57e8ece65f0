/** Numbers as texts for people: few digits, the same from run to run. */

/** A whole number whole, anything else with four significant digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value)) return withSign(String(value));
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return withSign(`${digits}e${Number(exponent)}`);
  }
  return withSign(magnitude >= 1000 ? value.toFixed(0) : value.toPrecision(4));
}

/**
 * Numbers that stand below each other: all with the decimals that give the largest four
 * significant digits, or each for itself where the smallest would vanish.
 */
export function columnTexts(numbers: readonly number[]): string[] {
  const magnitudes = numbers.filter((value) => value !== 0).map(Math.abs);
  const [least, most] = [Math.min(...magnitudes), Math.max(...magnitudes)];
  const decimals = Math.max(0, Math.min(4, 3 - Math.floor(Math.log10(most))));
  const fixed = numbers.every(Number.isFinite) && !numbers.every(Number.isInteger) && most < 1e6 &&
    least >= 10 ** -decimals;
  return numbers.map((value) => fixed ? withSign(value.toFixed(decimals)) : numberText(value));
}

/** Digits in groups of three: `125,440`. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

const withSign = (text: string): string => text.replace(/^-/, "−");
