import { assertEquals, assertThrows } from "@std/assert";
import { cropImage, maskShare, moveImage } from "../../mod.ts";

/** Pixel (x, y) is [10x + y, 0, 0]. */
const photo = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => i % 3 === 0 ? 10 * ((i / 3) % width) + Math.floor(i / 3 / width) : 0,
  ),
});
const reds = ({ data }: { readonly data: Uint8Array }) => [...data].filter((_, i) => i % 3 === 0);

Deno.test("a crop is the rectangle, and copies", () => {
  const whole = photo(4, 3);
  const part = cropImage(whole, { left: 1, top: 1, width: 2, height: 2 });
  assertEquals([part.width, part.height], [2, 2]);
  assertEquals(reds(part), [11, 21, 12, 22]);
  part.data.fill(0);
  assertEquals(reds(whole)[5], 11);
  assertEquals(cropImage(whole, { left: 0, top: 0, width: 4, height: 3 }), whole);
});

Deno.test("a rectangle beyond the photo, empty or between pixels is refused with both", () => {
  for (
    const rectangle of [
      { left: 3, top: 0, width: 2, height: 1 },
      { left: -1, top: 0, width: 2, height: 1 },
      { left: 0, top: 0, width: 0, height: 1 },
      { left: 0.5, top: 0, width: 1, height: 1 },
    ]
  ) {
    const error = assertThrows(() => cropImage(photo(4, 3), rectangle), RangeError, "4×3");
    assertEquals(
      (error as Error).message.endsWith(
        `${rectangle.width}×${rectangle.height} at ${rectangle.left}, ${rectangle.top}`,
      ),
      true,
    );
  }
});

Deno.test("a moved photo repeats its border, in all four directions", () => {
  const whole = photo(3, 2);
  assertEquals(reds(moveImage(whole, { right: 1 })), [0, 0, 10, 1, 1, 11]);
  assertEquals(reds(moveImage(whole, { right: -2 })), [20, 20, 20, 21, 21, 21]);
  assertEquals(reds(moveImage(whole, { down: 1 })), [0, 10, 20, 0, 10, 20]);
  assertEquals(reds(moveImage(whole, { down: -1, right: 9 })), [1, 1, 1, 1, 1, 1]);
  assertEquals(moveImage(whole, {}), whole);
  assertThrows(() => moveImage(whole, { right: 0.5 }), RangeError, "0.5 right");
});

Deno.test("a mask's share is what it covers", () => {
  assertEquals(maskShare({ width: 2, height: 2, data: Uint8Array.of(1, 1, 1, 0) }), 0.75);
  assertThrows(
    () => maskShare({ width: 2, height: 2, data: new Uint8Array(3) }),
    RangeError,
    "2×2",
  );
});
