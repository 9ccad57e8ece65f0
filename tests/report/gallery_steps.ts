/** Steps of the browser test: order, filters, maps, the large view, addresses. */

import { assert, assertEquals } from "@std/assert";
import { COLOUR_SCALE } from "../../src/image/colour_scale.ts";
import { HOSTILE_ID, MAP_SIDE } from "./sample_page.ts";
import { cards, count, data, type OpenedReport, pick, setSize, texts } from "./opened_report.ts";

const runIndex = (label: string) => data.runs.findIndex(({ run }) => run.label === label);

/** Order, filters, maps, the large view and addresses, on the page as it is opened. */
export async function gallerySteps(
  t: Deno.TestContext,
  { open, openGallery, page }: OpenedReport,
): Promise<void> {
  await t.step("missed defects come first, then false alarms", async () => {
    await openGallery();
    const outcomes = (await cards(page)).map(({ outcome }) => outcome);
    assert(outcomes.length >= 8, `${outcomes.length}`);
    assertEquals(outcomes[0], "missed");
    const tally = /(\d+) missed, (\d+) false alarms?, (\d+) found, (\d+) quiet/.exec(
      await count(page),
    );
    const [missed, alarms, found, quiet] = (tally ?? []).slice(1).map(Number);
    assertEquals(missed + alarms + found + quiet, 400);
    assert(missed > 8 && alarms > 0 && found > 0, `${tally}`);
    // 67 good photos in either category, at most 5 % of them each.
    assertEquals(alarms, 6);
    assert(outcomes.every((outcome) => outcome === "missed"), outcomes.join());
    const ranks = (await cards(page)).map(({ says }) =>
      Number(/higher than ([\d.]+) %/.exec(says)?.[1])
    );
    assertEquals(ranks, ranks.toSorted((a, b) => a - b));
    await pick(page, "outcome", "alarm");
    assertEquals(await setSize(page), alarms);
    const scores = (await cards(page)).map(({ says }) =>
      Number(/higher than ([\d.]+) %/.exec(says)?.[1])
    );
    assertEquals(scores, scores.toSorted((a, b) => b - a));
    await pick(page, "outcome", "");
  });

  await t.step("filters leave the photos that are like this", async () => {
    const of = (like: (photo: (typeof data.photos)[number]) => boolean) =>
      data.photos.filter(like).length;
    const cases = [
      ["where", "cable", of(({ category }) => category === "cable")],
      ["where", "", 400],
      ["defect", "<i>hole</i>", of(({ defect }) => defect === "<i>hole</i>")],
      ["defect", "", 400],
      ["label", "normal", of(({ label }) => label === "normal")],
      ["label", "", 400],
    ] as const;
    assertEquals(cases.length, 6);
    for (const [choice, value, expected] of cases) {
      await pick(page, choice, value);
      assertEquals(await setSize(page), expected, `${choice} ${value}`);
      assert((await count(page)).startsWith(`${expected} of `), await count(page));
    }
    await page.evaluate(`(() => {
      const find = document.querySelector('[type="search"]');
      find.value = "ONERROR";
      find.dispatchEvent(new Event("input"));
    })()`);
    assertEquals(await setSize(page), 2);
    assertEquals(
      await texts(page, ".cards .name"),
      [HOSTILE_ID, HOSTILE_ID],
    );
    await page.evaluate(`(() => {
      const find = document.querySelector('[type="search"]');
      find.value = "no such photo";
      find.dispatchEvent(new Event("input"));
    })()`);
    assertEquals(await cards(page), []);
    assertEquals(await count(page), "None of 400 photos is like this.");
  });

  await t.step("a map's colours are the scale's, on a fixed scale", async () => {
    await open("#find=onerror&where=cable");
    await page.waitFor(`document.querySelector(".cards canvas:not([hidden])")`, "the map");
    const pixels = await page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector(".cards canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [...data];
    })()`);
    const run = data.runs[runIndex("patchcore")];
    const map = run.predictions.find(({ photo }) => data.photos[photo].id === HOSTILE_ID)?.map ??
      new Uint8Array();
    assertEquals(pixels.length, 4 * MAP_SIDE ** 2);
    assert(new Set(map).size > 20);
    const expected = [...map].flatMap((value) => [
      ...COLOUR_SCALE.subarray(3 * value, 3 * value + 3),
      255,
    ]);
    assertEquals(pixels, expected);
    const scale = await page.evaluate<string>(`document.querySelector(".scale").ariaLabel`);
    assertEquals(scale, "Colour scale: black is 8.000 or less, pale yellow 14.00 or more");
  });

  await t.step("the slider changes how much of the map is seen", async () => {
    const opacity = () =>
      page.evaluate<string>(
        `getComputedStyle(document.querySelector(".cards canvas")).opacity`,
      );
    assertEquals(await opacity(), "0.65");
    await openGallery("#find=onerror&heat=20");
    assertEquals(await opacity(), "0.2");
  });

  await t.step("Enter opens a photo, arrows go on, Esc returns to its card", async () => {
    await openGallery("#where=cable");
    const dialog = (what: string) =>
      page.evaluate<string>(`document.querySelector("dialog").${what}`);
    const ids = (await cards(page)).map(({ says }) => says);
    await page.evaluate(`document.querySelector('.cards [tabindex="0"]').focus()`);
    await page.press("ArrowRight");
    assertEquals((await cards(page)).map(({ focused }) => focused).indexOf(true), 1);
    await page.press("Enter");
    assertEquals(await dialog("open"), true);
    const title = () => page.evaluate<string>(`document.querySelector("dialog h3").textContent`);
    assert(ids[1].includes((await title()).replace(" · ", " ")), `${await title()}: ${ids[1]}`);
    await page.press("ArrowRight");
    assert(ids[2].includes((await title()).replace(" · ", " ")), `${await title()}: ${ids[2]}`);
    await page.press("ArrowLeft");
    await page.press("ArrowLeft");
    assert(ids[0].includes((await title()).replace(" · ", " ")), `${await title()}: ${ids[0]}`);
    // All methods, each with its own scale; the one without maps says so.
    assertEquals(await texts(page, "dialog .others .name"), [
      "patchcore",
      "padim d=100, seed 0",
      "padim d=100, seed 1",
      "dn2",
    ]);
    assert((await texts(page, "dialog .others .card:last-child"))[0].includes("no map"));
    const scales = await texts(page, "dialog .others .defect:last-child");
    assertEquals(scales, [
      "scale 8.000 to 14.00",
      "scale 8.000 to 14.00",
      "scale 9.000 to 14.00",
      "no map",
    ]);
    assert(/higher than [\d.]+ % of the good test photos/.test(await dialog("textContent")));
    // Another method is chosen here too, for the whole page; the focus stays with it.
    const facts = () => texts(page, "dialog .facts");
    const pressed = () => texts(page, 'dialog [aria-pressed="true"]:focus .name');
    assert((await facts())[0].includes("patchcore: score"));
    for (const name of ["padim d=100, seed 1", "patchcore"]) {
      const at = name === "patchcore" ? 1 : 3;
      await page.evaluate(
        `document.querySelector("dialog .others .card:nth-child(${at})").focus()`,
      );
      await page.press("Enter");
      assertEquals(await pressed(), [name]);
      assert((await facts())[0].includes(`${name}: score`), `${await facts()}`);
      assertEquals(
        await page.evaluate(`document.querySelector('[data-choice="voice"]').value`),
        name,
      );
    }
    await page.press("Escape");
    assertEquals(await dialog("open"), false);
    // The browser tells of the closing a moment later.
    await page.waitFor(
      `document.activeElement.closest("li")?.ariaPosInSet === "1"`,
      "the card to have the focus",
    );
  });

  await t.step("arrow keys walk to cards that did not exist, and back", async () => {
    await page.press("End");
    const last = (await cards(page)).find(({ focused }) => focused);
    assertEquals(last?.place, 200);
    await page.press("ArrowUp");
    assert(((await cards(page)).find(({ focused }) => focused)?.place ?? 200) < 200);
    await page.press("Home");
    assertEquals((await cards(page)).find(({ focused }) => focused)?.place, 1);
  });

  await t.step("a view is in the address, and comes back from it", async () => {
    await open("#voice=padim+d%3D100%2C+seed+1&where=cable&label=normal&alarms=20&sort=score");
    assertEquals(
      await page.evaluate(`document.querySelector('[data-choice="voice"]').value`),
      "padim d=100, seed 1",
    );
    // 67 good photos, of which 13 are 20 % at most.
    assert((await count(page)).startsWith("67 of 200 photos: 0 missed, 13 false alarms"));
    await pick(page, "outcome", "alarm");
    await page.waitFor(`location.hash.includes("outcome=alarm")`, "the address");
    const hash = await page.evaluate<string>("location.hash");
    await open(hash);
    assertEquals(await setSize(page), 13);
    await open("#where=nowhere&alarms=1e9&outcome=%3Cb%3E&heat=-4&theme=pink");
    assertEquals(await setSize(page), 400);
    assertEquals(page.complaints, []);
  });
}
