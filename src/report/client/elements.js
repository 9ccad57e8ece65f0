/**
 * Making elements. Text is only ever set as text: names of files and categories come from disks of
 * strangers.
 */

/** @typedef {string | number | boolean | undefined | ((event: Event) => void)} Attribute */
/** @typedef {Node | string | undefined} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. Attributes that are functions listen to the event of their name; `true` is an
 * attribute without a value; `false` and undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, Attribute>>} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/**
 * An SVG element, as {@linkcode element}.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, Attribute>>} [attributes]
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Readonly<Record<string, Attribute>>} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * The element of the page's own markup with this id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

/**
 * A labelled list of choices.
 *
 * @param {string} title
 * @param {{ options: readonly (readonly [value: string, text: string])[], value: string,
 *   change: (value: string) => void }} options
 */
export function choice(title, { options, value, change }) {
  const select = element(
    "select",
    { change: () => change(select.value) },
    ...options.map(([key, text]) => element("option", { value: key }, text)),
  );
  select.value = value;
  return {
    node: element("label", { class: "control" }, element("span", {}, title), select),
    select,
  };
}

/**
 * A labelled slider.
 *
 * @param {string} title
 * @param {{ min: number, max: number, step: number, value: number, unit: string,
 *   change: (value: number) => void }} options
 */
export function slider(title, { min, max, step, value, unit, change }) {
  const shown = element("output", {});
  const input = element("input", {
    type: "range",
    min,
    max,
    step,
    value,
    input: () => {
      show(input.valueAsNumber);
      change(input.valueAsNumber);
    },
  });
  /** @param {number} number */
  const show = (number) => {
    shown.value = `${number}${unit}`;
    input.setAttribute("aria-valuetext", shown.value);
  };
  show(value);
  return {
    node: element("label", { class: "control" }, element("span", {}, title), input, shown),
    /** @param {number} number */
    set: (number) => {
      input.valueAsNumber = number;
      show(number);
    },
  };
}
