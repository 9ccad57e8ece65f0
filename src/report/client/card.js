/** A card of the gallery: used again for another photo when it leaves the window. */

import { element } from "./elements.js";
import { rankText } from "./judgement.js";
import { picture } from "./map_view.js";
import { scoreText } from "./numbers.js";
import { outcomeTitles } from "./outcomes.js";

/** @typedef {import("./outcomes.js").Judged} Judged */
/** @typedef {ReturnType<typeof card>} Card */

/** Height of what stands below the pictures, in pixels. */
export const CAPTION_HEIGHT = 68;
/** Around the content, in pixels. */
export const CARD_PADDING = 8;

/** @param {(index: number) => void} open */
export function card(open) {
  const left = picture({ outline: true });
  const right = picture({ photo: "gray", map: true, outline: true });
  const score = element("span", { class: "value" });
  const outcome = element("span", {});
  const name = element("span", { class: "name" });
  const defect = element("span", { class: "defect" });
  const button = element(
    "button",
    { type: "button", class: "card", tabindex: -1, click: () => open(made.index) },
    element("span", { class: "pictures" }, left.node, right.node),
    element(
      "span",
      { class: "line" },
      outcome,
      element("span", { class: "score" }, "score ", score),
    ),
    name,
    defect,
  );
  const node = element("li", {}, button);
  const made = {
    node,
    button,
    index: -1,
    /** @type {Judged | undefined} */
    shown: undefined,
    /**
     * @param {number} index
     * @param {{ photo: Judged, count: number, several: boolean }} options
     */
    show(index, { photo, count, several }) {
      made.index = index;
      node.setAttribute("aria-posinset", String(index + 1));
      node.setAttribute("aria-setsize", String(count));
      button.dataset.outcome = photo.outcome;
      outcome.className = `outcome ${photo.outcome}`;
      outcome.textContent = outcomeTitles[photo.outcome];
      score.textContent = scoreText(photo.score);
      name.textContent = photo.id;
      name.title = photo.id;
      defect.textContent = several ? `${photo.category} · ${photo.defect}` : photo.defect;
      button.setAttribute(
        "aria-label",
        `${outcomeTitles[photo.outcome]}: ${photo.category} ${photo.id}, ${photo.defect}, score ` +
          `${scoreText(photo.score)}, ${rankText(photo)}`,
      );
      const { shown } = made;
      made.shown = photo;
      if (shown?.photo === photo.photo && shown.evidence === photo.evidence) return;
      left.show(photo);
      right.show(photo);
    },
  };
  return made;
}
