/** The page as the tests have it, and what they read from it again and again. */

import type { WatchedPage } from "./watched_page.ts";
import { samplePage } from "./sample_page.ts";

/** What the page shows. */
export const data = samplePage({ photosPerCategory: 200 });

/** The page, its address, and ways to open it anew. */
export interface OpenedReport {
  readonly page: WatchedPage;
  readonly address: string;
  /** Opens the page with a hash, and waits until its script is done. */
  open(hash?: string): Promise<void>;
  /** Also scrolls to the gallery, as cards far from the window do not exist, and waits for maps. */
  openGallery(hash?: string): Promise<void>;
}

export function openedReport(page: WatchedPage, address: string): OpenedReport {
  const open = async (hash = "") => {
    await page.goto(address + hash);
    await page.waitFor(`document.documentElement.dataset.ready`, "the page's script");
  };
  return {
    page,
    address,
    open,
    async openGallery(hash) {
      await open(hash);
      await page.evaluate(
        `document.getElementById("gallery").scrollIntoView({ behavior: "instant" })`,
      );
      await page.waitFor(
        `document.querySelectorAll(".cards canvas:not([hidden])").length > 1 ||
          document.querySelectorAll(".cards li").length === 0`,
        "maps",
      );
    },
  };
}

/** Texts of all elements that a selector finds. */
export const texts = (page: WatchedPage, selector: string): Promise<string[]> =>
  page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.textContent)`,
  );

/** A card that exists. */
export interface SeenCard {
  /** In the list, from 1. */
  readonly place: number;
  readonly outcome: string;
  readonly says: string;
  readonly focused: boolean;
}

/** Cards in the order of the list. */
export const cards = (page: WatchedPage): Promise<SeenCard[]> =>
  page.evaluate(`
    [...document.querySelectorAll(".cards li")].map((li) => ({
      place: Number(li.ariaPosInSet),
      outcome: li.firstChild.dataset.outcome,
      says: li.firstChild.ariaLabel,
      focused: li.firstChild === document.activeElement,
    })).sort((a, b) => a.place - b.place)`);

/** What stands above the gallery. */
export const count = (page: WatchedPage): Promise<string> =>
  page.evaluate(`document.querySelector(".count").textContent`);

/** How many photos the gallery has, whether their cards exist or not. */
export const setSize = (page: WatchedPage): Promise<number> =>
  page.evaluate(`Number(document.querySelector(".cards li")?.ariaSetSize ?? 0)`);

/** Chooses in one of the gallery's lists. */
export const pick = (page: WatchedPage, choice: string, value: string): Promise<void> =>
  page.evaluate(`(() => {
    const select = document.querySelector('[data-choice="${choice}"]');
    select.value = ${JSON.stringify(value)};
    select.dispatchEvent(new Event("change"));
  })()`);

/** Clicks the middle of the first element that a selector finds, after bringing it into view. */
export async function clickOn(page: WatchedPage, selector: string): Promise<void> {
  const [x, y] = await page.evaluate<[number, number]>(`(() => {
    const found = document.querySelector(${JSON.stringify(selector)});
    found.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = found.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  })()`);
  await page.click(x, y);
}

/** One column of the results' rows, from 1. */
export const resultColumn = async (page: WatchedPage, column: number): Promise<string[]> =>
  (await texts(page, `#results tbody tr > :nth-child(${column})`)).map((text) => text.trim());
