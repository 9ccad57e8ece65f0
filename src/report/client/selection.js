/** What the reader has chosen: held here, written into the address, read back from it. */

import { page } from "./payload.js";

/**
 * A method as it was run once: a label, and its seed where there were several.
 *
 * @typedef {{ key: string, label: string, seed: number, series: number }} Voice
 */

/** Labels in the order of the report. */
export const labels = [...new Set(page.runs.map(({ label }) => label))];
/** Categories in the order of the report. */
export const categories = [...new Set(page.runs.map(({ category }) => category))];

/** @type {readonly Voice[]} */
export const voices = labels.flatMap((label, series) => {
  const own = page.evidence.flatMap(({ run }) =>
    page.runs[run].label === label ? [page.runs[run].seed] : []
  );
  const seeds = [...new Set(own)];
  return seeds.map((seed) => ({
    key: seeds.length === 1 ? label : `${label}, seed ${seed}`,
    label,
    seed,
    series,
  }));
});

/**
 * The place of a voice's evidence on a category, -1 where it has none.
 *
 * @param {Voice | undefined} voice
 * @param {string} category
 */
export function evidenceOf(voice, category) {
  return page.evidence.findIndex(({ run }) => {
    const { category: own, label, seed } = page.runs[run];
    return own === category && label === voice?.label && seed === voice?.seed;
  });
}

/** The first method that shows where defects are, else the first one. */
const shown =
  voices.find(({ label }) =>
    page.evidence.some(({ run, mapped }) => page.runs[run].label === label && mapped.includes(true))
  ) ?? voices[0];

/** Every choice as text, and what it is before anything was chosen. */
const DEFAULTS = {
  /** `light`, `dark`, or as the system is. */
  theme: "",
  category: categories[0] ?? "",
  voice: shown?.key ?? "",
  metric: page.metrics[0].name,
  /** Of the summary's rows: a column's key and `up` or `down`. */
  order: "",
  /** Category of the gallery; empty for all. */
  where: "",
  defect: "",
  label: "",
  outcome: "",
  find: "",
  sort: "worst",
  /** Percent of the good test photos above the threshold. */
  alarms: "5",
  /** Percent of the heat map's colour in the blend. */
  heat: "65",
  outline: "on",
  /** Largest false-positive rate that the ROC curves show. */
  zoom: "1",
  /** The photo that is open: category and id as in the report, joined by a colon. */
  photo: "",
};

/** @typedef {keyof typeof DEFAULTS} Choice */
/** @typedef {Record<Choice, string>} Choices */

/** What each choice may be, where not any text will do. @type {Partial<Record<Choice, readonly string[]>>} */
const ALLOWED = {
  theme: ["", "light", "dark"],
  category: categories,
  voice: voices.map(({ key }) => key),
  metric: page.metrics.map(({ name }) => name),
  where: ["", ...categories],
  label: ["", "normal", "anomalous"],
  outcome: ["", "missed", "alarm", "found", "quiet"],
  sort: ["worst", "score", "id"],
  outline: ["on", "off"],
  zoom: ["1", "0.1"],
};
/** @type {Partial<Record<Choice, readonly [number, number]>>} */
const RANGES = { alarms: [0, 50], heat: [0, 100] };

/** @type {Choices} */
export const chosen = { ...DEFAULTS };

/** @type {{ names: readonly Choice[], react: () => void }[]} */
const listeners = [];

/**
 * Calls back whenever one of these choices changes.
 *
 * @param {readonly Choice[]} names
 * @param {() => void} react
 */
export function onChange(names, react) {
  listeners.push({ names, react });
}

/** @returns {Voice | undefined} */
export function chosenVoice() {
  return voices.find(({ key }) => key === chosen.voice);
}

/**
 * Changes choices, tells whoever listens, and writes the address a moment later.
 *
 * @param {Partial<Choices>} wanted
 */
export function choose(wanted) {
  const changed = new Set();
  for (const name of names()) {
    const value = wanted[name];
    if (value === undefined || value === chosen[name]) continue;
    chosen[name] = value;
    changed.add(name);
  }
  if (changed.size === 0) return;
  for (const listener of listeners) {
    if (listener.names.some((name) => changed.has(name))) listener.react();
  }
  clearTimeout(writing);
  // Browsers refuse addresses that change a hundred times in a few seconds, as sliders would.
  writing = setTimeout(writeAddress, 150);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let writing;

function writeAddress() {
  const different = names().filter((name) => chosen[name] !== DEFAULTS[name]);
  const text = new URLSearchParams(different.map((name) => [name, chosen[name]])).toString();
  if (text !== location.hash.slice(1)) history.replaceState(null, "", `#${text}`);
}

/** Takes what the address says; what it does not say, or says wrongly, is as at the beginning. */
export function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  /** @type {Partial<Choices>} */
  const wanted = {};
  for (const name of names()) {
    const value = said.get(name);
    wanted[name] = value !== null && isAllowed(name, value) ? value : DEFAULTS[name];
  }
  choose(wanted);
}

/**
 * @param {Choice} name
 * @param {string} value
 */
function isAllowed(name, value) {
  const range = RANGES[name];
  if (range !== undefined) return /^\d+$/.test(value) && +value >= range[0] && +value <= range[1];
  return ALLOWED[name]?.includes(value) ?? true;
}

/** @returns {Choice[]} */
function names() {
  const found = /** @type {Choice[]} */ (Object.keys(DEFAULTS));
  return found;
}
