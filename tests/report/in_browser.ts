/**
 * `deno task test-report`: the report page from the disk in headless Chromium, with real keys. Not
 * part of `deno task test`, whose tests may not use the network, as DevTools do.
 */

import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { reportPage } from "../../src/report/page.ts";
import { findChromium } from "../browser/chromium.ts";
import { openDrivenPage } from "./devtools.ts";
import { gallerySteps } from "./gallery_steps.ts";
import { lookSteps } from "./look_steps.ts";
import { data, openedReport } from "./opened_report.ts";
import { tableSteps } from "./table_steps.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.log("deno task test-report: skipped, no Chromium or Chrome is on the PATH");
}

Deno.test({
  name: "the report page in a browser",
  ignore: chromium === undefined,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "kizu-report-" });
    const file = join(folder, "index.html");
    await Deno.writeTextFile(file, await reportPage(data));
    const address = toFileUrl(file).href;
    try {
      await using page = await openDrivenPage(chromium ?? "");
      const report = openedReport(page, address);

      await t.step("it opens from the disk, says nothing and fetches nothing", async () => {
        await report.openGallery();
        await page.waitFor(
          `[...document.querySelectorAll(".cards img")].every((i) => i.naturalWidth > 0)`,
          "photos",
        );
        assertEquals(page.complaints, []);
        assertEquals(page.requests, [address]);
      });
      await tableSteps(t, report);
      await gallerySteps(t, report);
      await lookSteps(t, report);
      await t.step("after all of this it has said nothing, and fetched nothing", () => {
        assertEquals(page.complaints, []);
        assertEquals([...new Set(page.requests)], [address]);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
