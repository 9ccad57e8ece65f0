/** Steps of the browser test: keys, light and dark, narrow, on paper, scrolling. */

import { assert, assertEquals } from "@std/assert";
import { faintTexts, scrollThrough } from "./page_probes.ts";
import { cards, clickOn, type OpenedReport } from "./opened_report.ts";

/** Longest that the page may be busy while it is scrolled, in milliseconds; machines are shared. */
const LONGEST_TASK = 200;
/** Elements in the page, whatever the number of photos. */
const MOST_ELEMENTS = 3000;

/** Keys, light and dark, narrow windows, paper and scrolling, on the page as it is opened. */
export async function lookSteps(
  t: Deno.TestContext,
  { open, page }: OpenedReport,
): Promise<void> {
  await t.step("Tab reaches the way past the bar first, and the focus is seen", async () => {
    await open();
    await page.press("Tab");
    const first = await page.evaluate<[string, number, string]>(`(() => {
      const { className } = document.activeElement;
      const { top } = document.activeElement.getBoundingClientRect();
      return [className, top, getComputedStyle(document.activeElement).outlineStyle];
    })()`);
    assertEquals(first, ["skip", 0, "solid"]);
    await page.press("Enter");
    assertEquals(await page.evaluate("document.activeElement.id"), "main");
    // Everything that can be pressed or chosen comes by, each once: no trap.
    const seen = new Set<string>();
    let gallery = false;
    for (let i = 0; i < 150 && !gallery; i++) {
      await page.press("Tab");
      const [where, card] = await page.evaluate<[string, boolean]>(`[
        document.activeElement.closest("section")?.id ?? document.activeElement.tagName,
        document.activeElement.matches(".cards .card"),
      ]`);
      seen.add(where);
      gallery = card;
    }
    assert(gallery, [...seen].join());
    for (const id of ["results", "literature", "pairs", "across", "curves", "options"]) {
      assert(seen.has(id), id);
    }
  });

  await t.step(
    "light and dark: as the system is, or as chosen; every text is legible",
    async () => {
      const paper = () => page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`);
      const system = (value: string) =>
        page.send("Emulation.setEmulatedMedia", {
          features: [{ name: "prefers-color-scheme", value }],
        });
      await system("light");
      await open();
      await page.evaluate(
        `document.querySelectorAll("details").forEach((d) => { d.open = true; })`,
      );
      assertEquals(await paper(), "rgb(255, 255, 255)");
      assertEquals(await faintTexts(page), []);
      await system("dark");
      assertEquals(await paper(), "rgb(21, 24, 28)");
      assertEquals(await faintTexts(page), []);
      await clickOn(page, "#theme");
      assertEquals(await paper(), "rgb(255, 255, 255)");
      await page.waitFor(`location.hash.includes("theme=light")`, "the address");
      await system("light");
      await clickOn(page, "#theme");
      assertEquals(await paper(), "rgb(21, 24, 28)");
    },
  );

  await t.step("at 380 pixels nothing but tables is wider than the window", async () => {
    await page.send("Emulation.setDeviceMetricsOverride", {
      width: 380,
      height: 800,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await open();
    const wide = await page.evaluate<string[]>(`
      document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
        : [...document.querySelectorAll("main *")]
          .filter((e) => e.getBoundingClientRect().right > 380 && !e.closest(".table, .ranks"))
          .map((e) => e.outerHTML.slice(0, 120))`);
    assertEquals(wide, []);
    await page.send("Emulation.clearDeviceMetricsOverride");
  });

  await t.step("on paper no table is cut off, and the first photos are there", async () => {
    // A4 at 96 pixels an inch, without its margins.
    await page.send("Emulation.setDeviceMetricsOverride", {
      width: 718,
      height: 1047,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await page.send("Emulation.setEmulatedMedia", { media: "print" });
    await open();
    const cut = await page.evaluate<string[]>(`
      [...document.querySelectorAll(".table")].filter((e) => e.scrollWidth > e.clientWidth + 1)
        .map((e) => e.ariaLabel + ": " + e.scrollWidth + " of " + e.clientWidth)`);
    assertEquals(cut, []);
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    assertEquals(
      (await cards(page)).map(({ place }) => place),
      Array.from(
        { length: 24 },
        (_, i) => i + 1,
      ),
    );
    await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
    await page.send("Emulation.setEmulatedMedia", { media: "" });
    await page.send("Emulation.clearDeviceMetricsOverride");
    const pdf = await page.send("Page.printToPDF", { printBackground: true });
    const text = new TextDecoder("latin1").decode(Uint8Array.fromBase64(String(pdf.data)));
    const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert(pages >= 3 && pages <= 20, `${pages} pages`);
  });

  await t.step("400 photos scroll without lag, and few of them exist at a time", async () => {
    await open();
    const { longestTask, longestFrame, frames, mostElements, mostCards, seen } =
      await scrollThrough(page);
    console.log(
      `longest task ${longestTask} ms, longest frame ${longestFrame} ms of ${frames} frames; ` +
        `${mostElements} elements and ${mostCards} cards at most`,
    );
    assertEquals(seen, 400);
    assert(frames > 50, `${frames}`);
    assert(longestTask <= LONGEST_TASK, `${longestTask} ms`);
    assert(mostElements <= MOST_ELEMENTS, `${mostElements}`);
    assert(mostCards <= 80, `${mostCards}`);
  });
}
