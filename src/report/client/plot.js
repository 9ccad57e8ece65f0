/** The frame that every chart stands in: axes, grid, and a readout by pointer and by keyboard. */

import { drawn, element } from "./elements.js";

/** @typedef {{ value: number, text: string }} Tick */

/**
 * One axis: `along` is the place of a value, 0…1.
 *
 * @typedef {{ title: string, ticks: readonly Tick[], along: (value: number) => number,
 *   back: (place: number) => number }} Axis
 */

/**
 * @typedef {{ svg: SVGSVGElement, width: number, height: number, x: (value: number) => number,
 *   y: (value: number) => number }} Plot
 */

const MARGIN = { left: 48, right: 12, top: 10, bottom: 42 };

/**
 * @param {string} title
 * @param {readonly [number, number]} domain
 * @param {readonly Tick[]} ticks
 * @returns {Axis}
 */
export function linearAxis(title, [low, high], ticks) {
  return {
    title,
    ticks,
    along: (value) => (value - low) / (high - low),
    back: (place) => low + place * (high - low),
  };
}

/**
 * @param {string} title
 * @param {readonly [number, number]} domain
 * @param {readonly Tick[]} ticks
 * @returns {Axis}
 */
export function logAxis(title, [low, high], ticks) {
  const length = Math.log(high / low);
  return {
    title,
    ticks,
    along: (value) => Math.log(value / low) / length,
    back: (place) => low * Math.exp(place * length),
  };
}

/**
 * Calls back with an element's width, now that it is known and whenever it changes.
 *
 * @param {HTMLElement} host
 * @param {(width: number) => void} react
 */
export function onWidth(host, react) {
  let last = 0;
  new ResizeObserver(() => {
    const width = Math.floor(host.clientWidth);
    if (width === last || width === 0) return;
    last = width;
    react(width);
  }).observe(host);
}

/**
 * A chart that is drawn anew when its width or what it shows changes.
 *
 * @param {{ title: string, height: (width: number) => number,
 *   axes: () => { x: Axis, y: Axis } | undefined, draw: (plot: Plot) => void,
 *   describe: () => string, empty: () => string,
 *   read?: (place: number) => { at: number, lines: readonly (readonly [series: number | string,
 *     text: string])[] } | undefined,
 *   steps?: () => number }} options read: what stands at a place of the x axis, 0…1, and the nearest
 *   place that has something; steps: how many places the arrow keys visit
 */
export function chart({ title, height, axes, draw, describe, empty, read, steps = () => 100 }) {
  const readout = element("div", { class: "readout", hidden: true, role: "status" });
  const frame = element("div", { class: "frame" });
  const heading = element("figcaption", {}, title);
  const node = element("figure", { class: "chart" }, heading, frame);
  let width = 0;
  /** @type {number | undefined} */
  let cursor;

  function update() {
    if (width === 0) return;
    const both = axes();
    if (both === undefined) {
      frame.replaceChildren(element("p", { class: "note" }, empty()));
      return;
    }
    const tall = height(width);
    const focusable = read !== undefined;
    const svg = drawn("svg", {
      viewBox: `0 0 ${width} ${tall}`,
      width,
      height: tall,
      role: "img",
      "aria-label": `${title}. ${describe()}${focusable ? " Arrow keys read values." : ""}`,
      tabindex: focusable ? 0 : undefined,
    });
    const inner = {
      width: width - MARGIN.left - MARGIN.right,
      height: tall - MARGIN.top - MARGIN.bottom,
    };
    /** @type {Plot} */
    const plot = {
      svg,
      ...inner,
      x: (value) => MARGIN.left + inner.width * both.x.along(value),
      y: (value) => MARGIN.top + inner.height * (1 - both.y.along(value)),
    };
    drawAxes(plot, both, tall);
    draw(plot);
    const hadFocus = frame.contains(document.activeElement);
    frame.replaceChildren(svg, readout);
    readout.hidden = true;
    if (hadFocus) svg.focus({ preventScroll: true });
    if (read) listen(svg, inner);
  }

  /**
   * @param {SVGSVGElement} svg
   * @param {{ width: number, height: number }} inner
   */
  function listen(svg, inner) {
    const line = drawn("line", { class: "cursor", y1: MARGIN.top, y2: MARGIN.top + inner.height });
    line.style.display = "none";
    svg.append(line);
    /** @param {number} place */
    const show = (place) => {
      const found = read?.(Math.min(1, Math.max(0, place)));
      readout.hidden = found === undefined;
      line.style.display = found === undefined ? "none" : "";
      if (found === undefined) return;
      cursor = found.at;
      const x = MARGIN.left + inner.width * found.at;
      line.setAttribute("x1", `${x}`);
      line.setAttribute("x2", `${x}`);
      readout.replaceChildren(
        ...found.lines.map(([series, text]) =>
          element(
            "div",
            {},
            series === "" ? undefined : element("span", {
              class: `swatch ${typeof series === "number" ? `series-${series % 7}` : series}`,
            }),
            text,
          )
        ),
      );
      const left = found.at < 0.5;
      readout.style.left = left ? `${x + 10}px` : "";
      readout.style.right = left ? "" : `${width - x + 10}px`;
    };
    const hide = () => {
      readout.hidden = true;
      line.style.display = "none";
    };
    svg.addEventListener("pointermove", (event) => {
      show((event.clientX - svg.getBoundingClientRect().left - MARGIN.left) / inner.width);
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("focus", () => show(cursor ?? 0));
    svg.addEventListener("keydown", (event) => {
      const step = 1 / steps() * (event.shiftKey ? 10 : 1);
      const to = event.key === "ArrowRight"
        ? (cursor ?? 0) + step
        : event.key === "ArrowLeft"
        ? (cursor ?? 0) - step
        : event.key === "Home"
        ? 0
        : event.key === "End"
        ? 1
        : undefined;
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
  }

  onWidth(frame, (wide) => {
    width = wide;
    update();
  });
  return { node, update };
}

/**
 * @param {Plot} plot
 * @param {{ x: Axis, y: Axis }} axes
 * @param {number} tall
 */
function drawAxes({ svg, width, height, x, y }, axes, tall) {
  const bottom = MARGIN.top + height;
  const right = MARGIN.left + width;
  // Ticks that would run into each other at a small width are thinned out.
  const every = Math.ceil(axes.x.ticks.length * 34 / width);
  axes.x.ticks.forEach(({ value, text }, i) => {
    const at = x(value);
    svg.append(drawn("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top, y2: bottom }));
    if (i % every > 0) return;
    svg.append(
      drawn("text", { class: "tick", x: at, y: bottom + 16, "text-anchor": "middle" }, text),
    );
  });
  for (const { value, text } of axes.y.ticks) {
    const at = y(value);
    svg.append(
      drawn("line", { class: "grid", x1: MARGIN.left, x2: right, y1: at, y2: at }),
      drawn("text", { class: "tick", x: MARGIN.left - 6, y: at + 4, "text-anchor": "end" }, text),
    );
  }
  svg.append(
    drawn("path", {
      class: "axis",
      d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}`,
    }),
    drawn("text", {
      class: "axis-title",
      x: MARGIN.left + width / 2,
      y: tall - 6,
      "text-anchor": "middle",
    }, axes.x.title),
    drawn("text", {
      class: "axis-title",
      transform: `translate(12 ${MARGIN.top + height / 2}) rotate(-90)`,
      "text-anchor": "middle",
    }, axes.y.title),
  );
}
