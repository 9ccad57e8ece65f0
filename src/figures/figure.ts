/** What every figure is: a Vega-Lite specification that can show itself. */

import { cannot } from "../errors.ts";
import { htmlPage } from "./page.ts";
import { drawPng, drawSmallPng, drawSvg } from "./render.ts";
import { theme } from "./theme.ts";

/** A value of JSON, as specifications are made of; undefined members are left out. */
export type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [name: string]: Json };

/** A Vega-Lite specification or a part of one. */
export type Specification = { readonly [name: string]: Json };

/** What a figure says in words. */
export interface FigureText {
  /** What is shown, in a few words. */
  readonly title: string;
  /** What to see in it, or how it was made. */
  readonly subtitle?: string;
  /** The figure for whoever cannot see it: what is drawn, and what it says. */
  readonly description: string;
}

/** The title and subtitle that the caller of a figure may choose. */
export type FigureTitle = Pick<FigureText, "title" | "subtitle">;

/** The method by which the Deno kernel asks a value how it is displayed. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** One output of a notebook in several forms; the viewer takes the richest that it knows. */
export interface FigureBundle {
  readonly "application/vnd.vegalite.v5+json": Specification;
  /** Base64, at most 150 kB before it. */
  readonly "image/png": string;
  readonly "text/plain": string;
}

/** A figure: the same in a notebook, in a file and on a page. Read-only. */
export interface Figure {
  /** Complete Vega-Lite v5, within the syntax of 5.6, data included. */
  readonly spec: Specification;
  readonly title: string;
  readonly description: string;
  /** As a vector picture; sliders stand at their first value. */
  toSvg(): Promise<string>;
  /**
   * As a picture with pinned fonts: the same figure gives the same bytes.
   *
   * @param options scale: pixels of the picture for one of the figure, default 1.5
   */
  toPng(options?: { readonly scale?: number }): Promise<Uint8Array<ArrayBuffer>>;
  /** As one page that needs no network, sliders working, light or dark as the reader prefers. */
  toHtml(): Promise<string>;
  /** What a notebook shows. No HTML is among it: JupyterLab would prefer that to Vega. */
  [DISPLAY](): Promise<FigureBundle>;
}

const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/**
 * Makes a figure of a Vega-Lite specification: the one way in which every figure is made.
 *
 * The specification is compiled whenever it is shown; one that Vega-Lite or Vega complains about is
 * refused, rather than shown as an empty plot.
 *
 * Cost: O(size of the specification); drawing takes 60 to 200 ms, the first time 200 ms more.
 *
 * @param spec Vega-Lite v5 without `$schema`, `title` and `config`, which are added
 * @throws {RangeError} when title or description is empty, or a number in it is not finite; showing
 * it rejects with one when the specification is invalid
 *
 * @example
 * ```ts
 * const bars = figure(
 *   {
 *     data: { values: [{ part: "good", count: 60 }, { part: "flawed", count: 30 }] },
 *     mark: "bar",
 *     encoding: {
 *       x: { field: "count", type: "quantitative", title: "photos" },
 *       y: { field: "part", type: "nominal", title: null },
 *     },
 *   },
 *   { title: "Photos by label", description: "60 good photos, 30 flawed ones." },
 * );
 * console.assert((await bars.toSvg()).includes("Photos by label"));
 * ```
 */
export function figure(spec: Specification, text: FigureText): Figure {
  const { title, subtitle, description } = text;
  const action = "make a figure";
  for (const [name, value] of Object.entries({ title, description })) {
    if (value.trim() === "") throw cannot(action, `its ${name} must say something`, "nothing");
  }
  const complete = freeze(
    {
      $schema: SCHEMA,
      title: subtitle === undefined
        ? { text: lines(title) }
        : { text: lines(title), subtitle: lines(subtitle) },
      description,
      ...spec,
      config: theme("light") as Specification,
    },
    action,
    "",
  ) as Specification;
  return Object.freeze({
    spec: complete,
    title,
    description,
    toSvg: () => drawSvg(complete, title),
    toPng: (options: { readonly scale?: number } = {}) => drawPng(complete, title, options),
    toHtml: () => htmlPage(complete, { title, description }),
    async [DISPLAY](): Promise<FigureBundle> {
      const png = await drawSmallPng(complete, title);
      return {
        "application/vnd.vegalite.v5+json": complete,
        "image/png": png.toBase64(),
        "text/plain": `${title}\n${description}`,
      };
    },
  });
}

/** Vega-Lite takes lines of a title as an array. */
function lines(text: string): string | string[] {
  return text.includes("\n") ? text.split("\n") : text;
}

/** A deep, frozen copy without undefined members. */
function freeze(value: Json, action: string, path: string): Json {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw cannot(action, "its numbers must be finite", `${value} at ${path}`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item: Json, i) => freeze(item, action, `${path}[${i}]`)));
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.freeze(
    Object.fromEntries(
      members.map(([name, member]) => [name, freeze(member, action, `${path}.${name}`)]),
    ),
  );
}
