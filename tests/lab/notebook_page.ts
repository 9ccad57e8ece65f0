/** A notebook open in JupyterLab or Notebook 7, used and looked at as a reader would. */

import type { Page } from "../browser/chromium.ts";

/** What has to be under a cell: its number of figures; undefined for cells that are not code. */
export type ExpectedCell = { readonly figures: number; readonly blank: boolean } | undefined;

/** What is under a cell in the page. */
export interface SeenCell {
  /** Between the brackets: a number once it has run, `*` while it waits. */
  readonly prompt: string;
  /** For each figure, whether anything is drawn on it. */
  readonly drawn: readonly boolean[];
  /** Sliders by name, in order. */
  readonly sliders: readonly string[];
  /** The beginnings of errors shown, thrown in the cell or by the drawing of its output; an
   * interface shows them as it shows what is written to stderr, which no notebook should do. */
  readonly errors: readonly string[];
}

/** Functions in the page; text, as the page is not a module of this project. */
const IN_PAGE = `
  const cells = () => [...document.querySelectorAll(".jp-Notebook .jp-Cell")];
  const figures = (cell) => [...cell.querySelectorAll(".vega-embed")];
  const picture = (figure) => figure.querySelector("canvas.marks, svg.marks");
  const drawn = (figure) => {
    const marks = picture(figure);
    if (marks === null) return false;
    if (!(marks instanceof HTMLCanvasElement)) return marks.querySelector("path, image, text") !== null;
    if (marks.width === 0 || marks.height === 0) return false;
    const pixels = new Uint32Array(
      marks.getContext("2d").getImageData(0, 0, marks.width, marks.height).data.buffer);
    return pixels.some((pixel) => pixel !== pixels[0]);
  };
  const content = (figure) => {
    const marks = picture(figure);
    return marks instanceof HTMLCanvasElement ? marks.toDataURL() : marks?.outerHTML;
  };
  const sliders = (cell) => [...cell.querySelectorAll(".vega-bind input[type=range]")];
  const middle = (selector, label) => {
    const found = [...document.querySelectorAll(selector)].find((e) => e.textContent === label);
    const box = found?.getBoundingClientRect();
    return box && box.width > 0 && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

const inPage = (body: string) => `(async () => { ${IN_PAGE} ${body} })()`;

/** Clicks what carries a label, once it is there and has come to rest: menus grow as they open. */
async function clickLabel(page: Page, selector: string, label: string): Promise<void> {
  const place = `middle(${JSON.stringify(selector)}, ${JSON.stringify(label)})`;
  const find = inPage(`
    const first = ${place};
    await pause(250);
    const second = ${place};
    if (!first || !second || first.x !== second.x || first.y !== second.y) return undefined;
    const under = document.elementFromPoint(second.x, second.y);
    return under?.textContent.includes(${JSON.stringify(label)}) && second;`);
  const { x, y } = await page.waitFor<{ x: number; y: number }>(find, `the menu's ${label}`);
  await page.click(x, y);
}

/** Waits until all cells are shown and the kernel is there. */
export async function waitUntilOpen(page: Page, cells: number): Promise<void> {
  await page.waitFor(inPage(`return cells().length === ${cells};`), `${cells} cells`, 60);
  await page.waitFor(
    `document.querySelector(".jp-Notebook-ExecutionIndicator")?.dataset.status === "idle"`,
    "the kernel",
    60,
  );
}

/** Chooses Run, Run All Cells, and waits until all have run or one has failed. */
export async function runAllCells(
  page: Page,
  expected: readonly ExpectedCell[],
  seconds: number,
): Promise<void> {
  await clickLabel(page, ".lm-MenuBar-itemLabel", "Run");
  await clickLabel(page, ".lm-Menu-itemLabel", "Run All Cells");
  const last = expected.findLastIndex((cell) => cell !== undefined && !cell.blank);
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await lookAtCells(page);
    const waiting = seen.some(({ prompt }) => prompt === "*");
    const failed = seen.some(({ errors }) => errors.length > 0);
    if (!waiting && (seen[last].prompt !== "" || failed)) return;
    if (performance.now() > deadline) {
      const prompts = seen.map(({ prompt }) => `[${prompt}]`).join(" ");
      throw new Error(`Waited ${seconds} s in vain for all cells to run: ${prompts}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Every cell as it is shown. */
export async function lookAtCells(page: Page): Promise<SeenCell[]> {
  return await page.evaluate(inPage(`return cells().map((cell) => ({
    prompt: (cell.querySelector(".jp-InputPrompt")?.textContent ?? "").replace(/[\\[\\]: ]/g, ""),
    drawn: figures(cell).map(drawn),
    sliders: sliders(cell).map((slider) => slider.name),
    errors: [...cell.querySelectorAll(".jp-OutputArea-output")].filter((output) =>
      output.dataset.mimeType === "application/vnd.jupyter.stderr" ||
      /^\\s*Javascript Error/.test(output.textContent)
    ).map((output) => output.textContent.slice(0, 200)),
  }));`));
}

/**
 * Moves every slider of a cell to its other end, and resolves to the names of those that changed
 * nothing in their figure.
 */
export async function deadSliders(page: Page, cell: number): Promise<string[]> {
  return await page.evaluate(inPage(`
    const dead = [];
    for (const slider of sliders(cells()[${cell}])) {
      slider.scrollIntoView();
      const figure = slider.closest(".vega-embed");
      const start = slider.value;
      const before = content(figure);
      const moved = async (value) => {
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        for (let i = 0; i < 40; i++) {
          if (content(figure) !== before) return true;
          await pause(50);
        }
        return false;
      };
      const ends = [slider.max, slider.min].filter((end) => Number(end) !== Number(start));
      let works = false;
      for (const end of ends) works ||= await moved(end);
      if (!works) dead.push(slider.name);
    }
    return dead;
  `));
}

/** What is wrong with the cells as they are shown; nothing where all is well. */
export function complaints(
  expected: readonly ExpectedCell[],
  seen: readonly SeenCell[],
): string[] {
  if (expected.length !== seen.length) {
    return [`${expected.length} cells in the file, ${seen.length} in the page`];
  }
  return expected.flatMap((wanted, i) => {
    const { prompt, drawn, errors } = seen[i];
    const figures = wanted?.figures ?? 0;
    const found: string[] = errors.map((text) => `shows an error: ${text.trim().split("\n")[0]}`);
    if (wanted && !wanted.blank && prompt === "") found.push("has not run");
    if (drawn.length !== figures) found.push(`has ${drawn.length} of ${figures} figures`);
    found.push(...drawn.flatMap((is, n) => is ? [] : [`has nothing drawn on figure ${n + 1}`]));
    return found.map((text) => `cell ${i + 1} ${text}`);
  });
}
