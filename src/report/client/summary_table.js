/** The first table: every method on every category, and the means over categories. */

import { methodName } from "./comparison_tables.js";
import { element } from "./elements.js";
import { decimal, MISSING, percent, percentInterval } from "./numbers.js";
import { page } from "./payload.js";
import { choose, chosen, evidenceOf, labels, onChange, voices } from "./selection.js";
import { numberColumn, sortableTable, whisker } from "./sortable_table.js";

/** @typedef {import("../../evaluation/report.ts").SeedEstimate} SeedEstimate */
/** @typedef {import("./sortable_table.js").Column<SummaryRow>} SummaryColumn */

/**
 * @typedef {{ category: string, label: string, isMean: boolean, seeds: number,
 *   metrics: readonly (SeedEstimate | null)[], fit: number, milliseconds: number, memory: number,
 *   images: number }} SummaryRow
 */

/** @param {readonly number[]} values at least one */
function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @returns {SummaryRow[]} */
function summaryRows() {
  return page.summaries.map((summary) => {
    const { category, label, seeds, fitSeconds, msPerImage, peakMemoryMb } = summary;
    return {
      category,
      label,
      isMean: false,
      seeds: seeds.length,
      metrics: page.metrics.map(({ name }) => summary[name]),
      fit: fitSeconds,
      milliseconds: msPerImage,
      memory: peakMemoryMb,
      images: page.runs.find((run) => run.category === category && run.label === label)
        ?.testImages ?? 0,
    };
  });
}

/**
 * Means over categories of labels that have several; none where a category has no value.
 *
 * @param {readonly SummaryRow[]} rows
 * @returns {SummaryRow[]}
 */
function meanRows(rows) {
  return labels.flatMap((label) => {
    const own = rows.filter((row) => row.label === label);
    if (own.length < 2) return [];
    const metrics = page.metrics.map((_, i) => {
      const known = own.flatMap(({ metrics }) => metrics[i]?.value ?? []);
      if (known.length < own.length) return null;
      return { value: meanOf(known), interval: null, seedDeviation: null };
    });
    return [{
      category: `mean of ${own.length}`,
      label,
      isMean: true,
      seeds: own[0].seeds,
      metrics,
      fit: meanOf(own.map((row) => row.fit)),
      milliseconds: meanOf(own.map((row) => row.milliseconds)),
      memory: Math.max(...own.map((row) => row.memory)),
      images: own.reduce((sum, row) => sum + row.images, 0),
    }];
  });
}

/**
 * @param {SummaryRow["metrics"][number]} estimate
 * @param {{ domain: readonly [number, number], series: number, best: boolean }} options
 */
function metricCell(estimate, { domain, series, best }) {
  if (estimate === null) return MISSING;
  const value = element("span", { class: best ? "value best" : "value" }, percent(estimate.value));
  const { interval, seedDeviation } = estimate;
  const spread = seedDeviation === null ? undefined : element(
    "span",
    { class: "spread", title: "standard deviation between seeds, on the same photos" },
    ` ± ${percent(seedDeviation)}`,
  );
  if (interval === null) return element("span", {}, value, spread);
  return element(
    "div",
    { class: "estimate" },
    element(
      "span",
      {},
      value,
      spread,
      element("span", { class: "interval" }, ` ${percentInterval(interval)}`),
    ),
    whisker(estimate.value, { interval, domain, series }),
  );
}

/** @returns {Node} */
export function summaryTable() {
  const rows = summaryRows();
  const means = meanRows(rows);
  const metrics = page.metrics.map(({ name, title }, i) => {
    const lows = rows.flatMap((row) => row.metrics[i]?.interval?.lower ?? []);
    /** @type {readonly [number, number]} */
    const domain = [Math.min(0.95, ...lows), 1];
    /** @param {SummaryRow} row */
    const isBest = (row) => {
      const peers = (row.isMean ? means : rows).filter(({ category }) =>
        row.isMean || category === row.category
      );
      const values = peers.flatMap(({ metrics }) => metrics[i]?.value ?? []);
      return values.length > 1 && row.metrics[i]?.value === Math.max(...values);
    };
    return /** @type {SummaryColumn} */ ({
      key: name,
      title: `${title} %`,
      hint: "with its 95 % interval over test photos" +
        (rows.some(({ seeds }) => seeds > 1) ? "; ± standard deviation between seeds" : ""),
      number: true,
      sort: (row) => row.metrics[i]?.value,
      cell: (row) =>
        metricCell(row.metrics[i], {
          domain,
          series: labels.indexOf(row.label),
          best: isBest(row),
        }),
    });
  });
  /** @type {SummaryColumn[]} */
  const columns = [
    {
      key: "category",
      title: "category",
      sort: (row) => row.category,
      cell: (row) => row.category,
    },
    { key: "label", title: "method", sort: (row) => row.label, cell: methodCell },
    ...metrics,
    numberColumn("fit", {
      title: "fit s",
      hint: "seconds to learn what is normal; waiting for photos is left out",
      first: "up",
      value: (row) => row.fit,
      text: (seconds) => decimal(seconds, 1),
    }),
    numberColumn("milliseconds", {
      title: "ms/image",
      hint: "predicting one photo, without reading it",
      first: "up",
      value: (row) => row.milliseconds,
      text: (milliseconds) => decimal(milliseconds, 1),
    }),
    numberColumn("memory", {
      title: "memory MiB",
      hint: "largest of the process up to the end of the run",
      first: "up",
      value: (row) => row.memory,
      text: (mebibytes) => decimal(mebibytes, 0),
    }),
    numberColumn("images", {
      title: "photos",
      hint: "in the test part",
      value: (row) => row.images,
      text: String,
    }),
  ];
  const { node, show } = sortableTable({
    caption: "All methods on all categories",
    columns,
    rows,
    footer: means,
    order: chosen.order,
    sorted: (order) => choose({ order }),
  });
  onChange(["order"], () => show(chosen.order));
  return node;
}

/** The method's name; where its photos are in the page, a button that shows them. @param {SummaryRow} row */
function methodCell({ category, label, isMean }) {
  const voice = voices.find((one) => one.label === label);
  if (isMean || evidenceOf(voice, category) < 0) return methodName(label);
  const button = element("button", {
    type: "button",
    class: "link",
    title: "show its curves and photos",
    click: () => {
      choose({ category, where: category, voice: voice?.key });
      document.getElementById("gallery")?.scrollIntoView();
    },
  }, label);
  return methodName(label, button);
}
