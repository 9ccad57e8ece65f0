import { assertEquals } from "@std/assert";
import { estimateText } from "../../mod.ts";

Deno.test("an estimate is its value and its interval", () => {
  const estimate = { value: 0.74, lower: 0.6284, upper: 1 };
  assertEquals(estimateText(estimate), "0.740 (0.628 … 1.000)");
  assertEquals(estimateText(estimate, { digits: 1 }), "0.7 (0.6 … 1.0)");
});

Deno.test("a difference has signs, and what rounds to nothing has none", () => {
  const difference = { value: 0.0001, lower: -0.1, upper: 0.2 };
  assertEquals(estimateText(difference, { digits: 2, signed: true }), "0.00 (−0.10 … +0.20)");
});
