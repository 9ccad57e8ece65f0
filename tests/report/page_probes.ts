/** What a test asks of a page beyond single elements: legibility of all texts, smooth scrolling. */

import type { WatchedPage } from "./watched_page.ts";

/** WCAG 2.2, 1.4.3; large text may have less, and is held to the same here. */
const TEXT_CONTRAST = 4.5;

/** Texts that do not stand out from what is behind them: each with its contrast. */
export function faintTexts(page: WatchedPage): Promise<string[]> {
  return page.evaluate(`(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    // Whatever notation a style has: as red, green, blue, alpha.
    const bytes = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([red, green, blue]) => {
      const [r, g, b] = [red, green, blue].map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const colour = bytes(getComputedStyle(one).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return [255, 255, 255, 255];
    };
    const faint = new Set();
    let looked = 0;
    for (const element of document.querySelectorAll("body *")) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "");
      if (!own || element.closest("script, noscript, option, dialog") ||
        !element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const ink = bytes(element instanceof SVGElement ? style.fill : style.color);
      const [dark, light] = [luminance(ink), luminance(behind(element))].sort((a, b) => a - b);
      const contrast = (light + 0.05) / (dark + 0.05);
      looked++;
      if (contrast < ${TEXT_CONTRAST}) {
        faint.add(contrast.toFixed(2) + " " + element.tagName + "." + element.className + ": " +
          element.textContent.slice(0, 40));
      }
    }
    return looked < 200 ? ["only " + looked + " texts"] : [...faint];
  })()`);
}

/** How a page fares while it is scrolled from the gallery's first photo to its last. */
export interface Scrolled {
  /** In milliseconds; 0 where none was longer than 50. */
  readonly longestTask: number;
  readonly longestFrame: number;
  readonly frames: number;
  readonly mostElements: number;
  readonly mostCards: number;
  /** Different places in the list whose card came into being. */
  readonly seen: number;
}

/** Scrolls 240 pixels a frame, as a hand on a wheel that is in a hurry. */
export function scrollThrough(page: WatchedPage): Promise<Scrolled> {
  return page.evaluate(`(async () => {
    const list = document.querySelector(".cards");
    list.scrollIntoView({ behavior: "instant" });
    // What loading left to do is not the scrolling's.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    let longestTask = 0;
    const observer = new PerformanceObserver((found) => {
      for (const { duration } of found.getEntries()) longestTask = Math.max(longestTask, duration);
    });
    observer.observe({ type: "longtask" });
    const seen = new Set();
    let [longestFrame, frames, mostElements, mostCards] = [0, 0, 0, 0];
    let last = await new Promise(requestAnimationFrame);
    while (list.getBoundingClientRect().bottom > innerHeight && frames < 2000) {
      scrollBy({ top: 240, behavior: "instant" });
      const now = await new Promise(requestAnimationFrame);
      longestFrame = Math.max(longestFrame, now - last);
      last = now;
      frames++;
      const cards = document.querySelectorAll(".cards li");
      for (const li of cards) seen.add(li.ariaPosInSet);
      mostCards = Math.max(mostCards, cards.length);
      mostElements = Math.max(mostElements, document.querySelectorAll("*").length);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const { duration } of observer.takeRecords()) longestTask = Math.max(longestTask, duration);
    return {
      longestTask: Math.round(longestTask),
      longestFrame: Math.round(longestFrame),
      frames,
      mostElements,
      mostCards,
      seen: seen.size,
    };
  })()`);
}
