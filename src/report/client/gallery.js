/** The gallery: what is shown, in which order, and on which scale. */

import { byId, choice, element, slider } from "./elements.js";
import { galleryGrid } from "./gallery_grid.js";
import { judgedInGallery } from "./judgement.js";
import { largeView } from "./large_view.js";
import { scaleLegend } from "./map_view.js";
import { counted } from "./numbers.js";
import { filtered, ordered, outcomeTitles } from "./outcomes.js";
import { page } from "./payload.js";
import {
  categories,
  choose,
  chosen,
  chosenVoice,
  evidenceOf,
  onChange,
  voices,
} from "./selection.js";

/** @typedef {import("./outcomes.js").Judged} Judged */
/** @typedef {import("./selection.js").Choice} Choice */

/** Colour scales differ between methods; all categories of one share theirs. */
function legends() {
  const found = categories.flatMap((category) => {
    const evidence = evidenceOf(chosenVoice(), category);
    if (evidence < 0 || (chosen.where !== "" && chosen.where !== category)) return [];
    const { scale, mapped } = page.evidence[evidence];
    return mapped.includes(true) ? [{ scale, category }] : [];
  });
  const different = [...new Map(found.map((one) => [one.scale.join(), one])).values()];
  if (different.length === 0) {
    return [element("p", { class: "note" }, "This method gives no maps.")];
  }
  return different.map(({ scale, category }) =>
    element(
      "div",
      { class: "scale-row" },
      element(
        "span",
        {},
        different.length > 1
          ? `Colours of maps, ${category}:`
          : `Colours of maps, the same for all photos of ${chosen.voice}:`,
      ),
      scaleLegend(scale),
    )
  );
}

export function showGallery() {
  const host = byId("gallery");
  /** @type {readonly Judged[]} */
  let all = [];
  /** @type {readonly Judged[]} */
  let shown = [];

  const count = element("p", { class: "count", role: "status" });
  const scales = element("div", { class: "scales" });
  const large = largeView({
    list: () => shown,
    all: () => all,
    closed: (index) => grid.focus(index),
  });
  const grid = galleryGrid((index) => large.open(index));

  /** @param {Choice} name @param {string} title @param {readonly (readonly [string, string])[]} options */
  const select = (name, title, options) => {
    const made = choice(title, {
      options,
      value: chosen[name],
      change: (value) => choose({ [name]: value, ...(name === "where" && categoryOf(value)) }),
    });
    made.select.dataset.choice = name;
    return made;
  };
  /** The charts follow the gallery to a category. @param {string} where */
  const categoryOf = (where) => where === "" ? {} : { category: where };
  const defects = [...new Set(page.photos.map(({ defect }) => defect))].sort();
  const selects = {
    voice: select("voice", "method", voices.map(({ key }) => [key, key])),
    where: select("where", "category", [
      ["", "all"],
      ...categories.map((name) => /** @type {const} */ ([name, name])),
    ]),
    label: select("label", "kind", [["", "all"], ["anomalous", "defective"], ["normal", "good"]]),
    defect: select("defect", "defect", [
      ["", "all"],
      ...defects.map((name) => /** @type {const} */ ([name, name])),
    ]),
    outcome: select("outcome", "outcome", [
      ["", "all"],
      ["missed", outcomeTitles.missed],
      ["alarm", "false alarms"],
      ["found", outcomeTitles.found],
      ["quiet", outcomeTitles.quiet],
    ]),
    sort: select("sort", "order", [
      ["worst", "worst first"],
      ["score", "highest score first"],
      ["id", "by name"],
    ]),
  };
  if (categories.length < 2) selects.where.node.hidden = true;
  const find = element("input", {
    type: "search",
    placeholder: "part of a name",
    spellcheck: "false",
    autocomplete: "off",
    input: () => choose({ find: find.value }),
  });
  const alarms = slider("false alarms among the good test photos", {
    min: 0,
    max: 50,
    step: 1,
    value: Number(chosen.alarms),
    unit: " %",
    change: (value) => choose({ alarms: String(value) }),
  });
  const heat = slider("map over photo", {
    min: 0,
    max: 100,
    step: 1,
    value: Number(chosen.heat),
    unit: " %",
    change: (value) => choose({ heat: String(value) }),
  });
  const outline = element("input", {
    type: "checkbox",
    change: () => choose({ outline: outline.checked ? "on" : "off" }),
  });

  host.append(
    element(
      "div",
      { class: "controls" },
      ...Object.values(selects).map(({ node }) => node),
      element("label", { class: "control" }, element("span", {}, "name"), find),
      alarms.node,
      heat.node,
      element("label", { class: "control check" }, outline, "outline of the true defect"),
    ),
    element(
      "p",
      { class: "note" },
      "The share of false alarms only serves browsing: it sets which photos are called missed, " +
        "found, false alarm or quiet here. No number that this page reports depends on it.",
    ),
    scales,
    count,
    grid.node,
    large.node,
  );

  function showChoices() {
    for (const [name, { select }] of Object.entries(selects)) {
      select.value = chosen[/** @type {Choice} */ (name)];
    }
    if (find.value !== chosen.find) find.value = chosen.find;
    alarms.set(Number(chosen.alarms));
    heat.set(Number(chosen.heat));
    outline.checked = chosen.outline === "on";
    document.documentElement.style.setProperty("--heat", String(Number(chosen.heat) / 100));
    document.documentElement.dataset.outline = chosen.outline;
  }

  function showPhotos() {
    all = judgedInGallery();
    shown = ordered(filtered(all, chosen), chosen.sort);
    const tally = /** @type {const} */ (["missed", "alarm", "found", "quiet"]).map((outcome) => {
      const { length } = shown.filter((photo) => photo.outcome === outcome);
      return outcome === "alarm" ? counted(length, "false alarm") : `${length} ${outcome}`;
    });
    count.textContent = shown.length === 0
      ? `None of ${counted(all.length, "photo")} is like this.`
      : `${shown.length} of ${counted(all.length, "photo")}: ${tally.join(", ")}.` +
        (all.some(({ outcome }) => outcome === "unknown")
          ? " Without good test photos there are no outcomes."
          : "");
    grid.show(shown, chosen.where === "" && categories.length > 1);
  }

  const filters = /** @type {const} */ ([
    "voice",
    "where",
    "defect",
    "label",
    "outcome",
    "find",
    "sort",
    "alarms",
  ]);
  onChange([...filters, "heat", "outline"], showChoices);
  onChange(["voice", "where"], () => scales.replaceChildren(...legends()));
  onChange(filters, showPhotos);
  showChoices();
  scales.replaceChildren(...legends());
  showPhotos();
  // After the list has changed, as that is what its arrows walk through.
  onChange(["photo", ...filters], large.follow);
  large.follow();
}
