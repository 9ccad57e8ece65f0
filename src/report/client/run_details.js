/** Everything that was used: versions, and every option of every run. */

import { element } from "./elements.js";
import { flattened } from "./flat_options.js";
import { counted, decimal, MISSING } from "./numbers.js";
import { page } from "./payload.js";

/** @typedef {import("../payload.ts").RunFacts} RunFacts */

/** @param {readonly (readonly [string, string])[]} rows @param {string} caption */
function factTable(rows, caption) {
  return element(
    "table",
    { class: "fact-table" },
    element("caption", {}, caption),
    element(
      "tbody",
      {},
      ...rows.map(([name, value]) =>
        element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value))
      ),
    ),
  );
}

/** `imageAurocBootstrap` is another interval of `imageAuroc`. @param {string} name */
function intervalTitle(name) {
  const metric = page.metrics.find((one) => name.startsWith(one.name));
  if (metric === undefined) return name;
  const other = name.slice(metric.name.length).toLowerCase();
  return `interval of ${metric.title}${other === "" ? "" : `, ${other}`}`;
}

/** @param {RunFacts} run */
function runTables(run) {
  const { seconds } = run;
  const intervals = Object.entries(run.intervals).flatMap(([name, interval]) =>
    interval === null ? [] : [
      /** @type {const} */ ([
        intervalTitle(name),
        `${decimal(100 * interval.lower, 2)} to ${decimal(100 * interval.upper, 2)} % (` +
        `${interval.method}, level ${interval.level})`,
      ]),
    ]
  );
  const skipped = run.skippedImages.length === 0 ? undefined : element(
    "div",
    {},
    element("p", {}, `${counted(run.skippedImages.length, "photo")} could not be read:`),
    element("ul", {}, ...run.skippedImages.map((id) => element("li", {}, id))),
  );
  return element(
    "div",
    { class: "fact-tables" },
    factTable(
      [
        ["data set", run.dataset],
        ["category", run.category],
        ["method", run.method],
        ["backbone", run.backbone],
        ["seed", String(run.seed)],
        ["photos to fit on", String(run.trainImages)],
        ["test photos", String(run.testImages)],
        ["photos from the cache", String(run.cachedImages)],
        ["masks resized by", run.maskFilter],
        ["photos passed over", String(run.skippedImages.length)],
      ],
      "Run",
    ),
    factTable(flattened(run.options), "Options"),
    factTable(
      [
        ...page.metrics.map(({ name, title }) => {
          const value = run[name];
          return /** @type {const} */ ([
            title,
            value === null ? MISSING : `${decimal(100 * value, 2)} %`,
          ]);
        }),
        [
          "image average precision",
          run.imageAp === null ? MISSING : `${decimal(100 * run.imageAp, 2)} %`,
        ],
        ...intervals,
      ],
      "Metrics and intervals",
    ),
    factTable(
      [
        ...Object.entries(seconds).map((
          [name, value],
        ) => /** @type {const} */ ([name, `${decimal(value, 2)} s`])),
        ["per image", `${decimal(run.msPerImage, 2)} ms`],
        ["peak memory", `${decimal(run.peakMemoryMb, 0)} MiB`],
      ],
      "Time and memory",
    ),
    skipped,
  );
}

/** @returns {Node} */
export function runDetails() {
  const { version, environment: { deno, onnxruntime, os, arch, cores } } = page;
  return element(
    "div",
    {},
    element(
      "div",
      { class: "fact-tables" },
      factTable(
        [
          ["kizu", version],
          ["Deno", deno],
          ["ONNX Runtime", onnxruntime],
          ["system", `${os}, ${arch}, ${counted(cores, "core")}`],
          ["command", page.command],
        ],
        "Versions",
      ),
    ),
    ...page.runs.map((run) => {
      const { category, label, seed, skippedImages } = run;
      const details = element(
        "details",
        {
          // Hundreds of runs have thousands of options: they are made when somebody looks.
          toggle: () => {
            if (details.open && details.childElementCount === 1) details.append(runTables(run));
          },
        },
        element(
          "summary",
          {},
          `${category} · ${label} · seed ${seed}`,
          skippedImages.length === 0
            ? undefined
            : ` · ${counted(skippedImages.length, "photo")} passed over`,
        ),
      );
      return details;
    }),
  );
}
