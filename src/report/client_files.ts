/** The files that the page is made of in the browser, as texts: part of the module graph. */

import borderPath from "./client/border_path.js" with { type: "text" };
import card from "./client/card.js" with { type: "text" };
import comparisonTables from "./client/comparison_tables.js" with { type: "text" };
import curveHeight from "./client/curve_height.js" with { type: "text" };
import curves from "./client/curves.js" with { type: "text" };
import elements from "./client/elements.js" with { type: "text" };
import flatOptions from "./client/flat_options.js" with { type: "text" };
import gallery from "./client/gallery.js" with { type: "text" };
import galleryGrid from "./client/gallery_grid.js" with { type: "text" };
import histogram from "./client/histogram.js" with { type: "text" };
import joinedRanks from "./client/joined_ranks.js" with { type: "text" };
import judgement from "./client/judgement.js" with { type: "text" };
import largeView from "./client/large_view.js" with { type: "text" };
import main from "./client/main.js" with { type: "text" };
import mapView from "./client/map_view.js" with { type: "text" };
import numbers from "./client/numbers.js" with { type: "text" };
import outcomes from "./client/outcomes.js" with { type: "text" };
import payload from "./client/payload.js" with { type: "text" };
import plot from "./client/plot.js" with { type: "text" };
import rankDiagram from "./client/rank_diagram.js" with { type: "text" };
import runDetails from "./client/run_details.js" with { type: "text" };
import scoreBins from "./client/score_bins.js" with { type: "text" };
import selection from "./client/selection.js" with { type: "text" };
import sortableTable from "./client/sortable_table.js" with { type: "text" };
import summaryTable from "./client/summary_table.js" with { type: "text" };
import timeChart from "./client/time_chart.js" with { type: "text" };
import pageStyle from "./client/page.css" with { type: "text" };
import tablesStyle from "./client/tables.css" with { type: "text" };
import chartsStyle from "./client/charts.css" with { type: "text" };
import galleryStyle from "./client/gallery.css" with { type: "text" };

/** Modules by file name; `main.js` imports all others. */
export const clientModules: Readonly<Record<string, string>> = {
  "border_path.js": borderPath,
  "card.js": card,
  "comparison_tables.js": comparisonTables,
  "curve_height.js": curveHeight,
  "curves.js": curves,
  "elements.js": elements,
  "flat_options.js": flatOptions,
  "gallery.js": gallery,
  "gallery_grid.js": galleryGrid,
  "histogram.js": histogram,
  "joined_ranks.js": joinedRanks,
  "judgement.js": judgement,
  "large_view.js": largeView,
  "main.js": main,
  "map_view.js": mapView,
  "numbers.js": numbers,
  "outcomes.js": outcomes,
  "payload.js": payload,
  "plot.js": plot,
  "rank_diagram.js": rankDiagram,
  "run_details.js": runDetails,
  "score_bins.js": scoreBins,
  "selection.js": selection,
  "sortable_table.js": sortableTable,
  "summary_table.js": summaryTable,
  "time_chart.js": timeChart,
};

/** Style sheets, in the order in which they apply. */
export const clientStyles: readonly string[] = [pageStyle, tablesStyle, chartsStyle, galleryStyle];
