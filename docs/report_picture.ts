/**
 * Makes the README's picture of the report page: `deno run -A docs/report_picture.ts`. Wants
 * Chromium.
 */

import { fromFileUrl, join, toFileUrl } from "@std/path";
import { findChromium, startChromium } from "../tests/browser/chromium.ts";

const folder = await Deno.makeTempDir({ prefix: "kizu-report-" });
try {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "eval", "--method", "padim,patchcore", "--report", folder],
    cwd: fromFileUrl(new URL("..", import.meta.url)),
  }).output();
  const program = await findChromium();
  if (!success || program === undefined) throw new Error("an evaluation and Chromium are needed");
  await using browser = await startChromium(program);
  const page = await browser.open("about:blank");
  await page.send("Emulation.setDeviceMetricsOverride", {
    width: 1200,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await page.goto(toFileUrl(join(folder, "index.html")).href);
  await page.waitFor("document.querySelector('#curves svg') !== null", "curves");
  await page.evaluate('document.getElementById("gallery").scrollIntoView()');
  await page.waitFor("document.querySelector('#gallery canvas') !== null", "photos");
  // Photos are decoded as they come into view.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await Deno.writeFile(new URL("report_gallery.png", import.meta.url), await page.screenshot());
} finally {
  await Deno.remove(folder, { recursive: true });
}
