/** Our numbers beside published ones, and methods beside each other on the same photos. */

import { choice, element } from "./elements.js";
import {
  counted,
  percent,
  percentInterval,
  pointInterval,
  points,
  probability,
} from "./numbers.js";
import { page } from "./payload.js";
import { categories, labels } from "./selection.js";
import { numberColumn, sortableTable, whisker } from "./sortable_table.js";

/** @typedef {import("../../evaluation/report.ts").LiteratureRow} LiteratureRow */
/** @typedef {import("../../evaluation/report.ts").PairedDifference} PairedDifference */
/**
 * @template T
 * @typedef {import("./sortable_table.js").Column<T>} Column
 */

/** Differences that would be found by chance less often than this are said to stay. */
const LEVEL = 0.05;

/** @param {string} metric */
export function metricTitle(metric) {
  return page.metrics.find(({ name }) => name === metric)?.title ?? metric;
}

/** @returns {Node} */
export function literatureTable() {
  return sortableTable({
    caption: "Against published numbers",
    rows: page.literature,
    columns: [
      { key: "category", title: "category", sort: (row) => row.category, cell: (r) => r.category },
      { key: "label", title: "method", sort: (row) => row.label, cell: (row) => row.label },
      {
        key: "metric",
        title: "metric",
        sort: (row) => row.metric,
        cell: (row) => metricTitle(row.metric),
      },
      {
        key: "value",
        title: "here %",
        number: true,
        sort: (row) => row.value,
        cell: (row) => [
          element("span", { class: "value" }, percent(row.value)),
          row.interval === null
            ? undefined
            : element("span", { class: "interval" }, ` ${percentInterval(row.interval)}`),
        ],
      },
      numberColumn("published", {
        title: "published %",
        value: (row) => row.published,
        text: percent,
      }),
      numberColumn("difference", {
        title: "difference",
        hint: "here less published, in percentage points",
        value: (row) => row.difference,
        text: points,
      }),
      {
        key: "inside",
        title: "in our interval",
        hint: "whether the published number lies in our 95 % interval over test photos",
        sort: (row) => row.inside ? 1 : row.difference > 0 ? 2 : 0,
        cell: (row) =>
          row.inside ? element("span", { class: "verdict same" }, "inside") : element(
            "span",
            { class: row.difference > 0 ? "verdict above" : "verdict below" },
            row.difference > 0 ? "▲ ours is higher" : "▼ ours is lower",
          ),
      },
      { key: "config", title: "as published", cell: (row) => row.config },
      {
        key: "differs",
        title: "known to differ in",
        cell: (row) => row.differs.length === 0 ? "nothing known" : row.differs.join("; "),
      },
      {
        key: "source",
        title: "source",
        sort: (row) => row.source,
        cell: (row) => `${row.source} (${row.kind})`,
      },
    ],
  }).node;
}

/**
 * Pairs of methods with their differences, for one metric and one category or all.
 *
 * @returns {Node}
 */
export function differenceTable() {
  const place = element("div");
  const said = element("p", { class: "note", role: "status" });
  let metric = page.differences[0].metric;
  let category = "";
  const show = () => {
    const rows = page.differences.filter((row) =>
      row.metric === metric && (category === "" || row.category === category)
    );
    const staying = rows.filter(({ adjustedP }) => adjustedP < LEVEL).length;
    said.textContent = `${counted(rows.length, "pair")}; ${
      staying === 0
        ? "no difference stays"
        : `${counted(staying, "difference")} that ${staying === 1 ? "stays" : "stay"}`
    } at 5 % after Holm's correction for all pairs of this metric in the report.`;
    place.replaceChildren(differencesOf(rows));
  };
  const metrics = page.metrics.filter(({ name }) =>
    page.differences.some((row) => row.metric === name)
  );
  const controls = element(
    "div",
    { class: "controls" },
    choice("metric", {
      options: metrics.map(({ name, title }) => [name, title]),
      value: metric,
      change: (value) => {
        metric = metrics.find(({ name }) => name === value)?.name ?? metric;
        show();
      },
    }).node,
    categories.length < 2 ? undefined : choice("category", {
      options: [["", "all"], ...categories.map((name) => /** @type {const} */ ([name, name]))],
      value: category,
      change: (value) => {
        category = value;
        show();
      },
    }).node,
  );
  show();
  return element("div", {}, controls, said, place);
}

/** @param {readonly PairedDifference[]} rows */
function differencesOf(rows) {
  const most = Math.max(0.01, ...rows.flatMap(({ lower, upper }) => [-lower, upper]));
  return pairTable("Differences between methods on the same photos", {
    rows,
    before: [
      { key: "category", title: "category", sort: (row) => row.category, cell: (r) => r.category },
    ],
    difference: [
      {
        key: "value",
        title: "difference",
        hint: "in percentage points, with its 95 % interval over test photos",
        number: true,
        sort: (row) => row.value,
        cell: (row) => [
          element("span", { class: "value" }, points(row.value)),
          element("span", { class: "interval" }, ` ${pointInterval(row)}`),
        ],
      },
      {
        key: "drawn",
        title: "second better | first better",
        cell: (row) => whisker(row.value, { interval: row, domain: [-most, most], zero: true }),
      },
    ],
    test: { title: "p", hint: "two-sided" },
  });
}

/**
 * Pairs of methods: which two, their difference, and whether it stays after Holm's correction.
 *
 * @template {{ labels: readonly [string, string], p: number, adjustedP: number }} T
 * @param {string} caption
 * @param {{ rows: readonly T[], before?: readonly Column<T>[], difference: readonly Column<T>[],
 *   test: { title: string, hint?: string } }} options `before` stands left of the pair; `test` heads
 *   its p
 */
export function pairTable(caption, { rows, before = [], difference, test }) {
  return sortableTable({
    caption,
    rows,
    mark: (row) => row.adjustedP < LEVEL ? "stays" : undefined,
    columns: [
      ...before,
      {
        key: "pair",
        title: "first − second",
        sort: (row) => row.labels.join(" − "),
        cell: ({ labels: [first, second] }) => [methodName(first), " − ", methodName(second)],
      },
      ...difference,
      numberColumn("p", { ...test, first: "up", value: (row) => row.p, text: probability }),
      numberColumn("adjusted", {
        title: "p after Holm",
        first: "up",
        value: (row) => row.adjustedP,
        text: probability,
      }),
      {
        key: "stays",
        title: "at 5 %",
        sort: (row) => row.adjustedP < LEVEL ? 0 : 1,
        cell: (row) =>
          row.adjustedP < LEVEL
            ? element("span", { class: "verdict above" }, "● stays")
            : element("span", { class: "verdict same" }, "not told apart"),
      },
    ],
  }).node;
}

/**
 * A method's name behind its colour.
 *
 * @param {string} label
 * @param {Node | string} [shown] where it is more than the name
 */
export function methodName(label, shown = label) {
  return element(
    "span",
    { class: "method" },
    element("span", { class: `swatch series-${labels.indexOf(label) % 7}` }),
    shown,
  );
}
