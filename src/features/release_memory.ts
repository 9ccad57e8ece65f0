/** Giving memory back before the garbage collector would. */

/**
 * Gives an array's memory back at once; the array is empty from then on. For results of the engine
 * that were copied to where they belong, in a loop over many: the collector would let hundreds of
 * megabytes pile up first.
 *
 * Cost: O(1).
 *
 * @param array the only one that still looks at its buffer
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const array = new Float32Array(1000);
 * releaseMemory(array);
 * assertEquals(array.length, 0);
 * ```
 */
export function releaseMemory({ buffer }: Float32Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
