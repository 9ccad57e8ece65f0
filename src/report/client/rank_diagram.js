/** Methods over all categories: mean ranks, and which of them cannot be told apart. */

import { choice, drawn, element } from "./elements.js";
import { joinedRanks } from "./joined_ranks.js";
import { methodName, metricTitle, pairTable } from "./comparison_tables.js";
import { decimal, points, probability } from "./numbers.js";
import { page } from "./payload.js";
import { labels } from "./selection.js";
import { numberColumn, sortableTable } from "./sortable_table.js";
import { onWidth } from "./plot.js";

/** @typedef {import("../../evaluation/report.ts").AcrossCategories} AcrossCategories */

const LINE_HEIGHT = 22;
/** Above the axis: the critical difference and the numbers. */
const HEAD = 62;

/** @returns {Node} */
export function acrossCategories() {
  const place = element("div");
  /** @param {string} metric */
  const show = (metric) => {
    const across = page.across.find((one) => one.metric === metric);
    if (across) place.replaceChildren(...acrossOf(across));
  };
  show(page.across[0].metric);
  const metric = choice("metric", {
    options: page.across.map(({ metric }) => [metric, metricTitle(metric)]),
    value: page.across[0].metric,
    change: show,
  });
  return element("div", {}, element("div", { class: "controls" }, metric.node), place);
}

/** @param {AcrossCategories} across */
function acrossOf(across) {
  const { categories, friedmanP, criticalDifference, ranks, pairs } = across;
  const figure = element("figure", { class: "ranks" });
  onWidth(figure, (width) => figure.replaceChildren(rankDiagram(across, width)));
  const said = element(
    "p",
    { class: "note" },
    `Mean ranks over ${categories.length} categories (${categories.join(", ")}); 1 is best. ` +
      `Friedman's test of no difference at all: p ${probability(friedmanP)}. Methods that a bar ` +
      `joins are nearer than the critical difference (CD) of ${criticalDifference.toFixed(2)} ` +
      "ranks and cannot be told apart at 5 % (Nemenyi).",
  );
  const ranked = sortableTable({
    caption: "Mean ranks",
    rows: ranks,
    columns: [
      { key: "label", title: "method", sort: (row) => row.label, cell: (r) => methodName(r.label) },
      numberColumn("rank", {
        title: "mean rank",
        first: "up",
        value: (row) => row.meanRank,
        text: (rank) => decimal(rank, 2),
      }),
    ],
  }).node;
  const compared = pairTable("Pairs over categories, Wilcoxon's signed-rank test", {
    rows: pairs,
    difference: [
      numberColumn("median", {
        title: "median difference",
        hint: "over categories, in percentage points",
        value: (row) => row.median,
        text: points,
      }),
    ],
    test: { title: "p (Wilcoxon)" },
  });
  return [figure, said, element("div", { class: "beside" }, ranked, compared)];
}

/**
 * The critical-difference diagram. Source: Demšar 2006, Journal of Machine Learning Research 7.
 *
 * @param {AcrossCategories} across
 * @param {number} width
 */
function rankDiagram({ ranks, criticalDifference, metric }, width) {
  const sorted = ranks.toSorted((a, b) => a.meanRank - b.meanRank);
  const count = sorted.length;
  const groups = joinedRanks(sorted.map(({ meanRank }) => meanRank), criticalDifference);
  const side = Math.min(180, width * 0.3);
  const wide = Math.min(width, 820);
  /** @param {number} rank */
  const at = (rank) => side + (wide - 2 * side) * (rank - 1) / Math.max(1, count - 1);
  const half = Math.ceil(count / 2);
  const barsBottom = HEAD + 12 + 9 * groups.length;
  const height = barsBottom + LINE_HEIGHT * half + 8;
  const svg = drawn("svg", {
    viewBox: `0 0 ${wide} ${height}`,
    width: wide,
    height,
    role: "img",
    "aria-label": `Mean ranks of ${metricTitle(metric)}: ` +
      sorted.map(({ label, meanRank }) => `${label} ${meanRank.toFixed(2)}`).join(", "),
  });
  const reach = Math.min(wide - side - at(1), (wide - 2 * side) * criticalDifference / (count - 1));
  svg.append(
    drawn("path", {
      class: "axis",
      d: `M${at(1)} 20v-5 5h${reach}v-5 5`,
    }),
    drawn(
      "text",
      { x: at(1), y: 11, class: "tick" },
      `CD ${criticalDifference.toFixed(2)}${
        at(1) + reach >= wide - side ? " (the whole axis or more)" : ""
      }`,
    ),
    drawn("line", { class: "axis", x1: at(1), x2: at(count), y1: HEAD, y2: HEAD }),
  );
  for (let rank = 1; rank <= count; rank++) {
    svg.append(
      drawn("line", { class: "axis", x1: at(rank), x2: at(rank), y1: HEAD - 6, y2: HEAD }),
      drawn(
        "text",
        { class: "tick", x: at(rank), y: HEAD - 10, "text-anchor": "middle" },
        `${rank}`,
      ),
    );
  }
  sorted.forEach(({ label, meanRank }, i) => {
    const left = i < half;
    const y = barsBottom + LINE_HEIGHT * ((left ? i : count - 1 - i) + 0.5);
    const end = left ? side - 8 : wide - side + 8;
    const series = labels.indexOf(label) % 7;
    svg.append(
      drawn("path", {
        class: `leader series-${series}`,
        d: `M${at(meanRank)} ${HEAD}V${y}H${end}`,
      }),
      drawn("circle", { class: `dot series-${series}`, cx: at(meanRank), cy: HEAD, r: 4 }),
      drawn("text", {
        class: "label",
        x: left ? end - 6 : end + 6,
        y: y + 4,
        "text-anchor": left ? "end" : "start",
      }, `${shortened(label, side)} ${meanRank.toFixed(2)}`),
    );
  });
  groups.forEach(([first, last], i) => {
    const y = HEAD + 12 + 9 * i;
    svg.append(drawn("line", {
      class: "joined",
      x1: at(sorted[first].meanRank) - 4,
      x2: at(sorted[last].meanRank) + 4,
      y1: y,
      y2: y,
    }));
  });
  return svg;
}

/**
 * @param {string} label
 * @param {number} space in pixels
 */
function shortened(label, space) {
  const most = Math.max(4, Math.floor((space - 50) / 7));
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`;
}
