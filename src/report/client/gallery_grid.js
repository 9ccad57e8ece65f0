/** A grid of cards of which only those near the window exist, walked through by arrow keys. */

import { CAPTION_HEIGHT, card, CARD_PADDING } from "./card.js";
import { element } from "./elements.js";
import { onWidth } from "./plot.js";

/** @typedef {import("./outcomes.js").Judged} Judged */
/** @typedef {import("./card.js").Card} Card */

const GAP = 12;
const LEAST_WIDTH = 264;
/** Cards exist as far as this above and below the window, in pixels. */
const BEYOND = 500;
/** On paper there is no window: as many are printed. */
const PRINTED = 24;

/**
 * @param {(index: number) => void} open called when a card is chosen
 */
export function galleryGrid(open) {
  const list = element("ul", { class: "cards", role: "list", "aria-label": "Photos" });
  /** @type {readonly Judged[]} */
  let photos = [];
  let several = false;
  let current = 0;
  let columns = 1;
  let width = LEAST_WIDTH;
  let rowHeight = 1;
  let printing = false;
  /** @type {Map<number, Card>} */
  const visible = new Map();
  /** @type {Card[]} */
  const spare = [];

  function measure() {
    const space = list.clientWidth;
    if (space === 0) return;
    columns = Math.max(1, Math.floor((space + GAP) / (LEAST_WIDTH + GAP)));
    width = (space + GAP) / columns - GAP;
    // Two squares beside each other, six pixels between them, a border of one around.
    const side = (width - 2 * CARD_PADDING - 2 - 6) / 2;
    rowHeight = Math.round(side + 2 * CARD_PADDING + 2 + CAPTION_HEIGHT) + GAP;
    const shown = printing ? Math.min(PRINTED, photos.length) : photos.length;
    list.style.height = `${Math.ceil(shown / columns) * rowHeight}px`;
  }

  function render() {
    const { top } = list.getBoundingClientRect();
    const rows = Math.ceil(photos.length / columns);
    const first = Math.max(0, Math.floor((-top - BEYOND) / rowHeight));
    const last = Math.min(rows - 1, Math.floor((innerHeight - top + BEYOND) / rowHeight));
    let from = printing ? 0 : first * columns;
    let to = Math.min(photos.length, printing ? PRINTED : (last + 1) * columns);
    // Far from the window one card exists all the same, for Tab to arrive at.
    if (from >= to && photos.length > 0) [from, to] = [current, current + 1];
    const focused = focusedIndex();
    for (const [index, old] of visible) {
      // A card that has the focus stays, wherever the window is scrolled to.
      if ((index >= from && index < to) || (index === focused && index < photos.length)) continue;
      visible.delete(index);
      old.node.remove();
      spare.push(old);
    }
    const wanted = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
    if (focused !== undefined && focused < photos.length) wanted.push(focused);
    for (const index of wanted) place(index);
    const entry = current >= from && current < to ? current : from;
    for (const [index, one] of visible) one.button.tabIndex = index === entry ? 0 : -1;
  }

  /** @param {number} index */
  function place(index) {
    let one = visible.get(index);
    if (one === undefined) {
      one = spare.pop() ?? card(open);
      visible.set(index, one);
      // In reading order, so that a screen reader walks as the eye does.
      const next = [...visible.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
      list.insertBefore(one.node, visible.get(next)?.node ?? null);
    }
    one.show(index, { photo: photos[index], count: photos.length, several });
    const [row, column] = [Math.floor(index / columns), index % columns];
    one.node.style.width = `${width}px`;
    one.node.style.height = `${rowHeight - GAP}px`;
    one.node.style.transform = `translate(${column * (width + GAP)}px, ${row * rowHeight}px)`;
  }

  /** @returns {number | undefined} */
  function focusedIndex() {
    for (const [index, one] of visible) if (one.button === document.activeElement) return index;
    return undefined;
  }

  /**
   * Brings a card into the window and gives it the focus.
   *
   * @param {number} index
   */
  function focus(index) {
    if (photos.length === 0) return;
    current = Math.min(photos.length - 1, Math.max(0, index));
    const top = list.getBoundingClientRect().top + Math.floor(current / columns) * rowHeight;
    const header = 64;
    if (top < header) scrollBy({ top: top - header, behavior: "instant" });
    const below = top + rowHeight - innerHeight;
    if (below > 0) scrollBy({ top: below, behavior: "instant" });
    place(current);
    visible.get(current)?.button.focus({ preventScroll: true });
    render();
  }

  list.addEventListener("keydown", (event) => {
    const screenful = columns * Math.max(1, Math.floor(innerHeight / rowHeight) - 1);
    /** @type {Readonly<Record<string, number>>} */
    const steps = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -screenful,
      PageDown: screenful,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = (focusedIndex() ?? current) + step;
    // Up from the first row and down from the last stay where they are.
    if (Number.isFinite(step) && (to < 0 || to >= photos.length) && Math.abs(step) === columns) {
      return;
    }
    focus(to);
  });
  list.addEventListener("focusin", () => {
    current = focusedIndex() ?? current;
  });

  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      render();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  // What stands above may grow, as charts do when their width is known.
  new ResizeObserver(soon).observe(document.body);
  /** @param {boolean} now */
  const print = (now) => {
    printing = now;
    measure();
    render();
  };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  onWidth(list, () => {
    measure();
    render();
  });

  return {
    node: list,
    focus,
    /**
     * Shows other photos, from the first one on.
     *
     * @param {readonly Judged[]} next
     * @param {boolean} severalCategories
     */
    show(next, severalCategories) {
      photos = next;
      several = severalCategories;
      current = 0;
      measure();
      render();
    },
  };
}
