// The part of the picture that is to be moved or turned, as an element that lies over the picture.

import type { Board } from "./reply";

/** A copy of the piece, where it lies in the picture; none where the challenge has no piece. */
export function pieceOf({ view, surface }: Board): HTMLElement {
  const element = document.createElement("div");
  element.className = "piece";
  const { width, height, piece } = view;
  const picture = surface.querySelector("img");
  if (!piece || !picture) return element;
  const part = (pixels: number, whole: number): string => `${(pixels / whole) * 100}%`;
  element.style.width = part(piece.width, width);
  element.style.height = part(piece.height, height);
  element.style.left = part(piece.x + piece.width / 2, width);
  element.style.top = part(piece.y + piece.height / 2, height);
  element.style.backgroundImage = `url("${picture.src}")`;
  element.style.backgroundSize = `${part(width, piece.width)} ${part(height, piece.height)}`;
  element.style.backgroundPosition = `${part(piece.x, width - piece.width)} ${part(piece.y, height - piece.height)}`;
  surface.append(element);
  return element;
}
