/** One photo large: photo, outline, map and blend beside each other, and what every method says. */

import { element } from "./elements.js";
import { judged, rankText } from "./judgement.js";
import { picture, scaleLegend } from "./map_view.js";
import { scoreText } from "./numbers.js";
import { outcomeTitles } from "./outcomes.js";
import { mapOf, page } from "./payload.js";
import { choose, chosen, evidenceOf, voices } from "./selection.js";

/** @typedef {import("./outcomes.js").Judged} Judged */

/** @param {Judged} photo */
function photoKey({ category, id }) {
  return `${category}:${id}`;
}

/**
 * @param {{ list: () => readonly Judged[], all: () => readonly Judged[],
 *   closed: (index: number) => void }} options list: what the arrows walk through; all: what an
 *   address may name
 */
export function largeView({ list, all, closed }) {
  const title = element("h3", { id: "large-title" });
  const place = element("span", { class: "note" });
  const facts = element("p", { class: "facts" });
  const views = {
    photo: picture({}),
    truth: picture({ outline: true }),
    blend: picture({ photo: "gray", map: true, outline: true }),
    map: picture({ photo: "none", map: true }),
  };
  const pointed = element("p", { class: "note pointed", role: "status" });
  const legend = element("div", {});
  const others = element("div", { class: "others" });
  /** @param {number} by @param {string} text @param {string} name */
  const step = (by, text, name) =>
    element("button", {
      type: "button",
      autofocus: by > 0,
      "aria-label": name,
      title: name,
      click: () => go(by),
    }, text);
  const close = element("button", {
    type: "button",
    "aria-label": "close",
    title: "close (Esc)",
    click: () => node.close(),
  }, "✕");
  const node = element(
    "dialog",
    { class: "large", "aria-labelledby": "large-title" },
    element(
      "header",
      {},
      title,
      element(
        "div",
        { class: "steps" },
        place,
        step(-1, "←", "photo before (←)"),
        step(1, "→", "next photo (→)"),
        close,
      ),
    ),
    facts,
    element(
      "div",
      { class: "views" },
      captioned("photo", views.photo.node),
      captioned("true defect", views.truth.node),
      captioned("map over photo", views.blend.node),
      captioned("map", views.map.node),
    ),
    legend,
    pointed,
    element("h4", {}, "All methods on this photo, each on its own scale"),
    others,
  );
  /** @type {Judged | undefined} */
  let current;

  const index = () =>
    list().findIndex(({ photo, evidence }) =>
      photo === current?.photo && evidence === current.evidence
    );

  /** @param {number} by */
  function go(by) {
    const at = index();
    const next = list()[at < 0 ? 0 : at + by];
    if (next) choose({ photo: photoKey(next) });
  }

  /** @param {Judged} photo */
  function show(photo) {
    current = photo;
    const at = index();
    title.textContent = `${photo.category} · ${photo.id}`;
    place.textContent = at < 0 ? "not in the list" : `${at + 1} of ${list().length}`;
    facts.replaceChildren(
      element("span", { class: `outcome ${photo.outcome}` }, outcomeTitles[photo.outcome]),
      ` ${
        photo.label === "normal" ? "good photo" : `defect: ${photo.defect}`
      } · ${chosen.voice}: score ` +
        `${scoreText(photo.score)}, ${rankText(photo)}` +
        (page.photos[photo.photo].maskSide === 0 ? " · no mask" : ""),
    );
    for (const view of Object.values(views)) view.show(photo);
    const { scale, mapped } = page.evidence[photo.evidence];
    legend.replaceChildren(
      mapped[photo.k] ? scaleLegend(scale) : element("p", { class: "note" }, "No map."),
    );
    pointed.textContent = "Point at a map to read its score.";
    const hadFocus = others.contains(document.activeElement);
    others.replaceChildren(...voices.flatMap((voice) => ofMethod(voice.key, photo)));
    const pressed = others.querySelector('[aria-pressed="true"]');
    if (hadFocus && pressed instanceof HTMLElement) pressed.focus();
  }

  /**
   * @param {string} key
   * @param {Judged} photo
   */
  function ofMethod(key, photo) {
    const voice = voices.find((one) => one.key === key);
    const evidence = evidenceOf(voice, photo.category);
    const same = evidence < 0
      ? undefined
      : judged(evidence).find((one) => one.photo === photo.photo);
    if (same === undefined) return [];
    const view = picture({ photo: "gray", map: true, outline: true });
    view.show(same);
    const { scale: [low, high], mapped } = page.evidence[evidence];
    return [element(
      "button",
      {
        type: "button",
        class: "card",
        "aria-pressed": String(key === chosen.voice),
        click: () => choose({ voice: key }),
      },
      view.node,
      element(
        "span",
        { class: "line" },
        element("span", { class: `outcome ${same.outcome}` }, outcomeTitles[same.outcome]),
      ),
      element(
        "span",
        { class: "name" },
        element("span", { class: `swatch series-${(voice?.series ?? 0) % 7}` }),
        key,
      ),
      element("span", { class: "defect" }, `score ${scoreText(same.score)}, ${rankText(same)}`),
      element(
        "span",
        { class: "defect" },
        mapped[same.k] ? `scale ${scoreText(low)} to ${scoreText(high)}` : "no map",
      ),
    )];
  }

  for (const view of [views.blend, views.map]) {
    view.node.addEventListener("pointermove", async (event) => {
      const photo = current;
      if (photo === undefined) return;
      const { left, top, width } = view.node.getBoundingClientRect();
      const cells = await mapOf(photo.evidence, photo.k);
      if (cells === undefined || photo !== current) return;
      const { mapSide, scale: [low, high] } = page.evidence[photo.evidence];
      /** @param {number} share */
      const cell = (share) => Math.min(mapSide - 1, Math.max(0, Math.floor(share * mapSide)));
      const row = cell((event.clientY - top) / width);
      const value = cells[row * mapSide + cell((event.clientX - left) / width)];
      const beyond = value === 0 ? "at most " : value === 255 ? "at least " : "";
      pointed.textContent = `Score here: ${beyond}${
        scoreText(low + (high - low) * value / 255)
      }, in steps of ${scoreText((high - low) / 255)}.`;
    });
  }
  node.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    go(event.key === "ArrowRight" ? 1 : -1);
  });
  node.addEventListener("close", () => {
    const at = index();
    current = undefined;
    choose({ photo: "" });
    if (at >= 0) closed(at);
  });
  // A click beside the dialog's content lands on the dialog itself.
  node.addEventListener("click", (event) => {
    if (event.target === node) node.close();
  });

  return {
    node,
    /** @param {number} at */
    open: (at) => choose({ photo: photoKey(list()[at]) }),
    /** Shows what the choices name, or closes where they name nothing. */
    follow() {
      const named = chosen.photo === ""
        ? undefined
        : list().find((one) => photoKey(one) === chosen.photo) ??
          all().find((one) => photoKey(one) === chosen.photo);
      if (named === undefined) {
        if (node.open) node.close();
        return;
      }
      show(named);
      if (!node.open) node.showModal();
    },
  };
}

/**
 * @param {string} caption
 * @param {Node} content
 */
function captioned(caption, content) {
  return element("figure", {}, content, element("figcaption", {}, caption));
}
