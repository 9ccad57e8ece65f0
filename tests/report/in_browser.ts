/**
 * `deno task test-report`: the report page from the disk in headless Chromium, with real keys. Not
 * part of `deno task test`, whose tests may not use the network, as DevTools do.
 */

import { assert, assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { reportPage } from "../../src/report/page.ts";
import { findChromium, startChromium } from "../browser/chromium.ts";
import { gallerySteps } from "./gallery_steps.ts";
import { lookSteps } from "./look_steps.ts";
import { data, openedReport } from "./opened_report.ts";
import { tableSteps } from "./table_steps.ts";
import { openWatchedPage } from "./watched_page.ts";

const chromium = await findChromium();
if (chromium === undefined) {
  console.log("deno task test-report: skipped, no Chromium or Chrome is on the PATH");
}

/** A page that does all that the report must not. */
const LOUD = `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="img-src 'none'">
<script src="x.js"></script>
<img src="y.png">
<script>
  console.log("said");
  alert("hello");
  setTimeout(() => { window.done = true; }, 100);
  throw new Error("thrown");
</script>`;

Deno.test({
  name: "the report page in a browser",
  ignore: chromium === undefined,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "kizu-report-" });
    const file = join(folder, "index.html");
    await Deno.writeTextFile(file, await reportPage(data));
    const address = toFileUrl(file).href;
    try {
      await using browser = await startChromium(chromium ?? "");
      const page = await openWatchedPage(browser);
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
      await t.step("whatever a page says and fetches would be noticed", async () => {
        const loud = join(folder, "loud.html");
        await Deno.writeTextFile(loud, LOUD);
        const heard = await openWatchedPage(browser);
        await heard.goto(toFileUrl(loud).href);
        await heard.waitFor("window.done", "the page's script");
        const complaints = heard.complaints.join("\n");
        for (const said of ["Error: thrown", "console.log: ", "alert: hello", "Security Policy"]) {
          assert(complaints.includes(said), `${said} is not among:\n${complaints}`);
        }
        assertEquals(
          heard.requests,
          ["loud.html", "x.js", "y.png"].map((name) => toFileUrl(join(folder, name)).href),
        );
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
