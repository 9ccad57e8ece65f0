/** What every comparison needs: how long something takes, and the middle of several times. */

export { median } from "../src/math/quantile.ts";

/** Milliseconds that a piece of work takes. */
export async function timed(run: () => unknown): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}
