/** Steps of the browser test: hostile names, sorting, charts. */

import { assert, assertEquals } from "@std/assert";
import type { WatchedPage } from "./watched_page.ts";
import { HOSTILE_CATEGORY, HOSTILE_TITLE } from "./sample_page.ts";
import { clickOn, type OpenedReport, resultColumn, texts } from "./opened_report.ts";

/** How each column is sorted. */
const sorting = (page: WatchedPage): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll("#results thead th")].map((th) => th.ariaSort)`);

/** Hostile names, sorting and charts, on the page as it is opened. */
export async function tableSteps(
  t: Deno.TestContext,
  { open, page }: OpenedReport,
): Promise<void> {
  await t.step("hostile names are text, wherever they are shown", async () => {
    assertEquals(await texts(page, "h1"), [HOSTILE_TITLE]);
    assertEquals(await page.evaluate("document.title"), HOSTILE_TITLE);
    assert((await resultColumn(page, 1)).includes(HOSTILE_CATEGORY));
    assertEquals(await page.evaluate("typeof hacked"), "undefined");
    // Of the data's own markup nothing has become elements.
    assertEquals(
      await page.evaluate(
        `document.querySelectorAll("main b, main i, main u, main s, [onerror], [onclick]").length`,
      ),
      0,
    );
  });

  await t.step(
    "a click on a column's title sorts rows, another one turns them round",
    async () => {
      const given = await resultColumn(page, 7);
      assertEquals(given.length, 6);
      await clickOn(page, "#results thead th:nth-child(7) button");
      assertEquals(await resultColumn(page, 7), ["9.0", "9.0", "12.0", "12.0", "31.0", "31.0"]);
      assertEquals((await sorting(page))[6], "ascending");
      await clickOn(page, "#results thead th:nth-child(7) button");
      assertEquals(await resultColumn(page, 7), ["31.0", "31.0", "12.0", "12.0", "9.0", "9.0"]);
      assertEquals((await sorting(page))[6], "descending");
      assertEquals((await sorting(page)).filter((way) => way === "none").length, 8);
    },
  );

  await t.step("Enter sorts too, missing values stay below", async () => {
    await page.evaluate(`document.querySelector("#results th:nth-child(4) button").focus()`);
    for (const way of ["descending", "ascending"]) {
      await page.press("Enter");
      assertEquals((await sorting(page))[3], way);
      const values = await resultColumn(page, 4);
      assertEquals(values.slice(4), ["–", "–"]);
      const numbers = values.slice(0, 4).map(parseFloat);
      const sorted = numbers.toSorted((a, b) => way === "ascending" ? a - b : b - a);
      assertEquals(numbers, sorted);
    }
  });

  await t.step("charts can be read by arrow keys", async () => {
    await open();
    await page.evaluate(`document.querySelector("#curves .chart svg").focus()`);
    await page.press("Home");
    for (let i = 0; i < 20; i++) await page.press("ArrowRight");
    const read = await texts(page, "#curves .readout:not([hidden])");
    assertEquals(read.length, 1);
    assert(read[0].startsWith("false-positive rate 0.200"), read[0]);
    for (const name of ["patchcore", "padim d=100, seed 1", "dn2"]) {
      assert(read[0].includes(name), read[0]);
    }
  });
}
