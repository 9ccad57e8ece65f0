/** Puts the page together. */

import { acrossCategories } from "./rank_diagram.js";
import { differenceTable, literatureTable } from "./comparison_tables.js";
import { curveCharts } from "./curves.js";
import { byId, choice, element } from "./elements.js";
import { showGallery } from "./gallery.js";
import { scoreHistogram } from "./histogram.js";
import { counted } from "./numbers.js";
import { page } from "./payload.js";
import { runDetails } from "./run_details.js";
import { categories, choose, chosen, labels, onChange, readAddress, voices } from "./selection.js";
import { summaryTable } from "./summary_table.js";
import { timeChart } from "./time_chart.js";

function showHead() {
  document.title = page.title;
  byId("title").textContent = page.title;
  byId("command").textContent = page.command;
  const { version, environment: { deno, onnxruntime, os, arch, cores } } = page;
  const bad = page.photos.filter(({ label }) => label === "anomalous").length;
  byId("facts").append(
    ...[
      counted(categories.length, "category", "categories"),
      counted(labels.length, "method"),
      `${counted(page.photos.length, "test photo")}, ${bad} of them defective`,
      `kizu ${version}`,
      `Deno ${deno}`,
      `ONNX Runtime ${onnxruntime}`,
      `${os} ${arch}, ${counted(cores, "core")}`,
    ].map((text) => element("li", {}, text)),
  );
}

/** A section without content is taken out, and the way to it. @param {string} id @param {() => Node} make */
function fill(id, make) {
  byId(id).append(make());
}

/** @param {string} id */
function leaveOut(id) {
  byId(id).remove();
  document.querySelector(`nav [data-to="${id}"]`)?.remove();
}

function showCharts() {
  const select = (
    /** @type {"category" | "voice"} */ name,
    /** @type {readonly string[]} */ all,
  ) => {
    const made = choice(name === "category" ? "category" : "method of the histogram", {
      options: all.map((one) => [one, one]),
      value: chosen[name],
      change: (value) => choose({ [name]: value }),
    });
    onChange([name], () => {
      made.select.value = chosen[name];
    });
    return made.node;
  };
  const category = select("category", categories);
  if (categories.length < 2) category.hidden = true;
  const curves = curveCharts();
  byId("curves").append(
    element("div", { class: "controls" }, category, ...curves.controls),
    curves.node,
    element("div", { class: "controls below" }, select("voice", voices.map(({ key }) => key))),
    element("div", { class: "charts two" }, scoreHistogram(), timeChart()),
  );
}

function followTheme() {
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => chosen.theme === "" ? system.matches : chosen.theme === "dark";
  const show = () => {
    document.documentElement.dataset.theme = chosen.theme;
    button.textContent = isDark() ? "☀ light" : "☾ dark";
  };
  button.addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    // Back to what the system has is no choice, and follows the system again.
    choose({ theme: (wanted === "dark") === system.matches ? "" : wanted });
  });
  system.addEventListener("change", show);
  onChange(["theme"], show);
  show();
}

/** The address holds the choices, so ways within the page do not go through it. */
function followWays() {
  for (const way of document.querySelectorAll("a[data-to]")) {
    way.addEventListener("click", (event) => {
      event.preventDefault();
      const target = way instanceof HTMLElement ? byId(way.dataset.to ?? "") : undefined;
      target?.scrollIntoView();
      target?.focus({ preventScroll: true });
    });
  }
}

readAddress();
showHead();
followTheme();
followWays();
fill("results", summaryTable);
if (page.literature.length > 0) fill("literature", literatureTable);
else leaveOut("literature");
if (page.differences.length > 0) fill("pairs", differenceTable);
else leaveOut("pairs");
if (page.across.length > 0) fill("across", acrossCategories);
else leaveOut("across");
if (page.evidence.length > 0) showCharts();
else leaveOut("curves");
fill("options", runDetails);
if (page.photos.length > 0 && page.evidence.length > 0) showGallery();
else leaveOut("gallery");
addEventListener("hashchange", readAddress);
document.documentElement.dataset.ready = "yes";
