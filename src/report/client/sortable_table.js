/** Tables whose rows are sorted by a click or Enter on a column's title. */

import { drawn, element } from "./elements.js";

/** @typedef {import("./elements.js").Child} Child */

/**
 * A column. `sort` gives what rows are sorted by; without it the column does not sort. `first` is
 * the direction of the first click.
 *
 * @template T
 * @typedef {{ key: string, title: string, hint?: string, number?: boolean,
 *   first?: "up" | "down", sort?: (row: T) => number | string | null | undefined,
 *   cell: (row: T) => Child | readonly Child[] }} Column
 */

/**
 * A column that is sorted by its number and shows it as text.
 *
 * @template T
 * @param {string} key
 * @param {{ title: string, hint?: string, first?: "up" | "down", value: (row: T) => number,
 *   text: (value: number) => string }} options
 * @returns {Column<T>}
 */
export function numberColumn(key, { value, text, ...head }) {
  return { key, ...head, number: true, sort: value, cell: (row) => text(value(row)) };
}

/**
 * @template T
 * @param {{ caption: string, columns: readonly Column<T>[], rows: readonly T[],
 *   footer?: readonly T[], order?: string, sorted?: (order: string) => void,
 *   mark?: (row: T) => string | undefined }} options
 */
export function sortableTable(
  { caption, columns, rows, footer = [], order = "", sorted, mark },
) {
  let current = order;
  const lines = rows.map(lineOf);
  const footLines = footer.map(lineOf);
  const body = element("tbody");
  const foot = element("tfoot");
  const heads = columns.map((column) => {
    const content = column.sort === undefined
      ? column.title
      : element("button", { type: "button", click: () => turn(column) }, column.title, arrow());
    return element(
      "th",
      { scope: "col", class: column.number ? "number" : undefined, title: column.hint },
      content,
    );
  });
  const node = element(
    "div",
    { class: "table", role: "region", "aria-label": caption, tabindex: 0 },
    element(
      "table",
      {},
      element("caption", { class: "unseen" }, caption),
      element("thead", {}, element("tr", {}, ...heads)),
      body,
      foot,
    ),
  );

  /** @param {T} row */
  function lineOf(row) {
    const cells = columns.map((column, i) => {
      const content = column.cell(row);
      const children = Array.isArray(content) ? content : [content];
      return i === 0
        ? element("th", { scope: "row" }, ...children)
        : element("td", { class: column.number ? "number" : undefined }, ...children);
    });
    return { row, node: element("tr", { class: mark?.(row) }, ...cells) };
  }

  /** @param {Column<T>} column */
  function turn({ key, number, first = number ? "down" : "up" }) {
    const other = first === "up" ? "down" : "up";
    show(current === `${key}.${first}` ? `${key}.${other}` : `${key}.${first}`);
    sorted?.(current);
  }

  /** @param {string} wanted a column's key, a dot, and `up` or `down`; empty for the given order */
  function show(wanted) {
    const [, key, direction] = /^(.*)\.(up|down)$/.exec(wanted) ?? [];
    const at = columns.findIndex((column) => column.key === key && column.sort);
    current = at < 0 ? "" : wanted;
    heads.forEach((head, i) => {
      if (columns[i].sort === undefined) return;
      const way = direction === "up" ? "ascending" : "descending";
      head.setAttribute("aria-sort", i === at ? way : "none");
    });
    const value = columns[at]?.sort;
    /** @param {typeof lines} all */
    const inOrder = (all) =>
      value === undefined ? all : all.toSorted((a, b) => {
        const [one, other] = [value(a.row), value(b.row)];
        // What is missing stays below, whichever way the column is sorted.
        if (one === null || one === undefined) return other === null || other === undefined ? 0 : 1;
        if (other === null || other === undefined) return -1;
        const difference = one < other ? -1 : one > other ? 1 : 0;
        return direction === "up" ? difference : -difference;
      });
    body.replaceChildren(...inOrder(lines).map((line) => line.node));
    foot.replaceChildren(...inOrder(footLines).map((line) => line.node));
  }

  show(current);
  return { node, show };
}

function arrow() {
  return drawn(
    "svg",
    { class: "arrow", viewBox: "0 0 8 12", "aria-hidden": "true" },
    drawn("path", { class: "up", d: "M4 1 7 5H1z" }),
    drawn("path", { class: "down", d: "M4 11 1 7h6z" }),
  );
}

/**
 * A value with its interval as a line with a dot, on a scale that all rows share.
 *
 * @param {number} value
 * @param {{ interval: { lower: number, upper: number }, domain: readonly [number, number],
 *   zero?: boolean, series?: number }} options
 */
export function whisker(value, { interval, domain: [low, high], zero = false, series }) {
  const { lower, upper } = interval;
  const width = 92;
  /** @param {number} x */
  const at = (x) => 3 + (width - 6) * (Math.min(high, Math.max(low, x)) - low) / (high - low || 1);
  return drawn(
    "svg",
    {
      class: series === undefined ? "whisker" : `whisker series-${series % 7}`,
      viewBox: `0 0 ${width} 10`,
      width,
      height: 10,
      "aria-hidden": "true",
    },
    drawn("line", { class: "rail", x1: 3, x2: width - 3, y1: 5, y2: 5 }),
    zero ? drawn("line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: 10 }) : undefined,
    drawn("line", { class: "reach", x1: at(lower), x2: at(upper), y1: 5, y2: 5 }),
    drawn("circle", { cx: at(value), cy: 5, r: 3 }),
  );
}
