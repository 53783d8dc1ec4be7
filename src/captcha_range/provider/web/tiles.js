// A reply by tiles: one toggle button lies over each.

import { byId } from "./page.js";

export class Tiles {
  constructor(view, texts, challenge) {
    const part = (pixels, whole) => `${(pixels / whole) * 100}%`;
    this.buttons = view.tiles.map((tile, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tile";
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-label", texts.tile(index + 1, view.tiles.length));
      button.style.left = part(tile.x, view.width);
      button.style.top = part(tile.y, view.height);
      button.style.width = part(tile.width, view.width);
      button.style.height = part(tile.height, view.height);
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
        challenge.changed();
      });
      return button;
    });
    byId("surface").append(...this.buttons);
  }

  value() {
    return { tiles: this.#chosen() };
  }

  isEmpty() {
    return this.#chosen().length === 0;
  }

  remove() {
    for (const button of this.buttons) button.remove();
  }

  #chosen() {
    return this.buttons.flatMap((button, index) => (button.getAttribute("aria-pressed") === "true" ? [index] : []));
  }
}
